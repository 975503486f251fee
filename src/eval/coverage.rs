//! What a threshold would do: how many documents still get a tag, and how right these are.
//!
//! The risk-coverage curve of selective classification (El-Yaniv and Wiener, "On the
//! Foundations of Noise-free Selective Classification", JMLR 2010), with precision in
//! the place of risk.

use crate::eval::metrics::{Counts, Judged, ratio};

/// Thresholds are tried in hundredths.
const STEPS: u32 = 100;

/// The answers as they would be with one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The threshold.
    pub threshold: f64,
    /// The share of documents that keep at least one tag.
    pub coverage: f64,
    /// Over the tags that are kept.
    pub counts: Counts,
}

/// The points of thresholds from 0 to 1, or `None` where an answer has no scores.
///
/// A document's tags end at the first one below the threshold, as they do where the
/// program is given `--threshold`.
#[must_use]
pub fn coverage(judged: &[Judged]) -> Option<Vec<Point>> {
    if judged.iter().any(|j| j.scores.len() != j.found.len()) {
        return None;
    }
    let point = |step| {
        let threshold = f64::from(step) / f64::from(STEPS);
        let mut counts = Counts::default();
        let mut covered = 0;
        for judged in judged {
            let above = judged.scores.iter().take_while(|&&s| s >= threshold);
            let kept = &judged.found[..above.count()];
            covered += usize::from(!kept.is_empty());
            counts += Counts {
                hits: kept.iter().filter(|&&tag| judged.is_gold(tag)).count(),
                given: kept.len(),
                gold: judged.gold.len(),
            };
        }
        Point {
            threshold,
            coverage: ratio(covered, judged.len()),
            counts,
        }
    };
    Some((0..=STEPS).map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(gold: &[usize], found: &[usize], scores: &[f64]) -> Judged {
        Judged {
            gold: gold.to_vec(),
            found: found.to_vec(),
            scores: scores.to_vec(),
            ..Judged::default()
        }
    }

    #[test]
    fn a_higher_threshold_keeps_fewer_tags() {
        let documents = [
            judged(&[0], &[0, 1], &[0.9, 0.5]),
            judged(&[1], &[2], &[0.3]),
        ];
        let points = coverage(&documents).unwrap();
        let at = |step: usize| {
            let Counts { hits, given, gold } = points[step].counts;
            (points[step].coverage, hits, given, gold)
        };
        assert_eq!(points.len(), 101);
        assert_eq!(at(0), (1.0, 1, 3, 2));
        assert_eq!(at(30), (1.0, 1, 3, 2));
        assert_eq!(at(31), (0.5, 1, 2, 2));
        assert_eq!(at(60), (0.5, 1, 1, 2));
        assert_eq!(at(100), (0.0, 0, 0, 2));
    }

    #[test]
    fn the_tags_end_at_the_first_one_below() {
        let points = coverage(&[judged(&[1], &[0, 1], &[0.2, 0.8])]).unwrap();
        assert_eq!(points[50].counts.given, 0);
    }

    #[test]
    fn without_scores_there_are_no_points() {
        assert_eq!(coverage(&[judged(&[0], &[0], &[])]), None);
    }
}
