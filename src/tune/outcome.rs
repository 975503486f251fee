//! What was measured in numbers, and whether anything is better than the default.

use crate::eval::{Comparison, Counts, Estimate, Judged, Metric, compare, estimates};
use crate::tune::search::Trial;
use crate::tune::threshold::{FOLDS, Swept, at_step, cross_fitted, cut, folds};

/// A difference that chance makes this rarely is more than noise.
const SIGNIFICANT: f64 = 0.05;

/// A configuration with a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The place of the trial.
    pub trial: usize,
    /// The threshold: as it was, or the best one on all documents.
    pub threshold: f64,
    /// Whether the threshold was fitted. The figures are then cross-fitted: each document
    /// counts with the threshold that is best on the other folds.
    pub fitted: bool,
    /// Micro-F1.
    pub f1: Estimate,
    /// Micro-precision.
    pub precision: f64,
    /// Micro-recall.
    pub recall: f64,
    /// Against the default; `None` for the default itself.
    pub comparison: Option<Comparison>,
}

/// What choosing the best of all is worth, on documents that it was not chosen on.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// In how many parts the documents were cut.
    pub folds: usize,
    /// Micro-F1 over the parts, each with what was best on the others.
    pub f1: Estimate,
    /// Against the default.
    pub comparison: Comparison,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The default first; a trial with a fitted threshold stands behind the trial, where it is
    /// better.
    pub choices: Vec<Choice>,
    /// The place of the best choice, where it is better than the default by more than noise.
    pub winner: Option<usize>,
    /// `None` for fewer documents than there are folds, or where the default alone was
    /// measured.
    pub validation: Option<Validation>,
}

impl Outcome {
    /// Looks at what was measured: the default first, all of the same documents. `threshold`
    /// is the default's; with `fit` others are tried.
    #[must_use]
    pub fn new(trials: &[Trial], tags: usize, threshold: f64, min_tags: usize, fit: bool) -> Self {
        let as_it_was = |trial: &Trial| -> Vec<Judged> {
            let judged = trial.judged.iter();
            judged
                .map(|judged| cut(judged, threshold, min_tags))
                .collect()
        };
        let Some(default) = trials.first().map(as_it_was) else {
            return Self {
                choices: Vec::new(),
                winner: None,
                validation: None,
            };
        };
        let fit = fit && default.len() >= FOLDS;
        let mut choices = Vec::new();
        for (place, trial) in trials.iter().enumerate() {
            let plain = as_it_was(trial);
            let f1 = choice(place, threshold, &plain, &default, tags);
            let bound = f1.f1.value;
            choices.push(Choice {
                comparison: f1.comparison.filter(|_| place > 0),
                ..f1
            });
            if !fit {
                continue;
            }
            let best = at_step(Swept::new(&trial.judged, min_tags).best(|_| true).0);
            let fitted = cross_fitted(&trial.judged, min_tags);
            let fitted = choice(place, best, &fitted, &default, tags);
            if fitted.f1.value > bound {
                choices.push(Choice {
                    fitted: true,
                    ..fitted
                });
            }
        }
        let winner = winner(&choices);
        let validation = (fit || trials.len() > 1)
            .then(|| validation(trials, &default, tags, threshold, min_tags, fit))
            .flatten();
        Self {
            choices,
            winner,
            validation,
        }
    }

    /// With how many choices the default was compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        let compared = self.choices.iter().filter(|c| c.comparison.is_some());
        compared.count()
    }
}

fn choice(
    trial: usize,
    threshold: f64,
    judged: &[Judged],
    default: &[Judged],
    tags: usize,
) -> Choice {
    let estimates = estimates(judged, tags);
    let of = |wanted: Metric| {
        let found = estimates.iter().find(|(metric, _)| *metric == wanted);
        found.map(|&(_, estimate)| estimate)
    };
    let value = |metric| of(metric).map_or(0.0, |estimate| estimate.value);
    Choice {
        trial,
        threshold,
        fitted: false,
        f1: of(Metric::MicroF1).unwrap_or(NOTHING),
        precision: value(Metric::MicroPrecision),
        recall: value(Metric::MicroRecall),
        comparison: Some(compare(judged, default)),
    }
}

/// An estimate of nothing.
const NOTHING: Estimate = Estimate {
    value: 0.0,
    interval: crate::eval::Interval {
        low: 0.0,
        high: 0.0,
    },
};

/// The best choice, where it is better than the default by more than noise: p times the number
/// of choices that were compared (Bonferroni), since the best of many looks good by chance.
fn winner(choices: &[Choice]) -> Option<usize> {
    let compared = choices.iter().filter(|c| c.comparison.is_some()).count();
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let compared = compared as f64;
    let mut best: Option<(usize, f64)> = None;
    for (place, choice) in choices.iter().enumerate() {
        let Some(Comparison { difference, p }) = choice.comparison else {
            continue;
        };
        let is_better = difference.value > 0.0 && p * compared < SIGNIFICANT;
        if is_better && best.is_none_or(|(_, f1)| choice.f1.value > f1) {
            best = Some((place, choice.f1.value));
        }
    }
    best.map(|(place, _)| place)
}

/// Chooses trial and threshold on all folds but one, and measures on this one.
fn validation(
    trials: &[Trial],
    default: &[Judged],
    tags: usize,
    threshold: f64,
    min_tags: usize,
    fit: bool,
) -> Option<Validation> {
    if default.len() < FOLDS {
        return None;
    }
    let folds = folds(default.len());
    let swept: Vec<Swept> = trials
        .iter()
        .map(|trial| Swept::new(&trial.judged, min_tags))
        .collect();
    let mut answers = default.to_vec();
    for fold in 0..FOLDS {
        let others = |at: usize| folds[at] != fold;
        let mut best = (0, threshold, f64::NEG_INFINITY);
        for (place, trial) in trials.iter().enumerate() {
            let (threshold, f1) = if fit {
                let (step, f1) = swept[place].best(others);
                (at_step(step), f1)
            } else {
                (threshold, f1_of(&trial.judged, threshold, min_tags, others))
            };
            if f1 > best.2 {
                best = (place, threshold, f1);
            }
        }
        for (at, answer) in answers.iter_mut().enumerate() {
            if folds[at] == fold {
                *answer = cut(&trials[best.0].judged[at], best.1, min_tags);
            }
        }
    }
    let comparison = compare(&answers, default);
    let f1 = choice(0, threshold, &answers, default, tags).f1;
    Some(Validation {
        folds: FOLDS,
        f1,
        comparison,
    })
}

fn f1_of(
    judged: &[Judged],
    threshold: f64,
    min_tags: usize,
    wanted: impl Fn(usize) -> bool,
) -> f64 {
    let mut all = Counts::default();
    for (_, judged) in judged.iter().enumerate().filter(|&(at, _)| wanted(at)) {
        all += cut(judged, threshold, min_tags).counts();
    }
    all.f1()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::search::Configuration;

    /// Documents with one right tag; which of two tags the answer is, and its score.
    fn trial(place: usize, answer: impl Fn(usize) -> (usize, f64)) -> Trial {
        let judged = |i| {
            let (tag, score) = answer(i);
            Judged {
                gold: vec![0],
                found: vec![tag],
                scores: vec![score],
                ..Judged::default()
            }
        };
        Trial {
            configuration: Configuration(vec![place]),
            judged: (0..100).map(judged).collect(),
        }
    }

    #[test]
    fn a_large_difference_wins_and_holds_up_on_other_documents() {
        let trials = [
            trial(0, |i| (usize::from(i % 2 == 0), 0.5)),
            trial(1, |i| (usize::from(i % 10 == 0), 0.5)),
        ];
        let outcome = Outcome::new(&trials, 2, 0.0, 0, true);
        let winner = &outcome.choices[outcome.winner.unwrap()];
        assert_eq!(winner.trial, 1);
        assert!((winner.f1.value - 0.9).abs() < 1e-12);
        let validation = outcome.validation.unwrap();
        assert!((validation.f1.value - 0.9).abs() < 1e-12, "{validation:?}");
        assert!(validation.comparison.p < 0.001);
    }

    /// Twenty configurations that differ by chance alone: one of them would pass a test that
    /// does not know of the others.
    #[test]
    fn the_best_of_many_equal_ones_does_not_win() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut chances = |_| -> Vec<usize> { (0..100).map(|_| random.usize(..2)).collect() };
        let drawn: Vec<Vec<usize>> = (0..20).map(&mut chances).collect();
        let trials: Vec<Trial> = (0..20).map(|t| trial(t, |i| (drawn[t][i], 0.5))).collect();
        let outcome = Outcome::new(&trials, 2, 0.0, 0, false);
        assert_eq!(outcome.winner, None);
        let best = outcome
            .choices
            .iter()
            .map(|c| c.f1.value)
            .fold(0.0, f64::max);
        let honest = outcome.validation.unwrap().f1.value;
        assert!(best - honest > 0.03, "{best} {honest}");
    }

    /// Wrong tags score lower: a threshold makes the default better, and is a choice of its own.
    #[test]
    fn a_threshold_that_helps_is_a_choice_behind_its_trial() {
        let trials = [trial(0, |i| {
            let wrong = i % 2 == 0;
            (usize::from(wrong), if wrong { 0.2 } else { 0.7 })
        })];
        let outcome = Outcome::new(&trials, 2, 0.0, 0, true);
        assert_eq!(outcome.choices.len(), 2);
        let fitted = &outcome.choices[1];
        assert!(fitted.fitted && (fitted.threshold - 0.25).abs() < 1e-9);
        assert!((fitted.precision - 1.0).abs() < 1e-12);
        assert_eq!(outcome.winner, Some(1));
        assert_eq!(Outcome::new(&trials, 2, 0.0, 0, false).choices.len(), 1);
    }

    #[test]
    fn nothing_measured_is_no_outcome() {
        let outcome = Outcome::new(&[], 2, 0.0, 0, true);
        assert_eq!((outcome.choices.len(), outcome.winner), (0, None));
    }
}
