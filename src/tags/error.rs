//! What can be wrong with a tag list, and where.

use std::fmt;

use crate::tags::{TagId, shorten};

/// What is wrong with a tag list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// No tag at all.
    #[error("the tag list is empty; it needs at least one tag")]
    Empty,
    /// Neither of the notations.
    #[error("the tag list is not a JSON array of objects with `id` and `name`")]
    NotAnArray(#[source] serde_json::Error),
    /// The CSV text could not be read.
    #[error("the tag list is not valid CSV")]
    Csv(#[source] csv::Error),
    /// The CSV header lacks a column.
    #[error(
        "the CSV header on line 1 has no column `{0}`; expected `id,name` or `id,name,description`"
    )]
    MissingColumn(&'static str),
    /// One entry is wrong; says where and why.
    #[error("{place}: {problem}")]
    Entry {
        /// `entry 3` or `line 4`.
        place: Place,
        /// What is wrong there.
        problem: Problem,
    },
}

/// Where in the tag list something stands, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The n-th element of the JSON array.
    Entry(usize),
    /// The n-th line of the file.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(n) => write!(f, "entry {n}"),
            Self::Line(n) => write!(f, "line {n}"),
        }
    }
}

/// What is wrong with one entry of a tag list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Not an object, or fields of the wrong type.
    #[error("expected an object like {{\"id\":17,\"name\":\"ai\"}}, found `{found}`")]
    NotATag {
        /// The entry as it stands, shortened.
        found: String,
    },
    /// No `id`.
    #[error("the `id` is missing")]
    MissingId,
    /// Neither integer nor string.
    #[error("the id `{0}` is neither an integer nor a string")]
    IdType(String),
    /// No `name`, or one of spaces alone.
    #[error("the `name` is missing or empty")]
    MissingName,
    /// Stands earlier in the list.
    #[error("the id `{}` stands already at {first}", shorten(id.as_json()))]
    DuplicateId {
        /// The id.
        id: TagId,
        /// Where it stands first.
        first: Place,
    },
    /// Stands earlier in the list.
    #[error("the name `{name}` stands already at {first}")]
    DuplicateName {
        /// The name, trimmed and shortened.
        name: String,
        /// Where it stands first.
        first: Place,
    },
}
