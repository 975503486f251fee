//! JSON of every layout: which one it is, and its records where they are not lines.

use std::io::BufRead;
use std::sync::Arc;

use crate::document::MAX_BYTES;
use crate::runner::fields::Unseen;
use crate::runner::input::Items;
use crate::runner::input::error::InputError;
use crate::runner::input::json::{Elements, Shape};
use crate::runner::input::source::{BUFFER, InputFormat, Source, Text};
use crate::runner::input::walk::Walk;
use crate::runner::record::{Record, RecordError};

/// Arrays that are looked for in an object, to say which there are.
const ARRAYS: usize = 1000;

/// How the JSON of an input is laid out; of an object, which array has the records.
pub(super) fn shape(source: &Source, text: &mut Text, is_file: bool) -> Result<Shape, InputError> {
    let failed = |error| source.io_error(error);
    if matches!(
        source.format,
        InputFormat::Csv | InputFormat::Tsv | InputFormat::Jsonl
    ) {
        return Ok(Shape::Lines);
    }
    if !is_file && source.format == InputFormat::AnyJson && source.records.is_none() {
        // No more is waited for than there has to be.
        let begins = text.fill_buf().map_err(failed)?.trim_ascii_start();
        let shape = match begins.first() {
            Some(b'[') => Shape::Array,
            _ => Shape::Lines,
        };
        return Ok(shape);
    }
    let sample = text.fill_buf().map_err(failed)?;
    let is_whole = is_file && sample.len() < BUFFER;
    let found = Shape::of(sample, is_whole, &source.fields.id);
    let shape = match found {
        Shape::Array if source.records.is_none() => Shape::Array,
        _ if source.records.is_some() => Shape::Export,
        Shape::Lines if source.format == InputFormat::Json => Shape::Sequence,
        shape => shape,
    };
    if shape != Shape::Export || !is_file {
        return Ok(shape);
    }
    // Ahead of all work it is found out which array is meant.
    let read = Arc::default();
    let mut walk = Walk::new(source.open(&read).map_err(failed)?);
    let (mut arrays, mut others) = (Vec::new(), Vec::new());
    while let Some(found) = walk.next().map_err(failed)? {
        if source.records.as_ref() == Some(&found.path) {
            return Ok(shape);
        }
        let list = if found.has_objects {
            &mut arrays
        } else {
            &mut others
        };
        if list.len() < ARRAYS {
            list.push(found.path);
        }
    }
    let path = source.path.clone();
    match (&source.records, arrays.len()) {
        (Some(wanted), _) => {
            let wanted = wanted.clone();
            arrays.extend(others);
            Err(InputError::NoArray {
                path,
                wanted,
                arrays,
            })
        }
        (None, 1) => Ok(shape),
        // A record, if anything.
        (None, 0) => Ok(Shape::Sequence),
        (None, _) => Err(InputError::SeveralArrays { path, arrays }),
    }
}

/// Sends the values of an array, or of a sequence; the fields that none of them has.
pub(super) fn send(
    source: &Source,
    text: Text,
    shape: Shape,
    sender: &Items,
) -> Result<Vec<String>, InputError> {
    let failed = |error| source.io_error(error);
    let mut elements = match shape {
        Shape::Array => Elements::array(text, MAX_BYTES),
        Shape::Export => {
            let records = source.records.as_deref();
            Elements::inside(text, records, MAX_BYTES).map_err(failed)?
        }
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
