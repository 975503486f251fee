//! Where one value of JSON ends, in pieces as they come, whether or not it is well-formed.

use memchr::memchr3;

/// Below this depth brackets are only counted: no reader follows so far.
const DEPTH: usize = 4096;

/// A value that is looked through for its end.
///
/// What is not well-formed must not take its neighbours with it. An object that is not closed
/// ends at the next `{` where none can be, and at the bracket of the array that it is in; a
/// text ends with its line.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The brackets that are open.
    open: Vec<u8>,
    /// How many more, below [`DEPTH`].
    deeper: u64,
    is_text: bool,
    is_escaped: bool,
    /// The byte before, spaces left out; 0 at the beginning.
    before: u8,
    /// Whether values stand one after another, in no array.
    is_sequence: bool,
}

impl Scan {
    /// At the beginning of a value in an array.
    pub(super) fn element() -> Self {
        Self::default()
    }

    /// At the beginning of a value of a sequence.
    pub(super) fn in_sequence() -> Self {
        Self {
            is_sequence: true,
            ..Self::default()
        }
    }

    /// Whether a bracket is open, or a text.
    pub(super) fn is_open(&self) -> bool {
        self.is_text || !self.open.is_empty()
    }

    /// Goes on with the next bytes: where in them the value ends; `None` where it does not.
    pub(super) fn run(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.is_text {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' | b'\n' => {
                        self.is_text = false;
                        self.before = b'"';
                        if self.open.is_empty() {
                            return Some(at + usize::from(byte == b'"'));
                        }
                    }
                    _ => {
                        let rest = &bytes[at..];
                        at += memchr3(b'\\', b'"', b'\n', rest).unwrap_or(rest.len());
                        continue;
                    }
                }
                at += 1;
                continue;
            }
            match byte {
                b'\n' if self.is_sequence && self.open.is_empty() && self.before != 0 => {
                    return Some(at);
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'"' => {
                    self.is_text = true;
                    self.is_escaped = false;
                }
                b'{' | b'[' => {
                    if !self.can_open() {
                        return Some(at);
                    }
                    if self.open.len() < DEPTH {
                        self.open.push(byte);
                    } else {
                        self.deeper += 1;
                    }
                    self.before = byte;
                }
                b'}' | b']' => {
                    if let Some(end) = self.close(byte, at) {
                        return Some(end);
                    }
                    self.before = byte;
                }
                b',' if self.open.is_empty() => return Some(at),
                _ => self.before = byte,
            }
            at += 1;
        }
        None
    }

    /// Whether a bracket can open here: an object is no neighbour of another in an object.
    fn can_open(&self) -> bool {
        match self.open.last() {
            _ if self.deeper > 0 => true,
            None => self.before == 0,
            Some(b'{') => self.before == b':',
            Some(_) => matches!(self.before, b'[' | b','),
        }
    }

    /// Closes a bracket, and those that were forgotten inside it; where the value ends, if it
    /// does.
    fn close(&mut self, byte: u8, at: usize) -> Option<usize> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        let opening = if byte == b'}' { b'{' } else { b'[' };
        let Some(place) = self.open.iter().rposition(|&open| open == opening) else {
            // It is that of the array around, or of nothing.
            return Some(at);
        };
        self.open.truncate(place);
        self.open.is_empty().then_some(at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of a value that comes byte by byte, as of one that comes at once.
    #[track_caller]
    fn end(text: &str) -> Option<usize> {
        let at_once = Scan::element().run(text.as_bytes());
        let mut scan = Scan::element();
        let by_byte = text
            .bytes()
            .enumerate()
            .find_map(|(at, byte)| Some(at + scan.run(&[byte])?));
        assert_eq!(at_once, by_byte, "{text}");
        at_once
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        for value in [
            r#"{"a":[1,{"b":"}]"}],"c":"\"}"}"#,
            "[1,[2],{}]",
            r#""a,\"b\\""#,
            "17",
            "null",
            "{\n}",
        ] {
            for behind in [",{}", "]", "}"] {
                assert_eq!(
                    end(&format!("{value}{behind}")),
                    Some(value.len()),
                    "{value}"
                );
            }
        }
        assert_eq!(end(r#"{"a":"#), None);
    }

    #[test]
    fn what_is_not_closed_does_not_take_its_neighbours() {
        for (value, behind) in [
            (r#"{"a":1, "#, r#"{"a":2}"#),
            (r#"{"a":{"b":1, "#, r#"{"a":2}"#),
            ("{\"a\":\"x}\n", r#"{"a":2}"#),
            (r#"{"a":1"#, "]"),
            (r#"{"a":1 "#, r#"{"a":2}"#),
        ] {
            assert_eq!(
                end(&format!("{value}{behind}")),
                Some(value.len()),
                "{value}"
            );
        }
        let deep = "[".repeat(9000) + &"]".repeat(9000);
        assert_eq!(end(&deep), Some(18000));
    }
}
