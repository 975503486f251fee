//! Whether a score means what it says: of the tags given with 0.8, are 80 % right?
//!
//! The reliability diagram and the expected calibration error with equal-width bins,
//! after Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks"
//! (ICML 2017).

use crate::eval::metrics::{Judged, ratio};

/// How many bins there are.
pub const BINS: usize = 10;

/// The given tags whose scores lie in one tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// How many there are.
    pub tags: usize,
    /// How many of them are right.
    pub right: usize,
    /// Their mean score; 0 where there are none.
    pub mean_score: f64,
}

impl Bin {
    /// The share of them that is right.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(self.right, self.tags)
    }
}

/// Scores against what is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Scores from 0 to 0.1, above 0.1 to 0.2, and so on.
    pub bins: [Bin; BINS],
    /// The mean gap between score and precision, each bin weighted by its tags.
    pub ece: f64,
}

/// Compares the scores of all given tags with what is right; `None` where an answer
/// has no scores or there are no tags at all.
#[must_use]
pub fn calibration(judged: &[Judged]) -> Option<Calibration> {
    if judged.iter().any(|j| j.scores.len() != j.found.len()) {
        return None;
    }
    let mut bins = [Bin::default(); BINS];
    let mut sums = [0.0; BINS];
    for judged in judged {
        for (&tag, &score) in judged.found.iter().zip(&judged.scores) {
            let at = bin(score);
            bins[at].tags += 1;
            bins[at].right += usize::from(judged.is_gold(tag));
            sums[at] += score;
        }
    }
    let all: usize = bins.iter().map(|bin| bin.tags).sum();
    if all == 0 {
        return None;
    }
    for (bin, sum) in bins.iter_mut().zip(sums) {
        bin.mean_score = sum * ratio(1, bin.tags);
    }
    let gap = |bin: &Bin| ratio(bin.tags, all) * (bin.mean_score - bin.precision()).abs();
    let ece = bins.iter().map(gap).sum();
    Some(Calibration { bins, ece })
}

/// The bin of a score: a score on an edge is in the lower one.
fn bin(score: f64) -> usize {
    let edges = (1..BINS).map(|edge| ratio(edge, BINS));
    edges.take_while(|&edge| edge < score).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_the_lower_bin() {
        assert_eq!(
            [0.0, 0.1, 0.11, 0.5, 0.95, 1.0].map(bin),
            [0, 0, 1, 4, 9, 9]
        );
    }

    #[test]
    fn the_error_is_the_mean_gap_weighted_by_tags() {
        let judged = [Judged {
            gold: vec![0, 1],
            found: vec![0, 1, 2, 3],
            scores: vec![0.95, 0.95, 0.95, 0.45],
            ..Judged::default()
        }];
        let calibration = calibration(&judged).unwrap();
        let top = calibration.bins[9];
        assert_eq!((top.tags, top.right), (3, 2));
        // 3/4 · |0.95 − 2/3| + 1/4 · |0.45 − 0|
        let expected = 0.75 * (0.95 - 2.0 / 3.0) + 0.25 * 0.45;
        assert!((calibration.ece - expected).abs() < 1e-12);
    }

    #[test]
    fn without_scores_or_tags_there_is_nothing_to_compare() {
        assert_eq!(calibration(&[Judged::default()]), None);
        let unscored = Judged {
            found: vec![0],
            ..Judged::default()
        };
        assert_eq!(calibration(&[unscored]), None);
    }
}
