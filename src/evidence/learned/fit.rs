//! From documents whose tags are known to weights, and how much of them holds for others.

use std::collections::HashMap;

use crate::evidence::learned::Learned;
use crate::evidence::learned::logistic::{Example, fit};
use crate::evidence::vectors::Gist;

/// Fewer documents teach too little to tell whether they teach anything.
pub const MIN_LESSONS: usize = 20;

/// At most so many terms have weights, those of most documents: at 500 tags 16 MB in a file.
const MOST_TERMS: usize = 1 << 14;

/// Parts for cross-validation; of so many documents fewer are enough.
const FOLDS: usize = 5;
const MANY: usize = 2000;
const FEW_FOLDS: usize = 2;

/// How loud what was learned is beside a model. Of 20 or 40 READMEs with names that the built-in
/// model knows, more did harm (docs/learn.md).
const BESIDE_A_MODEL: f32 = 0.5;

/// The parts are the same in every run.
const SEED: u64 = 1;

/// A document whose tags are known.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What the vectors see of it.
    pub gist: Gist,
    /// For each tag in list order the natural-log odds that it has without what is learned.
    pub known: Vec<f32>,
    /// The right tags, places in the list.
    pub gold: Vec<usize>,
}

/// Which tags documents get.
#[derive(Clone, Copy, Debug)]
pub struct Giving {
    /// At most so many each.
    pub most: usize,
    /// Without what is learned, so many in all, since a model decides when to stop; `None` if
    /// no model does: then tags with odds above 0 are given.
    pub now: Option<usize>,
}

/// How the odds that are known are turned into those that a tag is right: a line.
#[derive(Clone, Copy, Debug)]
struct Line {
    slope: f64,
    bias: f64,
}

/// Learns from documents with tags of a list of so many.
///
/// All odds are moved to where most of the tags that are then given are right (the best
/// micro-F1 in cross-validation), or, beside a model, to where as many are given as now.
///
/// A tag that none of the documents has is moved with the others, and otherwise left as it is.
/// What was learned `earlier` for the same list is gone on from.
#[must_use]
pub fn learn(
    lessons: &[Lesson],
    tags: usize,
    giving: Giving,
    earlier: Option<&Learned>,
) -> Learned {
    let Some(earlier) = earlier else {
        return learn_anew(lessons, tags, giving);
    };
    let before: Vec<Vec<f32>> = (lessons.iter())
        .map(|lesson| earlier.held_out_odds(&lesson.gist))
        .collect();
    let of = |(lesson, before): (&Lesson, &Vec<f32>)| Lesson {
        known: sums(&lesson.known, before),
        ..lesson.clone()
    };
    let known: Vec<Lesson> = lessons.iter().zip(&before).map(of).collect();
    let mut learned = learn_anew(&known, tags, giving);
    for (lesson, before) in lessons.iter().zip(&before) {
        if let Some(odds) = learned.held_out.get_mut(&lesson.gist.hash) {
            *odds = sums(odds, before);
        }
    }
    learned.after(earlier)
}

fn sums(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn learn_anew(lessons: &[Lesson], tags: usize, giving: Giving) -> Learned {
    let width = lessons.first().map_or(0, |lesson| lesson.gist.sum.len());
    let mut learned = Learned {
        tags,
        terms: terms(lessons),
        width,
        ..Learned::default()
    };
    let task = Task::new(lessons, &learned);
    let all: Vec<usize> = (0..lessons.len()).collect();
    learned.weights = task.weights(&all);
    let folds = if lessons.len() > MANY {
        FEW_FOLDS
    } else {
        FOLDS
    };
    let mut order = all;
    fastrand::Rng::with_seed(SEED).shuffle(&mut order);
    let mut held_out = vec![Vec::new(); lessons.len()];
    for fold in 0..folds {
        let (mine, others): (Vec<_>, Vec<_>) =
            (0..order.len()).partition(|place| place % folds == fold);
        let document = |places: Vec<usize>| places.into_iter().map(|place| order[place]);
        let weights = task.weights(&document(others).collect::<Vec<_>>());
        for document in document(mine) {
            held_out[document] = task.odds(document, &weights);
        }
    }
    if giving.now.is_some() {
        let all = learned.weights.iter_mut();
        all.chain(held_out.iter_mut().flatten())
            .for_each(|odds| *odds *= BESIDE_A_MODEL);
    }
    let shift = best_shift(lessons, &held_out, giving);
    let always = learned.weights.len() - tags;
    let weights = learned.weights[always..].iter_mut();
    weights.for_each(|weight| *weight += shift);
    held_out
        .iter_mut()
        .flatten()
        .for_each(|odds| *odds += shift);
    let texts = lessons.iter().map(|lesson| lesson.gist.hash);
    learned.held_out = texts.zip(held_out).collect();
    learned
}

/// The terms of most documents, with their rows.
fn terms(lessons: &[Lesson]) -> HashMap<u64, usize> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    let all = lessons.iter().flat_map(|lesson| &lesson.gist.terms);
    for &(term, _) in all {
        *counts.entry(term).or_insert(0) += 1;
    }
    let mut counts: Vec<(u64, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|&(term, count)| (std::cmp::Reverse(count), term));
    let most = counts.iter().take(MOST_TERMS);
    most.map(|&(term, _)| term).zip(0..).collect()
}

/// What is learned from, as numbers.
struct Task {
    tags: usize,
    rows: usize,
    /// The tags that a document has.
    taught: Vec<usize>,
    line: Line,
    features: Vec<Vec<(usize, f32)>>,
    /// For each document what is known of the taught tags, and whether they are right.
    known: Vec<Vec<f32>>,
    right: Vec<Vec<bool>>,
}

impl Task {
    fn new(lessons: &[Lesson], learned: &Learned) -> Self {
        let mut is_taught = vec![false; learned.tags];
        for &tag in lessons.iter().flat_map(|lesson| &lesson.gold) {
            is_taught[tag] = true;
        }
        let taught: Vec<usize> = (0..learned.tags).filter(|&tag| is_taught[tag]).collect();
        let line = line(lessons);
        #[expect(clippy::cast_possible_truncation, reason = "odds")]
        let known = |lesson: &Lesson| {
            let odds = taught.iter().map(|&tag| f64::from(lesson.known[tag]));
            odds.map(|odds| (line.slope * odds + line.bias) as f32)
                .collect()
        };
        let right = |lesson: &Lesson| taught.iter().map(|tag| lesson.gold.contains(tag)).collect();
        Self {
            tags: learned.tags,
            rows: learned.terms.len() + learned.width + 1,
            features: lessons.iter().map(|l| learned.features(&l.gist)).collect(),
            known: lessons.iter().map(known).collect(),
            right: lessons.iter().map(right).collect(),
            taught,
            line,
        }
    }

    /// The weights that some of the documents teach, in the unit of the odds that are known.
    fn weights(&self, documents: &[usize]) -> Vec<f32> {
        let example = |&document: &usize| Example {
            features: &self.features[document],
            known: &self.known[document],
            right: &self.right[document],
        };
        let examples: Vec<Example> = documents.iter().map(example).collect();
        let taught = fit(&examples, self.rows, self.taught.len());
        #[expect(clippy::cast_possible_truncation, reason = "a slope")]
        let slope = self.line.slope as f32;
        let mut weights = vec![0.0; self.rows * self.tags];
        for row in 0..self.rows {
            for (at, tag) in self.taught.iter().enumerate() {
                weights[row * self.tags + tag] = taught[row * self.taught.len() + at] / slope;
            }
        }
        weights
    }

    fn odds(&self, document: usize, weights: &[f32]) -> Vec<f32> {
        super::logistic::add(vec![0.0; self.tags], &self.features[document], weights)
    }
}

/// Platt scaling of the odds that are known, all tags of all documents together, drawn a little
/// towards the line that changes nothing; by Newton's method.
fn line(lessons: &[Lesson]) -> Line {
    let pairs = || {
        lessons.iter().flat_map(|lesson| {
            let odds = lesson.known.iter().enumerate();
            odds.map(|(tag, &odds)| (f64::from(odds), lesson.gold.contains(&tag)))
        })
    };
    let (mut slope, mut bias) = (1.0_f64, 0.0_f64);
    for _ in 0..20 {
        let mut gradient = [slope - 1.0, bias];
        let [mut a, mut b, mut c] = [1.0, 0.0, 1.0];
        for (odds, right) in pairs() {
            let p = 1.0 / (1.0 + (-(slope * odds + bias)).exp());
            let (error, weight) = (p - f64::from(u8::from(right)), p * (1.0 - p));
            gradient[0] += error * odds;
            gradient[1] += error;
            a += weight * odds * odds;
            b += weight * odds;
            c += weight;
        }
        let determinant = a * c - b * b;
        let step = [
            (c * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - b * gradient[0]) / determinant,
        ];
        // A whole step can lead too far while most probabilities are next to 0 or 1.
        let most = step.iter().fold(1.0_f64, |most, step| most.max(step.abs()));
        slope -= step[0] / most;
        bias -= step[1] / most;
    }
    // What is more probable stays so, whatever a few odd documents say.
    Line {
        slope: slope.clamp(0.2, 5.0),
        bias,
    }
}

/// What is best added to all odds. A model decides by itself when to stop: beside one, as many
/// tags are given as now.
fn best_shift(lessons: &[Lesson], learned: &[Vec<f32>], giving: Giving) -> f32 {
    let best = best_odds(lessons, |document| &learned[document], giving.most);
    if let Some(given) = giving.now {
        let nothing = vec![0.0; lessons.first().map_or(0, |lesson| lesson.known.len())];
        let now = best_odds(lessons, |_| &nothing, giving.most);
        let least = |best: &[(f32, bool)]| best.get(given.max(1) - 1).map(|&(odds, _)| odds);
        return least(&now)
            .zip(least(&best))
            .map_or(0.0, |(now, then)| now - then);
    }
    let gold: usize = lessons.iter().map(|lesson| lesson.gold.len()).sum();
    let mut right: usize = 0;
    let mut scores: Vec<(f64, f32)> = Vec::new();
    for (given, &(odds, is_right)) in best.iter().enumerate() {
        right += usize::from(is_right);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let f1 = 2.0 * right as f64 / (given + 1 + gold) as f64;
        scores.push((f1, odds));
    }
    let highest = scores.iter().map(|&(f1, _)| f1).fold(0.0, f64::max);
    // The middle of what is as good: the very best is that of these documents by chance.
    let as_good = scores.iter().filter(|&&(f1, _)| f1 >= highest - 0.003);
    let odds: Vec<f32> = as_good.map(|&(_, odds)| odds).collect();
    odds.get(odds.len() / 2).map_or(0.0, |odds| -odds)
}

/// The odds of each document's best tags, highest first, with whether they are right: only
/// these can be given, wherever the line is drawn.
fn best_odds<'l>(
    lessons: &[Lesson],
    learned: impl Fn(usize) -> &'l Vec<f32>,
    most: usize,
) -> Vec<(f32, bool)> {
    let mut best: Vec<(f32, bool)> = Vec::new();
    for (document, lesson) in lessons.iter().enumerate() {
        let odds = sums(&lesson.known, learned(document));
        let mut odds: Vec<(f32, usize)> = odds.into_iter().zip(0..).collect();
        odds.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let given = odds.iter().take(most);
        best.extend(given.map(|&(odds, tag)| (odds, lesson.gold.contains(&tag))));
    }
    best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    best
}
