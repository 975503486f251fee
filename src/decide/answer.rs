//! The answer to one document while it is being decided, slot by slot.

use std::ops::Range;

use crate::constraint::{Candidate, Spelling};
use crate::decide::orders::mean;
use crate::decide::slot::{Slot, Wanted, first_max};
use crate::decide::{
    Certainty, Correction, DecideOptions, Decision, Distribution, Evidence, Strategy,
};
use crate::engine::{Branch, Engine};

/// What was decided so far, and the slot that is being decided.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    spelling: &'a Spelling,
    options: &'a DecideOptions,
    evidence: &'a Evidence,
    rng: fastrand::Rng,
    decision: Decision,
    /// The slot as each order of the tag list sees it; none if the model is not asked.
    slots: Vec<Slot>,
    complete: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        spelling: &'a Spelling,
        options: &'a DecideOptions,
        evidence: &'a Evidence,
    ) -> Self {
        let slots = if evidence.is_alone() {
            Vec::new()
        } else {
            let may_stop = options.min_tags == 0;
            let wanted = wanted(options, evidence);
            let slot = Slot::new(spelling.first(), &[], may_stop, wanted);
            let slot = slot.shifted(|tag| evidence.odds(tag));
            vec![slot; options.permutations]
        };
        Self {
            spelling,
            options,
            evidence,
            rng: fastrand::Rng::with_seed(options.seed),
            decision: Decision {
                agree: vec![true; options.permutations],
                ..Decision::default()
            },
            slots,
            complete: options.max_tags == 0,
        }
    }

    /// What has to be known next, for each order of the tag list; nothing once the answer is
    /// complete. A tag that is decided on the way is written to the answer's lanes.
    pub(super) fn ask<E: Engine + ?Sized>(
        &mut self,
        engine: &mut E,
        lanes: &Range<usize>,
    ) -> Vec<Vec<Branch>> {
        while !self.complete {
            let questions: Vec<Vec<Branch>> = self.slots.iter_mut().map(Slot::ask).collect();
            if questions.iter().any(|question| !question.is_empty()) {
                return questions;
            }
            match self.options.strategy {
                Strategy::Sequence => self.take_best(engine, lanes),
                Strategy::Rank => self.take_all(),
            }
        }
        Vec::new()
    }

    /// Takes what was asked for: a row for each branch of each order.
    pub(super) fn hear(&mut self, answers: &[Vec<Vec<f32>>]) {
        for (slot, rows) in self.slots.iter_mut().zip(answers) {
            slot.hear(rows);
        }
    }

    /// The decision, without the tags that a calibration's thresholds leave out.
    pub(super) fn finish(self) -> Decision {
        let mut decision = self.decision;
        if let Some(correction) = &self.options.correction {
            decision.leave_out(correction, self.options.min_tags);
        }
        if !self.options.scores {
            decision.forget_scores();
        }
        decision
    }

    /// Takes the slot's best candidate, and goes on to the next slot.
    fn take_best<E: Engine + ?Sized>(&mut self, engine: &mut E, lanes: &Range<usize>) {
        let options = self.options;
        let (choice, log_prob) = if needs_all(options, self.evidence) {
            let (distribution, each) = self.distributions();
            let choice = choose(&distribution, options.temperature, &mut self.rng);
            let step = self.step(choice);
            for (order, own) in each.iter().enumerate() {
                self.decision.agree[order] &= self.step(best(own)) == step;
            }
            self.note(distribution);
            choice
        } else {
            (self.slots[0].best(), 0.0)
        };
        match self.step((choice, log_prob)) {
            Some(tag) => {
                self.push(tag, log_prob);
                let tags = &self.decision.tags;
                self.complete = tags.len() >= options.max_tags.min(self.spelling.literals().len());
                // Nothing is decoded after the last decision.
                if !self.complete && !self.slots.is_empty() {
                    for lane in lanes.clone() {
                        engine.append(lane, self.slots[0].path(tag));
                    }
                    self.slots = self.next_slots(&*engine);
                }
            }
            None => self.complete = true,
        }
    }

    /// The slot behind the last of the chosen tags, for each order of the tag list.
    fn next_slots<E: Engine + ?Sized>(&self, engine: &E) -> Vec<Slot> {
        let chosen = &self.decision.tags;
        let (Some(first), Some(&last)) = (self.slots.first(), chosen.last()) else {
            return Vec::new();
        };
        let at = self.spelling.after(engine, first.continuations(), last);
        let may_stop = chosen.len() >= self.options.min_tags;
        let next = Slot::new(at, chosen, may_stop, wanted(self.options, self.evidence));
        let next = next.shifted(|tag| self.evidence.odds(tag));
        let next = |slot: &Slot| next.clone().given(slot.ending(last));
        self.slots.iter().map(next).collect()
    }

    /// The tag that a choice adds, unless it ends the answer.
    fn step(&self, (choice, log_prob): (Candidate, f64)) -> Option<usize> {
        match choice {
            Candidate::Tag(tag) if self.is_wanted(log_prob, self.decision.tags.len()) => Some(tag),
            _ => None,
        }
    }

    /// Takes the best tags of the only slot.
    fn take_all(&mut self) {
        let (distribution, each) = self.distributions();
        let temperature = self.options.temperature;
        let chosen = self.rank(&distribution, temperature);
        self.note(distribution);
        for (order, own) in each.iter().enumerate() {
            let own = self.rank(own, 0.0);
            let tags = own.iter().map(|&(tag, _)| tag);
            self.decision.agree[order] = tags.eq(chosen.iter().map(|&(tag, _)| tag));
        }
        for (tag, log_prob) in chosen {
            self.push(tag, log_prob);
        }
        self.complete = true;
    }

    /// The tags that one distribution gives.
    fn rank(&mut self, distribution: &Distribution, temperature: f64) -> Vec<(usize, f64)> {
        let mut left = distribution.clone();
        left.retain(|&(candidate, _)| candidate != Candidate::Stop);
        let mut tags = Vec::new();
        while tags.len() < self.options.max_tags && !left.is_empty() {
            let (choice, log_prob) = choose(&left, temperature, &mut self.rng);
            let Candidate::Tag(tag) = choice else { break };
            if !self.is_wanted(log_prob, tags.len()) {
                break;
            }
            left.retain(|&(candidate, _)| candidate != choice);
            tags.push((tag, log_prob));
        }
        tags
    }

    /// The slot's distribution, and what each order of the tag list says by itself.
    fn distributions(&self) -> (Distribution, Vec<Distribution>) {
        let mut each: Vec<Distribution> = self.slots.iter().map(Slot::distribution).collect();
        let mut distribution = if self.slots.is_empty() {
            let chosen = &self.decision.tags;
            let may_stop = chosen.len() >= self.options.min_tags;
            self.evidence.unasked(chosen, may_stop)
        } else {
            mean(&each)
        };
        self.evidence.apply(&mut distribution);
        for own in &mut each {
            self.evidence.apply(own);
        }
        if let Some(correction) = &self.options.correction {
            correction.apply(&mut distribution);
            for own in &mut each {
                correction.apply(own);
            }
        }
        (distribution, each)
    }

    /// Takes note of a slot that is about to be decided.
    fn note(&mut self, distribution: Distribution) {
        if self.options.scores {
            self.decision
                .certainty
                .at(&distribution, mean_mass(&self.slots));
            self.decision.slots.push(distribution);
        }
    }

    /// Whether a tag of this probability is to be taken, after so many others.
    fn is_wanted(&self, log_prob: f64, others: usize) -> bool {
        others < self.options.min_tags || self.score(log_prob).exp() >= self.options.threshold
    }

    fn score(&self, log_prob: f64) -> f64 {
        let correction = self.options.correction.as_ref();
        correction.map_or(log_prob, |correction| correction.score(log_prob))
    }

    fn push(&mut self, tag: usize, log_prob: f64) {
        let score = self.score(log_prob);
        let Decision {
            tags,
            log_probs,
            certainty,
            slots,
            ..
        } = &mut self.decision;
        if self.options.scores {
            certainty.of(tag, tags, slots, self.options.strategy);
        }
        tags.push(tag);
        log_probs.push(score);
    }
}

impl Decision {
    /// Keeps the tags alone.
    pub(crate) fn forget_scores(&mut self) {
        self.log_probs.clear();
        self.certainty = Certainty::default();
        self.slots.clear();
    }

    /// Leaves out the tags that do not reach their thresholds, but no more than `min_tags`
    /// allows: of those the last ones first.
    /// Returns for each tag there was whether it is left in.
    pub(crate) fn leave_out(&mut self, correction: &Correction, min_tags: usize) -> Vec<bool> {
        let tags = self.tags.iter().zip(&self.log_probs);
        let mut keep: Vec<bool> = tags
            .map(|(&tag, &score)| correction.keeps(tag, score))
            .collect();
        let mut missing = min_tags.saturating_sub(keep.iter().filter(|&&k| k).count());
        for keep in &mut keep {
            if missing > 0 && !*keep {
                *keep = true;
                missing -= 1;
            }
        }
        let kept = |place: usize| keep.get(place).copied().unwrap_or(true);
        let mut place = 0..;
        self.tags.retain(|_| place.next().is_none_or(kept));
        let mut place = 0..;
        self.log_probs.retain(|_| place.next().is_none_or(kept));
        self.certainty.retain(&keep);
        keep
    }
}

/// Whether the choice needs the probability of each candidate: then scores cost nothing.
#[must_use]
pub fn is_exact(options: &DecideOptions) -> bool {
    options.strategy == Strategy::Rank
        || options.scores
        || options.threshold > 0.0
        || options.temperature > 0.0
        || options.permutations > 1
        || options.correction.is_some()
}

/// The same with a document's evidence. If the model is heard on all tags, it only shifts what
/// the model says; else what the others come to depends on the probability of `stop`.
fn needs_all(options: &DecideOptions, evidence: &Evidence) -> bool {
    is_exact(options) || !evidence.hears_all()
}

/// What has to be known of the candidates for the choice.
fn wanted(options: &DecideOptions, evidence: &Evidence) -> Wanted {
    if needs_all(options, evidence) {
        Wanted::All
    } else {
        Wanted::Best
    }
}

/// The probability of all candidates together, as the mean over the orders; all of it if the
/// model was not asked.
pub(super) fn mean_mass(slots: &[Slot]) -> f64 {
    if slots.is_empty() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of orders")]
    let orders = slots.len() as f64;
    slots.iter().map(|slot| slot.mass().exp()).sum::<f64>() / orders
}

/// The most probable candidate, or one drawn where there is a temperature.
fn choose(
    distribution: &Distribution,
    temperature: f64,
    rng: &mut fastrand::Rng,
) -> (Candidate, f64) {
    let best = best(distribution);
    if temperature <= 0.0 {
        return best;
    }
    let highest = best.1;
    let weight = |p: f64| ((p - highest) / temperature).exp();
    let total: f64 = distribution.iter().map(|&(_, p)| weight(p)).sum();
    let mut draw = rng.f64() * total;
    for &(candidate, p) in distribution {
        draw -= weight(p);
        if draw < 0.0 {
            return (candidate, p);
        }
    }
    best
}

/// The most probable candidate; of equal ones the first.
fn best(distribution: &Distribution) -> (Candidate, f64) {
    distribution[first_max(distribution.iter().map(|&(_, p)| p))]
}
