//! Thresholds tried on scores that are there, and documents in folds.

use crate::eval::{Counts, Judged};

/// Thresholds are tried in twentieths, 0 to 0.95.
const STEPS: u32 = 20;
/// In so many parts the documents are cut.
pub const FOLDS: usize = 10;
/// What the parts are drawn with: the same in each run.
const SEED: u64 = 1;

/// All thresholds that are tried, the lowest first.
pub(super) fn thresholds() -> impl Iterator<Item = f64> + Clone {
    (0..STEPS).map(|step| f64::from(step) / f64::from(STEPS))
}

/// The answer as it would be with a threshold: it ends at the first tag below, but not
/// before there are `min_tags`.
#[must_use]
pub fn cut(judged: &Judged, threshold: f64, min_tags: usize) -> Judged {
    let scores = judged.scores.iter().enumerate();
    let kept = scores.take_while(|&(place, &score)| place < min_tags || score >= threshold);
    let kept = kept.count();
    Judged {
        found: judged.found[..kept].to_vec(),
        scores: judged.scores[..kept].to_vec(),
        ..judged.clone()
    }
}

/// In which fold each of so many documents is, from 0 on.
pub(super) fn folds(documents: usize) -> Vec<usize> {
    let mut folds: Vec<usize> = (0..documents).map(|place| place % FOLDS).collect();
    fastrand::Rng::with_seed(SEED).shuffle(&mut folds);
    folds
}

/// What each document counts at each threshold.
pub(super) struct Swept(Vec<Vec<Counts>>);

impl Swept {
    pub(super) fn new(judged: &[Judged], min_tags: usize) -> Self {
        let at = |threshold| {
            let counts = judged.iter().map(|j| cut(j, threshold, min_tags).counts());
            counts.collect()
        };
        Self(thresholds().map(at).collect())
    }

    /// The step with the highest micro-F1 over the documents that are wanted, and this; of
    /// equal ones the lowest.
    pub(super) fn best(&self, wanted: impl Fn(usize) -> bool) -> (usize, f64) {
        let mut best = (0, f64::NEG_INFINITY);
        for (step, documents) in self.0.iter().enumerate() {
            let mut all = Counts::default();
            for (_, &counts) in documents.iter().enumerate().filter(|&(at, _)| wanted(at)) {
                all += counts;
            }
            if all.f1() > best.1 {
                best = (step, all.f1());
            }
        }
        best
    }
}

/// The threshold of a step.
pub(super) fn at_step(step: usize) -> f64 {
    thresholds().nth(step).unwrap_or_default()
}

/// The answers with, in each fold, the threshold that is best on the others: what a
/// threshold chosen in this way is worth on documents that it was not chosen on.
pub(super) fn cross_fitted(judged: &[Judged], min_tags: usize) -> Vec<Judged> {
    let (swept, folds) = (Swept::new(judged, min_tags), folds(judged.len()));
    let chosen: Vec<f64> = (0..FOLDS)
        .map(|fold| at_step(swept.best(|at| folds[at] != fold).0))
        .collect();
    let cut = |(judged, &fold): (&Judged, &usize)| cut(judged, chosen[fold], min_tags);
    judged.iter().zip(&folds).map(cut).collect()
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
    fn an_answer_ends_at_the_first_tag_below_but_not_before_its_least() {
        let all = judged(&[0], &[0, 1, 2], &[0.2, 0.9, 0.5]);
        let left = |threshold, min_tags| cut(&all, threshold, min_tags).found;
        assert_eq!(left(0.0, 0), [0, 1, 2]);
        assert_eq!(left(0.3, 0), [0; 0]);
        assert_eq!(left(0.6, 1), [0, 1]);
        assert_eq!(left(1.0, 2), [0, 1]);
    }

    #[test]
    fn every_fold_has_as_many_documents() {
        let folds = folds(40);
        for fold in 0..FOLDS {
            assert_eq!(folds.iter().filter(|&&f| f == fold).count(), 4);
        }
    }

    /// Right tags score 0.8, wrong ones 0.3: every threshold between tells them apart.
    #[test]
    fn a_threshold_that_holds_everywhere_is_found_on_every_fold() {
        let documents: Vec<Judged> = (0..30)
            .map(|_| judged(&[0], &[0, 1], &[0.8, 0.3]))
            .collect();
        let fitted = cross_fitted(&documents, 0);
        assert!(fitted.iter().all(Judged::is_exact));
        let (step, _) = Swept::new(&documents, 0).best(|_| true);
        assert!((at_step(step) - 0.35).abs() < 1e-9);
    }

    /// Scores that say nothing: what looks best by chance is not better elsewhere.
    #[test]
    fn a_threshold_fitted_to_chance_is_found_out() {
        let mut random = fastrand::Rng::with_seed(2);
        let documents: Vec<Judged> = (0..60)
            .map(|_| judged(&[usize::from(random.bool())], &[0], &[random.f64()]))
            .collect();
        let f1 = |judged: &[Judged]| {
            let mut all = Counts::default();
            for judged in judged {
                all += judged.counts();
            }
            all.f1()
        };
        let best = Swept::new(&documents, 0).best(|_| true).1;
        assert!(f1(&cross_fitted(&documents, 0)) <= best);
    }
}
