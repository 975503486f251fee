//! Why a gold record or an answer cannot be used.

use std::ops::RangeInclusive;

use crate::table::Fault;

/// A line that cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RecordError {
    /// Its number, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: RecordProblem,
}

/// Why a line cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordProblem {
    /// No JSON, or without a field that is needed.
    #[error("{reason} (column {column})")]
    Json {
        /// What the parser says.
        reason: String,
        /// Where it stopped.
        column: usize,
    },
    /// No JSON that could be looked at.
    #[error("{0}")]
    Element(String),
    /// The id is a list, say.
    #[error("`id` is `{0}`; it must be a text or a number")]
    Id(String),
    /// Two records with one id.
    #[error("the id `{id}` stands on line {first} already")]
    IdTwice {
        /// The id.
        id: String,
        /// The line that has it first.
        first: usize,
    },
    /// A tag that the list does not have.
    #[error("the tag `{0}` is not in the tag list")]
    UnknownTag(String),
    /// A tag that the record has already.
    #[error("the tag `{0}` is there twice")]
    TagTwice(String),
    /// It is not clear which text counts.
    #[error("there is a `text` and a `path`; one of them is enough")]
    TextAndPath,
    /// Not one score for each tag.
    #[error("there are {tags} tags, but {scores} scores")]
    ScoreCount {
        /// How many tags there are.
        tags: usize,
        /// How many scores.
        scores: usize,
    },
    /// More tags than are asked for, or fewer.
    #[error("the number of its tags, {tags}, is not from {} to {}", allowed.start(), allowed.end())]
    TagCount {
        /// How many it has.
        tags: usize,
        /// How many it may have.
        allowed: RangeInclusive<usize>,
    },
    /// A score that is no probability.
    #[error("the score `{0}` is not a probability; it must be from 0 to 1")]
    Score(f64),
    /// A score that is no number.
    #[error("the score `{0}` is no number")]
    NoNumber(String),
    /// Lines that are no row.
    #[error(transparent)]
    Row(#[from] Fault),
    /// An id that is missing or empty.
    #[error("it has no `id`")]
    NoId,
}
