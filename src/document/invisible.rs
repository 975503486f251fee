//! Characters that nobody sees, and a model would read.

use std::borrow::Cow;

use crate::document::parse::{is_joined, is_letter};

/// In UTF-8 whatever is invisible or a joiner begins with one of these, or is a byte below the space.
const FIRST: [u8; 5] = [0x7f, 0xc2, 0xe2, 0xef, 0xf3];

/// Takes out what nobody sees, but a model would read; how many characters that was.
pub(super) fn without_invisible(text: Cow<'_, str>) -> (String, usize) {
    // Most texts have nothing to take out, and of these most no byte that it could begin with.
    let may_begin = |byte: u8| byte < b' ' && !byte.is_ascii_whitespace() || FIRST.contains(&byte);
    if !text.bytes().any(may_begin) || !text.contains(|c| is_invisible(c) || is_joiner(c)) {
        return (text.into_owned(), 0);
    }
    let mut kept = String::with_capacity(text.len());
    let mut removed = 0;
    for c in text.chars() {
        let is_lost = match kept.chars().next_back() {
            // Between the letters of a script that has no use for it, it hides.
            Some(before) if is_joiner(c) => is_letter(before) && !is_joined(before),
            _ => is_invisible(c),
        };
        if is_lost {
            removed += 1;
        } else {
            kept.push(c);
        }
    }
    (kept, removed)
}

/// Whether a character joins its neighbours: ZWNJ or ZWJ.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_invisible(c: char) -> bool {
    let is_space = matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}');
    c.is_control() && !is_space
        || matches!(c,
            '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_that_nobody_sees_is_passed_over() {
        for c in '\0'..=char::MAX {
            let (kept, removed) = without_invisible(c.to_string().into());
            let expected = usize::from(is_invisible(c));
            assert_eq!(
                (removed, kept.chars().count()),
                (expected, 1 - expected),
                "{c:?}"
            );
        }
    }

    #[test]
    fn what_nobody_sees_is_removed_and_counted() {
        let text = without_invisible("a\u{202e}b\u{1b}c\u{e0041}\td\n".into());
        assert_eq!((text.0.as_str(), text.1), ("abc\td\n", 3));
        // Soft hyphens, and joiners but for those that spell a word or a pictograph.
        for (before, after, removed) in [
            (
                "ot\u{ad}ter a\u{200d}b \u{4e2d}\u{200c}",
                "otter ab \u{4e2d}",
                3,
            ),
            ("ක්\u{200d}ෂ می\u{200c}خ", "ක්\u{200d}ෂ می\u{200c}خ", 0),
            ("👩\u{200d}👧", "👩\u{200d}👧", 0),
        ] {
            let text = without_invisible(before.into());
            assert_eq!((text.0.as_str(), text.1), (after, removed));
        }
    }
}
