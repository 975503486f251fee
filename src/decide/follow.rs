//! An answer that is given rather than decided: what the model thinks of it, slot by slot.

use crate::constraint::Spelling;
use crate::decide::orders::mean;
use crate::decide::slot::{Slot, Wanted};
use crate::decide::{DecideOptions, Distribution, Evidence, Strategy};
use crate::engine::{Branch, Engine, EngineError};

/// For each document the distributions at the slots of an answer in which `tags` are chosen,
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
) -> Result<Vec<Vec<Distribution>>, EngineError> {
    let most = options.max_tags.min(spelling.literals().len());
    let slots = match options.strategy {
        Strategy::Sequence => most.min(tags.len() + 1),
        Strategy::Rank => most.min(1),
    };
    if documents.iter().all(|evidence| evidence.is_alone()) {
        let slot = |evidence: &&Evidence, at| {
            let mut distribution = evidence.alone(&tags[..at], at >= options.min_tags);
            if let Some(correction) = &options.correction {
                correction.apply(&mut distribution);
            }
            distribution
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
            let mut distribution = mean(&each);
            evidence.apply(&mut distribution);
            if let Some(correction) = &options.correction {
                correction.apply(&mut distribution);
            }
            found.push(distribution);
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
    use crate::constraint::{Candidate, Joining};
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
            assert_eq!(followed.unwrap()[0], decision[0].slots, "{strategy:?}");
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
        let (candidate, log_prob) = slots[0][1][1];
        assert_eq!(candidate, Candidate::Stop);
        assert!((log_prob.exp() - 0.75).abs() < 1e-6);
    }
}
