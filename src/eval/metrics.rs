//! How good a set of answers is, in eleven numbers.
//!
//! They are defined as in scikit-learn (`precision_recall_fscore_support`,
//! `jaccard_score`, `accuracy_score` on indicator matrices), after Tsoumakas, Katakis
//! and Vlahavas, "Mining Multi-label Data" (2010), and are held against it in the tests.
//!
//! Where there is nothing to divide by:
//! - a tag that is right in no document has no part in the macro averages;
//! - precision without a given tag, recall without a gold tag and F1 without either
//!   are 0 (`zero_division=0`);
//! - a document without gold tags that gets none is right: an exact match, its Jaccard
//!   index 1, its first answer right (`zero_division=1`).

use std::ops::{AddAssign, Index};

/// One document: what it should get and what it got, by places in the tag list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The right tags.
    pub gold: Vec<usize>,
    /// Tags that would be right as well.
    pub ok: Vec<usize>,
    /// The tags it got, best first, none twice.
    pub found: Vec<usize>,
    /// The probability of each of them; empty where there are no scores.
    pub scores: Vec<f64>,
}

impl Judged {
    /// Whether a tag is one of the right ones.
    #[must_use]
    pub fn is_gold(&self, tag: usize) -> bool {
        self.gold.contains(&tag)
    }

    /// Whether a tag can be defended.
    #[must_use]
    pub fn is_fine(&self, tag: usize) -> bool {
        self.is_gold(tag) || self.ok.contains(&tag)
    }

    /// Whether it got the right tags and no others.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.found.len() == self.gold.len() && self.found.iter().all(|&tag| self.is_gold(tag))
    }

    /// The share of tags that gold and answer have in common, of all that either has.
    #[must_use]
    pub fn jaccard(&self) -> f64 {
        let Counts { hits, given, gold } = self.counts();
        let all = given + gold - hits;
        if all == 0 { 1.0 } else { ratio(hits, all) }
    }

    /// Its part in the micro-averages.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let right = |&&tag: &&usize| self.is_gold(tag);
        Counts {
            hits: self.found.iter().filter(right).count(),
            given: self.found.len(),
            gold: self.gold.len(),
        }
    }

    /// What a first tag is worth: nothing given is right where nothing is to be given.
    fn first(&self) -> bool {
        match self.found.first() {
            Some(&tag) => self.is_gold(tag),
            None => self.gold.is_empty(),
        }
    }

    /// Whether at least one tag can be defended.
    fn hit(&self) -> bool {
        self.found.iter().any(|&tag| self.is_fine(tag))
            || self.found.is_empty() && self.gold.is_empty()
    }
}

/// Decisions that were counted: of one document, of one tag, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tags that were given and are right.
    pub hits: usize,
    /// Tags that were given.
    pub given: usize,
    /// Tags that are right.
    pub gold: usize,
}

impl Counts {
    /// How many of the given tags are right.
    #[must_use]
    pub fn precision(self) -> f64 {
        ratio(self.hits, self.given)
    }

    /// How many of the right tags were given.
    #[must_use]
    pub fn recall(self) -> f64 {
        ratio(self.hits, self.gold)
    }

    /// The harmonic mean of both.
    #[must_use]
    pub fn f1(self) -> f64 {
        ratio(2 * self.hits, self.given + self.gold)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.given += other.given;
        self.gold += other.gold;
    }
}

/// A part of a whole; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// One of the eleven numbers, all from 0 to 1, all better when higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// F1 over all decisions.
    MicroF1,
    /// Precision over all decisions.
    MicroPrecision,
    /// Recall over all decisions.
    MicroRecall,
    /// The mean of the tags' F1; of those that are right somewhere.
    MacroF1,
    /// The mean of the tags' precision.
    MacroPrecision,
    /// The mean of the tags' recall.
    MacroRecall,
    /// Documents that got the right tags and no others.
    Exact,
    /// The documents' mean Jaccard index.
    Jaccard,
    /// Documents whose first tag is right (precision@1).
    First,
    /// Given tags that are right or can be defended.
    PrecisionOk,
    /// Documents with at least one tag that is right or can be defended.
    HitOk,
}

impl Metric {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::MicroF1,
        Self::MicroPrecision,
        Self::MicroRecall,
        Self::MacroF1,
        Self::MacroPrecision,
        Self::MacroRecall,
        Self::Exact,
        Self::Jaccard,
        Self::First,
        Self::PrecisionOk,
        Self::HitOk,
    ];

    /// Its name for scripts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::MicroF1 => "micro_f1",
            Self::MicroPrecision => "micro_precision",
            Self::MicroRecall => "micro_recall",
            Self::MacroF1 => "macro_f1",
            Self::MacroPrecision => "macro_precision",
            Self::MacroRecall => "macro_recall",
            Self::Exact => "exact_match",
            Self::Jaccard => "jaccard",
            Self::First => "precision_at_1",
            Self::PrecisionOk => "precision_with_ok",
            Self::HitOk => "hit_with_ok",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::MicroF1 => "micro F1",
            Self::MicroPrecision => "micro precision",
            Self::MicroRecall => "micro recall",
            Self::MacroF1 => "macro F1",
            Self::MacroPrecision => "macro precision",
            Self::MacroRecall => "macro recall",
            Self::Exact => "exact match",
            Self::Jaccard => "Jaccard",
            Self::First => "precision@1",
            Self::PrecisionOk => "precision with ok",
            Self::HitOk => "hit with ok",
        }
    }
}

/// All eleven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics([f64; Metric::ALL.len()]);

impl Index<Metric> for Metrics {
    type Output = f64;

    fn index(&self, metric: Metric) -> &f64 {
        &self.0[metric as usize]
    }
}

/// Measures documents that are tagged from a list of so many tags.
#[must_use]
pub fn metrics<'j>(judged: impl IntoIterator<Item = &'j Judged>, tags: usize) -> Metrics {
    let mut by_tag = vec![Counts::default(); tags];
    let mut micro = Counts::default();
    let (mut documents, mut exact, mut first, mut hit, mut fine) = (0, 0, 0, 0, 0);
    let mut jaccard = 0.0;
    for judged in judged {
        documents += 1;
        micro += judged.counts();
        count_tags(judged, &mut by_tag);
        exact += usize::from(judged.is_exact());
        first += usize::from(judged.first());
        hit += usize::from(judged.hit());
        let defended = judged.found.iter().filter(|&&tag| judged.is_fine(tag));
        fine += defended.count();
        jaccard += judged.jaccard();
    }
    // A tag that is right nowhere cannot be found.
    by_tag.retain(|counts| counts.gold > 0);
    let mean = |of: fn(Counts) -> f64| {
        // Not `sum`: that of nothing is -0.
        let sum = by_tag.iter().fold(0.0, |sum, &counts| sum + of(counts));
        sum * ratio(1, by_tag.len())
    };
    Metrics(Metric::ALL.map(|metric| match metric {
        Metric::MicroF1 => micro.f1(),
        Metric::MicroPrecision => micro.precision(),
        Metric::MicroRecall => micro.recall(),
        Metric::MacroF1 => mean(Counts::f1),
        Metric::MacroPrecision => mean(Counts::precision),
        Metric::MacroRecall => mean(Counts::recall),
        Metric::Exact => ratio(exact, documents),
        Metric::Jaccard => jaccard * ratio(1, documents),
        Metric::First => ratio(first, documents),
        Metric::PrecisionOk => ratio(fine, micro.given),
        Metric::HitOk => ratio(hit, documents),
    }))
}

/// Adds a document to the counts of its tags.
pub(super) fn count_tags(judged: &Judged, by_tag: &mut [Counts]) {
    for &tag in &judged.gold {
        by_tag[tag].gold += 1;
    }
    for &tag in &judged.found {
        by_tag[tag].given += 1;
        by_tag[tag].hits += usize::from(judged.is_gold(tag));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(gold: &[usize], ok: &[usize], found: &[usize]) -> Judged {
        Judged {
            gold: gold.to_vec(),
            ok: ok.to_vec(),
            found: found.to_vec(),
            scores: Vec::new(),
        }
    }

    #[track_caller]
    fn assert_metrics(judged: &[Judged], expected: [f64; 11]) {
        let metrics = metrics(judged, 5);
        for (metric, expected) in Metric::ALL.into_iter().zip(expected) {
            let (name, actual) = (metric.key(), metrics[metric]);
            assert!((actual - expected).abs() < 1e-12, "{name}: {actual}");
        }
    }

    /// Two documents: 0 is found, 1 missed, 2 too much; 3 is right.
    #[test]
    fn two_documents_can_be_counted_by_hand() {
        let documents = [judged(&[0, 1], &[2], &[2, 0]), judged(&[3], &[], &[3])];
        // 2 hits of 3 given and 3 gold; tags 0 and 3 at 1, tag 1 at 0.
        let (two_thirds, half) = (2.0 / 3.0, 0.5);
        assert_metrics(
            &documents,
            [
                two_thirds,
                two_thirds,
                two_thirds,
                two_thirds,
                two_thirds,
                two_thirds,
                half,
                f64::midpoint(1.0 / 3.0, 1.0),
                half,
                1.0,
                1.0,
            ],
        );
    }

    #[test]
    fn nothing_to_give_and_nothing_given_is_right() {
        assert_metrics(
            &[judged(&[], &[], &[])],
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0],
        );
    }

    #[test]
    fn nothing_given_where_something_is_right_is_wrong() {
        assert_metrics(&[judged(&[1], &[2], &[])], [0.0; 11]);
        assert_metrics(&[judged(&[], &[], &[1])], [0.0; 11]);
    }

    #[test]
    fn each_metric_stands_at_its_own_place() {
        assert!(
            Metric::ALL
                .iter()
                .enumerate()
                .all(|(i, &m)| m as usize == i)
        );
    }

    #[test]
    fn no_documents_give_zeros() {
        assert_metrics(&[], [0.0; 11]);
        let none = metrics(&[judged(&[], &[], &[])], 5);
        assert!(
            Metric::ALL
                .iter()
                .all(|&metric| none[metric].is_sign_positive())
        );
    }
}
