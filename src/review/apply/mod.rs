//! Corrections put into the output of a batch: what they do not concern stays byte for byte.

mod json;
mod rows;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::eval::{TableError, is_reviewed as says_so, unpacked};
use crate::review::corrections::Correction;
use crate::runner::InputFormat;
use crate::tags::TagSet;

/// Why an output cannot be corrected at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// A batch writes lines.
    #[error("it is not JSON with one record a line, CSV or TSV, as `batch` writes them")]
    NotLines,
    /// It has no header that is known.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// An output with corrections in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What the file is to have in it.
    pub content: Vec<u8>,
    /// How many records got other tags.
    pub corrected: usize,
    /// How many were right as they were.
    pub confirmed: usize,
    /// How many others were reviewed before.
    pub before: usize,
    /// How many nobody has reviewed.
    pub open: usize,
    /// The corrections, by their places, to documents that are not there.
    pub unknown: Vec<usize>,
    /// The lines that cannot be read or corrected, and are left as they are; with the reason.
    pub unread: Vec<(usize, String)>,
}

/// What becomes of a record.
enum Verdict<'a> {
    /// It stays as it is.
    Left,
    /// Its tags were right.
    Right,
    /// It gets these.
    Tags(&'a [usize]),
}

/// Corrections on their way into an output.
struct Work<'a> {
    by_id: HashMap<&'a str, &'a Correction>,
    /// The lines of the records that were corrected.
    seen: HashMap<&'a str, usize>,
    tags: &'a TagSet,
    applied: Applied,
}

impl<'a> Work<'a> {
    fn new(corrections: &'a [Correction], tags: &'a TagSet) -> Self {
        let by_id = corrections.iter().map(|c| (c.id.as_str(), c));
        Self {
            by_id: by_id.collect(),
            seen: HashMap::new(),
            tags,
            applied: Applied::default(),
        }
    }

    /// What becomes of the record of a document with these tags; counted. A correction is to
    /// the first record of its id, which is the one that is shown.
    fn verdict(
        &mut self,
        line: usize,
        id: &str,
        now: Option<&[usize]>,
        was_reviewed: bool,
    ) -> Verdict<'a> {
        let found = self.by_id.get(id).copied();
        let first = found.map(|correction| (correction, self.seen.entry(&correction.id)));
        let correction = match first {
            Some((correction, Entry::Vacant(entry))) => {
                entry.insert(line);
                correction
            }
            other => {
                if let Some((_, Entry::Occupied(first))) = other {
                    let problem = format!("the id `{id}` stands on line {} already", first.get());
                    self.applied.unread.push((line, problem));
                }
                *if was_reviewed {
                    &mut self.applied.before
                } else {
                    &mut self.applied.open
                } += 1;
                return Verdict::Left;
            }
        };
        let sorted = |tags: &[usize]| {
            let mut tags = tags.to_vec();
            tags.sort_unstable();
            tags
        };
        if now.is_some_and(|now| sorted(now) == sorted(&correction.tags)) {
            self.applied.confirmed += 1;
            return Verdict::Right;
        }
        self.applied.corrected += 1;
        Verdict::Tags(&correction.tags)
    }

    /// The names of tags, as `--names` writes them.
    fn names(&self, places: &[usize]) -> Vec<&str> {
        let name = |&place: &usize| self.tags.get(place).name.trim();
        places.iter().map(name).collect()
    }

    fn end(mut self, corrections: &[Correction]) -> Applied {
        let unknown = (0..).zip(corrections);
        let unknown = unknown.filter(|(_, c)| !self.seen.contains_key(c.id.as_str()));
        self.applied.unknown = unknown.map(|(place, _)| place).collect();
        self.applied
    }
}

/// Puts corrections into the output of a batch. Their records are marked as reviewed, and no
/// longer for review; if their tags change, what the scores and details said of the old ones is
/// not in them any more.
///
/// # Errors
/// [`ApplyError`] if it is not the output of a batch.
pub fn apply(
    path: &Path,
    corrections: &[Correction],
    tags: &TagSet,
) -> Result<Applied, ApplyError> {
    let bytes = unpacked(path).map_err(ApplyError::Io)?;
    let mut work = Work::new(corrections, tags);
    match InputFormat::of(path) {
        Some(format @ (InputFormat::Csv | InputFormat::Tsv)) => {
            rows::apply(&bytes, format == InputFormat::Tsv, &mut work)?;
        }
        _ if bytes.trim_ascii_start().starts_with(b"[") => return Err(ApplyError::NotLines),
        _ => json::apply(&bytes, &mut work),
    }
    Ok(work.end(corrections))
}

/// Whether a person has reviewed records of a batch's output, which another run of that batch
/// would write over. What cannot be read is none.
///
/// # Errors
/// [`io::Error`] if it cannot be opened.
pub fn is_reviewed(path: &Path) -> io::Result<bool> {
    #[derive(Deserialize)]
    struct Wire {
        #[serde(default)]
        reviewed: Option<Box<RawValue>>,
    }
    let file = File::open(path)?;
    let is_packed = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    let input: Box<dyn Read> = if is_packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut is_first = true;
    // Few lines have the word in them: only these are parsed.
    let word = memchr::memmem::Finder::new("\"reviewed\"");
    while input
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        let text = text.trim_ascii();
        if !text.is_empty()
            && std::mem::take(&mut is_first)
            && !text.starts_with(b"{")
            && !text.starts_with(b"[")
        {
            // A person's, whatever is in it: no batch writes such a column.
            let mut columns = text.split(|byte| b",\t;|".contains(byte));
            let name = |column: &[u8]| column.trim_ascii().to_ascii_lowercase();
            return Ok(columns
                .any(|column| name(column) == b"reviewed" || name(column) == b"\"reviewed\""));
        }
        if word.find(text).is_some() {
            // What has been laid out in another way was in a person's hands, too.
            let record = serde_json::from_slice(text);
            if record.map_or(true, |record: Wire| says_so(record.reviewed.as_deref())) {
                return Ok(true);
            }
        }
        line.clear();
    }
    Ok(false)
}
