//! What is written of a record without an answer, and of an answer that changed.

use serde::{Deserialize, Serialize};

use crate::tags::TagId;
use crate::wire::json_line;

/// Why a record has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorLine {
    /// The record's id, if it has one.
    pub id: Option<String>,
    /// Its line in the input, counted from 1.
    pub line: u64,
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// One word for scripts.
    pub kind: String,
    /// One sentence for people.
    pub message: String,
}

impl ErrorLine {
    /// The record of an error.
    #[must_use]
    pub fn new(id: Option<&str>, line: u64, kind: &str, message: &str) -> Self {
        Self {
            id: id.map(str::to_owned),
            line,
            error: ErrorDetail {
                kind: kind.to_owned(),
                message: message.to_owned(),
            },
        }
    }

    /// The line with its end.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        json_line(self)
    }
}

/// How the tags of a document changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The document's id.
    pub id: String,
    /// Its tags before.
    pub before: Vec<TagId>,
    /// Its tags now.
    pub after: Vec<TagId>,
}

impl Change {
    /// The line with its end.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        json_line(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_carry_their_line() {
        let failure = ErrorLine::new(Some("a\"b"), 3, "empty", "the document is empty");
        let expected = "{\"id\":\"a\\\"b\",\"line\":3,\"error\":{\"kind\":\"empty\",\"message\":\"the document is empty\"}}\n";
        assert_eq!(String::from_utf8(failure.to_line()).unwrap(), expected);
        let without = ErrorLine::new(None, 1, "no_id", "it has none").to_line();
        assert!(without.starts_with(b"{\"id\":null,\"line\":1,"));
    }

    #[test]
    fn a_change_has_the_tags_of_before_and_of_now() {
        let tag = |id: &str| vec![serde_json::from_str::<TagId>(id).unwrap()];
        let change = Change {
            id: "a".to_owned(),
            before: tag("1"),
            after: tag("\"x\""),
        };
        let expected = b"{\"id\":\"a\",\"before\":[1],\"after\":[\"x\"]}\n";
        assert_eq!(change.to_line(), expected);
    }
}
