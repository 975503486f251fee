//! Logistic regression for all tags at once, each with its own weights, behind what is known
//! already.
//!
//! Solved in the dual, an example at a time (stochastic dual coordinate ascent: Shalev-Shwartz
//! and Zhang, *Stochastic Dual Coordinate Ascent Methods for Regularized Loss Minimization*,
//! JMLR 2013): nothing to tune, and the same result whatever the order, in the limit.

/// How strongly weights are drawn to 0: half of this times their squares is the penalty. Of
/// 0.03, 0.1 and 0.3 the best on most of three lists with 40 to 100 examples.
const PENALTY: f32 = 0.1;

/// Passes over the examples: so many in all are looked at, within these bounds.
const LOOKS: usize = 60_000;
const PASSES: (usize, usize) = (6, 30);

/// No more passes once no example's residual changes by more.
const SETTLED: f32 = 2e-3;

/// The same order in every run.
const SEED: u64 = 3;

/// Features that are not 0, by their numbers, and their values.
pub(super) type Features = [(usize, f32)];

/// What is learned from: the features of an example, for each tag what is known of it already
/// (natural-log odds), and whether it is right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example<'a> {
    pub(super) features: &'a Features,
    pub(super) known: &'a [f32],
    pub(super) right: &'a [bool],
}

/// For each of so many features a row of weights, one a tag, one row behind the other; the
/// weights that make what is right most probable when added to what is known.
pub(super) fn fit(examples: &[Example], features: usize, tags: usize) -> Vec<f32> {
    let mut weights = vec![0.0; features * tags];
    // The residuals: right or not, less the probability. At the end they agree with the weights.
    let mut residuals = vec![0.0; examples.len() * tags];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut rng = fastrand::Rng::with_seed(SEED);
    let passes = (LOOKS / examples.len().max(1)).clamp(PASSES.0, PASSES.1);
    let mut change = vec![0.0; tags];
    for _ in 0..passes {
        rng.shuffle(&mut order);
        let mut most: f32 = 0.0;
        for &at in &order {
            let Example {
                features,
                known,
                right,
            } = examples[at];
            let squares: f32 = features.iter().map(|(_, value)| value * value).sum();
            let residuals = &mut residuals[at * tags..(at + 1) * tags];
            let odds = add(known.to_vec(), features, &weights);
            for tag in 0..tags {
                let new = residual(odds[tag], residuals[tag], squares / PENALTY, right[tag]);
                change[tag] = new - residuals[tag];
                most = most.max(change[tag].abs());
                residuals[tag] = new;
            }
            for &(feature, value) in features {
                let row = &mut weights[feature * tags..(feature + 1) * tags];
                let factor = value / PENALTY;
                row.iter_mut()
                    .zip(&change)
                    .for_each(|(weight, change)| *weight += factor * change);
            }
        }
        if most < SETTLED {
            break;
        }
    }
    weights
}

/// Adds to one number a tag what the weights say of features.
pub(super) fn add(mut odds: Vec<f32>, features: &Features, weights: &[f32]) -> Vec<f32> {
    let tags = odds.len();
    for &(feature, value) in features {
        let row = &weights[feature * tags..(feature + 1) * tags];
        odds.iter_mut()
            .zip(row)
            .for_each(|(odds, weight)| *odds += value * weight);
    }
    odds
}

/// The residual that agrees with the odds that it leads to itself: those at the moment, plus
/// `pull` for each unit that it changes. Newton's method between bounds.
fn residual(odds: f32, before: f32, pull: f32, right: bool) -> f32 {
    let target = f32::from(u8::from(right));
    let (mut low, mut high) = (target - 1.0, target);
    let mut residual = before.clamp(low, high);
    for _ in 0..12 {
        let p = 1.0 / (1.0 + (-(odds + (residual - before) * pull)).exp());
        let excess = residual - target + p;
        if excess.abs() < 1e-5 {
            break;
        }
        if excess > 0.0 {
            high = residual;
        } else {
            low = residual;
        }
        let newton = residual - excess / (1.0 + pull * p * (1.0 - p));
        residual = if low < newton && newton < high {
            newton
        } else {
            low.midpoint(high)
        };
    }
    residual
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example<'a>(features: &'a Features, known: &'a [f32], right: &'a [bool]) -> Example<'a> {
        Example {
            features,
            known,
            right,
        }
    }

    /// The gradient of loss and penalty is 0 at the end.
    #[test]
    fn the_weights_are_those_of_least_loss() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut number = || rng.f32() * 2.0 - 1.0;
        let rows: Vec<Vec<(usize, f32)>> = (0..40)
            .map(|_| (0..5).map(|feature| (feature, number())).collect())
            .collect();
        let known: Vec<Vec<f32>> = (0..40).map(|_| vec![number(), number() * 3.0]).collect();
        let right: Vec<Vec<bool>> = rows
            .iter()
            .map(|row| vec![row[0].1 > 0.2, row[1].1 + row[2].1 < 0.0])
            .collect();
        let examples: Vec<Example> = (0..40)
            .map(|n| example(&rows[n], &known[n], &right[n]))
            .collect();
        let weights = fit(&examples, 5, 2);
        for feature in 0..5 {
            for tag in 0..2 {
                let mut gradient = PENALTY * weights[feature * 2 + tag];
                for example in &examples {
                    let odds = add(example.known.to_vec(), example.features, &weights)[tag];
                    let p = 1.0 / (1.0 + (-odds).exp());
                    let error = p - f32::from(u8::from(example.right[tag]));
                    gradient += error * example.features[feature].1;
                }
                assert!(gradient.abs() < 0.02, "{feature} {tag}: {gradient}");
            }
        }
    }

    #[test]
    fn what_is_known_already_is_not_learned_again() {
        let known: Vec<f32> = vec![9.0];
        let features = [(0, 1.0)];
        let told = example(&features, &known, &[true]);
        assert!(fit(&[told; 5], 1, 1)[0] < 0.1);
        let news = example(&features, &[-3.0], &[true]);
        assert!(fit(&[news; 5], 1, 1)[0] > 3.0);
    }

    #[test]
    fn extreme_numbers_stay_numbers() {
        let features = [(0, 1.0)];
        let sure = example(&features, &[-300.0, 300.0], &[true, false]);
        let weights = fit(&[sure; 30], 1, 2);
        assert!(
            weights.iter().all(|weight| weight.is_finite()),
            "{weights:?}"
        );
        assert!(weights[0] > 0.0 && weights[1] < 0.0);
    }
}
