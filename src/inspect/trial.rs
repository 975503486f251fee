//! A model on trial: does it load, compute numbers, and say what another one says?

use std::path::Path;

use crate::engine::llama::{ContextOptions, LlamaEngine, LoadError, Model, ModelOptions};
use crate::engine::{Branch, Engine, EngineError};
use crate::models::{CheckError, check};
use crate::vocab::{Specials, Token, Tokenizer};

/// Something to go on from.
const SAMPLE: &str = include_str!("../../examples/lanternfish.md");

/// So many of its tokens are read.
const TOKENS: usize = 64;

/// What a model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial(Vec<f64>);

/// Why a model cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// Its file is not sound.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// llama.cpp does not load it.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It computes nothing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Trial {
    /// The probabilities of a model's whole vocabulary after a sample text.
    ///
    /// # Errors
    /// [`TrialError`] if it cannot be run.
    pub fn run(path: &Path) -> Result<Self, TrialError> {
        let entries = usize::try_from(check(path)?.tokens).unwrap_or(usize::MAX);
        let model = Model::load(path, &ModelOptions::default())?;
        let mut tokens: Vec<Token> = model.bos().into_iter().collect();
        tokens.extend(model.tokenize(SAMPLE, Specials::AsText));
        tokens.truncate(TOKENS);
        let mut engine = LlamaEngine::new(&model, ContextOptions::default());
        engine.reserve(tokens.len(), tokens.len())?;
        let (before, last) = tokens.split_at(tokens.len() - 1);
        engine.set_prefix(before)?;
        engine.start(&[&[]])?;
        engine.append(0, last);
        let (lane, path) = (0, Vec::new());
        let wanted = (0..).map(Token).take(entries).collect();
        let branch = Branch { lane, path, wanted };
        let row = engine.log_probs(&[branch])?;
        Ok(Self(row[0].iter().map(|&p| f64::from(p).exp()).collect()))
    }

    /// How much of the probability two models give to the same tokens, from 0 to 1.
    #[must_use]
    pub fn agreement(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| a.min(*b)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_say_is_agreed_on() {
        let (one, other) = (Trial(vec![0.7, 0.2, 0.1]), Trial(vec![0.5, 0.1, 0.4]));
        assert!((one.agreement(&other) - 0.7).abs() < 1e-12);
        assert!((one.agreement(&one) - 1.0).abs() < 1e-12);
    }
}
