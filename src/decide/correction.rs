//! What a calibration does to probabilities: evens out what the model expects before it has
//! read anything, and says what a score is worth.

use crate::constraint::Candidate;
use crate::decide::{Distribution, OptionsError};

/// A calibration for one list of tags. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correction {
    /// For each tag in list order what is added to its natural-log probability, before the
    /// tags get the mass again that they had together: what `stop` has is left to it.
    /// Empty adds nothing. After contextual calibration (Zhao et al., ICML 2021, arXiv
    /// 2102.09690) and batch calibration (Zhou et al., ICLR 2024, arXiv 2309.17249).
    pub shifts: Vec<f64>,
    /// What a score is worth.
    pub scale: Option<Scale>,
    /// For each tag in list order the score that it has to have, else it is left out. Empty
    /// leaves none out.
    pub thresholds: Vec<f64>,
}

/// From the probability of a tag among its place's candidates to the probability that it is
/// right: `1 / (1 + exp(−(slope · ln(p / (1 − p)) + bias)))`. With a slope of 1 / T this is
/// temperature scaling (Guo et al., ICML 2017) with a bias (Platt, 1999).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// One over the temperature; above 0.
    pub slope: f64,
    /// The log-odds of a tag with a probability of one half.
    pub bias: f64,
}

impl Correction {
    /// Checks that there is a number for each tag of a list, or none at all.
    ///
    /// # Errors
    /// [`OptionsError`] if there is not.
    pub fn check(&self, tags: usize) -> Result<(), OptionsError> {
        let lengths = [self.shifts.len(), self.thresholds.len()];
        match lengths.into_iter().find(|&n| n != 0 && n != tags) {
            Some(corrected) => Err(OptionsError {
                option: "correction",
                value: format!("for {corrected} tags"),
                problem: format!("does not go with a list of {tags}"),
            }),
            None => Ok(()),
        }
    }

    /// Corrects the probabilities of one place's candidates.
    pub(super) fn apply(&self, distribution: &mut Distribution) {
        if self.shifts.is_empty() {
            return;
        }
        let before = tag_mass(distribution);
        for (candidate, log_prob) in distribution.iter_mut() {
            if let Candidate::Tag(tag) = candidate {
                *log_prob += self.shifts[*tag];
            }
        }
        let change = before - tag_mass(distribution);
        for (candidate, log_prob) in distribution.iter_mut() {
            if matches!(candidate, Candidate::Tag(_)) && change.is_finite() {
                *log_prob += change;
            }
        }
    }

    /// The score of a natural-log probability, as a natural logarithm too.
    #[must_use]
    pub fn score(&self, log_prob: f64) -> f64 {
        self.scale.map_or(log_prob, |scale| scale.apply(log_prob))
    }

    /// Whether a tag with such a score (a natural logarithm) is left in.
    #[must_use]
    pub fn keeps(&self, tag: usize, score: f64) -> bool {
        self.thresholds
            .get(tag)
            .is_none_or(|&threshold| score.exp() >= threshold)
    }
}

impl Scale {
    fn apply(self, log_prob: f64) -> f64 {
        let odds = self.slope * log_odds(log_prob) + self.bias;
        // ln(1 / (1 + e^−x)) without overflow.
        -softplus(-odds)
    }
}

/// ln(p / (1 − p)) of ln p, within ±30: a probability of exactly 1 has no odds.
#[must_use]
pub fn log_odds(log_prob: f64) -> f64 {
    let against = (-log_prob.exp_m1()).max(f64::MIN_POSITIVE).ln();
    (log_prob - against).clamp(-30.0, 30.0)
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The natural logarithm of what all tags have together.
fn tag_mass(distribution: &Distribution) -> f64 {
    let tags = distribution
        .iter()
        .filter(|(candidate, _)| *candidate != Candidate::Stop);
    log_sum(tags.map(|&(_, log_prob)| log_prob))
}

/// ln Σ e^x.
pub(super) fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let highest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if highest == f64::NEG_INFINITY {
        return highest;
    }
    highest + values.map(|x| (x - highest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{DecideOptions, only, spelling};
    use crate::engine::scripted::Scripted;

    fn distribution(p: &[f64]) -> Distribution {
        let (stop, tags) = p.split_last().unwrap();
        let tags = tags.iter().enumerate();
        let mut distribution: Distribution =
            tags.map(|(tag, p)| (Candidate::Tag(tag), p.ln())).collect();
        distribution.push((Candidate::Stop, stop.ln()));
        distribution
    }

    fn probabilities(distribution: &Distribution) -> Vec<f64> {
        distribution.iter().map(|&(_, p)| p.exp()).collect()
    }

    #[track_caller]
    fn assert_near(actual: &[f64], expected: &[f64]) {
        for (a, e) in actual.iter().zip(expected) {
            assert!((a - e).abs() < 1e-12, "{actual:?} instead of {expected:?}");
        }
    }

    #[test]
    fn what_is_expected_anyway_counts_less_and_stop_keeps_its_mass() {
        let shifts = vec![-(0.8_f64.ln()), -(0.2_f64.ln())];
        let correction = Correction {
            shifts,
            ..Correction::default()
        };
        let mut slot = distribution(&[0.6, 0.2, 0.2]);
        correction.apply(&mut slot);
        // 0.6 / 0.8 and 0.2 / 0.2 share 0.8.
        assert_near(&probabilities(&slot), &[0.8 * 0.75 / 1.75, 0.8 / 1.75, 0.2]);
    }

    #[test]
    fn equal_expectations_change_nothing_and_the_sum_stays_1() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let n = rng.usize(1..20);
            let p: Vec<f64> = (0..=n).map(|_| rng.f64()).collect();
            let total: f64 = p.iter().sum();
            let p: Vec<f64> = p.iter().map(|p| p / total).collect();
            let uniform = Correction {
                shifts: vec![rng.f64() * 10.0; n],
                ..Correction::default()
            };
            let mut slot = distribution(&p);
            uniform.apply(&mut slot);
            assert_near(&probabilities(&slot), &p);
            let other = Correction {
                shifts: (0..n).map(|_| rng.f64() * 10.0).collect(),
                ..Correction::default()
            };
            other.apply(&mut slot);
            assert_near(&[probabilities(&slot).iter().sum()], &[1.0]);
            assert_near(&[slot[n].1.exp()], &[p[n]]);
        }
    }

    #[test]
    fn an_impossible_tag_stays_impossible() {
        let mut slot = distribution(&[0.0, 0.0, 1.0]);
        let shifts = vec![1.0, 2.0];
        Correction {
            shifts,
            ..Correction::default()
        }
        .apply(&mut slot);
        assert_near(&probabilities(&slot), &[0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_scale_is_a_line_in_log_odds() {
        let scale = |slope, bias| {
            let correction = Correction {
                scale: Some(Scale { slope, bias }),
                ..Correction::default()
            };
            move |p: f64| correction.score(p.ln()).exp()
        };
        assert_near(&[scale(1.0, 0.0)(0.3), scale(1.0, 0.0)(1.0)], &[0.3, 1.0]);
        // Odds of 1 to 4, squared.
        assert_near(&[scale(2.0, 0.0)(0.2)], &[1.0 / 17.0]);
        assert_near(&[scale(0.5, 1.0)(0.5)], &[1.0 / (1.0 + (-1.0_f64).exp())]);
        assert!(scale(1.0, 0.0)(0.0) < 1e-12);
    }

    #[test]
    fn thresholds_are_a_tags_own() {
        let correction = Correction {
            thresholds: vec![0.5, 0.1],
            ..Correction::default()
        };
        let keeps = |tag, score: f64| correction.keeps(tag, score.ln());
        assert!(!keeps(0, 0.4) && keeps(0, 0.6) && keeps(1, 0.2) && !keeps(1, 0.05));
        assert!(Correction::default().keeps(7, f64::NEG_INFINITY));
    }

    #[test]
    fn a_calibration_evens_out_scales_and_leaves_out() {
        let spelling = spelling(&["1", "2"]);
        let table = [
            ("", "1", 0.5),
            ("", "2", 0.3),
            ("", "]", 0.2),
            ("]", "}", 1.0),
        ];
        let corrected = |correction: Correction, min_tags| {
            let options = DecideOptions {
                max_tags: 1,
                min_tags,
                scores: true,
                correction: Some(correction),
                ..DecideOptions::default()
            };
            only(&mut Scripted::new(&table), &spelling, &options)
        };
        // 0.5 / 0.8 and 0.3 / 0.2 share 0.8.
        let shifts = vec![-(0.8_f64.ln()), -(0.2_f64.ln())];
        let evened = Correction {
            shifts,
            ..Correction::default()
        };
        let decision = corrected(evened, 0);
        assert_eq!(decision.tags, [1]);
        let score = decision.log_probs[0].exp();
        assert!((score - 0.8 * 1.5 / 2.125).abs() < 1e-6, "{score}");
        let strict = Correction {
            scale: Some(Scale {
                slope: 1.0,
                bias: 1.0,
            }),
            thresholds: vec![0.8, 0.0],
            ..Correction::default()
        };
        // Odds of 1, times e.
        assert_eq!(corrected(strict.clone(), 0).tags, [0; 0]);
        let kept = corrected(strict, 1);
        assert_eq!(kept.tags, [0]);
        let e = std::f64::consts::E;
        // With a tag at least, stopping is no candidate: 0.5 of 0.8.
        let odds = e * 0.5 / 0.3;
        assert!((kept.log_probs[0].exp() - odds / (1.0 + odds)).abs() < 1e-6);
    }
}
