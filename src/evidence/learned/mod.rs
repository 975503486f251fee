//! What documents whose tags are known teach about a list: a linear model for each tag, on the
//! words of a text and on its vector, added to what is known of the text without it.

mod fit;
mod logistic;

use std::collections::{BTreeMap, HashMap};

use xxhash_rust::xxh3::Xxh3;

pub use crate::evidence::learned::fit::{Giving, Lesson, MIN_LESSONS, learn};
use crate::evidence::vectors::Gist;

/// For each tag of a list a linear model: natural-log odds to be added to others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    pub(super) tags: usize,
    /// The rows of the terms, by their hashes.
    pub(super) terms: HashMap<u64, usize>,
    /// The length of a text's own vector: a row for each of its numbers follows those of the
    /// terms, and one that is always added.
    pub(super) width: usize,
    /// A row for each of these, with a number for each tag.
    pub(super) weights: Vec<f32>,
    /// What the documents that it was learned from get, by the hashes of their texts, if they
    /// are not learned from themselves (cross-validation).
    pub(super) held_out: HashMap<u64, Vec<f32>>,
}

/// All that is in it, for a file; terms by their rows, documents by their hashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// How many tags the list has.
    pub tags: usize,
    /// The terms' hashes, one a row.
    pub terms: Vec<u64>,
    /// A row of weights for each term, for each number of a text's own vector, and one that is
    /// always added: one weight a tag.
    pub weights: Vec<f32>,
    /// The hashes of the texts that it was learned from.
    pub texts: Vec<u64>,
    /// For each of them a row: what each tag gets if it is not learned from itself.
    pub held_out: Vec<f32>,
}

impl Learned {
    /// Puts parts together; `None` if they do not go together.
    #[must_use]
    pub fn from_parts(parts: Parts) -> Option<Self> {
        let Parts {
            tags,
            terms,
            weights,
            texts,
            held_out,
        } = parts;
        let rows = weights.len().checked_div(tags)?;
        let width = rows.checked_sub(terms.len() + 1)?;
        let is_whole = weights.len() == rows * tags && held_out.len() == texts.len() * tags;
        let is_finite = weights.iter().chain(&held_out).all(|x| x.is_finite());
        if !is_whole || !is_finite {
            return None;
        }
        let (count, documents) = (terms.len(), texts.len());
        let terms: HashMap<u64, usize> = terms.into_iter().zip(0..).collect();
        let rows = held_out.chunks_exact(tags).map(<[f32]>::to_vec);
        let held_out: HashMap<u64, Vec<f32>> = texts.into_iter().zip(rows).collect();
        (terms.len() == count && held_out.len() == documents).then_some(Self {
            tags,
            terms,
            width,
            weights,
            held_out,
        })
    }

    /// All that is in it, in an order that depends on it alone.
    #[must_use]
    pub fn to_parts(&self) -> Parts {
        let mut terms = vec![0; self.terms.len()];
        for (&term, &row) in &self.terms {
            terms[row] = term;
        }
        let held_out: BTreeMap<_, _> = self.held_out.iter().collect();
        Parts {
            tags: self.tags,
            terms,
            weights: self.weights.clone(),
            texts: held_out.keys().map(|&&text| text).collect(),
            held_out: held_out
                .values()
                .flat_map(|row| row.iter().copied())
                .collect(),
        }
    }

    /// What it is told from others by: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> String {
        let Parts {
            terms,
            weights,
            texts,
            ..
        } = self.to_parts();
        let mut hash = Xxh3::new();
        for number in terms.iter().chain(&texts) {
            hash.update(&number.to_le_bytes());
        }
        for weight in weights {
            hash.update(&weight.to_le_bytes());
        }
        format!("{:016x}", hash.digest())
    }

    /// For how many tags it was learned.
    #[must_use]
    pub fn tags(&self) -> usize {
        self.tags
    }

    /// From how many documents it was learned.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.held_out.len()
    }

    /// Whether it was learned from this text.
    #[must_use]
    pub fn knows(&self, text: &Gist) -> bool {
        self.held_out.contains_key(&text.hash)
    }

    /// For each tag in list order what is added to its natural-log odds.
    #[must_use]
    pub fn odds(&self, text: &Gist) -> Vec<f32> {
        let features = self.features(text);
        logistic::add(vec![0.0; self.tags], &features, &self.weights)
    }

    /// The same of a text that it was learned from, as if it had been learned from the others
    /// alone: what it is worth shows on texts that it does not know.
    #[must_use]
    pub fn held_out_odds(&self, text: &Gist) -> Vec<f32> {
        let known = self.held_out.get(&text.hash);
        known.cloned().unwrap_or_else(|| self.odds(text))
    }

    /// A text's features: the terms that there are weights for, its vector, and what is always
    /// there.
    fn features(&self, text: &Gist) -> Vec<(usize, f32)> {
        let terms = text.terms.iter();
        let terms = terms.filter_map(|(term, value)| Some((*self.terms.get(term)?, *value)));
        let first = self.terms.len();
        let vector = (first..).zip(text.sum.iter().copied()).take(self.width);
        let always = (first + self.width, 1.0);
        terms.chain(vector).chain([always]).collect()
    }

    /// Adds an earlier one for the same list, on the odds of which this one was learned.
    fn after(mut self, earlier: &Self) -> Self {
        let (mine, before, tags) = (self.to_parts(), earlier.to_parts(), self.tags);
        let mut rows: BTreeMap<u64, Vec<f32>> = BTreeMap::new();
        let mut rest = vec![0.0; (self.width + 1) * tags];
        for parts in [&before, &mine] {
            let (of_terms, others) = parts.weights.split_at(parts.terms.len() * tags);
            for (&term, more) in parts.terms.iter().zip(of_terms.chunks_exact(tags)) {
                add(rows.entry(term).or_insert_with(|| vec![0.0; tags]), more);
            }
            add(&mut rest, others);
        }
        self.terms = rows.keys().copied().zip(0..).collect();
        self.weights = rows.into_values().flatten().chain(rest).collect();
        for (&text, odds) in &earlier.held_out {
            self.held_out.entry(text).or_insert_with(|| odds.clone());
        }
        self
    }
}

fn add(sums: &mut [f32], more: &[f32]) {
    sums.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}
