//! The logits of one position, as log-probabilities.

use crate::engine::EngineError;
use crate::vocab::Token;

/// The logarithm of the sum of the logits' exponentials.
pub(super) fn log_sum_exp(logits: &[f32]) -> Result<f32, EngineError> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&l| f64::from((l - max).exp())).sum();
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm needs no f64")]
    let log_sum_exp = max + sum.ln() as f32;
    if !log_sum_exp.is_finite() {
        return Err(EngineError::NotANumber);
    }
    Ok(log_sum_exp)
}

/// The natural-log probabilities of some tokens, over the whole vocabulary.
pub(super) fn log_probs(logits: &[f32], wanted: &[Token]) -> Result<Vec<f32>, EngineError> {
    let log_sum_exp = log_sum_exp(logits)?;
    let log_prob = |token: &Token| {
        let index = usize::try_from(token.0).ok();
        let logit = index.and_then(|i| logits.get(i));
        logit.map_or(f32::NEG_INFINITY, |l| l - log_sum_exp)
    };
    Ok(wanted.iter().map(log_prob).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_become_log_softmax_values() {
        let probs = log_probs(&[0.0, 1.0, 2.0], &[Token(2), Token(0), Token(9)]).unwrap();
        assert!((probs[0] - -0.407_606).abs() < 1e-5);
        assert!((probs[1] - -2.407_606).abs() < 1e-5);
        assert!(probs[2].is_infinite());
        assert!(log_probs(&[f32::NAN, 1.0], &[]).is_err());
    }
}
