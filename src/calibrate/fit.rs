//! What a score is worth, and below which a tag is better left out, learned from answers
//! whose right tags are known.

use crate::decide::{Correction, Decision, Scale, log_odds};
use crate::eval::{Comparison, Counts, Estimate, Judged, Metric, calibration, compare, estimates};

/// Parts that the documents are cut into: what is learned on the others is measured on each.
pub const FOLDS: usize = 5;
/// Fewer documents teach nothing.
pub const MIN_DOCUMENTS: usize = 20;
/// A scale needs so many given tags that are right, and so many that are wrong.
pub const MIN_EACH: usize = 10;
/// A tag gets a threshold of its own where it was given so many times; else the one of all.
pub const MIN_OF_A_TAG: usize = 30;

/// What the folds are drawn with: the same figures in each run.
const SEED: u64 = 1;
/// Thresholds are tried in hundredths.
const STEPS: u32 = 100;

/// What was learned, and what it gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// What a score is worth; `None` where there are too few examples.
    pub scale: Option<Scale>,
    /// Below which score a tag is left out, of all tags; `None` where leaving out tags did
    /// not make the answers to other documents better.
    pub threshold: Option<f64>,
    /// Tags with a threshold of their own, by their places in the list.
    pub own: Vec<(usize, f64)>,
    /// The answers as they are.
    pub before: Quality,
    /// The answers as they would be: each document's with what was learned from others.
    pub after: Quality,
    /// The difference in micro F1, after less before.
    pub comparison: Comparison,
    /// The answers that `after` is of.
    pub answers: Vec<Judged>,
}

/// How good answers and scores are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The expected calibration error; `None` where no tag is given.
    pub ece: Option<f64>,
    /// Micro F1.
    pub f1: Estimate,
}

/// What some documents teach.
#[derive(Clone, Debug, Default)]
struct Learned {
    scale: Option<Scale>,
    threshold: Option<f64>,
    own: Vec<(usize, f64)>,
}

/// Learns from answers with scores, given from a list of so many tags, at least `min_tags` to
/// each document. `None` where there are fewer than [`MIN_DOCUMENTS`].
#[must_use]
pub fn fit(judged: &[Judged], tags: usize, min_tags: usize) -> Option<Fit> {
    if judged.len() < MIN_DOCUMENTS {
        return None;
    }
    let scaled_only = |train: &[&Judged]| Learned {
        threshold: None,
        own: Vec::new(),
        ..learn(train, min_tags, tags)
    };
    let with_scale = cross_validated(judged, tags, min_tags, scaled_only);
    let with_all = cross_validated(judged, tags, min_tags, |train| learn(train, min_tags, tags));
    let all: Vec<&Judged> = judged.iter().collect();
    // Thresholds that do not hold for other documents are none.
    let better = micro_f1(&with_all) > micro_f1(&with_scale);
    let (learned, out) = if better {
        (learn(&all, min_tags, tags), with_all)
    } else {
        (scaled_only(&all), with_scale)
    };
    let quality = |judged: &[Judged]| Quality {
        ece: calibration(judged).map(|calibration| calibration.ece),
        f1: estimates(judged, tags)[Metric::MicroF1 as usize].1,
    };
    Some(Fit {
        scale: learned.scale,
        threshold: learned.threshold,
        own: learned.own,
        before: quality(judged),
        after: quality(&out),
        comparison: compare(&out, judged),
        answers: out,
    })
}

/// Each document's answer with what the other folds teach.
fn cross_validated(
    judged: &[Judged],
    tags: usize,
    min_tags: usize,
    learn: impl Fn(&[&Judged]) -> Learned,
) -> Vec<Judged> {
    let mut order: Vec<usize> = (0..judged.len()).collect();
    fastrand::Rng::with_seed(SEED).shuffle(&mut order);
    let mut out = judged.to_vec();
    for fold in 0..FOLDS {
        let is_mine = |place: usize| place % FOLDS == fold;
        let others = order.iter().enumerate().filter(|&(p, _)| !is_mine(p));
        let train: Vec<&Judged> = others.map(|(_, &document)| &judged[document]).collect();
        let correction = learn(&train).correction(tags);
        for &document in order.iter().skip(fold).step_by(FOLDS) {
            out[document] = corrected(&judged[document], &correction, min_tags);
        }
    }
    out
}

fn learn(train: &[&Judged], min_tags: usize, tags: usize) -> Learned {
    let scale = scale(train);
    let scaling = Correction {
        scale,
        ..Correction::default()
    };
    let scaled = train
        .iter()
        .map(|judged| corrected(judged, &scaling, min_tags));
    let scaled: Vec<Judged> = scaled.collect();
    let threshold = best_threshold(|threshold| {
        let correction = Correction {
            thresholds: vec![threshold; tags],
            ..Correction::default()
        };
        let counts = scaled
            .iter()
            .map(|judged| corrected(judged, &correction, min_tags).counts());
        sum(counts)
    });
    let own = (0..tags).filter_map(|tag| Some((tag, own_threshold(&scaled, tag)?)));
    Learned {
        scale,
        threshold: Some(threshold),
        own: own.collect(),
    }
}

/// The threshold of a tag that was given often enough.
fn own_threshold(scaled: &[Judged], tag: usize) -> Option<f64> {
    let score = |judged: &Judged| {
        let place = judged.found.iter().position(|&found| found == tag)?;
        Some(judged.scores[place])
    };
    let given: Vec<(f64, bool)> = scaled
        .iter()
        .filter_map(|judged| Some((score(judged)?, judged.is_gold(tag))))
        .collect();
    if given.len() < MIN_OF_A_TAG {
        return None;
    }
    if !given.iter().any(|&(_, right)| right) {
        // F1 is 0 whatever is left in.
        return Some(1.0);
    }
    let gold = scaled.iter().filter(|judged| judged.is_gold(tag)).count();
    Some(best_threshold(|threshold| {
        let kept = given.iter().filter(|&&(score, _)| score >= threshold);
        Counts {
            hits: kept.clone().filter(|&&(_, right)| right).count(),
            given: kept.count(),
            gold,
        }
    }))
}

/// The lowest threshold with the highest F1.
fn best_threshold(counts: impl Fn(f64) -> Counts) -> f64 {
    let mut best = (0.0, f64::NEG_INFINITY);
    for step in 0..STEPS {
        let threshold = f64::from(step) / f64::from(STEPS);
        let f1 = counts(threshold).f1();
        if f1 > best.1 {
            best = (threshold, f1);
        }
    }
    best.0
}

/// Platt scaling: the line in log-odds that makes what is right most probable, drawn a
/// little towards the one that changes nothing, by Newton's method.
fn scale(train: &[&Judged]) -> Option<Scale> {
    let examples = train.iter().flat_map(|judged| {
        let scores = judged.found.iter().zip(&judged.scores);
        scores.map(|(&tag, score)| (log_odds(score.ln()), judged.is_gold(tag)))
    });
    let examples: Vec<(f64, bool)> = examples.collect();
    let right = examples.iter().filter(|&&(_, right)| right).count();
    if right < MIN_EACH || examples.len() - right < MIN_EACH {
        return None;
    }
    let (mut slope, mut bias) = (1.0_f64, 0.0_f64);
    for _ in 0..100 {
        // Gradient and Hessian, with the pull of one half of a squared unit.
        let mut gradient = [slope - 1.0, bias];
        let mut hessian = [1.0, 0.0, 1.0];
        for &(odds, right) in &examples {
            let p = 1.0 / (1.0 + (-(slope * odds + bias)).exp());
            let (error, weight) = (p - f64::from(u8::from(right)), p * (1.0 - p));
            gradient[0] += error * odds;
            gradient[1] += error;
            hessian[0] += weight * odds * odds;
            hessian[1] += weight * odds;
            hessian[2] += weight;
        }
        let [a, b, c] = hessian;
        let determinant = a * c - b * b;
        let step = [
            (c * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - b * gradient[0]) / determinant,
        ];
        // While most probabilities are next to 0 or 1, a whole step leads far too far.
        let most = step.iter().fold(0.5_f64, |most, step| most.max(step.abs()));
        slope -= step[0] * 0.5 / most;
        bias -= step[1] * 0.5 / most;
    }
    // Scores that say nothing, or the contrary: what is more probable stays so.
    slope = slope.max(0.01);
    (slope.is_finite() && bias.is_finite()).then_some(Scale { slope, bias })
}

/// An answer as it is with a correction of its scores.
fn corrected(judged: &Judged, correction: &Correction, min_tags: usize) -> Judged {
    let scores = judged.scores.iter().map(|p| correction.score(p.ln()));
    let mut decision = Decision {
        tags: judged.found.clone(),
        log_probs: scores.collect(),
        ..Decision::default()
    };
    decision.leave_out(correction, min_tags);
    Judged {
        found: decision.tags,
        scores: decision.log_probs.iter().map(|p| p.exp()).collect(),
        ..judged.clone()
    }
}

impl Learned {
    fn correction(&self, tags: usize) -> Correction {
        Correction {
            shifts: Vec::new(),
            scale: self.scale,
            thresholds: thresholds(self.threshold, &self.own, tags),
        }
    }
}

/// The threshold of each tag of a list; none where there is none of all.
pub(super) fn thresholds(all: Option<f64>, own: &[(usize, f64)], tags: usize) -> Vec<f64> {
    let Some(all) = all else { return Vec::new() };
    let mut thresholds = vec![all; tags];
    for &(tag, threshold) in own {
        thresholds[tag] = threshold;
    }
    thresholds
}

fn micro_f1(judged: &[Judged]) -> f64 {
    sum(judged.iter().map(Judged::counts)).f1()
}

fn sum(counts: impl Iterator<Item = Counts>) -> Counts {
    counts.fold(Counts::default(), |mut sum, counts| {
        sum += counts;
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents with two given tags whose scores are `p` where they are right with the
    /// probability `worth(p)`.
    fn documents(n: usize, worth: impl Fn(f64) -> f64) -> Vec<Judged> {
        let mut rng = fastrand::Rng::with_seed(5);
        let mut document = || {
            let scores = [rng.f64(), rng.f64()];
            let mut gold = vec![2];
            for (tag, &score) in scores.iter().enumerate() {
                if rng.f64() < worth(score) {
                    gold.push(tag);
                }
            }
            Judged {
                gold,
                found: vec![0, 1],
                scores: scores.to_vec(),
                ..Judged::default()
            }
        };
        (0..n).map(|_| document()).collect()
    }

    #[test]
    fn the_scale_is_found_that_the_scores_were_made_with() {
        let worth = |p: f64| 1.0 / (1.0 + (-(0.5 * (p / (1.0 - p)).ln() - 1.0)).exp());
        let documents = documents(4000, worth);
        let fit = fit(&documents, 3, 0).unwrap();
        let Scale { slope, bias } = fit.scale.unwrap();
        assert!(
            (slope - 0.5).abs() < 0.05 && (bias + 1.0).abs() < 0.1,
            "{fit:?}"
        );
        let (before, after) = (fit.before.ece.unwrap(), fit.after.ece.unwrap());
        assert!(before > 0.15 && after < 0.03, "{before} {after}");
    }

    #[test]
    fn scores_next_to_one_do_not_lead_astray() {
        // All are very sure, and half of them are right.
        let mut documents = documents(200, |_| 0.45);
        for document in &mut documents {
            for score in &mut document.scores {
                *score = 1.0 - 1e-3 * (1.001 - *score);
            }
        }
        let fit = fit(&documents, 3, 0).unwrap();
        let Scale { slope, bias } = fit.scale.unwrap();
        assert!(slope < 2.0 && bias.abs() < 20.0, "{slope} {bias}");
        let (before, after) = (fit.before.ece.unwrap(), fit.after.ece.unwrap());
        assert!(before > 0.4 && after < 0.1, "{before} {after}");
    }

    #[test]
    fn tags_that_are_mostly_wrong_are_left_out() {
        // Tag 1 is never right, however sure of it the model is.
        let mut documents = documents(400, |p| p);
        for document in &mut documents {
            document.gold.retain(|&tag| tag != 1);
        }
        let fit = fit(&documents, 3, 0).unwrap();
        let own = fit.own.iter().find(|&&(tag, _)| tag == 1);
        assert_eq!(own, Some(&(1, 1.0)), "{fit:?}");
        assert!(fit.comparison.difference.interval.low > 0.0);
        assert!(fit.after.f1.value > fit.before.f1.value);
    }

    #[test]
    fn what_is_too_little_teaches_nothing() {
        assert_eq!(fit(&documents(MIN_DOCUMENTS - 1, |p| p), 3, 0), None);
        let all_right = documents(50, |_| 1.0);
        let fit = fit(&all_right, 3, 0).unwrap();
        assert_eq!((fit.scale, fit.threshold), (None, None));
        assert_eq!(fit.before.f1, fit.after.f1);
    }

    #[test]
    fn the_least_number_of_tags_is_kept() {
        let documents = documents(100, |_| 0.1);
        let fit = fit(&documents, 3, 2).unwrap();
        assert_eq!(fit.threshold, None);
    }

    #[test]
    fn a_tags_own_threshold_goes_before_that_of_all() {
        assert_eq!(thresholds(Some(0.2), &[(1, 0.7)], 3), [0.2, 0.7, 0.2]);
        assert_eq!(thresholds(None, &[(1, 0.7)], 3), [0.0; 0]);
    }
}
