//! Which tags: exact scores over whole candidates, and the strategies on them.
//!
//! At each slot of the answer the candidates are every tag not chosen yet and,
//! once there are enough tags, `stop`. A candidate's score is the joint
//! log-probability of its tokens under the model, not renormalised step by step, so
//! that ten ids that begin with the same digit do not pool their mass. Its tokens are those
//! of the tokenizer's own spelling of the whole answer ([`Spelling`]).

mod answer;
mod certainty;
mod combine;
mod correction;
mod error;
mod evidence;
mod follow;
mod lead;
mod options;
mod orders;
mod parts;
mod slot;

use crate::constraint::{Candidate, Spelling};
use crate::decide::answer::Answer;
pub use crate::decide::answer::is_exact;
pub use crate::decide::certainty::Certainty;
pub use crate::decide::combine::{Combined, Combining, WindowTally};
pub use crate::decide::correction::{Correction, Scale, log_odds};
pub use crate::decide::error::OptionsError;
pub use crate::decide::evidence::Evidence;
pub use crate::decide::follow::{FollowedSlot, follow};
pub use crate::decide::options::{DecideOptions, ENOUGH_LEAD, Strategy};
pub use crate::decide::parts::Parts;
use crate::engine::{Branch, Engine, EngineError};

/// What was decided for one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The chosen tags, by their place in the list, in the order of choice.
    pub tags: Vec<usize>,
    /// For each of them its score: its natural-log probability among its slot's candidates,
    /// or where there is a [`Scale`] that of being right; empty where no scores were asked for.
    pub log_probs: Vec<f64>,
    /// How sure the choice was; empty where no scores were asked for.
    pub certainty: Certainty,
    /// For each order of the tag list whether by itself it would have led to these tags.
    pub agree: Vec<bool>,
    /// What was decided from, slot by slot; empty where no scores were asked for.
    pub slots: Vec<Distribution>,
}

/// The candidates of one slot with their natural-log probabilities, which are
/// normalised over them: tags in list order, `stop` last.
pub type Distribution = Vec<(Candidate, f64)>;

/// Decides on the tags of documents, of each of which the evidence is given. The engine has to
/// have a lane for each order of the tag list ([`DecideOptions::permutations`]), those of the
/// first document first, and each lane's sequence has to end with the answer's head. What the
/// lanes have to know is asked for together. If all evidence stands alone
/// ([`Evidence::is_alone`]), no lane is needed.
///
/// # Errors
/// [`EngineError`] where the model fails.
pub fn decide(
    engine: &mut (impl Engine + ?Sized),
    documents: &[&Evidence],
    spelling: &Spelling,
    options: &DecideOptions,
) -> Result<Vec<Decision>, EngineError> {
    let answers = documents.iter();
    let answers = answers.map(|evidence| Answer::new(spelling, options, evidence));
    let mut answers: Vec<Answer> = answers.collect();
    loop {
        let mut branches: Vec<Branch> = Vec::new();
        let mut asked = Vec::new();
        for (document, answer) in answers.iter_mut().enumerate() {
            let lanes = document * options.permutations..(document + 1) * options.permutations;
            let questions = answer.ask(engine, &lanes);
            asked.push(questions.iter().map(Vec::len).collect::<Vec<_>>());
            let of_lanes = lanes.zip(questions);
            branches.extend(of_lanes.flat_map(|(lane, question)| {
                let to_lane = move |branch| Branch { lane, ..branch };
                question.into_iter().map(to_lane)
            }));
        }
        if branches.is_empty() {
            return Ok(answers.into_iter().map(Answer::finish).collect());
        }
        let mut heard = engine.log_probs(&branches)?.into_iter();
        for (answer, counts) in answers.iter_mut().zip(asked) {
            let rows = |count: &usize| heard.by_ref().take(*count).collect();
            answer.hear(&counts.iter().map(rows).collect::<Vec<_>>());
        }
    }
}

/// The same candidates, most probable first, ties in list order.
#[must_use]
pub fn ranked(distribution: &[(Candidate, f64)]) -> Distribution {
    let mut ranking = distribution.to_vec();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranking
}

/// The spelling of some literals, for tests.
#[cfg(test)]
fn spelling(literals: &[&str]) -> Spelling {
    let literals: Vec<String> = literals.iter().map(|&l| l.to_owned()).collect();
    let engine = crate::engine::scripted::Scripted::default();
    Spelling::new(&engine, &literals, crate::constraint::Joining::Whole).unwrap()
}

/// The decision on the only document of an engine, for tests.
#[cfg(test)]
fn only(engine: &mut impl Engine, spelling: &Spelling, options: &DecideOptions) -> Decision {
    let mut decisions = decide(engine, &[&Evidence::default()], spelling, options).unwrap();
    decisions.remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::Scripted;

    /// Ids 10 to 19 share 0.6 at their first digit, 33 has 0.3 of its own: digit by
    /// digit a 1 would win, but no tag under it reaches 33.
    const POOLED: [(&str, &str, f32); 10] = [
        ("", "1", 0.6),
        ("", "3", 0.3),
        ("", "]", 0.1),
        ("]", "}", 1.0),
        ("1", "0", 0.4),
        ("1", "7", 0.35),
        ("3", "3", 1.0),
        ("33", "]", 0.9),
        ("33", ",", 0.1),
        ("33]", "}", 1.0),
    ];

    fn pooled() -> Scripted {
        Scripted::new(&POOLED)
    }

    #[test]
    fn whole_tags_are_compared_not_first_tokens() {
        let spelling = spelling(&["10", "17", "33"]);
        let decision = only(&mut pooled(), &spelling, &DecideOptions::default());
        assert_eq!(decision.tags, [2]);
    }

    #[test]
    fn the_best_candidate_and_the_distribution_agree() {
        let spelling = spelling(&["10", "17", "33"]);
        let scores = DecideOptions {
            scores: true,
            ..DecideOptions::default()
        };
        let decision = only(&mut pooled(), &spelling, &scores);
        assert_eq!(decision.tags, [2]);
        // 0.6·0.4, 0.6·0.35, 0.3, 0.1 over their sum of 0.85.
        let expected = [
            (Candidate::Tag(2), 0.3_f64),
            (Candidate::Tag(0), 0.24),
            (Candidate::Tag(1), 0.21),
            (Candidate::Stop, 0.1),
        ];
        for ((candidate, log_prob), (wanted, p)) in ranked(&decision.slots[0]).iter().zip(expected)
        {
            assert_eq!(*candidate, wanted);
            assert!((log_prob.exp() - p / 0.85).abs() < 1e-6);
        }
        assert!((decision.log_probs[0].exp() - 0.3 / 0.85).abs() < 1e-6);
    }

    /// Which nodes need not be looked into depends on the evidence, and the choice does not
    /// depend on that.
    #[test]
    fn evidence_shifts_the_search_as_it_shifts_the_distribution() {
        let spelling = spelling(&["10", "17", "33"]);
        let mut rng = fastrand::Rng::with_seed(5);
        let mut chosen = [0; 4];
        for _ in 0..300 {
            let evidence = Evidence {
                vectors: (0..3).map(|_| rng.f64() * 6.0 - 3.0).collect(),
                heard: [true; 3].into(),
                ..Evidence::default()
            };
            let tags = |scores| {
                let options = DecideOptions {
                    max_tags: 1,
                    scores,
                    ..DecideOptions::default()
                };
                let documents = [&evidence];
                decide(&mut pooled(), &documents, &spelling, &options).unwrap()[0]
                    .tags
                    .clone()
            };
            let best = tags(false);
            assert_eq!(best, tags(true), "{evidence:?}");
            chosen[best.first().copied().unwrap_or(3)] += 1;
        }
        assert!(chosen.iter().all(|&times| times > 10), "{chosen:?}");
    }

    #[test]
    fn an_id_that_begins_another_counts_its_terminator() {
        // After `1` the model nearly always writes `7`: tag 1 itself is improbable.
        let engine = || {
            Scripted::new(&[
                ("", "1", 0.9),
                ("", "]", 0.1),
                ("]", "}", 1.0),
                ("1", "7", 0.8),
                ("1", ",", 0.05),
                ("1", "]", 0.15),
            ])
        };
        let both = spelling(&["1", "17"]);
        let one = DecideOptions {
            max_tags: 1,
            scores: true,
            ..DecideOptions::default()
        };
        let decision = only(&mut engine(), &both, &one);
        assert_eq!(decision.tags, [1]);
        let p = |i: usize| ranked(&decision.slots[0])[i].1.exp();
        assert!((p(0) / p(1) - 0.8 / 0.2).abs() < 1e-5);
    }

    #[test]
    fn nodes_that_cannot_win_are_not_looked_into() {
        let spelling = spelling(&["1", "20", "30"]);
        let mut engine = Scripted::new(&[("", "1", 0.9), ("", "2", 0.05), ("", "3", 0.01)]);
        let one = DecideOptions {
            max_tags: 1,
            ..DecideOptions::default()
        };
        assert_eq!(only(&mut engine, &spelling, &one).tags, [0]);
        // Of what ends in the bracket both tokens are asked for at once.
        assert_eq!((engine.calls, engine.branches), (1, 2));
    }

    #[test]
    fn ties_go_to_the_tag_that_stands_first_and_stop_loses_them() {
        let spelling = spelling(&["2", "1"]);
        let mut engine = Scripted::new(&[
            ("", "1", 0.4),
            ("", "2", 0.4),
            ("", "]", 0.4),
            ("]", "}", 1.0),
        ]);
        let one = DecideOptions {
            max_tags: 1,
            ..DecideOptions::default()
        };
        assert_eq!(only(&mut engine, &spelling, &one).tags, [0]);
    }

    #[test]
    fn min_tags_and_max_tags_hold() {
        let spelling = spelling(&["1", "2"]);
        let table = [
            ("", "]", 0.9),
            ("", "2", 0.1),
            ("2", ",", 0.1),
            ("2,", "1", 0.5),
            ("2", "]", 0.9),
        ];
        let tags = |min_tags, max_tags| {
            let options = DecideOptions {
                min_tags,
                max_tags,
                ..DecideOptions::default()
            };
            let mut with_end = table.to_vec();
            with_end.extend([("]", "}", 1.0), ("2]", "}", 1.0)]);
            only(&mut Scripted::new(&with_end), &spelling, &options).tags
        };
        assert_eq!(tags(0, 3), [0; 0]);
        assert_eq!(tags(1, 3), [1]);
        assert_eq!(tags(2, 3), [1, 0]);
        assert_eq!(tags(1, 1), [1]);
    }

    #[test]
    fn the_same_order_twice_says_what_it_says_once() {
        let spelling = spelling(&["10", "17", "33"]);
        let once = DecideOptions {
            scores: true,
            ..DecideOptions::default()
        };
        let twice = DecideOptions {
            permutations: 2,
            ..once.clone()
        };
        let single = only(&mut pooled(), &spelling, &once);
        let mut engine = Scripted::with_prefixes(&[&POOLED, &POOLED]);
        let two = only(&mut engine, &spelling, &twice);
        assert_eq!(single.tags, two.tags);
        assert_eq!(two.agree, [true, true]);
        for (a, b) in single.log_probs.iter().zip(&two.log_probs) {
            assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn rank_takes_the_best_above_the_threshold() {
        let spelling = spelling(&["1", "2", "3"]);
        let table = [
            ("", "1", 0.2),
            ("", "2", 0.5),
            ("", "3", 0.05),
            ("", "]", 0.25),
            ("]", "}", 1.0),
        ];
        let tags = |threshold| {
            let strategy = Strategy::Rank;
            let options = DecideOptions {
                strategy,
                threshold,
                ..DecideOptions::default()
            };
            only(&mut Scripted::new(&table), &spelling, &options).tags
        };
        assert_eq!(tags(0.0), [1, 0, 2]);
        assert_eq!(tags(0.1), [1, 0]);
        assert_eq!(tags(0.6), [0; 0]);
    }

    #[test]
    fn a_temperature_draws_from_the_distribution_and_the_seed_decides() {
        let spelling = spelling(&["1", "2"]);
        let table = [("", "1", 0.7), ("", "2", 0.3)];
        let draw = |seed| {
            let (temperature, max_tags, min_tags) = (1.0, 1, 1);
            let options = DecideOptions {
                min_tags,
                max_tags,
                temperature,
                seed,
                ..DecideOptions::default()
            };
            only(&mut Scripted::new(&table), &spelling, &options).tags[0]
        };
        let ones = (0..1000).filter(|&seed| draw(seed) == 0).count();
        assert!((630..770).contains(&ones), "{ones}");
        assert_eq!(draw(5), draw(5));
    }
}
