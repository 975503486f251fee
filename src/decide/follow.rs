//! An answer that is given rather than decided: what the model thinks of it, slot by slot.

use crate::constraint::{Candidate, Spelling};
use crate::decide::evidence::LEAST;
use crate::decide::orders::mean;
use crate::decide::slot::{Slot, Wanted};
use crate::decide::{Correction, DecideOptions, Distribution, Evidence, Parts, Strategy};
use crate::engine::{Branch, Engine, EngineError};

/// A slot of an answer that was followed, and what its probabilities are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FollowedSlot {
    /// What is decided from.
    pub distribution: Distribution,
    /// For each candidate its parts.
    pub parts: Vec<Parts>,
}

impl FollowedSlot {
    /// Mixes what the model says with the evidence, and corrects it.
    pub(super) fn new(
        mut distribution: Distribution,
        evidence: &Evidence,
        correction: Option<&Correction>,
    ) -> Self {
        let mut parts = evidence.parts(&distribution);
        evidence.apply(&mut distribution);
        if let Some(correction) = correction.filter(|correction| !correction.shifts.is_empty()) {
            let before = distribution.clone();
            correction.apply(&mut distribution);
            for (place, &(candidate, after)) in distribution.iter().enumerate() {
                // `stop` keeps its probability: what a tag's changes by, its odds change by.
                if candidate != Candidate::Stop {
                    let before = before[place].1.max(LEAST);
                    parts[place].prior = Some(after.max(LEAST) - before);
                }
            }
        }
        Self {
            distribution,
            parts,
        }
    }
}

/// For each document the slots of an answer in which `tags` are chosen,
/// places in the list, one after the other: as many as there are tags, and the slot
/// behind the last where another tag could have come. With [`Strategy::Rank`] the first.
/// The engine has to have lanes as for [`decide`](crate::decide::decide).
///
/// # Errors
/// [`EngineError`] where the model fails.
pub fn follow<E: Engine>(
    engine: &mut E,
    documents: &[&Evidence],
    spelling: &Spelling,
    options: &DecideOptions,
    tags: &[usize],
) -> Result<Vec<Vec<FollowedSlot>>, EngineError> {
    let most = options.max_tags.min(spelling.literals().len());
    let slots = match options.strategy {
        Strategy::Sequence => most.min(tags.len() + 1),
        Strategy::Rank => most.min(1),
    };
    let correction = options.correction.as_ref();
    if documents.iter().all(|evidence| evidence.is_alone()) {
        let slot = |evidence: &&Evidence, at| {
            let unasked = evidence.unasked(&tags[..at], at >= options.min_tags);
            FollowedSlot::new(unasked, evidence, correction)
        };
        let of_document = |evidence| (0..slots).map(|at| slot(evidence, at)).collect();
        return Ok(documents.iter().map(of_document).collect());
    }
    let lanes = documents.len() * options.permutations;
    let mut found = vec![Vec::with_capacity(slots); documents.len()];
    let mut continuations = spelling.first();
    let mut given = vec![0.0; lanes];
    for at in 0..slots {
        let may_stop = at >= options.min_tags;
        let slot = Slot::new(continuations.clone(), &tags[..at], may_stop, Wanted::All);
        let of_lane = |&given: &f64| slot.clone().given(given);
        let mut open: Vec<Slot> = given.iter().map(of_lane).collect();
        let (mut branches, mut asked) = (Vec::new(), Vec::new());
        for (lane, slot) in open.iter_mut().enumerate() {
            let question = slot.ask();
            asked.push(question.len());
            branches.extend(question.into_iter().map(|branch| Branch { lane, ..branch }));
        }
        let mut heard = engine.log_probs(&branches)?.into_iter();
        for (lane, slot) in open.iter_mut().enumerate() {
            let rows: Vec<_> = heard.by_ref().take(asked[lane]).collect();
            slot.hear(&rows);
            if at + 1 < slots {
                engine.append(lane, slot.path(tags[at]));
                given[lane] = slot.ending(tags[at]);
            }
        }
        let of_documents = open.chunks(options.permutations).zip(documents);
        for ((orders, evidence), found) in of_documents.zip(&mut found) {
            let each: Vec<Distribution> = orders.iter().map(Slot::distribution).collect();
            found.push(FollowedSlot::new(mean(&each), evidence, correction));
        }
        if at + 1 < slots {
            continuations = spelling.after(engine, &continuations, tags[at]);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraint::Joining;
    use crate::decide::decide;
    use crate::engine::scripted::Scripted;

    #[test]
    fn the_chosen_answers_slots_are_those_it_was_decided_from() {
        let literals = ["1", "2", "3"].map(str::to_owned);
        let spelling = Spelling::new(&Scripted::default(), &literals, Joining::Whole).unwrap();
        let table = [
            ("", "1", 0.2),
            ("", "2", 0.5),
            ("", "]", 0.1),
            ("]", "}", 1.0),
            ("2", ",", 0.8),
            ("2", "]", 0.2),
            ("2,", "3", 0.9),
            ("2,", "1", 0.1),
            ("2]", "}", 1.0),
        ];
        for strategy in [Strategy::Sequence, Strategy::Rank] {
            let options = DecideOptions {
                strategy,
                max_tags: 2,
                scores: true,
                ..DecideOptions::default()
            };
            let engine = || Scripted::new(&table);
            let decision =
                decide(&mut engine(), &[&Evidence::default()], &spelling, &options).unwrap();
            let followed = follow(
                &mut engine(),
                &[&Evidence::default()],
                &spelling,
                &options,
                &decision[0].tags,
            );
            let followed = followed.unwrap().remove(0).into_iter();
            let slots: Vec<Distribution> = followed.map(|slot| slot.distribution).collect();
            assert_eq!(slots, decision[0].slots, "{strategy:?}");
        }
    }

    #[test]
    fn another_answer_has_slots_too_and_one_more_than_tags() {
        let literals = ["1", "2"].map(str::to_owned);
        let spelling = Spelling::new(&Scripted::default(), &literals, Joining::Whole).unwrap();
        let mut engine = Scripted::new(&[
            ("", "1", 0.9),
            ("", "2", 0.1),
            ("2", "]", 0.75),
            ("2", ",", 0.25),
            ("2,", "1", 1.0),
            ("2]", "}", 1.0),
        ]);
        let options = DecideOptions::default();
        let slots = follow(
            &mut engine,
            &[&Evidence::default()],
            &spelling,
            &options,
            &[1],
        )
        .unwrap();
        assert_eq!(slots[0].len(), 2);
        let (candidate, log_prob) = slots[0][1].distribution[1];
        assert_eq!(candidate, Candidate::Stop);
        assert!((log_prob.exp() - 0.75).abs() < 1e-6);
    }

    /// For each candidate its probability, and what its parts make of it.
    fn probabilities(slot: &FollowedSlot) -> Vec<(f64, f64)> {
        let all: f64 = slot.parts.iter().map(|parts| parts.sum().exp()).sum();
        let candidates = slot.distribution.iter().zip(&slot.parts);
        let both = candidates.map(|((_, p), parts)| (p.exp(), parts.sum().exp() / all));
        both.collect()
    }

    #[test]
    fn the_parts_add_up_whatever_takes_part() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let tags = rng.usize(1..9);
            let mut odds = |is_there: bool| -> Vec<f64> {
                let count = if is_there { tags } else { 0 };
                (0..count).map(|_| rng.f64() * 8.0 - 4.0).collect()
            };
            let (vectors, learned) = (odds(true), odds(true));
            let (shifts, model) = (odds(true), odds(true));
            let [has_vectors, has_learned, has_prior, may_stop] = [(); 4].map(|()| rng.bool());
            let only = |is_there: bool, odds: Vec<f64>| if is_there { odds } else { Vec::new() };
            let evidence = Evidence {
                vectors: only(has_vectors, vectors),
                learned: only(has_vectors && has_learned, learned),
                heard: (0..tags).map(|_| !has_vectors || rng.bool()).collect(),
                ..Evidence::default()
            };
            let correction = Correction {
                shifts: only(has_prior, shifts),
                ..Correction::default()
            };
            let stop = may_stop.then_some((Candidate::Stop, 0.0));
            let model = model.into_iter().enumerate();
            let model = model.map(|(tag, p)| (Candidate::Tag(tag), p)).chain(stop);
            let mut before: Distribution = model.collect();
            let all = before.iter().map(|(_, p)| p.exp()).sum::<f64>().ln();
            for (_, p) in &mut before {
                *p -= all;
            }
            let slot = FollowedSlot::new(before, &evidence, Some(&correction));
            for (p, of_parts) in probabilities(&slot) {
                assert!((p - of_parts).abs() < 1e-9, "{slot:?}");
            }
            assert_eq!(slot.parts[0].prior.is_some(), has_prior);
            assert_eq!(slot.parts[0].learned.is_some(), has_vectors && has_learned);
        }
    }

    #[test]
    fn what_the_model_rules_out_has_parts_that_are_numbers() {
        let before = vec![
            (Candidate::Tag(0), f64::NEG_INFINITY),
            (Candidate::Stop, 0.0),
        ];
        let correction = Correction {
            shifts: vec![1.0],
            ..Correction::default()
        };
        let slot = FollowedSlot::new(before, &Evidence::default(), Some(&correction));
        assert_eq!(slot.parts[0].model, Some(LEAST));
        assert_eq!(slot.parts[0].prior, Some(0.0));
    }
}
