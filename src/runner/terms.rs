//! What a run is given and what it says: outputs, limits, how far it is, why it ended.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::classifier::{Classification, ClassifyError};
use crate::runner::input::{InputError, Told};
use crate::runner::journal::{JournalError, KEEPS};
use crate::runner::key::Key;
use crate::runner::line_file::LineFile;

/// Where the lines of a run go.
#[derive(Debug)]
pub struct Outputs {
    /// The answers; `None` is stdout.
    pub answers: Option<LineFile>,
    /// The errors; `None` puts them among the answers.
    pub errors: Option<LineFile>,
    /// What changed, where that is asked for.
    pub changes: Option<LineFile>,
}

/// What a run must not exceed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Documents that are computed together at most.
    pub parallel: usize,
    /// With so many errors the run ends.
    pub max_errors: Option<u64>,
    /// How long one document may take.
    pub timeout: Option<Duration>,
    /// Which part of the records is done, from 0 on, and of how many.
    pub shard: Option<(u64, u64)>,
    /// Documents that are computed alone, since one of them may have ended an earlier process.
    pub suspects: Vec<Key>,
}

/// Why a run ended before its input did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it.
    Asked,
    /// There were too many errors.
    Errors,
}

/// How far a run is.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Answers written.
    pub tagged: u64,
    /// Errors written.
    pub failed: u64,
    /// Of both, how many were known to an earlier run.
    pub known: u64,
    /// Answers with other tags than before they were done again.
    pub changed: u64,
    /// Answers without any tag.
    pub untagged: u64,
    /// Answers that are marked for review.
    pub review: u64,
    /// Tokens of documents that the model read.
    pub tokens: u64,
    /// How much of the input is read, and of how much: bytes, or files of a folder.
    pub position: u64,
    /// The length of the input, where it is known.
    pub length: Option<u64>,
    /// Records with an id that an earlier record has.
    pub repeated: u64,
    /// The first of them.
    pub first_repeated: Option<Repeated>,
    /// What there is to say of the input; all of it was read then.
    pub told: Option<Told>,
    /// Why the run ended early.
    pub stop: Option<Stop>,
}

/// A record with the id of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The id.
    pub id: String,
    /// The record's line, or its place in a folder.
    pub line: u64,
    /// The line of the first record with this id.
    pub first: u64,
}

/// Who watches a run.
pub trait Watch {
    /// Whether the run has to stop. Documents in work are finished.
    fn must_stop(&self) -> bool;

    /// How far it is; told very often.
    fn tell(&mut self, summary: &Summary);

    /// The model answered. What an earlier run is known to have answered is not told.
    fn answered(&mut self, answer: &Classification);

    /// These documents, and no others, are now given to the model or to its tokenizer.
    fn begins(&mut self, keys: &[Key]);
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The input cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A line cannot be written.
    #[error("cannot write to {}", path.as_ref().map_or("stdout".to_owned(), |p| format!("`{}`", p.display())))]
    Output {
        /// The file; `None` is stdout.
        path: Option<PathBuf>,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No document could ever be classified.
    #[error(transparent)]
    Classify(ClassifyError),
}

impl RunError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Journal(error) => Some(error.hint().to_owned()),
            Self::Output { path, .. } => path.is_some().then(|| KEEPS.to_owned()),
            Self::Classify(error) => error.hint().map(str::to_owned),
        }
    }
}
