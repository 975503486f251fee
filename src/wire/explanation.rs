//! Why a document got its tags, as a JSON object.

use serde::{Deserialize, Serialize};

use crate::constraint::Candidate;
use crate::decide;
use crate::explain::Explanation;
use crate::tags::{TagId, TagSet};
use crate::wire::{round, rounded};

/// What an answer was chosen from, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplanationRecord {
    /// The document's id.
    pub id: String,
    /// Its tags.
    pub tags: Vec<TagId>,
    /// How much of it the model was shown.
    pub tokens: ShownTokens,
    /// Bytes of text that the budget had no room for.
    pub left_out_bytes: usize,
    /// The slots of the answer.
    pub slots: Vec<ExplainedSlot>,
    /// Tags that were not taken, the most probable first.
    pub alternatives: Vec<Alternative>,
    /// What the effects are on.
    pub targets: Vec<ExplainedTarget>,
    /// How many sentences the text has.
    pub sentences: usize,
    /// In the order of the text.
    pub pieces: Vec<ExplainedPiece>,
}

/// How much of a document the model was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownTokens {
    /// Tokens that it was shown.
    pub used: usize,
}

/// A tag's id, or `"stop":true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TagId>,
    /// Whether it is stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
}

/// A slot of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedSlot {
    /// What was taken.
    pub taken: Vec<Named>,
    /// The most probable first.
    pub candidates: Vec<Scored>,
}

/// A candidate with its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TagId>,
    /// Whether it is stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
    /// Its probability at the slot.
    pub p: f64,
    /// What its log-odds against stopping are the sum of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
}

/// What a tag's natural-log odds against stopping are the sum of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Of the language model; nothing if it is not heard on the tag.
    pub model: Option<f64>,
    /// Of the word vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<f64>,
    /// Of what was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<f64>,
    /// Of a calibration's prior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<f64>,
}

impl From<decide::Parts> for Parts {
    fn from(parts: decide::Parts) -> Self {
        let decide::Parts {
            model,
            vectors,
            learned,
            prior,
        } = parts;
        Self {
            model: model.map(round),
            vectors: vectors.map(round),
            learned: learned.map(round),
            prior: prior.map(round),
        }
    }
}

/// A tag that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The tag.
    pub id: TagId,
    /// Its probability where it was most probable.
    pub p: f64,
    /// At which slot that was, from 1 on.
    pub slot: usize,
}

/// A candidate that effects are on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedTarget {
    /// The tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TagId>,
    /// Whether it is stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
    /// At which slot, from 1 on.
    pub slot: usize,
    /// Its probability there.
    pub p: f64,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedPiece {
    /// As it stands in the document.
    pub text: String,
    /// The sum of its effects.
    pub effect: f64,
    /// By how much the log-odds of each target drop without it.
    pub effects: Vec<f64>,
    /// 1 is the largest effect.
    pub rank: usize,
}

impl ExplanationRecord {
    /// An explanation with so many candidates of each slot at most, and so many tags that
    /// were not taken.
    #[must_use]
    pub fn new(
        explanation: &Explanation,
        tags: &TagSet,
        candidates: usize,
        alternatives: usize,
    ) -> Self {
        let tag_id = |place: usize| tags.get(place).id.clone();
        let named = |candidate: Candidate| match candidate {
            Candidate::Tag(place) => (Some(tag_id(place)), None),
            Candidate::Stop => (None, Some(true)),
        };
        let slot = |slot: usize| ExplainedSlot {
            taken: explanation
                .taken(slot)
                .into_iter()
                .map(named)
                .map(|(id, stop)| Named { id, stop })
                .collect(),
            candidates: explanation
                .candidates(slot, candidates)
                .into_iter()
                .map(|(candidate, log_prob, parts)| {
                    let (id, stop) = named(candidate);
                    let p = round(log_prob.exp());
                    let parts = stop.is_none().then(|| parts.into());
                    Scored { id, stop, p, parts }
                })
                .collect(),
        };
        let mut ranks = vec![0; explanation.pieces.len()];
        for (rank, place) in explanation.ranking().into_iter().enumerate() {
            ranks[place] = rank + 1;
        }
        let answer = &explanation.classification;
        let not_taken = explanation.alternatives().into_iter().take(alternatives);
        Self {
            id: answer.id.clone(),
            tags: answer.tags.clone(),
            tokens: ShownTokens {
                used: answer.usage.used,
            },
            left_out_bytes: answer.usage.left_out,
            slots: (0..explanation.slots.len()).map(slot).collect(),
            alternatives: not_taken
                .map(|(tag, log_prob, slot)| Alternative {
                    id: tag_id(tag),
                    p: round(log_prob.exp()),
                    slot: slot + 1,
                })
                .collect(),
            targets: explanation
                .targets
                .iter()
                .map(|target| {
                    let (id, stop) = named(target.candidate);
                    ExplainedTarget {
                        id,
                        stop,
                        slot: target.slot + 1,
                        p: round(target.log_prob.exp()),
                    }
                })
                .collect(),
            sentences: explanation.sentences,
            pieces: explanation
                .pieces
                .iter()
                .zip(ranks)
                .map(|(piece, rank)| ExplainedPiece {
                    text: explanation.text[piece.range.clone()].to_owned(),
                    effect: round(piece.effect()),
                    effects: rounded(&piece.effects),
                    rank,
                })
                .collect(),
        }
    }
}
