//! JSON that is not one object a line: an array, an object with an array in it, objects one
//! after another. Read value by value, in the memory of one.

use std::io::{self, BufRead};

use crate::runner::input::scan::Scan;
use crate::runner::input::walk::{self, Ending, Walk};

/// A value as it stands in the text.
#[derive(Debug)]
pub(super) struct Element {
    /// The line it begins on.
    pub(super) line: u64,
    /// What is wrong with it apart from its JSON: a word for scripts, a sentence.
    pub(super) fault: Option<(&'static str, String)>,
}

/// Which array of an object has the records.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    /// The names that lead to it, joined by points; without, the first array of objects.
    pub(super) path: Option<String>,
    /// Whether somebody said so: other arrays are not meant then.
    pub(super) is_said: bool,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Sequence,
    Array,
    /// Behind an array, where only another one can follow.
    Behind,
    /// In an object, whose array with the records comes or is over.
    Object,
    /// Behind all records.
    Done,
}

/// The values of an array, or of a sequence, as they come.
#[derive(Debug)]
pub(super) struct Elements<R> {
    walk: Walk<R>,
    within: Within,
    /// Of an object, which array is meant.
    records: Option<Records>,
    /// Where the object begins, and whether its array was there.
    object: (u64, bool),
    limit: u64,
}

impl<R: BufRead> Elements<R> {
    /// Values one after another.
    pub(super) fn sequence(input: R, limit: u64) -> Self {
        Self {
            walk: Walk::new(input),
            within: Within::Sequence,
            records: None,
            object: (1, false),
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

    /// The values of an array in an object, and in the objects that follow it.
    pub(super) fn inside(input: R, records: Records, limit: u64) -> Self {
        Self {
            within: Within::Object,
            records: Some(records),
            ..Self::sequence(input, limit)
        }
    }

    /// The next value, its text in `into`; `None` at the end.
    pub(super) fn next(&mut self, into: &mut Vec<u8>) -> io::Result<Option<Element>> {
        loop {
            into.clear();
            match self.within {
                Within::Done => return Ok(None),
                Within::Array => {
                    if let Some(element) = self.walk.element(self.limit, into)? {
                        return Ok(Some(self.checked(&element)));
                    }
                    if self.walk.is_in_array() {
                        let message = "the array ends here without its `]`: the file is cut off";
                        return Ok(Some(self.ends(message)));
                    }
                    self.within = if self.records.is_some() {
                        Within::Object
                    } else {
                        Within::Behind
                    };
                }
                Within::Object => {
                    let fault = self.in_object()?;
                    if fault.is_some() {
                        return Ok(fault);
                    }
                }
                Within::Sequence | Within::Behind => {
                    let Some(next) = self.walk.bytes.peek()? else {
                        return Ok(None);
                    };
                    if self.within == Within::Sequence {
                        let (scan, line) = (Scan::in_sequence(), self.walk.bytes.line);
                        let element = self.walk.value(scan, self.limit, into, line)?;
                        return Ok(Some(self.checked(&element)));
                    } else if next != b'[' {
                        let message = "behind the array's end there is more, which is not read";
                        return Ok(Some(self.ends(message)));
                    }
                    self.walk.enter()?;
                    self.within = Within::Array;
                }
            }
        }
    }

    /// Goes on in an object, to its array with the records or behind its end; what of it is not
    /// read.
    fn in_object(&mut self) -> io::Result<Option<Element>> {
        let records = self.records.get_or_insert_default();
        if let Some(found) = self.walk.next()? {
            if records.path.is_none() && found.has_objects {
                records.path = Some(found.path.clone());
            }
            if records.path.as_ref() == Some(&found.path) {
                self.within = Within::Array;
                self.object.1 = true;
            } else if found.has_objects && !records.is_said {
                let path = found.path;
                let message =
                    format!("the array `{path}` is not read; `--records {path}` reads it alone");
                return Ok(Some(fault(found.line, "not_json", message)));
            } else {
                self.object.1 |= records.path.is_none() && found.is_empty;
            }
            return Ok(None);
        }
        let (ending, line) = self.walk.ending.unwrap_or((Ending::Cut, self.object.0));
        let next = self.walk.bytes.peek()?;
        let (begins, has_array) = self.object;
        self.object = (self.walk.bytes.line, false);
        if next == Some(b'{') {
            self.walk.begin_again();
        } else {
            self.within = Within::Done;
        }
        let message = match (ending, next) {
            (Ending::Cut, _) => {
                format!(
                    "the object that begins on line {begins} ends here without its `}}`: the file is cut off"
                )
            }
            (Ending::Broken, _) => {
                format!(
                    "the object that begins on line {begins} is not closed where this one begins"
                )
            }
            (Ending::Closed, _) if !has_array => {
                match self.records.as_ref().and_then(|r| r.path.as_ref()) {
                    Some(path) => format!("the object that ends here has no array `{path}`"),
                    None => "the object that ends here has no array of objects".to_owned(),
                }
            }
            (Ending::Closed, None | Some(b'{')) => return Ok(None),
            (Ending::Closed, Some(_)) => {
                let line = self.object.0;
                let message = "behind the object's end there is more, which is not read";
                return Ok(Some(fault(line, "not_json", message.to_owned())));
            }
        };
        let line = if ending == Ending::Broken {
            self.object.0
        } else {
            line
        };
        Ok(Some(fault(line, "not_json", message)))
    }

    /// A value with what is wrong with it.
    fn checked(&mut self, element: &walk::Element) -> Element {
        let walk::Element {
            line,
            is_closed,
            length,
        } = *element;
        if length > self.limit {
            let message = format!("it is longer than {} MiB", self.limit >> 20);
            return fault(line, "too_large", message);
        }
        if !is_closed {
            self.within = Within::Done;
            let last = self.walk.bytes.line;
            let message = format!("it is not closed before the end, on line {last}");
            return fault(line, "not_json", message);
        }
        Element { line, fault: None }
    }

    /// The end of what is read, and why it is here.
    fn ends(&mut self, message: &str) -> Element {
        self.within = Within::Done;
        fault(self.walk.bytes.line, "not_json", message.to_owned())
    }
}

fn fault(line: u64, kind: &'static str, message: String) -> Element {
    let fault = Some((kind, message));
    Element { line, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[track_caller]
    fn inside(text: &str, path: Option<&str>) -> Vec<(u64, String)> {
        let records = Records {
            path: path.map(str::to_owned),
            is_said: path.is_some(),
        };
        all(Elements::inside(text.as_bytes(), records, 99))
    }

    #[test]
    fn an_array_in_an_object_is_read() {
        let text = r#"{"v":[1],"x":{"all":[{"id":1},{"id":2}]},"more":[{}]}"#;
        let two = [(1, "{\"id\":1}"), (1, "{\"id\":2}")];
        assert_eq!(inside(text, Some("x.all")), pairs(&two));
        assert_eq!(inside(text, Some("v")), pairs(&[(1, "1")]));
        let none = "the object that ends here has no array `nope`";
        assert_eq!(inside(text, Some("nope")), pairs(&[(1, none)]));
        // Where nobody said which one, the others are told.
        let more = "the array `more` is not read; `--records more` reads it alone";
        let expected = [two[0], two[1], (1, more)];
        assert_eq!(inside(text, None), pairs(&expected));
        assert_eq!(inside("{\"all\":[]}", None), []);
    }

    #[test]
    fn of_an_object_nothing_is_lost_untold() {
        let cut = "the object that begins on line 1 ends here without its `}`: the file is cut off";
        let broken = "the object that begins on line 1 is not closed where this one begins";
        let behind = "behind the object's end there is more, which is not read";
        let none = "the object that ends here has no array `a`";
        for (text, expected) in [
            (
                "{\"a\":[1,2]}\n{\"a\":[3]}",
                &[(1, "1"), (1, "2"), (2, "3")][..],
            ),
            ("{\"a\":[1,\n2]", &[(1, "1"), (2, "2"), (2, cut)]),
            ("{\"a\":[1],{\"a\":[2]}", &[(1, "1"), (1, broken), (1, "2")]),
            ("{\"a\":[1]},\n{\"a\":[2]}", &[(1, "1"), (1, behind)]),
            ("{\"a\":[1]}\n{\"b\":[2]}", &[(1, "1"), (2, none)]),
        ] {
            assert_eq!(inside(text, Some("a")), pairs(expected), "{text}");
        }
    }
}
