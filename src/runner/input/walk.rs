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
        self.line += memchr_iter(b'\n', taken).count() as u64;
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
}

/// Goes through an object, and the objects in it, from array to array.
#[derive(Debug)]
pub(super) struct Walk<R> {
    pub(super) bytes: Bytes<R>,
    /// The names of the fields that it is in.
    path: Vec<String>,
    /// The names of the outermost object.
    keys: Vec<String>,
    pub(super) is_in_array: bool,
    has_begun: bool,
    pub(super) has_found: bool,
}

impl<R: BufRead> Walk<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            bytes: Bytes { input, line: 1 },
            path: Vec::new(),
            keys: Vec::new(),
            is_in_array: false,
            has_begun: false,
            has_found: false,
        }
    }

    pub(super) fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key == name)
    }

    /// The next array, behind whose bracket the walk stands then; `None` at the object's end.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        let mut skipped = Vec::new();
        if std::mem::take(&mut self.is_in_array) {
            self.bytes.value(Scan::behind(b'['), 0, &mut skipped)?;
            self.path.pop();
        }
        loop {
            match self.bytes.peek()? {
                None => return Ok(None),
                Some(b'{') if !self.has_begun => {
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
                            self.bytes.take(1)?;
                            self.is_in_array = true;
                            let has_objects = self.bytes.peek()? == Some(b'{');
                            self.has_found |= has_objects;
                            let path = self.path.join(".");
                            return Ok(Some(Found { path, has_objects }));
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
                        return Ok(None);
                    }
                }
                Some(_) => self.bytes.take(1)?,
            }
        }
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
    }
}
