//! What came of a record.

use serde::{Deserialize, Serialize};

use crate::classifier::ClassifyError;
use crate::tags::TagId;
use crate::wire::Known;

/// What came of a record: kept in the journal, written to the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The tags, with all that is known of them.
    Answer(Box<Known>),
    /// Why there is none.
    Failure(Failure),
}

impl Outcome {
    /// The tags; `None` of a failure.
    #[must_use]
    pub fn tags(&self) -> Option<&[TagId]> {
        match self {
            Self::Answer(known) => Some(&known.tags),
            Self::Failure(_) => None,
        }
    }
}

/// Why a record has no tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One word for scripts.
    pub kind: String,
    /// One sentence for people.
    pub message: String,
}

impl Failure {
    /// A failure of a kind.
    #[must_use]
    pub fn new(kind: &str, message: String) -> Self {
        let kind = kind.to_owned();
        Self { kind, message }
    }
}

impl From<&ClassifyError> for Failure {
    fn from(error: &ClassifyError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
