//! Why a document got its tags: what stood against each other at each slot, and which
//! sentences the answer rests on.
//!
//! Each sentence that the model was shown is left out once, and the same answer is scored
//! again (leave-one-out, "occlusion": Zeiler and Fergus, ECCV 2014; Li, Monroe and
//! Jurafsky, "Understanding Neural Networks through Representation Erasure", 2016). A
//! sentence's effect on a tag is the drop of the tag's log-odds at its slot, the tags
//! before it being the same. Effects do not add up: of two sentences that say the same,
//! neither is missed.

mod pieces;
pub mod report;

use std::ops::Range;

use crate::classifier::{Classification, Classifier, ClassifyError, Document, Long, Prompt};
use crate::constraint::Candidate;
use crate::decide::{FollowedSlot, Parts, Strategy};
use crate::engine::{Engine, EngineError};
use crate::explain::pieces::{pieces, without};

/// The least that all other candidates together are taken for, as a natural logarithm:
/// beyond what a model's numbers can tell from certainty.
const LEAST: f64 = -30.0;

/// What is to be explained, and at what cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainOptions {
    /// At most so many pieces: the model runs once for each.
    pub pieces: usize,
    /// How many are computed together at most.
    pub lanes: usize,
    /// Explain these tags, by their places in the list, instead of the answer.
    pub tags: Vec<usize>,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            pieces: 32,
            lanes: 1,
            tags: Vec::new(),
        }
    }
}

/// Why a document cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// It is read in windows, so there is no one prompt to look into.
    #[error("a document that is read in windows has no one prompt to explain")]
    Windows,
    /// It cannot be classified.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
}

/// A candidate whose probability is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Which.
    pub candidate: Candidate,
    /// At which slot, from 0 on.
    pub slot: usize,
    /// Its natural-log probability there, with all of the text.
    pub log_prob: f64,
}

/// A piece of the text, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// For each target by how much its log-odds drop without the piece: above 0 it speaks
    /// for the target.
    pub effects: Vec<f64>,
}

impl Piece {
    /// Its effect on all targets together: the sum.
    #[must_use]
    pub fn effect(&self) -> f64 {
        self.effects.iter().sum()
    }
}

/// Why a document got its tags.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The answer.
    pub classification: Classification,
    /// Its tags by their places in the list.
    pub tags: Vec<usize>,
    /// The candidates at each slot of the answer, and what their probabilities are made of.
    pub slots: Vec<FollowedSlot>,
    /// The text that the model was shown.
    pub text: String,
    /// How many sentences it has.
    pub sentences: usize,
    /// What the pieces have an effect on.
    pub targets: Vec<Target>,
    /// The text's pieces in its order.
    pub pieces: Vec<Piece>,
}

impl Explanation {
    /// What was taken at a slot: one tag, with [`Strategy::Rank`] several, else stop (also
    /// where it was the threshold that ended the answer).
    #[must_use]
    pub fn taken(&self, slot: usize) -> Vec<Candidate> {
        let tags = self.tags.get(slot..).unwrap_or_default();
        let is_last = slot + 1 == self.slots.len();
        let tags = if is_last {
            tags
        } else {
            &tags[..tags.len().min(1)]
        };
        match tags {
            [] => vec![Candidate::Stop],
            _ => tags.iter().map(|&tag| Candidate::Tag(tag)).collect(),
        }
    }

    /// The most probable candidates of a slot with their natural-log probabilities and parts,
    /// and behind them, if they are not among these, the taken ones, those that are explained,
    /// and stop, which the parts are relative to.
    #[must_use]
    pub fn candidates(&self, slot: usize, most: usize) -> Vec<(Candidate, f64, Parts)> {
        let taken = self.taken(slot);
        let is_explained = |candidate| {
            let mut targets = self.targets.iter();
            targets.any(|target| target.slot == slot && target.candidate == candidate)
        };
        let FollowedSlot {
            distribution,
            parts,
        } = &self.slots[slot];
        let all = distribution.iter().zip(parts);
        let mut ranked: Vec<_> = all.map(|(&(c, p), &parts)| (c, p, parts)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut place = 0..;
        ranked.retain(|&(candidate, ..)| {
            place.next().is_some_and(|place| place < most)
                || candidate == Candidate::Stop
                || taken.contains(&candidate)
                || is_explained(candidate)
        });
        ranked
    }

    /// The tags that were not chosen, each with its highest natural-log probability and the
    /// slot of that, the most probable first.
    #[must_use]
    pub fn alternatives(&self) -> Vec<(usize, f64, usize)> {
        let mut best: Vec<(usize, f64, usize)> = Vec::new();
        for (slot, followed) in self.slots.iter().enumerate() {
            for &(candidate, log_prob) in &followed.distribution {
                let Candidate::Tag(tag) = candidate else {
                    continue;
                };
                match best.iter_mut().find(|(known, ..)| *known == tag) {
                    Some(known) if known.1 >= log_prob => {}
                    Some(known) => *known = (tag, log_prob, slot),
                    None if self.tags.contains(&tag) => {}
                    None => best.push((tag, log_prob, slot)),
                }
            }
        }
        best.sort_by(|a, b| b.1.total_cmp(&a.1));
        best
    }

    /// The places of the pieces, that with the largest effect first.
    #[must_use]
    pub fn ranking(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.pieces.len()).collect();
        let effect = |at: usize| self.pieces[at].effect();
        places.sort_by(|&a, &b| effect(b).total_cmp(&effect(a)));
        places
    }
}

/// How many times the model will run for a text with so many sentences: once to answer, once
/// to look into the answer, and once without each piece.
#[must_use]
pub fn runs(sentences: usize, options: &ExplainOptions) -> usize {
    sentences.min(options.pieces.max(1)) + 2
}

/// Classifies a document and explains the answer. `report` hears how many sentences there
/// are, then before each group of runs how many are done.
///
/// # Errors
/// [`ExplainError`] where the document is read in windows or cannot be classified.
pub fn explain<'d, E: Engine>(
    classifier: &mut Classifier<E>,
    id: &str,
    document: impl Into<Document<'d>>,
    options: &ExplainOptions,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Explanation, ExplainError> {
    // What is explained is the mean of all orders of the list, however far one of them leads.
    let enough = classifier.set_enough_lead(None);
    let explained = explained(classifier, id, document.into(), options, report);
    classifier.set_enough_lead(enough);
    explained
}

fn explained<E: Engine>(
    classifier: &mut Classifier<E>,
    id: &str,
    document: Document,
    options: &ExplainOptions,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Explanation, ExplainError> {
    if matches!(classifier.options().long, Long::Windows(_)) {
        return Err(ExplainError::Windows);
    }
    let prepared = classifier.prepare(id, document)?;
    let text = classifier.prompt(id, document).document.text;
    let sentences = pieces(&text, usize::MAX).len();
    report(sentences, 0);
    let classification = classifier.classify_prepared(&prepared, &mut |_, _| {})?;
    let places = classification.tags.iter().filter_map(|id| {
        let mut tags = classifier.tags().iter();
        tags.position(|tag| tag.id == *id)
    });
    let tags: Vec<usize> = places.collect();
    let whole = classifier.prompt_as_is(id, &text);
    let slots = classifier.follow(&[&whole], &tags)?.remove(0);
    let targets = targets(&slots, &tags, options, classifier.options().decide.strategy);
    let odds = |slots: &[FollowedSlot]| -> Vec<f64> {
        let odds = |target: &Target| log_odds(&slots[target.slot].distribution, target.candidate);
        targets.iter().map(odds).collect()
    };
    let before = odds(&slots);
    let ranges = pieces(&text, options.pieces);
    let mut found = Vec::with_capacity(ranges.len());
    let mut together = options.lanes.clamp(1, classifier.together());
    while found.len() < ranges.len() {
        let group = &ranges[found.len()..];
        let group = &group[..together.min(group.len())];
        report(sentences, found.len() + 2);
        let prompts: Vec<Prompt> = group
            .iter()
            .map(|range| classifier.prompt_as_is(id, &without(&text, range)))
            .collect();
        let prompts: Vec<&Prompt> = prompts.iter().collect();
        let after = match classifier.follow(&prompts, &tags) {
            // Fewer at once may fit.
            Err(ClassifyError::Engine(EngineError::ContextFull { .. })) if together > 1 => {
                together /= 2;
                continue;
            }
            after => after?,
        };
        for (range, slots) in group.iter().zip(after) {
            let drops = before.iter().zip(odds(&slots)).map(|(b, a)| b - a);
            found.push(Piece {
                range: range.clone(),
                effects: drops.collect(),
            });
        }
    }
    Ok(Explanation {
        classification,
        tags,
        slots,
        text,
        sentences,
        targets,
        pieces: found,
    })
}

/// What is looked at: the tags that were asked for, else those of the answer, else that
/// there are none.
fn targets(
    slots: &[FollowedSlot],
    tags: &[usize],
    options: &ExplainOptions,
    strategy: Strategy,
) -> Vec<Target> {
    // A tag of the answer is looked at where it was chosen, another one at the first slot.
    let slot_of = |tag: usize| match (strategy, tags.iter().position(|&t| t == tag)) {
        (Strategy::Sequence, Some(slot)) => slot,
        _ => 0,
    };
    let asked = if options.tags.is_empty() {
        tags
    } else {
        &options.tags
    };
    let tag = |&tag: &usize| (Candidate::Tag(tag), slot_of(tag));
    let mut wanted: Vec<(Candidate, usize)> = asked.iter().map(tag).collect();
    if wanted.is_empty() {
        wanted.push((Candidate::Stop, 0));
    }
    let target = |(candidate, slot): (Candidate, usize)| {
        let mut found = slots.get(slot)?.distribution.iter();
        let &(_, log_prob) = found.find(|&&(known, _)| known == candidate)?;
        Some(Target {
            candidate,
            slot,
            log_prob,
        })
    };
    wanted.into_iter().filter_map(target).collect()
}

/// The natural logarithm of a candidate's odds: p / (1 - p), where 1 - p is the sum of the
/// others' probabilities, which is exact where p is nearly 1.
fn log_odds(distribution: &[(Candidate, f64)], candidate: Candidate) -> f64 {
    let (mut of, mut others) = (f64::NEG_INFINITY, 0.0);
    for &(known, log_prob) in distribution {
        if known == candidate {
            of = log_prob;
        } else {
            others += log_prob.exp();
        }
    }
    of.max(LEAST) - others.ln().max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_hold_out_at_both_ends() {
        let (a, b) = (Candidate::Tag(0), Candidate::Stop);
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found}");
        near(
            log_odds(&[(a, 0.8_f64.ln()), (b, 0.2_f64.ln())], a),
            4.0_f64.ln(),
        );
        near(
            log_odds(&[(a, 0.8_f64.ln()), (b, 0.2_f64.ln())], b),
            -(4.0_f64.ln()),
        );
        near(log_odds(&[(a, 0.0), (b, f64::NEG_INFINITY)], a), 30.0);
        near(log_odds(&[(a, 0.0), (b, f64::NEG_INFINITY)], b), -30.0);
    }
}
