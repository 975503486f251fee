//! JSON of every layout: which one it is, and its records where they are not lines.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use crate::document::MAX_BYTES;
use crate::runner::fields::{Fields, Unseen};
use crate::runner::input::Items;
use crate::runner::input::error::InputError;
use crate::runner::input::json::{Elements, Records};
use crate::runner::input::shape::{Shape, is_faulty_line, of_object};
use crate::runner::input::source::{BUFFER, InputFormat, Source, Text, Utf8};
use crate::runner::input::walk::Walk;
use crate::runner::record::{Record, RecordError};

/// The text of an input and how its JSON is laid out; of an object, which array has the records.
pub(super) fn open(
    source: &Source,
    mut input: Utf8,
    is_file: bool,
) -> Result<(Text, Shape, Records), InputError> {
    let failed = |error| source.io_error(error);
    let mut records = Records {
        path: source.records.clone(),
        is_said: source.records.is_some(),
    };
    let is_json = matches!(source.format, InputFormat::Json | InputFormat::AnyJson);
    let (head, shape) = match (is_json, is_file) {
        (false, _) => (Vec::new(), Shape::Lines),
        (true, true) => (Vec::new(), of_file(source, &mut records)?),
        (true, false) if records.is_said => (Vec::new(), Shape::Export),
        // No more is waited for than there has to be.
        (true, false) => beginning(&mut input, &source.fields).map_err(failed)?,
    };
    let shape = match shape {
        Shape::Lines if source.format == InputFormat::Json => Shape::Sequence,
        shape => shape,
    };
    let text = BufReader::with_capacity(BUFFER, Cursor::new(head).chain(input));
    Ok((text, shape, records))
}

/// Finds out, ahead of all work, how a file is laid out and which array is meant.
fn of_file(source: &Source, records: &mut Records) -> Result<Shape, InputError> {
    let failed = |error| source.io_error(error);
    let input = source.open(&Arc::default()).map_err(failed)?;
    let mut walk = Walk::new(BufReader::with_capacity(BUFFER, input));
    let first = walk.bytes.peek().map_err(failed)?;
    match first {
        Some(b'[') if !records.is_said => return Ok(Shape::Array),
        Some(b'{' | b'[') => {}
        _ => return Ok(Shape::Lines),
    }
    let mut head = Vec::new();
    let begin = source.open(&Arc::default()).map_err(failed)?;
    let read = begin.take(BUFFER as u64).read_to_end(&mut head);
    read.map_err(failed)?;
    if !records.is_said && is_faulty_line(&head) {
        return Ok(Shape::Lines);
    }
    let (shape, look) = of_object(&mut walk, &source.fields, true).map_err(failed)?;
    let path = source.path.clone();
    let (mut arrays, others) = (look.objects, look.others);
    match (&records.path, arrays.len()) {
        (Some(wanted), _) if arrays.iter().chain(&others).any(|found| found == wanted) => {
            Ok(Shape::Export)
        }
        (Some(wanted), _) => {
            let wanted = wanted.clone();
            arrays.extend(others);
            Err(InputError::NoArray {
                path,
                wanted,
                arrays,
            })
        }
        (None, 2..) if shape == Some(Shape::Export) => {
            Err(InputError::SeveralArrays { path, arrays })
        }
        (None, _) => {
            records.path = arrays.pop();
            Ok(shape.unwrap_or(Shape::Lines))
        }
    }
}

/// As much of a text that comes from somebody as tells how it is laid out.
fn beginning(input: &mut impl Read, fields: &Fields) -> io::Result<(Vec<u8>, Shape)> {
    let mut head = Vec::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = input.read(&mut buffer)?;
        head.extend_from_slice(&buffer[..read]);
        let is_whole = read == 0;
        let shape = match head.trim_ascii_start().first() {
            None => is_whole.then_some(Shape::Lines),
            Some(b'[') => Some(Shape::Array),
            Some(b'{') if is_faulty_line(&head) => Some(Shape::Lines),
            Some(b'{') => {
                let (shape, look) = of_object(&mut Walk::new(&head[..]), fields, is_whole)?;
                let is_enough = head.len() >= BUFFER;
                shape.or_else(|| is_enough.then(|| look.of_records()))
            }
            Some(_) => Some(Shape::Lines),
        };
        if let Some(shape) = shape {
            return Ok((head, shape));
        }
    }
}

/// Sends the values of an array, or of a sequence; the fields that none of them has.
pub(super) fn send(
    source: &Source,
    text: impl BufRead,
    (shape, records): (Shape, Records),
    sender: &Items,
) -> Result<Vec<String>, InputError> {
    let failed = |error| source.io_error(error);
    let mut elements = match shape {
        Shape::Array => Elements::array(text, MAX_BYTES),
        Shape::Export => Elements::inside(text, records, MAX_BYTES),
        Shape::Sequence | Shape::Lines => Elements::sequence(text, MAX_BYTES),
    };
    let mut unseen = Unseen::new(&source.fields);
    let mut bytes = Vec::new();
    while let Some(element) = elements.next(&mut bytes).map_err(failed)? {
        let line = element.line;
        let record = if let Some((kind, message)) = element.fault {
            Err(RecordError {
                line,
                id: None,
                kind,
                message,
            })
        } else {
            let text = bytes.trim_ascii();
            Record::from_json(text, line, &source.fields, source.folder(), &mut unseen)
        };
        if !sender.send(record) {
            break;
        }
    }
    Ok(unseen.names())
}

/// The records of a text that is held in memory, each as JSON with the line it begins on, or
/// what is wrong with its text: a record a line, an array, an object with an array of records
/// in it, or objects of several lines.
#[must_use]
pub fn json_records(text: &str) -> Vec<(usize, Result<Cow<'_, str>, String>)> {
    let text = text.trim_start_matches('\u{feff}');
    let Some(values) = json_values(text.as_bytes()) else {
        let lines = text.lines().map(|line| Ok(Cow::Borrowed(line)));
        return (1..).zip(lines).collect();
    };
    let values = values.into_iter().map(|(line, value)| {
        let value = value.map(|bytes| Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()));
        (usize::try_from(line).unwrap_or(usize::MAX), value)
    });
    values.collect()
}

/// A value of a JSON text that is no text of lines: its line, and its text or what is wrong.
type JsonValue = (u64, Result<Vec<u8>, String>);

/// The values of a text; `None` if it has one record a line.
fn json_values(text: &[u8]) -> Option<Vec<JsonValue>> {
    let (fields, limit) = (Fields::default(), MAX_BYTES);
    let shape = match text.trim_ascii_start().first()? {
        b'[' => Shape::Array,
        // In memory, reading does not fail.
        b'{' if is_faulty_line(text) => return None,
        b'{' => of_object(&mut Walk::new(text), &fields, true).ok()?.0?,
        _ => return None,
    };
    let mut elements = match shape {
        Shape::Lines => return None,
        Shape::Array => Elements::array(text, limit),
        Shape::Export => Elements::inside(text, Records::default(), limit),
        Shape::Sequence => Elements::sequence(text, limit),
    };
    let (mut values, mut bytes) = (Vec::new(), Vec::new());
    while let Ok(Some(element)) = elements.next(&mut bytes) {
        let value = match element.fault {
            Some((_, message)) => Err(message),
            None => Ok(bytes.trim_ascii().to_vec()),
        };
        values.push((element.line, value));
    }
    Some(values)
}
