//! Why a file that holds for certain settings alone does not hold here.

use std::io;

use crate::classifier::Difference;

/// Why what was found with other settings does not hold here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// It was made for another model, list, prompt or way to use them.
    #[error("it was made for something else: {}", in_words(.0))]
    Other(Vec<Difference>),
    /// What the model is cannot be told.
    #[error("the model's file cannot be read")]
    Model(#[source] io::Error),
}

fn in_words(differences: &[Difference]) -> String {
    let words: Vec<String> = differences.iter().map(ToString::to_string).collect();
    words.join("; ")
}
