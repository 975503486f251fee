//! Questions about a piece of text that all formats ask.

/// Whether a character is a letter or a digit, as the standard library has it. That
/// searches in tables, which is slow for the scripts with the most letters.
pub(in crate::document) fn is_letter(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}') || c.is_alphanumeric()
}

/// The letters and digits of a text.
pub(in crate::document) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|&c| is_letter(c))
}

/// Whether there is any letter or digit.
pub(in crate::document) fn has_letters(text: &str) -> bool {
    text.contains(is_letter)
}

/// Whether a letter is written without spaces around its words: Chinese and
/// Japanese, and the punctuation of both. Korean puts spaces.
pub(in crate::document) fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x2e80..=0x312f | 0x3190..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xff9f | 0x20000..=0x3ffff)
}

/// Characters that cost tokens and say nothing: pictographs, their modifiers,
/// control characters and marks that turn the direction of text.
fn is_noise(c: char) -> bool {
    // Most are letters of ASCII, or none at all of what follows.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(u32::from(c),
            0x00ad | 0x200b | 0x200e..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0x20e3
            | 0x2600..=0x27bf | 0x2b00..=0x2bff | 0xfe00..=0xfe0f | 0xfeff
            | 0x1f000..=0x1faff | 0xe0000..=0xe0fff)
}

/// Tells which characters are read, and keeps joiners where they join letters.
///
/// ZWJ and ZWNJ spell words of Indic scripts and of Persian; elsewhere they glue
/// pictographs, or hide.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaner {
    joiner: Option<char>,
}

impl Cleaner {
    /// Whether a character is read. A joiner waits for what follows it.
    #[inline]
    pub(super) fn keeps(&mut self, c: char) -> bool {
        if matches!(c, '\u{200c}' | '\u{200d}') {
            self.joiner = Some(c);
            return false;
        }
        // What is left out between two letters does not part them. Some pictographs are letters.
        !is_noise(c) || is_letter(c)
    }

    /// Adds a character, behind the joiner that waits for it.
    #[inline]
    pub(super) fn push(&mut self, c: char, text: &mut String) {
        if self.joiner.is_some() {
            self.join(c, text);
        }
        text.push(c);
    }

    fn join(&mut self, c: char, text: &mut String) {
        // Behind a virama it makes another letter by itself, at a word's end too.
        if let Some(joiner) = self.joiner.take()
            && (is_joined(c) && text.ends_with(is_joined) || text.ends_with(is_virama))
        {
            text.push(joiner);
        }
    }

    /// A text with nothing in it but what is read.
    pub(super) fn cleaned(&mut self, text: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        self.joiner = None;
        for c in text.chars() {
            if self.keeps(c) {
                self.push(c, &mut kept);
            }
        }
        self.joiner = None;
        kept
    }
}

/// Whether a letter, or a mark on one, is of a script that is spelled with joiners: Arabic to
/// Mongolian, and their extensions.
pub(in crate::document) fn is_joined(c: char) -> bool {
    matches!(u32::from(c),
        0x0600..=0x0fff | 0x1000..=0x109f | 0x1700..=0x18af | 0x1900..=0x1aff | 0x1b00..=0x1c4f
        | 0xa840..=0xaaff | 0xabc0..=0xabff | 0xfb50..=0xfdff | 0xfe70..=0xfefc
        | 0x10a00..=0x11fff | 0x1e900..=0x1eeff)
        && !c.is_whitespace()
}

/// Whether a mark takes a consonant's vowel away, in the scripts of India and Sri Lanka.
fn is_virama(c: char) -> bool {
    matches!(
        u32::from(c),
        0x094d | 0x09cd | 0x0a4d | 0x0acd | 0x0b4d | 0x0bcd | 0x0c4d | 0x0ccd | 0x0d4d | 0x0dca
    )
}

/// Takes bare addresses out of a text; those that there were, on a line each.
pub(super) fn without_addresses(text: &mut String) -> String {
    let mut kept = String::new();
    let mut found = String::new();
    let mut copied = 0;
    for (at, mark) in address_marks(text) {
        let start = match mark {
            "://" => scheme_start(text, at),
            _ => Some(at),
        };
        let Some(start) = start.filter(|&start| {
            start >= copied && !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric())
        }) else {
            continue;
        };
        kept.push_str(text[copied..start].trim_end_matches(['<', '(', '[']));
        copied = text.len() - after_address(&text[start..]).len();
        if !found.is_empty() {
            found.push('\n');
        }
        found.push_str(&text[start..copied]);
    }
    if !found.is_empty() {
        kept.push_str(&text[copied..]);
        *text = kept.trim().to_owned();
    }
    found
}

/// Where an address may be, in order.
fn address_marks(text: &str) -> Vec<(usize, &'static str)> {
    let marks = |mark: &'static str| text.match_indices(mark).map(move |(at, _)| (at, mark));
    let mut found: Vec<_> = marks("://").chain(marks("www.")).collect();
    found.sort_unstable();
    found
}

/// Where the scheme begins that ends at `colon`.
fn scheme_start(text: &str, colon: usize) -> Option<usize> {
    const SCHEMES: [&str; 5] = ["https", "http", "ftp", "git", "ssh"];
    let scheme = SCHEMES
        .iter()
        .find(|scheme| text[..colon].ends_with(**scheme))?;
    Some(colon - scheme.len())
}

/// What follows an address.
fn after_address(text: &str) -> &str {
    let is_end =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|') || is_wide(c);
    let end = text.find(is_end).unwrap_or(text.len());
    let closing = [')', ']', ',', '.', ';', ':', '!', '?', '\'', '*'];
    let address = text[..end].trim_end_matches(closing);
    let rest = &text[address.len()..];
    rest.trim_start_matches(['>', ')', ']'])
}

/// Takes out pictographs that are written as `:name:`; those that there were.
pub(super) fn without_shortcodes(text: &mut String) -> String {
    const MAX_NAME: usize = 32;
    let mut found = String::new();
    if !text.contains(':') {
        return found;
    }
    let mut kept = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(open) = text[from..].find(':').map(|at| from + at) {
        from = open + 1;
        let is_name = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(b);
        let rest = &text.as_bytes()[open + 1..];
        let len = rest
            .iter()
            .take(MAX_NAME)
            .take_while(|b| is_name(b))
            .count();
        let is_bound =
            |byte: Option<&u8>| !byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b':');
        let before = open.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        let named = len > 1 && rest.get(len) == Some(&b':');
        if named && is_bound(before) && is_bound(rest.get(len + 1)) {
            kept.push_str(&text[copied..open]);
            copied = open + len + 2;
            from = copied;
            found.push_str(&text[open..copied]);
        }
    }
    if copied > 0 {
        kept.push_str(&text[copied..]);
        *text = kept.trim().to_owned();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_standard_library() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_letter(c), c.is_alphanumeric(), "{c:?}");
        }
    }

    #[test]
    fn joiners_stay_where_they_join_letters() {
        for (before, after) in [
            ("ක්\u{200d}ෂ", "ක්\u{200d}ෂ"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("a\u{200d}b 👩\u{200d}👧 ක\u{200d}", "ab  ක"),
            ("\u{200d}ක \u{200c}ක", "ක ක"),
            ("കാല്\u{200d}, നീ", "കാല്\u{200d}, നീ"),
        ] {
            assert_eq!(Cleaner::default().cleaned(before), after);
        }
    }

    #[test]
    fn shortcodes_are_taken_out() {
        for (before, after) in [
            (":rocket: Fast :+1:", "Fast"),
            (
                "at 10:30:15, std::vec::Vec, a:b:c, : :",
                "at 10:30:15, std::vec::Vec, a:b:c, : :",
            ),
            ("键:key:值", "键值"),
        ] {
            let mut text = before.to_owned();
            without_shortcodes(&mut text);
            assert_eq!(text, after);
        }
    }

    #[test]
    fn addresses_are_taken_out() {
        for (before, after, had) in [
            ("see https://a.b/c, and go", "see , and go", true),
            ("https://a.b", "", true),
            ("见https://a.b/c。好", "见。好", true),
            ("<http://a> b www.c.d (ftp://e/f)", "b", true),
            ("a://b xhttps://c", "a://b xhttps://c", false),
            ("awww. no", "awww. no", false),
        ] {
            let mut text = before.to_owned();
            assert_eq!(!without_addresses(&mut text).is_empty(), had, "{before}");
            assert_eq!(
                text.split_whitespace().collect::<Vec<_>>().join(" "),
                after,
                "{before}"
            );
        }
    }
}
