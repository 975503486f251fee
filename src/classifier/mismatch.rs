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

/// What a model brings with it, so that with another one it is another, too.
const OF_MODELS: [&str; 7] = [
    "answer",
    "budget",
    "chat",
    "evidence",
    "list-style",
    "prompt",
    "spelling",
];

fn in_words(differences: &[Difference]) -> String {
    let is_other_model = differences.iter().any(Difference::is_of_model);
    let told = differences
        .iter()
        .filter(|difference| !(is_other_model && OF_MODELS.contains(&difference.name.as_str())));
    let words: Vec<String> = told.map(ToString::to_string).collect();
    words.join("; ")
}
