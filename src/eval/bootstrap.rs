//! How far a number could be off, had other documents been drawn.
//!
//! Percentile intervals of the bootstrap over documents: Efron and Tibshirani, "An
//! Introduction to the Bootstrap" (1993), chapter 13.

use std::fmt;

use crate::eval::metrics::{Judged, Metric, Metrics, metrics};

/// How often documents are drawn anew.
pub const RESAMPLES: usize = 1000;
/// What they are drawn with: the same figures in each run.
const SEED: u64 = 1;
/// What lies below and above an interval: 2.5 % each.
const TAIL: f64 = 0.025;

/// Where a number lies in 95 of 100 draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A number with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number on the documents as they are.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

/// With its interval in brackets.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            value,
            interval: Interval { low, high },
        } = self;
        write!(f, "{value:.3} [{low:.3}, {high:.3}]")
    }
}

/// All metrics with their intervals, in the order of [`Metric::ALL`].
#[must_use]
pub fn estimates(judged: &[Judged], tags: usize) -> Vec<(Metric, Estimate)> {
    let whole = metrics(judged, tags);
    let mut rng = fastrand::Rng::with_seed(SEED);
    let drawn: Vec<Metrics> = (0..RESAMPLES)
        .map(|_| metrics(draw(judged.len(), &mut rng).map(|i| &judged[i]), tags))
        .collect();
    let estimate = |metric: Metric| Estimate {
        value: whole[metric],
        interval: interval(drawn.iter().map(|metrics| metrics[metric]).collect()),
    };
    Metric::ALL.map(|metric| (metric, estimate(metric))).into()
}

/// As many places as there are documents, drawn with replacement.
pub(super) fn draw(documents: usize, rng: &mut fastrand::Rng) -> impl Iterator<Item = usize> {
    (0..documents).map(move |_| rng.usize(..documents))
}

/// The interval of numbers that were drawn.
pub(super) fn interval(mut drawn: Vec<f64>) -> Interval {
    drawn.sort_by(f64::total_cmp);
    Interval {
        low: quantile(&drawn, TAIL),
        high: quantile(&drawn, 1.0 - TAIL),
    }
}

/// A quantile of sorted numbers, on the line between its neighbours (Hyndman and Fan's
/// seventh definition, NumPy's default).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among few numbers"
)]
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = q * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let sorted = [0.0, 1.0, 2.0, 4.0];
        let near = |q, expected: f64| (quantile(&sorted, q) - expected).abs() < 1e-12;
        assert!(near(0.0, 0.0) && near(0.5, 1.5) && near(0.9, 3.4) && near(1.0, 4.0));
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }

    /// A share of one half among 400 has a standard error of 0.025, so its interval
    /// is about 0.45 to 0.55.
    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let judged: Vec<Judged> = (0..400)
            .map(|i| Judged {
                gold: vec![0],
                found: vec![i % 2],
                ..Judged::default()
            })
            .collect();
        let estimates = estimates(&judged, 2);
        let exact = estimates.iter().find(|(m, _)| *m == Metric::Exact);
        let Estimate { value, interval } = exact.unwrap().1;
        assert!((value - 0.5).abs() < 1e-12);
        assert!((interval.low - 0.451).abs() < 0.01, "{interval:?}");
        assert!((interval.high - 0.549).abs() < 0.01, "{interval:?}");
    }

    #[test]
    fn the_same_documents_give_the_same_interval() {
        let judged = [
            Judged::default(),
            Judged {
                gold: vec![0],
                ..Judged::default()
            },
        ];
        assert_eq!(estimates(&judged, 1), estimates(&judged, 1));
    }
}
