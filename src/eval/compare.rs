//! Whether one set of answers is better than another, or only looks so.
//!
//! Approximate randomisation on micro-F1 over documents (Noreen, "Computer-Intensive
//! Methods for Testing Hypotheses", 1989; Yeh, "More Accurate Tests for the Statistical
//! Significance of Result Differences", COLING 2000): were the two equally good, the
//! answers to a document could be swapped between them without changing anything. The
//! interval of the difference is a paired bootstrap's: both get the same documents.

use crate::eval::bootstrap::{Estimate, RESAMPLES, draw, interval};
use crate::eval::metrics::{Counts, Judged, ratio};

/// How often answers are swapped.
const SHUFFLES: usize = 10_000;
/// What it is done with: the same figures in each run.
const SEED: u64 = 1;
/// A difference that chance makes this rarely is more than noise.
const SIGNIFICANT: f64 = 0.05;

/// The difference between two sets of answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The first one's micro-F1 less the second one's.
    pub difference: Estimate,
    /// How probable a difference as large as this is among equally good ones.
    pub p: f64,
}

impl Comparison {
    /// Whether chance alone would hardly make such a difference.
    #[must_use]
    pub fn is_significant(&self) -> bool {
        self.p < SIGNIFICANT
    }
}

/// Compares two sets of answers to the same documents, in the same order.
#[must_use]
pub fn compare(ours: &[Judged], theirs: &[Judged]) -> Comparison {
    let pairs: Vec<(Counts, Counts)> = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| (ours.counts(), theirs.counts()))
        .collect();
    let value = difference(pairs.iter().copied());
    let mut rng = fastrand::Rng::with_seed(SEED);
    let at_least = (0..SHUFFLES)
        .filter(|_| {
            let swapped = pairs
                .iter()
                .map(|&(a, b)| if rng.bool() { (b, a) } else { (a, b) });
            // Sums of the same numbers in another order differ in their last digits.
            difference(swapped).abs() >= value.abs() - 1e-12
        })
        .count();
    let drawn = (0..RESAMPLES)
        .map(|_| difference(draw(pairs.len(), &mut rng).map(|i| pairs[i])))
        .collect();
    Comparison {
        difference: Estimate {
            value,
            interval: interval(drawn),
        },
        // The order that was observed counts as one of the shuffles.
        p: ratio(at_least + 1, SHUFFLES + 1),
    }
}

fn difference(pairs: impl Iterator<Item = (Counts, Counts)>) -> f64 {
    let (mut ours, mut theirs) = (Counts::default(), Counts::default());
    for (a, b) in pairs {
        ours += a;
        theirs += b;
    }
    ours.f1() - theirs.f1()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents of which so many are right and the others wrong.
    fn documents(right: usize, all: usize) -> Vec<Judged> {
        (0..all)
            .map(|i| Judged {
                gold: vec![0],
                found: vec![usize::from(i >= right)],
                ..Judged::default()
            })
            .collect()
    }

    #[test]
    fn the_same_answers_do_not_differ() {
        let same = documents(5, 10);
        let Comparison { difference, p } = compare(&same, &same);
        assert!(difference.value.abs() < f64::EPSILON);
        assert!((p - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_large_difference_is_more_than_noise_and_has_a_sign() {
        let (good, bad) = (documents(90, 100), documents(30, 100));
        let better = compare(&good, &bad);
        assert!((better.difference.value - 0.6).abs() < 1e-12);
        assert!(better.p < 0.001 && better.is_significant());
        assert!(better.difference.interval.low > 0.45);
        let worse = compare(&bad, &good);
        assert!((worse.difference.value + 0.6).abs() < 1e-12);
        assert!(worse.is_significant());
    }

    /// Four documents differ, all in one direction: of the 16 ways to swap them, two
    /// give as large a difference.
    #[test]
    fn the_probability_is_that_of_the_sign_test() {
        let comparison = compare(&documents(4, 20), &documents(0, 20));
        assert!((comparison.p - 2.0 / 16.0).abs() < 0.01, "{comparison:?}");
        assert!(!comparison.is_significant());
    }
}
