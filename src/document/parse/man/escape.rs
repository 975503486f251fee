//! What stands behind backslashes in roff: fonts, characters, and a good deal that only a
//! typesetter needs.

use unicode_normalization::char::compose;

/// Characters by their names of two letters or more.
const NAMED: [(&str, char); 34] = [
    ("em", '—'),
    ("en", '–'),
    ("hy", '-'),
    ("bu", '•'),
    ("lq", '“'),
    ("rq", '”'),
    ("oq", '‘'),
    ("cq", '’'),
    ("aq", '\''),
    ("dq", '"'),
    ("co", '©'),
    ("rg", '®'),
    ("tm", '™'),
    ("ha", '^'),
    ("ti", '~'),
    ("rs", '\\'),
    ("ga", '`'),
    ("aa", '´'),
    ("ss", 'ß'),
    ("AE", 'Æ'),
    ("ae", 'æ'),
    ("OE", 'Œ'),
    ("oe", 'œ'),
    ("o/", 'ø'),
    ("O/", 'Ø'),
    ("oa", 'å'),
    ("oA", 'Å'),
    ("->", '→'),
    ("<-", '←'),
    ("mu", '×'),
    (">=", '≥'),
    ("<=", '≤'),
    ("de", '°'),
    ("Eu", '€'),
];

/// A line as it would be printed.
pub(super) fn printed(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut text);
    }
    text.push_str(rest);
    text
}

/// Reads what stands behind a backslash; gives what follows.
fn escape<'t>(rest: &'t str, text: &mut String) -> &'t str {
    let mut chars = rest.chars();
    let Some(c) = chars.next() else {
        return rest;
    };
    let after = chars.as_str();
    match c {
        '-' | '.' | '\'' | '`' => text.push(c),
        'e' | '\\' => text.push('\\'),
        '~' | ' ' | '0' => text.push(' '),
        '(' | '[' => {
            let (name, after) = name(rest);
            text.extend(character(name));
            return after;
        }
        'C' => {
            let (name, after) = quoted(after);
            text.extend(character(name));
            return after;
        }
        '*' => {
            let (name, after) = name(after);
            text.extend(character(name).filter(|_| matches!(name, "lq" | "rq")));
            return after;
        }
        'f' | 'F' | 'k' | 'g' | 'm' | 'M' | 'Y' | 'V' => return name(after).1,
        'n' => return name(after.trim_start_matches(['+', '-'])).1,
        's' => {
            let after = after.trim_start_matches(['+', '-']);
            return match after.as_bytes().first() {
                Some(b'\'') => quoted(after).1,
                Some(b'1'..=b'3') if after.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                    &after[2..]
                }
                _ => name(after).1,
            };
        }
        'A' | 'b' | 'B' | 'D' | 'h' | 'H' | 'l' | 'L' | 'N' | 'o' | 'R' | 'S' | 'v' | 'w' | 'x'
        | 'X' | 'Z' => return quoted(after).1,
        // A comment to the end of the line.
        '"' | '#' => return "",
        // Marks of a word's end, of a break, of a page.
        '&' | '|' | '^' | '%' | '/' | ',' | ':' | '{' | '}' | 'c' | 'd' | 'u' | 'p' | 'r' | 't'
        | 'a' | ')' | '!' | '?' => {}
        other => text.push(other),
    }
    after
}

/// A name: a letter, two behind `(`, or any number within `[]`; and what follows it.
fn name(text: &str) -> (&str, &str) {
    let (start, len) = match text.chars().next() {
        Some('[') => {
            let len = text.find(']').unwrap_or(text.len());
            return (
                text.get(1..len).unwrap_or_default(),
                text.get(len + 1..).unwrap_or_default(),
            );
        }
        Some('(') => (1, text[1..].chars().take(2).map(char::len_utf8).sum()),
        Some(c) => (0, c.len_utf8()),
        None => (0, 0),
    };
    (&text[start..start + len], &text[start + len..])
}

/// What stands between two of the same marks, and what follows it.
fn quoted(text: &str) -> (&str, &str) {
    let Some(mark) = text.chars().next() else {
        return ("", "");
    };
    let inner = &text[mark.len_utf8()..];
    inner.split_once(mark).unwrap_or(("", inner))
}

/// The character of a name: `em`, `:a`, `u00E9`.
fn character(name: &str) -> Option<char> {
    if let Some((_, known)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*known);
    }
    if let Some(code) = name.strip_prefix('u').filter(|code| code.len() >= 4) {
        let code = u32::from_str_radix(code.split('_').next()?, 16).ok()?;
        return char::from_u32(code);
    }
    let mut chars = name.chars();
    let (accent, letter) = (chars.next()?, chars.next()?);
    let accent = match accent {
        '\'' => '\u{301}',
        '`' => '\u{300}',
        '^' => '\u{302}',
        '~' => '\u{303}',
        ':' => '\u{308}',
        ',' => '\u{327}',
        'v' => '\u{30c}',
        _ => return None,
    };
    compose(letter, accent).filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_printed_as_it_is_read() {
        for (line, text) in [
            (r"\fBtide\fR \- a \f(BIb\fP\f[R]c", "tide - a bc"),
            (r"f\(:ur M\['a]rz \(em \[u00E9] \[bu]", "für Márz — é •"),
            (r"a\&b\ c\~d\|e\ee", "ab c de\\e"),
            (r"\s-1X\s+1 \s12Y\s0 \*(lqq\*(rq \nx\n(yy", "X Y “q” "),
            (r"\h'2m'a\w(b(c", "ac"),
            (r#"text \" comment"#, "text "),
            ("end\\", "end"),
            (r"\(", ""),
            (r"\[", ""),
            (r"\(é", ""),
        ] {
            assert_eq!(printed(line), text, "{line}");
        }
    }
}
