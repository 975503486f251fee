//! Tag by tag: how well each one is found, and which are taken for which.

use std::collections::BTreeMap;

use crate::eval::metrics::{Counts, Judged, count_tags};

/// How well one tag is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// Its place in the list.
    pub tag: usize,
    /// How often it is right, was given, and both.
    pub counts: Counts,
}

/// Each tag that is right or was given somewhere: those that are right most often
/// first, then in list order.
#[must_use]
pub fn tag_rows(judged: &[Judged], tags: usize) -> Vec<TagRow> {
    let mut by_tag = vec![Counts::default(); tags];
    for judged in judged {
        count_tags(judged, &mut by_tag);
    }
    let rows = by_tag.into_iter().enumerate();
    let mut rows: Vec<TagRow> = rows
        .map(|(tag, counts)| TagRow { tag, counts })
        .filter(|row| row.counts.gold + row.counts.given > 0)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.counts.gold));
    rows
}

/// A tag that was missed where another one was given wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// The right tag that was not given.
    pub missed: usize,
    /// The tag that was given and is not right.
    pub given: usize,
    /// In how many documents.
    pub documents: usize,
}

/// All such pairs, the most frequent first, then in list order. Where a document
/// misses several tags or has several wrong ones, each pair of them counts: with
/// several tags a document, nobody can say which one stands for which.
#[must_use]
pub fn confusions(judged: &[Judged]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for judged in judged {
        let missed = judged.gold.iter().filter(|tag| !judged.found.contains(tag));
        for &missed in missed {
            for &given in judged.found.iter().filter(|&&tag| !judged.is_gold(tag)) {
                *pairs.entry((missed, given)).or_default() += 1;
            }
        }
    }
    let pairs = pairs.into_iter();
    let mut confusions: Vec<Confusion> = pairs
        .map(|((missed, given), documents)| Confusion {
            missed,
            given,
            documents,
        })
        .collect();
    confusions.sort_by_key(|pair| std::cmp::Reverse(pair.documents));
    confusions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(gold: &[usize], found: &[usize]) -> Judged {
        Judged {
            gold: gold.to_vec(),
            found: found.to_vec(),
            ..Judged::default()
        }
    }

    #[test]
    fn tags_are_counted_and_sorted_by_how_often_they_are_right() {
        let documents = [judged(&[2, 1], &[2]), judged(&[2], &[0, 2])];
        let rows = tag_rows(&documents, 5);
        let tags: Vec<usize> = rows.iter().map(|row| row.tag).collect();
        assert_eq!(tags, [2, 1, 0]);
        let (hits, given, gold) = (2, 2, 2);
        assert_eq!(rows[0].counts, Counts { hits, given, gold });
        assert!(rows[2].counts.recall().abs() < f64::EPSILON);
    }

    #[test]
    fn a_missed_tag_is_paired_with_each_wrong_one() {
        let documents = [
            judged(&[0, 1], &[2, 0]),
            judged(&[1], &[2, 3]),
            judged(&[1], &[]),
        ];
        let pairs: Vec<_> = confusions(&documents)
            .iter()
            .map(|c| (c.missed, c.given, c.documents))
            .collect();
        assert_eq!(pairs, [(1, 2, 2), (1, 3, 1)]);
    }
}
