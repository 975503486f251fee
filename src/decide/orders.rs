//! One distribution from those that several orders of the tag list gave.
//!
//! A model favours what stands at some places of a list (Zheng et al., "Large Language
//! Models Are Not Robust Multiple Choice Selectors", ICLR 2024, arXiv 2309.03882). In
//! another order other tags stand there, and the mean over orders favours them less.

use crate::decide::Distribution;
use crate::decide::correction::log_sum;

/// The mean of some distributions over the same candidates in the same order: of the only
/// one that one itself, to the last bit.
pub(super) fn mean(distributions: &[Distribution]) -> Distribution {
    let [first, others @ ..] = distributions else {
        return Distribution::new();
    };
    if others.is_empty() {
        return first.clone();
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of orders")]
    let count = (distributions.len() as f64).ln();
    let candidates = first.iter().enumerate();
    let mean = candidates.map(|(place, &(candidate, _))| {
        let log_probs = distributions.iter().map(|one| one[place].1);
        (candidate, log_sum(log_probs) - count)
    });
    mean.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraint::Candidate;

    fn random(rng: &mut fastrand::Rng, n: usize) -> Distribution {
        let p: Vec<f64> = (0..n).map(|_| rng.f64().powi(8)).collect();
        let total: f64 = p.iter().sum();
        let tags = p.iter().enumerate();
        tags.map(|(tag, p)| (Candidate::Tag(tag), (p / total).ln()))
            .collect()
    }

    #[test]
    fn a_mean_of_distributions_is_one() {
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..200 {
            let (n, orders) = (rng.usize(1..100), rng.usize(1..10));
            let all: Vec<Distribution> = (0..orders).map(|_| random(&mut rng, n)).collect();
            let mean = mean(&all);
            let total: f64 = mean.iter().map(|&(_, p)| p.exp()).sum();
            assert!((total - 1.0).abs() < 1e-12, "{total}");
            for (place, &(_, p)) in mean.iter().enumerate() {
                let sum: f64 = all.iter().map(|one| one[place].1.exp()).sum();
                assert!((p.exp() - sum / f64::from(u8::try_from(orders).unwrap())).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn of_one_nothing_is_changed() {
        let one = random(&mut fastrand::Rng::with_seed(2), 50);
        assert_eq!(mean(std::slice::from_ref(&one)), one);
        assert_eq!(mean(&[]), Distribution::new());
    }
}
