//! What can be wrong with a tag list, and where.

use std::fmt;

use crate::layout::printable;
use crate::tags::TagId;

/// What is wrong with a tag list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// No tag at all.
    #[error("the tag list is empty; it needs at least one tag")]
    Empty,
    /// It begins like JSON and is none.
    #[error("the tag list begins like JSON and is none")]
    NotJson(#[source] serde_json::Error),
    /// What a line means is not plain.
    #[error("line {line}: {reason}")]
    Unclear {
        /// The line, counted from 1.
        line: u64,
        /// What is in doubt.
        reason: String,
    },
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

impl TagError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unclear { .. } => Some(
                "JSON leaves no doubt: `[\"ai\",\"web app\"]`, or `[{\"id\":17,\"name\":\"ai\"}]`",
            ),
            _ => None,
        }
    }
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
    /// Not a name, in a list of names.
    #[error("expected a name like `ai`, as before it, found `{found}`")]
    NotAName {
        /// The entry as it stands, shortened.
        found: String,
    },
    /// Fields that can be understood in more than one way.
    #[error("{reason}")]
    Unclear {
        /// What is in doubt.
        reason: String,
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

/// The first 60 characters of a text, for messages: on one line, with `·` for control
/// characters.
#[must_use]
pub fn shorten(text: &str) -> String {
    let shown = |text: &str| printable(text).replace('\n', "·");
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", shown(&text[..end])),
        None => shown(text),
    }
}
