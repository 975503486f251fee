//! What a call is answered: JSON as the command line writes it.

use minitag::TagSet;
use minitag::wire::{Answer, ErrorLine};
use serde::Serialize;
use serde_json::Value;

use crate::cli::failure::Failure;

/// The answer to a call.
#[derive(Debug)]
pub(super) struct Reply {
    /// As the command line writes it.
    pub(super) json: String,
    /// The same as data; none if an id is a number that it cannot hold.
    pub(super) data: Option<Value>,
    /// What there is to say beside it.
    pub(super) notes: Vec<String>,
}

impl Reply {
    /// An answer.
    pub(super) fn new(answer: &impl Serialize, notes: Vec<String>) -> Result<Self, Failure> {
        let json = serde_json::to_string(answer).map_err(Failure::usage)?;
        let data = serde_json::from_str(&json).map_err(Failure::usage)?;
        Ok(Self { json, data, notes })
    }

    /// An answer that may have ids of a list in it.
    pub(super) fn of_list(
        answer: &impl Serialize,
        tags: &TagSet,
        notes: Vec<String>,
    ) -> Result<Self, Failure> {
        let is_exact = |id: &str| {
            id.starts_with('"') || id.parse::<i64>().is_ok() || id.parse::<u64>().is_ok()
        };
        let mut reply = Self::new(answer, notes)?;
        if !tags.iter().all(|tag| is_exact(tag.id.as_json())) {
            reply.data = None;
        }
        Ok(reply)
    }
}

/// The answers to several documents, in their order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Many {
    answers: Vec<Line>,
    tagged: usize,
    failed: usize,
}

/// What became of one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Line {
    Answer(Box<Answer>),
    Error(ErrorLine),
}

impl Many {
    pub(super) fn tagged(&mut self, answer: Answer) {
        self.tagged += 1;
        self.answers.push(Line::Answer(Box::new(answer)));
    }

    /// A document that failed, by its place from 1 on.
    pub(super) fn failed(&mut self, id: &str, place: usize, kind: &str, message: &str) {
        self.failed += 1;
        let line = ErrorLine::new(Some(id), place as u64, kind, message);
        self.answers.push(Line::Error(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_data_cannot_hold_are_text_alone() {
        let reply = |tags: &str| {
            let tags = TagSet::parse(tags).unwrap();
            let ids: Vec<_> = tags.iter().map(|tag| &tag.id).collect();
            Reply::of_list(&ids, &tags, Vec::new()).unwrap()
        };
        let small = reply(r#"[{"id":18446744073709551615,"name":"a"},{"id":"x","name":"b"}]"#);
        assert_eq!(small.json, r#"[18446744073709551615,"x"]"#);
        assert_eq!(small.data, Some(serde_json::json!([u64::MAX, "x"])));
        let large = reply(r#"[{"id":18446744073709551616,"name":"a"}]"#);
        assert_eq!(large.json, "[18446744073709551616]");
        assert_eq!(large.data, None);
    }
}
