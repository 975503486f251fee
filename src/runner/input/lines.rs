//! One JSON object a line.

use std::io::{BufRead, Read};

use crate::document::MAX_BYTES;
use crate::runner::fields::Unseen;
use crate::runner::input::{InputError, Items, Source};
use crate::runner::record::{Record, RecordError};

/// Sends the records of lines; the fields that none of them has.
pub(super) fn send(
    source: &Source,
    mut input: impl BufRead,
    sender: &Items,
) -> Result<Vec<String>, InputError> {
    let failed = |error| source.io_error(error);
    let mut unseen = Unseen::new(&source.fields);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let limit = MAX_BYTES + 1;
        let mut limited = input.by_ref().take(limit);
        let read = limited.read_until(b'\n', &mut bytes).map_err(failed)? as u64;
        if read == 0 {
            break;
        }
        let too_long = read == limit && !bytes.ends_with(b"\n");
        if too_long {
            input.skip_until(b'\n').map_err(failed)?;
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let record = if too_long {
            let message = format!("its line is longer than {} MiB", MAX_BYTES >> 20);
            Err(RecordError {
                line,
                id: None,
                kind: "too_large",
                message,
            })
        } else {
            Record::from_json(text, line, &source.fields, source.folder(), &mut unseen)
        };
        if !sender.send(record) {
            break;
        }
    }
    Ok(unseen.names())
}
