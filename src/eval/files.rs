//! Files of gold records and answers, in any notation and encoding, packed or not.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::document::{Encoded, Guess, Utf8Reader};
use crate::eval::records::{
    AnswerRecord, GoldRecord, JsonRecord, Parsed, parse_answers, parse_gold,
};
use crate::eval::tables::{TableError, parse_answers_table, parse_gold_table};
use crate::runner::{InputFormat, json_records};
use crate::tags::TagSet;

/// Begins what gzip has packed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file of records cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// It cannot be read, or is not what its beginning says.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// JSON is UTF-8, or UTF-16.
    #[error("it is not valid UTF-8 on line {line}")]
    NotUtf8 {
        /// The first line that is not, counted from 1.
        line: usize,
    },
    /// It has no header that is known.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What a file of records has.
#[derive(Debug)]
pub struct RecordsFile<R> {
    /// The records, and which lines cannot be used.
    pub parsed: Parsed<R>,
    /// The encoding that it was taken for, if it does not say.
    pub guess: Option<Guess>,
}

/// Reads gold records in the notation that a file's name tells.
///
/// # Errors
/// [`RecordsError`] if nothing of it can be used.
pub fn read_gold(path: &Path, tags: &TagSet) -> Result<RecordsFile<GoldRecord>, RecordsError> {
    read(path, tags, parse_gold, parse_gold_table)
}

/// Reads answers in the notation that a file's name tells.
///
/// # Errors
/// [`RecordsError`] if nothing of it can be used.
pub fn read_answers(path: &Path, tags: &TagSet) -> Result<RecordsFile<AnswerRecord>, RecordsError> {
    read(path, tags, parse_answers, parse_answers_table)
}

/// The bytes of a file, unpacked if gzip has packed it.
pub(crate) fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = std::fs::read(path)?;
    if bytes.starts_with(&GZIP) {
        let packed = std::mem::take(&mut bytes);
        MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A reader of tables: their bytes, whether cells are literal, the tags.
pub(crate) type TableReader<R> = fn(&[u8], bool, &TagSet) -> Result<Parsed<R>, TableError>;

pub(crate) fn read<R>(
    path: &Path,
    tags: &TagSet,
    values: fn(Vec<JsonRecord<'_>>, &TagSet) -> Parsed<R>,
    table: TableReader<R>,
) -> Result<RecordsFile<R>, RecordsError> {
    let bytes = unpacked(path).map_err(RecordsError::Io)?;
    let format = InputFormat::of(path);
    let is_table = matches!(format, Some(InputFormat::Csv | InputFormat::Tsv));
    let usual = if is_table {
        Encoded::Guessed
    } else {
        Encoded::Unicode
    };
    let mut text = Vec::new();
    let mut reader = Utf8Reader::new(&bytes[..], usual, false);
    reader.read_to_end(&mut text).map_err(RecordsError::Io)?;
    let parsed = if is_table {
        table(&bytes, format == Some(InputFormat::Tsv), tags)?
    } else {
        let text = String::from_utf8(text).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.split(|&byte| byte == b'\n').skip(1).count();
            RecordsError::NotUtf8 { line }
        })?;
        values(json_records(&text), tags)
    };
    Ok(RecordsFile {
        parsed,
        guess: reader.guess().cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_its_name_and_its_bytes_tell() {
        let folder = tempfile::tempdir().unwrap();
        let tags = TagSet::parse("ai\nweb").unwrap();
        let read = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read_gold(&path, &tags)
        };
        let json = b"{\"id\":1,\"text\":\"a\",\"tags\":[\"web\"]}\nno\n";
        let (gold, errors) = read("a.jsonl", json).unwrap().parsed;
        assert_eq!((gold[0].tags.as_slice(), errors.len()), (&[1][..], 1));
        let csv = read("a.csv", b"id;text;tags\n1;caf\xe9;ai\n").unwrap();
        assert_eq!(csv.parsed.0[0].tags, [0]);
        assert!(csv.guess.is_some());
        let error = read("b.jsonl", b"{}\n\xff").unwrap_err();
        assert!(matches!(error, RecordsError::NotUtf8 { line: 2 }));
        let error = read("b.csv", b"a,b\n").unwrap_err();
        assert!(matches!(error, RecordsError::Table(_)));
        let error = read("c.jsonl", &[0x1f, 0x8b, 0]).unwrap_err();
        assert!(matches!(error, RecordsError::Io(_)));
    }
}
