//! A gold record with its text.

use crate::classifier::Document;
use crate::document::Format;
use crate::eval::metrics::Judged;
use crate::eval::records::{AnswerRecord, GoldRecord};

/// A gold record with its text, if it has one.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it should get.
    pub record: GoldRecord,
    /// The text, and its markup.
    pub text: Option<(String, Format)>,
}

impl Item {
    /// The document; `None` without a text.
    #[must_use]
    pub fn document(&self) -> Option<Document<'_>> {
        let (text, format) = self.text.as_ref()?;
        let (text, format) = (text.as_str(), *format);
        Some(Document { text, format })
    }

    /// What it should get, and what it got.
    #[must_use]
    pub fn judged(&self, answer: &AnswerRecord) -> Judged {
        Judged {
            gold: self.record.tags.clone(),
            ok: self.record.ok.clone(),
            found: answer.tags.clone(),
            scores: answer.scores.clone(),
        }
    }
}
