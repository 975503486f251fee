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
    use crate::decide::{DecideOptions, Strategy, only, spelling};
    use crate::engine::scripted::Scripted;

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

    /// Two orders of the list `1`, `2` that say the contrary of each other, the second one
    /// less firmly.
    fn contrary() -> Scripted {
        let first = [
            ("", "1", 0.7),
            ("", "2", 0.2),
            ("", "]", 0.1),
            ("]", "}", 1.0),
        ];
        let second = [
            ("", "1", 0.3),
            ("", "2", 0.4),
            ("", "]", 0.3),
            ("]", "}", 1.0),
        ];
        Scripted::with_prefixes(&[&first, &second])
    }

    fn of_two_orders(strategy: Strategy, max_tags: usize) -> DecideOptions {
        DecideOptions {
            strategy,
            max_tags,
            permutations: 2,
            scores: true,
            ..DecideOptions::default()
        }
    }

    #[test]
    fn what_several_orders_say_is_averaged() {
        let spelling = spelling(&["1", "2"]);
        let options = of_two_orders(Strategy::Sequence, 1);
        let decision = only(&mut contrary(), &spelling, &options);
        let p: Vec<f64> = decision.slots[0].iter().map(|&(_, p)| p.exp()).collect();
        for (p, mean) in p.iter().zip([0.5, 0.3, 0.2]) {
            assert!((p - mean).abs() < 1e-6, "{p} instead of {mean}");
        }
        assert_eq!(
            (decision.tags, decision.agree),
            (vec![0], vec![true, false])
        );
        let rank = of_two_orders(Strategy::Rank, 2);
        let decision = only(&mut contrary(), &spelling, &rank);
        assert_eq!(
            (decision.tags, decision.agree),
            (vec![0, 1], vec![true, false])
        );
    }
}
