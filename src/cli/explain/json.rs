//! An explanation as JSON.

use minitag::constraint::Candidate;
use minitag::tags::TagId;
use serde::Serialize;

use crate::cli::explain::{ALTERNATIVES, CANDIDATES, Shown};

#[derive(Serialize)]
pub(super) struct Record<'a> {
    id: &'a str,
    tags: Vec<&'a TagId>,
    tokens: Tokens,
    left_out_bytes: usize,
    slots: Vec<Slot<'a>>,
    alternatives: Vec<Alternative<'a>>,
    /// What the effects are on.
    targets: Vec<Target<'a>>,
    sentences: usize,
    /// In the order of the text.
    pieces: Vec<Piece<'a>>,
}

#[derive(Serialize)]
struct Tokens {
    used: usize,
}

/// A tag's id, or `"stop":true`.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a TagId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<bool>,
}

#[derive(Serialize)]
struct Slot<'a> {
    taken: Vec<Named<'a>>,
    /// The most probable first.
    candidates: Vec<Scored<'a>>,
}

#[derive(Serialize)]
struct Scored<'a> {
    #[serde(flatten)]
    named: Named<'a>,
    p: f64,
}

#[derive(Serialize)]
struct Alternative<'a> {
    id: &'a TagId,
    p: f64,
    /// The slot where it was most probable, from 1 on.
    slot: usize,
}

#[derive(Serialize)]
struct Target<'a> {
    #[serde(flatten)]
    named: Named<'a>,
    slot: usize,
    p: f64,
}

#[derive(Serialize)]
struct Piece<'a> {
    text: &'a str,
    /// The sum of the others.
    effect: f64,
    /// The drop in log-odds of each target.
    effects: Vec<f64>,
    /// 1 is the largest effect.
    rank: usize,
}

/// Everything.
pub(super) fn record<'a>(shown: &'a Shown) -> Record<'a> {
    let explanation = shown.explanation;
    let named = |candidate: Candidate| match candidate {
        Candidate::Tag(place) => Named {
            id: Some(&shown.tag(place).id),
            stop: None,
        },
        Candidate::Stop => Named {
            id: None,
            stop: Some(true),
        },
    };
    let slot = |slot: usize| Slot {
        taken: shown.taken(slot).into_iter().map(named).collect(),
        candidates: shown
            .candidates(slot, CANDIDATES)
            .into_iter()
            .map(|(candidate, log_prob)| Scored {
                named: named(candidate),
                p: rounded(log_prob.exp()),
            })
            .collect(),
    };
    let alternatives = explanation.alternatives().into_iter().take(ALTERNATIVES);
    let mut ranks = vec![0; explanation.pieces.len()];
    for (rank, place) in explanation.ranking().into_iter().enumerate() {
        ranks[place] = rank + 1;
    }
    Record {
        id: &explanation.classification.id,
        tags: explanation.classification.tags.iter().collect(),
        tokens: Tokens {
            used: explanation.classification.usage.used,
        },
        left_out_bytes: explanation.classification.usage.left_out,
        slots: (0..explanation.slots.len()).map(slot).collect(),
        alternatives: alternatives
            .map(|(tag, log_prob, slot)| Alternative {
                id: &shown.tag(tag).id,
                p: rounded(log_prob.exp()),
                slot: slot + 1,
            })
            .collect(),
        targets: explanation
            .targets
            .iter()
            .map(|target| Target {
                named: named(target.candidate),
                slot: target.slot + 1,
                p: rounded(target.log_prob.exp()),
            })
            .collect(),
        sentences: explanation.sentences,
        pieces: explanation
            .pieces
            .iter()
            .zip(ranks)
            .map(|(piece, rank)| Piece {
                text: &explanation.text[piece.range.clone()],
                effect: rounded(piece.effect()),
                effects: piece.effects.iter().copied().map(rounded).collect(),
                rank,
            })
            .collect(),
    }
}

/// Six digits behind the point.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
