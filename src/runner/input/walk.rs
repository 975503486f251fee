//! A JSON text byte by byte: spaces, values, and the arrays in an object.

use std::io::{self, BufRead};

use memchr::memchr_iter;

use crate::runner::input::scan::Scan;

/// Names that are remembered of an object.
const KEYS: usize = 1000;

/// Bytes of JSON with their lines counted.
#[derive(Debug)]
pub(super) struct Bytes<R> {
    pub(super) input: R,
    pub(super) line: u64,
    /// The line of the last byte that was taken and is no space.
    last: u64,
}

impl<R: BufRead> Bytes<R> {
    /// The next byte that is no space, not yet taken.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.input.fill_buf()?;
            let spaces = buffer
                .iter()
                .take_while(|b| b.is_ascii_whitespace())
                .count();
            let next = buffer.get(spaces).copied();
            let is_end = buffer.is_empty();
            self.take(spaces)?;
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    /// Takes bytes that are in the buffer.
    pub(super) fn take(&mut self, count: usize) -> io::Result<()> {
        let taken = &self.input.fill_buf()?[..count];
        let lines = |bytes: &[u8]| memchr_iter(b'\n', bytes).count() as u64;
        let behind = taken.iter().rposition(|byte| !byte.is_ascii_whitespace());
        self.line += lines(taken);
        if let Some(behind) = behind {
            self.last = self.line - lines(&taken[behind..]);
        }
        self.input.consume(count);
        Ok(())
    }

    /// Takes a value to its end, and as much of it as there is room for; whether it has one,
    /// and how long it is.
    pub(super) fn value(
        &mut self,
        mut scan: Scan,
        room: u64,
        into: &mut Vec<u8>,
    ) -> io::Result<(bool, u64)> {
        let mut length = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok((!scan.is_open(), length));
            }
            let end = scan.run(buffer);
            let count = end.unwrap_or(buffer.len());
            length += count as u64;
            if length <= room {
                into.extend_from_slice(&buffer[..count]);
            }
            self.take(count)?;
            if end.is_some() {
                return Ok((true, length));
            }
        }
    }
}

/// An array in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The names that lead to it, joined by points.
    pub(super) path: String,
    /// Whether its first element is an object.
    pub(super) has_objects: bool,
    /// Whether it has no element.
    pub(super) is_empty: bool,
    /// The line on which it begins.
    pub(super) line: u64,
}

/// How an object ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With its bracket.
    Closed,
    /// With the text.
    Cut,
    /// Where another object begins in place of a name.
    Broken,
}

/// Goes through an object, and the objects in it, from array to array. What is faulty in an
/// array costs no more than where its elements are read.
#[derive(Debug)]
pub(super) struct Walk<R> {
    pub(super) bytes: Bytes<R>,
    /// The names of the fields that it is in.
    path: Vec<String>,
    /// The names of the outermost object.
    keys: Vec<String>,
    is_in_array: bool,
    has_begun: bool,
    /// How the object ended, once it has, and on which line.
    pub(super) ending: Option<(Ending, u64)>,
}

/// An element of an array.
#[derive(Debug)]
pub(super) struct Element {
    /// The line it begins on.
    pub(super) line: u64,
    /// Whether it has an end.
    pub(super) is_closed: bool,
    /// How many bytes it has.
    pub(super) length: u64,
}

impl<R: BufRead> Walk<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            bytes: Bytes {
                input,
                line: 1,
                last: 1,
            },
            path: Vec::new(),
            keys: Vec::new(),
            is_in_array: false,
            has_begun: false,
            ending: None,
        }
    }

    pub(super) fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key == name)
    }

    /// The next array, behind whose bracket the walk stands then; `None` at the object's end.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        if self.is_in_array {
            while self.element(0, &mut Vec::new())?.is_some() {}
        }
        let mut skipped = Vec::new();
        loop {
            match self.bytes.peek()? {
                None => return Ok(self.ends(Ending::Cut)),
                Some(b'{') if self.has_begun => return Ok(self.ends(Ending::Broken)),
                Some(b'{') => {
                    self.has_begun = true;
                    self.bytes.take(1)?;
                }
                Some(b'"') => {
                    let mut name = Vec::new();
                    self.bytes
                        .value(Scan::element(), u64::from(u16::MAX), &mut name)?;
                    let name = serde_json::from_slice(&name).unwrap_or_default();
                    if self.path.is_empty() && self.keys.len() < KEYS {
                        self.keys.push(String::clone(&name));
                    }
                    if self.bytes.peek()? != Some(b':') {
                        continue;
                    }
                    self.bytes.take(1)?;
                    self.path.push(name);
                    match self.bytes.peek()? {
                        Some(b'{') => self.bytes.take(1)?,
                        Some(b'[') => {
                            let line = self.bytes.line;
                            self.enter()?;
                            let first = self.bytes.peek()?;
                            return Ok(Some(Found {
                                path: self.path.join("."),
                                has_objects: first == Some(b'{'),
                                is_empty: first == Some(b']'),
                                line,
                            }));
                        }
                        _ => {
                            self.bytes.value(Scan::element(), 0, &mut skipped)?;
                            self.path.pop();
                        }
                    }
                }
                Some(b'}') => {
                    self.bytes.take(1)?;
                    if self.path.pop().is_none() {
                        return Ok(self.ends(Ending::Closed));
                    }
                }
                Some(_) => self.bytes.take(1)?,
            }
        }
    }

    /// Takes the bracket with which an array begins.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        self.is_in_array = true;
        self.bytes.take(1)
    }

    fn ends(&mut self, ending: Ending) -> Option<Found> {
        self.ending = Some((ending, self.bytes.last));
        None
    }

    /// Begins with the next object of the text.
    pub(super) fn begin_again(&mut self) {
        self.path.clear();
        self.keys.clear();
        self.has_begun = false;
        self.ending = None;
    }

    /// The next element of the array that the walk is in, and as much of it as there is room
    /// for. `None` behind the array, or where the text ends in it.
    pub(super) fn element(&mut self, room: u64, into: &mut Vec<u8>) -> io::Result<Option<Element>> {
        loop {
            let next = self.bytes.peek()?;
            let line = self.bytes.line;
            match next {
                None => return Ok(None),
                Some(b',') => self.bytes.take(1)?,
                Some(b']') => {
                    self.bytes.take(1)?;
                    self.is_in_array = false;
                    self.path.pop();
                    return Ok(None);
                }
                Some(_) => return self.value(Scan::element(), room, into, line).map(Some),
            }
        }
    }

    /// The value that begins here; where none can, a bracket that belongs to nothing.
    pub(super) fn value(
        &mut self,
        scan: Scan,
        room: u64,
        into: &mut Vec<u8>,
        line: u64,
    ) -> io::Result<Element> {
        let (is_closed, length) = self.bytes.value(scan, room, into)?;
        if length == 0 {
            into.extend_from_slice(&self.bytes.input.fill_buf()?[..1]);
            self.bytes.take(1)?;
        }
        Ok(Element {
            line,
            is_closed,
            length,
        })
    }

    /// Whether the text ended in the array.
    pub(super) fn is_in_array(&self) -> bool {
        self.is_in_array
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_found_in_an_object() {
        let text =
            br#"{"v":[1],"x":{"n":"[{","all":[{"id":1},{"id":2}],"y":[]},"more":[{"z":[{}]}]}"#;
        let mut walk = Walk::new(&text[..]);
        let mut found = Vec::new();
        while let Some(array) = walk.next().unwrap() {
            found.push((array.path, array.has_objects));
        }
        let array = |path: &str, has| (path.to_owned(), has);
        let expected = [
            array("v", false),
            array("x.all", true),
            array("x.y", false),
            array("more", true),
        ];
        assert_eq!(found, expected);
        assert_eq!(walk.ending, Some((Ending::Closed, 1)));
    }

    #[test]
    fn a_faulty_element_leads_nowhere_else() {
        for (text, ending) in [
            (
                r#"{"a":[{"id":1, {"id":2,"x":tru}},5}],"b":[{}]}"#,
                Ending::Closed,
            ),
            (
                "{\"a\":[{\"id\":\"1},\n{\"id\":2}],\n\"b\":[{}]}",
                Ending::Closed,
            ),
            (r#"{"a":[{"id":1}],"b":[{"id""#, Ending::Cut),
            (r#"{"a":[{}],"b":[{}] {"id":1}"#, Ending::Broken),
        ] {
            let mut walk = Walk::new(text.as_bytes());
            let mut found = Vec::new();
            while let Some(array) = walk.next().unwrap() {
                found.push(array.path);
            }
            assert_eq!(found, ["a", "b"], "{text}");
            assert!(!walk.has_key("id"), "{text}");
            assert_eq!(
                walk.ending.map(|(ending, _)| ending),
                Some(ending),
                "{text}"
            );
        }
    }
}
