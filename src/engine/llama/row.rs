//! The logits of one position, as log-probabilities.

use crate::engine::EngineError;
use crate::vocab::Token;

/// The logits after the sequence, and what makes probabilities of them.
pub(super) struct Row {
    logits: Vec<f32>,
    log_sum_exp: f32,
}

impl Row {
    /// Keeps the logits of one position, with the logarithm of the sum of their
    /// exponentials.
    pub(super) fn new(logits: &[f32]) -> Result<Self, EngineError> {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|&l| f64::from((l - max).exp())).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm needs no f64")]
        let log_sum_exp = max + sum.ln() as f32;
        if !log_sum_exp.is_finite() {
            return Err(EngineError::NotANumber);
        }
        Ok(Self {
            logits: logits.to_vec(),
            log_sum_exp,
        })
    }

    /// The natural-log probabilities of some tokens, over the whole vocabulary.
    pub(super) fn log_probs(&self, wanted: &[Token]) -> Vec<f32> {
        let log_prob = |token: &Token| {
            let index = usize::try_from(token.0).ok();
            let logit = index.and_then(|i| self.logits.get(i));
            logit.map_or(f32::NEG_INFINITY, |l| l - self.log_sum_exp)
        };
        wanted.iter().map(log_prob).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_log_softmax_values() {
        let row = Row::new(&[0.0, 1.0, 2.0]).unwrap();
        let probs = row.log_probs(&[Token(2), Token(0), Token(9)]);
        assert!((probs[0] - -0.407_606).abs() < 1e-5);
        assert!((probs[1] - -2.407_606).abs() < 1e-5);
        assert!(probs[2].is_infinite());
        assert!(Row::new(&[f32::NAN, 1.0]).is_err());
    }
}
