//! JSON that is not one object a line: an array, an object with an array in it, objects one
//! after another. Read value by value, in the memory of one.

use std::io::{self, BufRead};

use crate::runner::input::scan::Scan;
use crate::runner::input::walk::{Bytes, Walk};

/// How a JSON text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object a line.
    Lines,
    /// One array of objects.
    Array,
    /// One object with an array of objects somewhere in it.
    Export,
    /// Objects that take several lines each.
    Sequence,
}

impl Shape {
    /// The shape that the beginning of a text shows, `whole` where it is all of it. An object
    /// with a field for the id is a record, not an export of records.
    pub(super) fn of(text: &[u8], whole: bool, id: &str) -> Self {
        let text = text.trim_ascii_start();
        match text.first() {
            Some(b'[') => return Self::Array,
            Some(b'{') => {}
            _ => return Self::Lines,
        }
        let id = id.split('.').next().unwrap_or_default();
        let look = || {
            let mut walk = Walk::new(text);
            while let Ok(Some(_)) = walk.next() {}
            walk
        };
        let line = text.iter().position(|&byte| byte == b'\n');
        let head = &text[..line.unwrap_or(text.len())];
        if let Some(end) = Scan::in_sequence().run(head) {
            let behind = head[end..].trim_ascii();
            if behind.first() == Some(&b'{') {
                return Self::Sequence;
            }
            let is_alone = whole && text[end..].trim_ascii().is_empty();
            if !is_alone || !behind.is_empty() {
                return Self::Lines;
            }
            let walk = look();
            let is_export = !walk.has_key(id) && walk.has_found;
            return if is_export { Self::Export } else { Self::Lines };
        }
        let Some(line) = line else {
            let walk = look();
            let is_export = !whole && !walk.has_key(id) && walk.has_found;
            return if is_export { Self::Export } else { Self::Lines };
        };
        let walk = look();
        if text[line..].trim_ascii_start().first() == Some(&b'{') {
            // An array of objects with one a line, or lines, the first of which is faulty.
            let goes_on = matches!(head.trim_ascii_end().last(), Some(b'[' | b','));
            let is_export = goes_on && walk.has_found && !walk.has_key(id);
            return if is_export { Self::Export } else { Self::Lines };
        }
        if walk.has_key(id) {
            Self::Sequence
        } else {
            Self::Export
        }
    }
}

/// A value as it stands in the text.
#[derive(Debug)]
pub(super) struct Element {
    /// The line it begins on.
    pub(super) line: u64,
    /// What is wrong with it apart from its JSON: a word for scripts, a sentence.
    pub(super) fault: Option<(&'static str, String)>,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Sequence,
    Array,
    /// Behind an array, where only another one can follow.
    Behind,
    /// Behind all records.
    Done,
}

/// The values of an array, or of a sequence, as they come.
#[derive(Debug)]
pub(super) struct Elements<R> {
    bytes: Bytes<R>,
    within: Within,
    /// Whether the array is in an object, whose other fields are no records.
    is_inside: bool,
    limit: u64,
}

impl<R: BufRead> Elements<R> {
    /// Values one after another.
    pub(super) fn sequence(input: R, limit: u64) -> Self {
        Self {
            bytes: Bytes { input, line: 1 },
            within: Within::Sequence,
            is_inside: false,
            limit,
        }
    }

    /// The values of the arrays at the top.
    pub(super) fn array(input: R, limit: u64) -> Self {
        Self {
            within: Within::Behind,
            ..Self::sequence(input, limit)
        }
    }

    /// The values of the array at a path, of the first array of objects where there is no path.
    pub(super) fn inside(input: R, path: Option<&str>, limit: u64) -> io::Result<Self> {
        let mut walk = Walk::new(input);
        while let Some(found) = walk.next()? {
            if path.map_or(found.has_objects, |path| path == found.path) {
                break;
            }
        }
        let within = if walk.is_in_array {
            Within::Array
        } else {
            Within::Done
        };
        Ok(Self {
            bytes: walk.bytes,
            within,
            is_inside: true,
            limit,
        })
    }

    /// The next value, its text in `into`; `None` at the end.
    pub(super) fn next(&mut self, into: &mut Vec<u8>) -> io::Result<Option<Element>> {
        loop {
            into.clear();
            if self.within == Within::Done {
                return Ok(None);
            }
            let (within, next) = (self.within, self.bytes.peek()?);
            let line = self.bytes.line;
            match (within, next) {
                (Within::Array, None) => {
                    self.within = Within::Done;
                    let message = "the array ends here without its `]`: the file is cut off";
                    return Ok(Some(fault(line, "not_json", message.to_owned())));
                }
                (_, None) => return Ok(None),
                (Within::Array, Some(b']')) => {
                    self.bytes.take(1)?;
                    self.within = if self.is_inside {
                        Within::Done
                    } else {
                        Within::Behind
                    };
                }
                (Within::Array, Some(b',')) => self.bytes.take(1)?,
                (Within::Behind, Some(b'[')) => {
                    self.bytes.take(1)?;
                    self.within = Within::Array;
                }
                (Within::Behind, Some(_)) => {
                    self.within = Within::Done;
                    let message = "behind the array's end there is more, which is not read";
                    return Ok(Some(fault(line, "not_json", message.to_owned())));
                }
                _ => return self.element(line, into).map(Some),
            }
        }
    }

    fn element(&mut self, line: u64, into: &mut Vec<u8>) -> io::Result<Element> {
        let scan = if self.within == Within::Sequence {
            Scan::in_sequence()
        } else {
            Scan::element()
        };
        let (is_closed, length) = self.bytes.value(scan, self.limit, into)?;
        if length == 0 {
            // A bracket or a comma that belongs to nothing.
            into.extend_from_slice(&self.bytes.input.fill_buf()?[..1]);
            self.bytes.take(1)?;
        }
        if length > self.limit {
            let message = format!("it is longer than {} MiB", self.limit >> 20);
            return Ok(fault(line, "too_large", message));
        }
        if !is_closed {
            self.within = Within::Done;
            let last = self.bytes.line;
            let message = format!("it is not closed before the end, on line {last}");
            return Ok(fault(line, "not_json", message));
        }
        Ok(Element { line, fault: None })
    }
}

fn fault(line: u64, kind: &'static str, message: String) -> Element {
    let fault = Some((kind, message));
    Element { line, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shape(text: &str) -> Shape {
        Shape::of(text.as_bytes(), true, "id")
    }

    #[test]
    fn the_beginning_tells_the_shape() {
        for (text, expected) in [
            ("{\"id\":1}\n{\"id\":2}\n", Shape::Lines),
            ("{\"id\":1,\"a\":[{}]}\n", Shape::Lines),
            ("{\"a\":1}", Shape::Lines),
            ("nonsense\n[", Shape::Lines),
            ("{\"id\":1\n{\"id\":2}", Shape::Lines),
            ("", Shape::Lines),
            (" \n[{\"id\":1}]", Shape::Array),
            ("{\"all\":[{\"id\":1}]}", Shape::Export),
            ("{\n \"x\": {\"all\": [\n {\"id\":1}]}\n}", Shape::Export),
            ("{\n \"id\": 1\n}\n{\n \"id\": 2\n}", Shape::Sequence),
            ("{\"id\":1} {\"id\":2}", Shape::Sequence),
            ("{\"all\":[\n{\"id\":1},\n{\"id\":2}]}", Shape::Export),
            ("{\"n\":2,\"all\":[{\"id\":1},\n{\"id\":2}]}", Shape::Export),
            ("{\"id\":1,\n{\"id\":2}", Shape::Lines),
            ("{\"a\":1,\n{\"id\":2}", Shape::Lines),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
        let long = format!("{{\"all\":[{{\"id\":1,\"text\":\"{}", "x".repeat(999));
        assert_eq!(Shape::of(long.as_bytes(), false, "id"), Shape::Export);
        let long = format!("{{\"id\":1,\"text\":\"{}", "x".repeat(999));
        assert_eq!(Shape::of(long.as_bytes(), false, "id"), Shape::Lines);
    }

    /// Lines and texts, or lines and what is wrong.
    fn all(mut elements: Elements<&[u8]>) -> Vec<(u64, String)> {
        let (mut all, mut text) = (Vec::new(), Vec::new());
        while let Some(element) = elements.next(&mut text).unwrap() {
            let text = String::from_utf8(text.clone()).unwrap();
            all.push((element.line, element.fault.map_or(text, |fault| fault.1)));
        }
        all
    }

    fn pairs(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
        expected
            .iter()
            .map(|(line, text)| (*line, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn the_elements_of_an_array_come_one_by_one() {
        let text = "[{\"a\":[1,{}]} ,\n\n 5,\"x\",\n{\"b\":\"]\"}]\n [7]\n";
        let expected = [
            (1, "{\"a\":[1,{}]}"),
            (3, "5"),
            (3, "\"x\""),
            (4, "{\"b\":\"]\"}"),
            (5, "7"),
        ];
        assert_eq!(all(Elements::array(text.as_bytes(), 99)), pairs(&expected));
        let sequence = "{\n}\n{}{\"a\":1}\nx y\n";
        let expected = [(1, "{\n}"), (3, "{}"), (3, "{\"a\":1}"), (4, "x y")];
        assert_eq!(
            all(Elements::sequence(sequence.as_bytes(), 99)),
            pairs(&expected)
        );
    }

    #[test]
    fn what_is_cut_off_or_too_much_is_told() {
        let cut = "the array ends here without its `]`: the file is cut off";
        assert_eq!(
            all(Elements::array(&b"[1,\n"[..], 99)),
            pairs(&[(1, "1"), (2, cut)])
        );
        let open = "it is not closed before the end, on line 2";
        assert_eq!(
            all(Elements::array(&b"[{\"a\":\n1"[..], 99)),
            pairs(&[(1, open)])
        );
        let more = "behind the array's end there is more, which is not read";
        assert_eq!(
            all(Elements::array(&b"[]\n{}"[..], 99)),
            pairs(&[(2, more)])
        );
        let long = "it is longer than 0 MiB";
        let text = b"[{\"a\":12345},{}]";
        assert_eq!(
            all(Elements::array(&text[..], 9)),
            pairs(&[(1, long), (1, "{}")])
        );
    }

    #[test]
    fn an_array_in_an_object_is_read() {
        let text = br#"{"v":[1],"x":{"all":[{"id":1},{"id":2}]},"more":[{}]}"#;
        let of = |path| all(Elements::inside(&text[..], path, 99).unwrap());
        assert_eq!(
            of(Some("x.all")),
            pairs(&[(1, "{\"id\":1}"), (1, "{\"id\":2}")])
        );
        assert_eq!(of(Some("v")), pairs(&[(1, "1")]));
        assert_eq!(of(Some("nope")), []);
    }
}
