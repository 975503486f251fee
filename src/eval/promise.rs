//! A promise: documents whose tags all have at least this score can be left alone, since so many
//! of these tags are right.
//!
//! Selective classification (El-Yaniv and Wiener, *On the Foundations of Noise-free Selective
//! Classification*, JMLR 2010) with a lower bound on the precision: that of Clopper and Pearson,
//! *The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial*, Biometrika
//! 1934. Shares of the documents are tried, and the error is divided among them (Bonferroni), so
//! that the bound holds for the one that is taken.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::eval::metrics::Judged;

/// Each share has so many times the tags of the one before.
const GROWTH: f64 = 1.5;

/// What can be promised of answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// So many of the tags are right, at least: from 0 to 1.
    pub precision: f64,
    /// How sure that is: from 0 to 1.
    pub confidence: f64,
    /// All tags of a document have to have this score.
    pub score: f64,
    /// The share of the documents that have.
    pub share: f64,
}

/// How a promise fares on other documents whose tags are known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// Documents that would be left alone, of all.
    pub share: f64,
    /// How many of their tags are right.
    pub right: usize,
    /// How many tags they have.
    pub given: usize,
    /// Between what and what the share of right ones lies.
    pub bounds: (f64, f64),
    /// Whether the promise can still be true.
    pub holds: bool,
}

impl Promise {
    /// How it fares on answers that it was not made on.
    #[must_use]
    pub fn kept(&self, judged: &[Judged]) -> Kept {
        let mut answers = Answers::new(judged);
        answers.by_score.retain(|answer| answer.0 >= self.score);
        let alone = answers.by_score.len();
        let (right, given) = answers.tags(alone);
        let error = 1.0 - self.confidence;
        let upper = upper_bound(right, given, error);
        Kept {
            share: count(alone) / count(judged.len().max(1)),
            right,
            given,
            bounds: (lower_bound(right, given, error), upper),
            holds: upper >= self.precision,
        }
    }
}

/// In a sentence.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            share,
            right,
            given,
            bounds: (low, high),
            ..
        } = self;
        write!(
            f,
            "{:.0} % of the documents would be left alone, and {right} of their {given} tags are \
             right (a precision from {low:.3} to {high:.3})",
            share * 100.0
        )
    }
}

/// A precision that cannot be promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not reachable with these {documents} documents; {}", .needed.map_or_else(
    || "more would not do, unless the answers were better".to_owned(),
    |needed| format!("about {needed} would do")
))]
pub struct Unreachable {
    /// How many there are.
    pub documents: usize,
    /// About so many would be enough, if they are like these.
    pub needed: Option<usize>,
}

/// Finds the lowest score that keeps the promise: of the tags of documents in which no tag has
/// less, the lower bound of the share of right ones is at least `precision`.
///
/// # Errors
/// [`Unreachable`] if there is none.
pub fn promise(judged: &[Judged], precision: f64, confidence: f64) -> Result<Promise, Unreachable> {
    let answers = Answers::new(judged);
    let sizes = answers.sizes(precision, 1.0 - confidence);
    let error = (1.0 - confidence) / count(sizes.len().max(1));
    let holds = |&&size: &&usize| {
        let (right, given) = answers.tags(size);
        lower_bound(right, given, error) >= precision
    };
    match sizes.iter().rev().find(holds) {
        Some(&size) => Ok(Promise {
            precision,
            confidence,
            score: answers.by_score[size - 1].0,
            share: count(size) / count(judged.len()),
        }),
        None => Err(Unreachable {
            documents: judged.len(),
            needed: answers.needed(judged.len(), precision, 1.0 - confidence),
        }),
    }
}

/// Answers with tags, best first.
pub(super) struct Answers {
    /// The least score of each, and how many of its tags are right, and how many there are.
    pub(super) by_score: Vec<(f64, usize, usize)>,
}

impl Answers {
    pub(super) fn new(judged: &[Judged]) -> Self {
        let with_tags = judged.iter().filter(|judged| !judged.found.is_empty());
        let mut by_score: Vec<(f64, usize, usize)> = with_tags
            .map(|judged| {
                let least = judged.scores.iter().copied().fold(1.0, f64::min);
                let counts = judged.counts();
                (least, counts.hits, counts.given)
            })
            .collect();
        by_score.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { by_score }
    }

    /// How many tags of the first so many answers are right, and how many there are.
    pub(super) fn tags(&self, size: usize) -> (usize, usize) {
        let first = &self.by_score[..size];
        first.iter().fold((0, 0), |(right, given), answer| {
            (right + answer.1, given + answer.2)
        })
    }

    /// The shares that are tried, as numbers of answers: from the least that could do. They do
    /// not depend on what is right. Answers with the same score stay together.
    fn sizes(&self, precision: f64, error: f64) -> Vec<usize> {
        let mut sizes = Vec::new();
        let mut wanted = least_tags(precision, error / 4.0);
        let mut given = 0;
        for (at, answer) in self.by_score.iter().enumerate() {
            given += answer.2;
            let is_end = at + 1 == self.by_score.len();
            if self.is_last(at) && (count(given) >= wanted || is_end && given > 0) {
                sizes.push(at + 1);
                wanted = count(given) * GROWTH;
            }
        }
        sizes
    }

    /// Whether the next answer, if there is one, has a lower score.
    pub(super) fn is_last(&self, at: usize) -> bool {
        let next = self.by_score.get(at + 1);
        next.is_none_or(|next| next.0 < self.by_score[at].0)
    }

    /// With how many documents like these it would be reachable, if that can be told.
    fn needed(&self, documents: usize, precision: f64, error: f64) -> Option<usize> {
        let sizes = self.sizes(precision, error);
        let shared = error / count(sizes.len().max(1));
        let enough = |times: usize, size: usize| {
            let (right, given) = self.tags(size);
            lower_bound(right * times, given * times, shared) >= precision
        };
        let halves: Vec<usize> = (1..=8).map(|part| self.by_score.len() * part / 8).collect();
        let times = (2..=20).find(|&times| {
            let tried = sizes.iter().chain(&halves).filter(|&&size| size > 0);
            tried
                .into_iter()
                .any(|&size| self.tags(size).1 >= 10 && enough(times, size))
        });
        times.map(|times| times * documents)
    }
}

/// So many tags are needed if all are right.
fn least_tags(precision: f64, error: f64) -> f64 {
    (error.ln() / precision.ln()).ceil()
}

/// The lower bound of a share of which `right` of `given` were seen: a lower share would show
/// so many with less than this probability.
pub(super) fn lower_bound(right: usize, given: usize, error: f64) -> f64 {
    if right == 0 {
        return 0.0;
    }
    bisect(|share| at_least(right, given, share) < error)
}

/// The upper bound, likewise.
fn upper_bound(right: usize, given: usize, error: f64) -> f64 {
    1.0 - lower_bound(given - right, given, error)
}

/// The share at which something that holds below does not hold any more.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The probability of at least `right` of `given` if each is right with probability `share`.
fn at_least(right: usize, given: usize, share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if right == 0 || share >= 1.0 { 1.0 } else { 0.0 };
    }
    let mut log_choose = 0.0;
    let mut sum = 0.0;
    // From all of them downwards.
    for wrong in 0..=(given - right) {
        if wrong > 0 {
            log_choose += (count(given - wrong + 1) / count(wrong)).ln();
        }
        let log = log_choose + count(given - wrong) * share.ln() + count(wrong) * (-share).ln_1p();
        sum += log.exp();
    }
    sum.min(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `scipy.stats.binomtest(k, n).proportion_ci(method="exact")` gives them, one-sided.
    #[test]
    fn bounds_are_those_of_clopper_and_pearson() {
        for (right, given, error, low, high) in [
            (59, 59, 0.05, 0.950_5, 1.0),
            (0, 10, 0.05, 0.0, 0.258_9),
            (8, 10, 0.025, 0.443_9, 0.974_8),
            (90, 100, 0.05, 0.836_3, 0.944_7),
        ] {
            assert!(
                (lower_bound(right, given, error) - low).abs() < 1e-4,
                "{right}/{given}"
            );
            assert!(
                (upper_bound(right, given, error) - high).abs() < 1e-4,
                "{right}/{given}"
            );
        }
    }

    /// Answers of one tag that is right as often as its score says.
    fn answers(n: usize, seed: u64, right: impl Fn(f64) -> f64) -> Vec<Judged> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let answer = |_| {
            let score = rng.f64();
            let is_right = rng.f64() < right(score);
            Judged {
                gold: vec![usize::from(!is_right)],
                found: vec![0],
                scores: vec![score],
                ..Judged::default()
            }
        };
        (0..n).map(answer).collect()
    }

    #[test]
    fn what_is_promised_is_kept() {
        let right = |score: f64| 0.5 + score / 2.0;
        let mut kept = 0;
        let mut made = 0;
        for seed in 0..200 {
            let Ok(promise) = promise(&answers(1500, seed, right), 0.9, 0.95) else {
                continue;
            };
            made += 1;
            // The mean over the scores from there up.
            let truth = f64::midpoint(right(promise.score), 1.0);
            kept += usize::from(truth >= 0.9);
        }
        assert!(made > 100, "{made}");
        assert!(kept * 100 >= made * 95, "{kept} of {made}");
    }

    #[test]
    fn what_cannot_be_promised_is_said() {
        let few = promise(&answers(30, 1, |_| 1.0), 0.95, 0.95).unwrap_err();
        assert_eq!((few.documents, few.needed), (30, Some(60)));
        let bad = promise(&answers(400, 1, |_| 0.5), 0.95, 0.95).unwrap_err();
        assert_eq!(bad.needed, None);
        assert!(bad.to_string().ends_with("unless the answers were better"));
        assert!(promise(&[], 0.9, 0.95).is_err());
    }
}
