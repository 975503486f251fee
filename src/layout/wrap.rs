//! Text in lines of a width, as a terminal shows it: a Chinese character takes two columns.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The words of a text in lines of at most `width` columns.
///
/// Lines end between words. Only a word wider than a line, such as a Chinese sentence, goes on in
/// the next one.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in text.split_whitespace() {
        let wide = word.width();
        if column > 0 && column + 1 + wide <= width {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
                line.push_str(word);
            }
            column += 1 + wide;
            continue;
        }
        if column > 0 {
            lines.push(String::new());
            column = 0;
        }
        for letter in word.graphemes(true) {
            if column > 0 && column + letter.width() > width {
                lines.push(String::new());
                column = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(letter);
            }
            column += letter.width();
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        let text = "An embedded  key-value\ndatabase";
        assert_eq!(wrapped(text, 12), ["An embedded", "key-value", "database"]);
        assert_eq!(wrapped(text, 100), ["An embedded key-value database"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn a_word_wider_than_a_line_goes_on_in_the_next() {
        assert_eq!(wrapped("a 数据库引擎 b", 6), ["a", "数据库", "引擎 b"]);
        assert_eq!(wrapped("数据", 1), ["数", "据"]);
    }
}
