//! What there is to say of a review: one JSON object, or sentences.

use serde::Serialize;

use crate::layout::Remark;
use crate::review::apply::Applied;
use crate::review::choose::Choice;

/// What was written for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownReport {
    /// The page or table.
    pub output: String,
    /// How many documents are to be reviewed.
    pub documents: usize,
    /// How many of them are shown.
    pub shown: usize,
    /// How many are not, since they read like one that is.
    pub alike: usize,
    /// How many more there are.
    pub more: usize,
    /// How many have no text to be shown.
    pub without_text: usize,
    #[serde(skip)]
    has_scores: bool,
}

impl ShownReport {
    /// Of a choice among so many documents.
    #[must_use]
    pub fn new(output: String, documents: usize, choice: &Choice) -> Self {
        let Choice { shown, alike, more } = choice;
        Self {
            output,
            documents,
            shown: shown.len(),
            alike: *alike,
            more: *more,
            without_text: documents - shown.len() - alike - more,
            has_scores: shown.iter().any(|shown| shown.tagged.doubt().is_some()),
        }
    }

    /// That in words, and what to do next.
    #[must_use]
    pub fn remarks(&self, is_page: bool) -> Vec<Remark> {
        let but = |n: usize, what: &str| match n {
            0 => String::new(),
            n => format!(", {n} {what}"),
        };
        let mut said = vec![
            [
                format!("{} of {} documents to review", self.shown, self.documents),
                but(self.alike, "that read like one of them"),
                but(self.more, "more (`--limit`)"),
            ]
            .concat(),
        ];
        if !self.has_scores {
            said.push("they are in the order of the file: scores (`batch --scores`) would put doubtful ones first".to_owned());
        }
        let output = &self.output;
        said.push(if is_page {
            format!("open `{output}` in a browser; `--apply reviewed.jsonl` puts in what it saves")
        } else {
            format!("correct the column `tags` of `{output}`, or put an x into `reviewed`; `--apply {output}` puts that in")
        });
        said.into_iter().map(Remark::Note).collect()
    }
}

/// What was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedReport {
    /// The corrected output.
    pub output: String,
    /// How many records got other tags.
    pub corrected: usize,
    /// How many were right as they were.
    pub confirmed: usize,
    /// How many others were reviewed before.
    pub before: usize,
    /// How many nobody has reviewed.
    pub open: usize,
}

impl AppliedReport {
    /// Of what was written to a file.
    #[must_use]
    pub fn new(output: String, applied: &Applied) -> Self {
        Self {
            output,
            corrected: applied.corrected,
            confirmed: applied.confirmed,
            before: applied.before,
            open: applied.open,
        }
    }

    /// That in words.
    #[must_use]
    pub fn remark(&self) -> Remark {
        let Self {
            output,
            corrected,
            confirmed,
            before,
            open,
        } = self;
        let before = match before {
            0 => String::new(),
            n => format!(", {n} reviewed before"),
        };
        Remark::Note(format!(
            "{corrected} corrected, {confirmed} left as they were{before}, {open} not reviewed: `{output}`"
        ))
    }
}
