//! An answer as a JSON object.

use serde::{Deserialize, Serialize};

use crate::classifier::Classification;
use crate::tags::TagId;
use crate::wire::round;

/// The tags of a document, and what was asked for beside them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The document's id.
    pub id: String,
    /// The tags' ids, most fitting first.
    pub tags: Vec<TagId>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// For each tag its probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<f64>>,
    /// For each tag its highest probability over the slots up to its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_scores: Option<Vec<f64>>,
    /// For each tag its lead over the next best candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margins: Option<Vec<f64>>,
    /// The probability of stopping at each slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<Vec<f64>>,
    /// Whether it is to be reviewed; written only if so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub review: bool,
    /// Whether a person has said that these are the right tags; written only if so, and not by
    /// a model.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
    /// All candidates of the first slot, most probable first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Vec<Ranked>>,
    /// How it came about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

impl Answer {
    /// An answer with the scores of its tags, so that it can be evaluated.
    #[must_use]
    pub fn with_scores(answer: &Classification) -> Self {
        let score = |log_prob: &f64| round(log_prob.exp());
        Self {
            id: answer.id.clone(),
            tags: answer.tags.clone(),
            scores: Some(answer.log_probs.iter().map(score).collect()),
            ..Self::default()
        }
    }
}

/// A candidate of the first slot: a tag's id, or `"stop":true`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TagId>,
    /// Whether it is stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
    /// Its natural-log probability; `null` where that is 0.
    pub logprob: Option<f64>,
}

/// How an answer came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// How long the document is.
    pub tokens: Tokens,
    /// In how many windows it was read.
    pub windows: usize,
    /// For each tag the window that speaks for it most, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spoke: Vec<usize>,
    /// Its encoding.
    pub encoding: String,
    /// Bytes that are no text in this encoding.
    pub replaced_bytes: usize,
    /// Characters that were left out, which control terminals.
    pub removed_characters: usize,
    /// For each slot what all candidates have together before they are normalised.
    pub mass: Vec<f64>,
    /// Whether orders of the tag list agree, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stability: Option<Stability>,
    /// The name of the model's file.
    pub model: String,
    /// The adapters on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lora: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// The length of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Of all its text.
    pub total: usize,
    /// Of what the model was shown.
    pub used: usize,
}

/// How many orders of the tag list agree with the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stability {
    /// In how many the model was shown the list.
    pub orders: usize,
    /// How many of them would by themselves have led to these tags.
    pub agree: usize,
}
