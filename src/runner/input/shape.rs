//! How a JSON text is laid out, as its first object tells.

use std::io::{self, BufRead};

use serde::de::IgnoredAny;

use crate::runner::fields::Fields;
use crate::runner::input::walk::{Ending, Walk};

/// Arrays that are looked for in an object, to say which there are.
const ARRAYS: usize = 1000;

/// How a JSON text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object a line.
    Lines,
    /// One array of objects.
    Array,
    /// An object with an array of objects somewhere in it, or several, such as pages.
    Export,
    /// Objects that take several lines each.
    Sequence,
}

/// What the first object of a text has in it.
#[derive(Debug)]
pub(super) struct Look {
    /// Whether it has a field for the id: it is a record.
    is_record: bool,
    /// Whether it has the records in it, rather than being one.
    is_wrapper: bool,
    /// Where arrays of objects are in it.
    pub(super) objects: Vec<String>,
    /// Where other arrays are.
    pub(super) others: Vec<String>,
    ending: Ending,
    /// Whether it takes several lines.
    is_long: bool,
    /// What follows, and whether on the same line.
    next: Option<(u8, bool)>,
}

impl Look {
    /// Looks at the object that a walk begins with.
    pub(super) fn at<R: BufRead>(walk: &mut Walk<R>, fields: &Fields) -> io::Result<Self> {
        walk.bytes.peek()?;
        let first = walk.bytes.line;
        let (mut objects, mut others, mut has_empty) = (Vec::new(), Vec::new(), false);
        while let Some(found) = walk.next()? {
            has_empty |= found.is_empty;
            let list = if found.has_objects {
                &mut objects
            } else {
                &mut others
            };
            if list.len() < ARRAYS {
                list.push(found.path);
            }
        }
        let (ending, last) = walk.ending.unwrap_or((Ending::Cut, first));
        let next = walk.bytes.peek()?;
        let next = next.map(|byte| (byte, walk.bytes.line == last));
        let has = |name: &String| walk.has_key(name.split('.').next().unwrap_or_default());
        let is_record = has(&fields.id);
        // An array without elements can be a record's, too.
        has_empty &= !has(&fields.path) && !fields.text.iter().any(has);
        Ok(Self {
            is_record,
            is_wrapper: !is_record && (!objects.is_empty() || has_empty),
            objects,
            others,
            ending,
            is_long: last > first,
            next,
        })
    }

    /// How records stand that are no array's.
    pub(super) fn of_records(&self) -> Shape {
        let shares_line = matches!(self.next, Some((b'{', true)));
        if self.is_long || shares_line {
            Shape::Sequence
        } else {
            Shape::Lines
        }
    }
}

/// The shape of a text that begins with the object that a walk begins with, and what was seen of
/// that; `None` where more of the text than there is, `is_whole` if that is all, has to tell.
pub(super) fn of_object<R: BufRead>(
    walk: &mut Walk<R>,
    fields: &Fields,
    is_whole: bool,
) -> io::Result<(Option<Shape>, Look)> {
    let look = Look::at(walk, fields)?;
    let shape = match (look.ending, look.next) {
        _ if look.is_record && look.ending != Ending::Cut => Some(look.of_records()),
        (Ending::Cut, _) if look.is_record => (is_whole || look.is_long).then(|| look.of_records()),
        (Ending::Cut, _) if look.is_wrapper => {
            (is_whole || !look.objects.is_empty()).then_some(Shape::Export)
        }
        (Ending::Cut, _) => is_whole.then(|| look.of_records()),
        _ if !look.is_wrapper => Some(look.of_records()),
        (_, None) => is_whole.then_some(Shape::Export),
        (_, Some((b'{', _))) => {
            // Pages, if the next one is of the same kind; else records, this one without an id.
            walk.begin_again();
            let next = Look::at(walk, fields)?;
            let is_page = next.is_wrapper && next.objects.first() == look.objects.first();
            Some(if is_page {
                Shape::Export
            } else {
                look.of_records()
            })
        }
        (_, Some(_)) => Some(Shape::Export),
    };
    Ok((shape, look))
}

/// Whether a text, as far as it is here, begins with a record that is a line with a fault in it,
/// rather than with an object of several lines.
pub(super) fn is_faulty_line(head: &[u8]) -> bool {
    let lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    let is_line = first.starts_with(b"{") && first.ends_with(b"}") && second.starts_with(b"{");
    is_line && serde_json::from_slice::<IgnoredAny>(first).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shape(text: &str, is_whole: bool) -> Option<Shape> {
        let mut walk = Walk::new(text.as_bytes());
        of_object(&mut walk, &Fields::default(), is_whole)
            .unwrap()
            .0
    }

    #[test]
    fn a_fault_in_the_first_line_makes_no_object_of_several() {
        for (text, is_faulty) in [
            ("{\"id\":1,\"tags\":[1,\"text\":\"a\"}\n{\"id\":2}", true),
            ("{\"id\":1,\"meta\":{\"x\":1}\n{\"id\":2}", true),
            (
                "{\"id\":1,\"meta\":{\"x\":1}\n,\"text\":\"a\"}\n{\"id\":2}",
                false,
            ),
            ("{\"items\":[{\"id\":1}]}\n{\"items\":[]}", false),
            ("{\"items\":[{\"id\":1},\n{\"id\":2}]}", false),
            ("{\n{\"id\":2}", false),
            ("{\"id\":1,}", false),
        ] {
            assert_eq!(is_faulty_line(text.as_bytes()), is_faulty, "{text}");
        }
    }

    #[test]
    fn the_first_object_tells_the_shape() {
        for (text, expected) in [
            ("{\"id\":1}\n{\"id\":2}\n", Shape::Lines),
            ("{\"id\":1,\"a\":[{}]}\n", Shape::Lines),
            ("{\"a\":1}", Shape::Lines),
            ("{\"id\":1\n{\"id\":2}", Shape::Lines),
            ("{\"all\":[{\"id\":1}]}", Shape::Export),
            ("{\n \"x\": {\"all\": [\n {\"id\":1}]}\n}", Shape::Export),
            ("{\n \"id\": 1\n}\n{\n \"id\": 2\n}", Shape::Sequence),
            ("{\"id\":1} {\"id\":2}", Shape::Sequence),
            ("{\"all\":[\n{\"id\":1},\n{\"id\":2}]}", Shape::Export),
            ("{\"n\":2,\"all\":[{\"id\":1},\n{\"id\":2}]}", Shape::Export),
            ("{\"id\":1,\n{\"id\":2}", Shape::Lines),
            ("{\"a\":1,\n{\"id\":2}", Shape::Lines),
            // Whatever is wrong with an element.
            ("{\"all\":[{\"id\":1, {\"id\":2}]}", Shape::Export),
            ("{\"all\":[{\"id\":1},{\"id\":2}", Shape::Export),
            ("{\"all\":[{\"id\":1}]]}", Shape::Export),
            ("{\"all\":[{\"id\":1,\"x\":[]]},{\"id\":2}]}", Shape::Export),
            // An array without elements, unless it is a record's.
            ("{\"n\":0,\"all\":[]}", Shape::Export),
            ("{\"text\":\"a\",\"tags\":[]}", Shape::Lines),
            // Pages, and records of which the first lacks its id.
            ("{\"all\":[{}]}\n{\"all\":[{}]}\n", Shape::Export),
            ("{\"all\":[{}]}\n{\"id\":1,\"all\":[{}]}\n", Shape::Lines),
        ] {
            assert_eq!(shape(text, true), Some(expected), "{text}");
        }
    }

    #[test]
    fn of_a_text_that_goes_on_no_more_is_told_than_it_shows() {
        for (text, expected) in [
            ("{\"id\":1}", Some(Shape::Lines)),
            ("{\"a\":1}\n", Some(Shape::Lines)),
            ("{\"id\":1,\n\"a\":2", Some(Shape::Sequence)),
            ("{\"id\":1,", None),
            ("{\"a\":[1", None),
            ("{\"a\":[{\"id\":1", Some(Shape::Export)),
            ("{\"a\":[{\"id\":1}]}\n", None),
            ("{\"a\":[{\"id\":1}]}\n{\"a\":[{", Some(Shape::Export)),
        ] {
            assert_eq!(shape(text, false), expected, "{text}");
        }
    }
}
