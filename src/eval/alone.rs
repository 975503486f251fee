//! How many documents can be left alone if some of their tags may be wrong.

use crate::eval::metrics::Judged;
use crate::eval::promise::{Answers, count, lower_bound, promise};

/// So many of the tags may be wrong.
const ERRORS: [f64; 3] = [0.01, 0.05, 0.1];

/// How sure the bounds are.
const CONFIDENCE: f64 = 0.95;

/// What leaving documents alone would do: those in which no tag has less than a score.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftAlone {
    /// For each score that makes a difference, highest first, the share of the documents, the
    /// precision of their tags, and its lower bound.
    pub curve: Vec<(f64, f64, f64)>,
    /// If 1, 5 and 10 % of the tags may be wrong.
    pub rows: Vec<Alone>,
}

/// Documents that can be left alone if so many of their tags may be wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alone {
    /// How many of the tags may be wrong: from 0 to 1.
    pub error: f64,
    /// The largest set of documents with no more wrong tags than that, as they were seen: the
    /// score that all of their tags have; `None` if there is no such set.
    pub score: Option<f64>,
    /// Its share of the documents.
    pub share: f64,
    /// How many of its tags are right.
    pub right: usize,
    /// How many there are.
    pub given: usize,
    /// The lower bound of their precision (Clopper and Pearson) at 95 % confidence. The set was
    /// chosen by these same documents: this is no promise.
    pub low: f64,
    /// The share of the documents for which the precision could be promised
    /// ([`promise()`]) with 95 % confidence.
    pub promised: f64,
}

/// What leaving documents alone would do; `None` without tags with scores.
#[must_use]
pub fn left_alone(judged: &[Judged]) -> Option<LeftAlone> {
    let has_scores = |judged: &Judged| judged.scores.len() == judged.found.len();
    let answers = Answers::new(judged);
    if answers.by_score.is_empty() || !judged.iter().all(has_scores) {
        return None;
    }
    let all = count(judged.len());
    let mut sets = Vec::new();
    let (mut right, mut given) = (0, 0);
    for (at, answer) in answers.by_score.iter().enumerate() {
        right += answer.1;
        given += answer.2;
        if answers.is_last(at) {
            sets.push((at + 1, right, given));
        }
    }
    let low = |right, given| lower_bound(right, given, 1.0 - CONFIDENCE);
    let row = |error: f64| {
        let fits = |&&(_, right, given): &&(usize, usize, usize)| {
            // Nine of ten are one wrong of ten, whatever rounding makes of it.
            count(given - right) <= error * count(given) + 1e-9
        };
        let set = sets.iter().rev().find(fits);
        let (size, right, given) = set.copied().unwrap_or_default();
        let promise = promise(judged, 1.0 - error, CONFIDENCE);
        Alone {
            error,
            score: set.map(|&(size, ..)| answers.by_score[size - 1].0),
            share: count(size) / all,
            right,
            given,
            low: low(right, given),
            promised: promise.map_or(0.0, |promise| promise.share),
        }
    };
    let point = |&(size, right, given): &(usize, usize, usize)| {
        let precision = count(right) / count(given);
        (count(size) / all, precision, low(right, given))
    };
    Some(LeftAlone {
        curve: sets.iter().map(point).collect(),
        rows: ERRORS.map(row).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(score: f64, is_right: bool) -> Judged {
        Judged {
            gold: vec![usize::from(!is_right)],
            found: vec![0],
            scores: vec![score],
            ..Judged::default()
        }
    }

    #[test]
    fn the_largest_set_with_few_enough_wrong_tags_is_found() {
        // Right down to 0.5, then every other one wrong; ten documents have no tag.
        let mut all: Vec<Judged> = (0..60)
            .map(|i| judged(0.99 - f64::from(i) / 200.0, true))
            .collect();
        all.extend((0..30).map(|i| judged(0.4 - f64::from(i) / 100.0, i % 2 == 0)));
        all.extend((0..10).map(|_| Judged {
            gold: vec![0],
            ..Judged::default()
        }));
        let alone = left_alone(&all).unwrap();
        let row = |at: usize| {
            let Alone {
                share,
                right,
                given,
                ..
            } = alone.rows[at];
            (share, right, given)
        };
        assert_eq!(row(0), (0.61, 61, 61));
        // Three wrong of 66, seven of 75: one more would be too many.
        assert_eq!(row(1), (0.67, 64, 67));
        assert_eq!(row(2), (0.75, 68, 75));
        // 61 right ones are enough to promise 0.9, and not 0.99.
        assert!(alone.rows[0].promised < 1e-9 && alone.rows[2].promised > 0.4);
        assert_eq!(alone.curve.len(), 90);
        assert!(alone.rows[0].low > 0.95 && alone.rows[0].low < 0.96);
    }

    #[test]
    fn without_scores_nothing_can_be_left_alone() {
        let plain = Judged {
            scores: Vec::new(),
            ..judged(1.0, true)
        };
        assert_eq!(left_alone(&[plain]), None);
        assert_eq!(left_alone(&[]), None);
        let wrong = left_alone(&[judged(0.9, false)]).unwrap();
        assert_eq!((wrong.rows[2].score, wrong.rows[2].share), (None, 0.0));
    }
}
