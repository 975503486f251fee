//! What is written of answers: one schema for every command, its JSON and its rows.
//!
//! These types stand apart from the library's own, so that a name that changes there changes
//! nothing that users' scripts read. `docs/schemas/` describes them to other programs, and
//! tests hold real outputs to it.
//!
//! ```text
//! Classification ──> Known (kept in a journal) ──Writing──> Answer ──Layout──> a line
//! ```

mod answer;
mod error;
mod explanation;
mod known;
mod layout;
mod object;
mod prompt;
mod sample;
mod shape;
mod writing;

pub use crate::wire::answer::{Answer, Details, Ranked, Stability, Tokens};
pub use crate::wire::error::{Change, ErrorDetail, ErrorLine};
pub use crate::wire::explanation::{
    Alternative, ExplainedPiece, ExplainedSlot, ExplainedTarget, ExplanationRecord, Named, Parts,
    Scored, ShownTokens,
};
pub use crate::wire::known::{Computed, Known};
pub use crate::wire::layout::Layout;
pub(crate) use crate::wire::object::Object;
pub use crate::wire::prompt::{CandidateRecord, PromptRecord};
pub use crate::wire::sample::SampleFormat;
pub use crate::wire::shape::{Scores, Shape};
pub use crate::wire::writing::{Reading, Writing};

use serde::Serialize;

/// The names that an answer or an error has at its top: a field of such a name that is carried
/// from the input to the output has to be called something else.
pub const RESERVED: [&str; 13] = [
    "id",
    "tags",
    "names",
    "scores",
    "max_scores",
    "margins",
    "stops",
    "review",
    "reviewed",
    "ranking",
    "details",
    "line",
    "error",
];

/// Six digits after the point: more than a model's probabilities are good for.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn rounded(values: &[f64]) -> Vec<f64> {
    values.iter().copied().map(round).collect()
}

/// A line of JSON with its end.
pub(crate) fn json_line(value: &impl Serialize) -> Vec<u8> {
    // Texts and numbers: there is nothing that could fail.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of an object's fields.
    fn names(value: &impl Serialize) -> Vec<String> {
        let value = serde_json::to_value(value).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn what_is_reserved_is_what_is_written() {
        let answer = Answer {
            names: Some(Vec::new()),
            scores: Some(Vec::new()),
            max_scores: Some(Vec::new()),
            margins: Some(Vec::new()),
            stops: Some(Vec::new()),
            review: true,
            reviewed: true,
            ranking: Some(Vec::new()),
            details: Some(Details::default()),
            ..Answer::default()
        };
        let mut written = names(&answer);
        written.extend(names(&ErrorLine::new(None, 1, "", "")));
        written.sort();
        written.dedup();
        let mut reserved = RESERVED;
        reserved.sort_unstable();
        assert_eq!(written, reserved);
    }
}
