//! The answer to one document while it is being decided, slot by slot.

use crate::constraint::{Candidate, Spelling};
use crate::decide::slot::{Slot, Wanted, first_max};
use crate::decide::{DecideOptions, Decision, Distribution, Strategy};
use crate::engine::Branch;
use crate::vocab::Token;

/// What was decided so far, and the slot that is being decided.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    spelling: &'a Spelling,
    options: &'a DecideOptions,
    rng: fastrand::Rng,
    pub(super) decision: Decision,
    pub(super) slot: Slot<'a>,
    complete: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn new(spelling: &'a Spelling, options: &'a DecideOptions) -> Self {
        Self {
            spelling,
            options,
            rng: fastrand::Rng::with_seed(options.seed),
            decision: Decision::default(),
            slot: next_slot(spelling, options, &[]),
            complete: options.max_tags == 0,
        }
    }

    /// What has to be known next; nothing once the answer is complete. A tag that is
    /// decided on the way is written with `write`.
    pub(super) fn ask(&mut self, write: &mut dyn FnMut(&[Token])) -> Vec<Branch> {
        while !self.complete {
            let question = self.slot.ask();
            if !question.is_empty() {
                return question;
            }
            match self.options.strategy {
                Strategy::Sequence => self.take_best(write),
                Strategy::Rank => self.take_all(),
            }
        }
        Vec::new()
    }

    /// Takes the slot's best candidate, and goes on to the next slot.
    fn take_best(&mut self, write: &mut dyn FnMut(&[Token])) {
        let options = self.options;
        let (choice, log_prob) = if is_exact(options) {
            let distribution = self.slot.distribution();
            let choice = choose(&distribution, options.temperature, &mut self.rng);
            if options.scores {
                self.decision.slots.push(distribution);
            }
            choice
        } else {
            (self.slot.best(), 0.0)
        };
        match choice {
            Candidate::Tag(tag) if self.is_wanted(log_prob) => {
                self.push(tag, log_prob);
                let tags = &self.decision.tags;
                self.complete = tags.len() >= options.max_tags.min(self.spelling.tags.len());
                // Nothing is decoded after the last decision.
                if !self.complete {
                    write(&self.slot.path(tag));
                    self.slot = next_slot(self.spelling, options, tags);
                }
            }
            _ => self.complete = true,
        }
    }

    /// Takes the best tags of the only slot.
    fn take_all(&mut self) {
        let distribution = self.slot.distribution();
        let mut left = distribution.clone();
        left.retain(|&(candidate, _)| candidate != Candidate::Stop);
        while self.decision.tags.len() < self.options.max_tags && !left.is_empty() {
            let (choice, log_prob) = choose(&left, self.options.temperature, &mut self.rng);
            let Candidate::Tag(tag) = choice else { break };
            if !self.is_wanted(log_prob) {
                break;
            }
            left.retain(|&(candidate, _)| candidate != choice);
            self.push(tag, log_prob);
        }
        if self.options.scores {
            self.decision.slots.push(distribution);
        }
        self.complete = true;
    }

    /// Whether a tag of this probability is to be taken.
    fn is_wanted(&self, log_prob: f64) -> bool {
        self.decision.tags.len() < self.options.min_tags || log_prob.exp() >= self.options.threshold
    }

    fn push(&mut self, tag: usize, log_prob: f64) {
        self.decision.tags.push(tag);
        if self.options.scores {
            self.decision.log_probs.push(log_prob);
        }
    }
}

/// Whether the choice needs the probability of each candidate.
fn is_exact(options: &DecideOptions) -> bool {
    options.strategy == Strategy::Rank
        || options.scores
        || options.threshold > 0.0
        || options.temperature > 0.0
}

fn next_slot<'a>(spelling: &'a Spelling, options: &DecideOptions, chosen: &[usize]) -> Slot<'a> {
    let wanted = if is_exact(options) {
        Wanted::All
    } else {
        Wanted::Best
    };
    Slot::new(spelling, chosen, chosen.len() >= options.min_tags, wanted)
}

/// The most probable candidate, or one drawn where there is a temperature.
fn choose(
    distribution: &Distribution,
    temperature: f64,
    rng: &mut fastrand::Rng,
) -> (Candidate, f64) {
    let best = first_max(distribution.iter().map(|&(_, p)| p));
    if temperature <= 0.0 {
        return distribution[best];
    }
    let highest = distribution[best].1;
    let weight = |p: f64| ((p - highest) / temperature).exp();
    let total: f64 = distribution.iter().map(|&(_, p)| weight(p)).sum();
    let mut draw = rng.f64() * total;
    for &(candidate, p) in distribution {
        draw -= weight(p);
        if draw < 0.0 {
            return (candidate, p);
        }
    }
    distribution[best]
}
