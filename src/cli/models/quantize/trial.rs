//! A quantised model on trial: does it load, compute numbers, and say what the original says?

use std::path::Path;

use anyhow::Context;
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::engine::{Branch, Engine};
use minitag::models::check;
use minitag::vocab::{Specials, Token, Tokenizer};

use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Something to go on from.
const SAMPLE: &str = include_str!("../../../../examples/lanternfish.md");

/// So many of its tokens are read.
const TOKENS: usize = 64;

/// A larger original is not loaded only to be compared.
const SMALL: u64 = 3 << 30;

/// Runs what was made; says in words how much it agrees with the original, where that is
/// small enough to be run too.
pub(super) fn compare(original: &Path, made: &Path, screen: &Screen) -> Result<String, Failure> {
    let ours = probabilities(made)
        .context("what was made cannot be run")
        .map_err(Failure::model)?;
    if original.metadata().map_or(u64::MAX, |meta| meta.len()) > SMALL {
        return Ok(String::new());
    }
    let theirs = match probabilities(original) {
        Ok(theirs) => theirs,
        Err(error) => {
            screen.warning(&format!("the original cannot be run: {error:#}"));
            return Ok(String::new());
        }
    };
    let common: f64 = ours.iter().zip(&theirs).map(|(a, b)| a.min(*b)).sum();
    Ok(format!(
        "; after a sample text, {:.1} % of the next token's probability is where it was",
        100.0 * common
    ))
}

/// The probabilities of the whole vocabulary after the sample.
fn probabilities(path: &Path) -> anyhow::Result<Vec<f64>> {
    let entries = usize::try_from(check(path)?.tokens)?;
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
    Ok(row[0].iter().map(|&p| f64::from(p).exp()).collect())
}
