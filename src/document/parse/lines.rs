//! What the formats that are read line by line have in common.

use crate::document::parse::builder::Builder;
use crate::document::parse::text::is_wide;

/// How far a line is indented, in columns; a tab goes to the next multiple of eight.
pub(super) fn indent(line: &str) -> usize {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            '\t' => columns = columns / 8 * 8 + 8,
            _ if c.is_whitespace() => columns += 1,
            _ => break,
        }
    }
    columns
}

/// The text of a list item, where a line is one: behind a bullet or a number.
pub(super) fn item_text(line: &str) -> Option<&str> {
    let line = line.trim_start();
    for bullet in ["- ", "* ", "+ ", "• ", "· ", "– ", "#. "] {
        if let Some(text) = line.strip_prefix(bullet) {
            return Some(text.trim_start());
        }
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    if !(1..=3).contains(&digits) {
        return None;
    }
    rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))
}

/// A text without the characters that mark words, where they stand around words:
/// `*strong*` gives `strong`, `2 * 3` and `snake_case` stay.
pub(super) fn unmarked(text: &str, marks: &[char]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if marks.contains(&c) {
            let after = loop {
                match rest.peek() {
                    Some(&same) if same == c => rest.next(),
                    after => break after.copied().unwrap_or(' '),
                };
            };
            let opens = !before.is_alphanumeric() && !after.is_whitespace();
            let closes = !before.is_whitespace() && !after.is_alphanumeric();
            if opens || closes {
                before = c;
                continue;
            }
        }
        kept.push(c);
        before = c;
    }
    kept
}

/// Which lines of a Markdown document are code between fences.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fences {
    /// The mark of the fence that is open, and how many there are of it.
    open: Option<(u8, usize)>,
}

impl Fences {
    /// Whether the next line is code, or a fence.
    pub(super) fn is_code(&mut self, line: &str) -> bool {
        let first = line.bytes().find(|byte| !matches!(byte, b' ' | b'\t'));
        if !matches!(first, Some(b'`' | b'~' | b'>')) {
            return self.open.is_some();
        }
        let line = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let mark = line.as_bytes().first().copied().unwrap_or_default();
        let run = line.bytes().take_while(|&byte| byte == mark).count();
        let is_fence = matches!(mark, b'`' | b'~') && run >= 3;
        match self.open {
            Some((open, least)) => {
                if is_fence && mark == open && run >= least && run == line.len() {
                    self.open = None;
                }
                true
            }
            None if is_fence && !(mark == b'`' && line[run..].contains('`')) => {
                self.open = Some((mark, run));
                true
            }
            None => false,
        }
    }
}

/// Whether a trimmed line is a heading of Markdown.
pub(super) fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(' ')
}

/// A line of cells between bars.
pub(super) fn row(builder: &mut Builder, cells: &str) {
    builder.row();
    for cell in cells.trim().trim_matches('|').split('|') {
        builder.cell();
        builder.text(cell.trim());
    }
}

/// Lines that belong together as one: with a space between, but none between two wide
/// letters.
pub(super) fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        let wide = text.chars().next_back().is_some_and(is_wide) && line.starts_with(is_wide);
        if !(text.is_empty() || wide) {
            text.push(' ');
        }
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_hold_code() {
        let mut fences = Fences::default();
        let lines = [
            "a", "````sh", "```", "b", "````", "c", "```a`", "~~~", "```",
        ];
        let code = lines.map(|line| fences.is_code(line));
        assert_eq!(
            code,
            [false, true, true, true, true, false, false, true, true]
        );
    }

    #[test]
    fn items_are_told_from_text() {
        assert_eq!(item_text("  - a"), Some("a"));
        assert_eq!(item_text("12) b"), Some("b"));
        for text in ["-a", "1984. Or", "1.5 times", "a - b"] {
            assert_eq!(item_text(text), None, "{text}");
        }
    }

    #[test]
    fn marks_go_where_they_mark() {
        for (before, after) in [
            ("*a* and **b c**!", "a and b c!"),
            ("2 * 3 snake_case", "2 * 3 snake_case"),
            ("``x``_", "x_"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(unmarked(before, &['*', '`']), after, "{before}");
        }
    }
}
