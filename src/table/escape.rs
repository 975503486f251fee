//! Cells of TSV as the program writes them: what ends one is written as two characters.

use std::borrow::Cow;

/// The characters that a cell of TSV cannot have in it, and the letters that they are written with
/// behind a backslash, as PostgreSQL and others do it.
const ESCAPES: [(char, char); 4] = [('\\', '\\'), ('\t', 't'), ('\n', 'n'), ('\r', 'r')];

/// A cell without tabs and line ends: they are `\t`, `\n`, `\r`, and a backslash is `\\`.
#[must_use]
pub fn escape(cell: &str) -> Cow<'_, str> {
    if !cell.contains(ESCAPES.map(|(character, _)| character)) {
        return Cow::Borrowed(cell);
    }
    let mut escaped = String::with_capacity(cell.len() + 8);
    for character in cell.chars() {
        match ESCAPES.iter().find(|(known, _)| *known == character) {
            Some((_, letter)) => escaped.extend(['\\', *letter]),
            None => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// What was [escaped](escape). A backslash before anything else stays one.
#[must_use]
pub fn unescape(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\\') {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, behind)) = rest.split_once('\\') {
        text.push_str(before);
        let letter = behind.chars().next();
        let known = ESCAPES.iter().find(|(_, known)| Some(*known) == letter);
        text.push(known.map_or('\\', |(character, _)| *character));
        rest = &behind[usize::from(known.is_some())..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_comes_back() {
        for (cell, written) in [
            ("plain", "plain"),
            ("a\tb\r\n", "a\\tb\\r\\n"),
            ("C:\\temp", "C:\\\\temp"),
            ("\\", "\\\\"),
            ("\u{e4}\\\u{e4}\t", "\u{e4}\\\\\u{e4}\\t"),
        ] {
            assert_eq!(escape(cell), written);
            assert_eq!(unescape(written), cell);
        }
        assert_eq!(unescape("\\x \\\u{e4} \\"), "\\x \\\u{e4} \\");
    }
}
