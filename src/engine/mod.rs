//! The contract between the decision and whatever computes probabilities.
//!
//! An engine holds one sequence of tokens: a prefix that stays, and behind it
//! what belongs to the current document. It answers one question: how probable
//! is each of these tokens after the sequence and a few more tokens?

pub mod llama;
#[cfg(test)]
pub(crate) mod scripted;

use crate::vocab::{Token, Tokenizer};

/// A question about the next token, some tokens ahead of the sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Tokens assumed after the sequence; may be empty.
    pub path: Vec<Token>,
    /// The tokens whose probability is wanted.
    pub wanted: Vec<Token>,
}

/// The longest path of a [`Branch`], in tokens.
pub const MAX_PATH: usize = 200;

/// Why an engine could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The sequence would be longer than the context.
    #[error("{needed} tokens do not fit into a context of {capacity}")]
    ContextFull {
        /// Tokens in all, with room for the answer.
        needed: usize,
        /// Tokens that fit.
        capacity: usize,
    },
    /// The context could not be made, mostly for want of memory.
    #[error("llama.cpp could not make a context of {n_ctx} tokens: {reason}")]
    NoContext {
        /// Its length in tokens.
        n_ctx: usize,
        /// What llama.cpp said.
        reason: String,
    },
    /// llama.cpp refused a batch.
    #[error("llama.cpp could not decode a batch of {tokens} tokens: {reason}")]
    Decode {
        /// How many tokens were in it.
        tokens: usize,
        /// What llama.cpp said.
        reason: String,
    },
    /// The model computed something that is not a number.
    #[error("the model computed no valid probability (its output is not a number)")]
    NotANumber,
}

/// A language model with one sequence.
///
/// # Contract
/// The same calls give the same numbers, whatever was asked before
/// [`Engine::set_prefix`] or [`Engine::start`].
pub trait Engine: Tokenizer {
    /// Makes sure that a sequence of `tokens` fits, branches included. May forget the
    /// sequence, prefix included: returns whether it was kept.
    ///
    /// # Errors
    /// [`EngineError::ContextFull`] where the model or the user's limit is too
    /// small, [`EngineError::NoContext`] where memory is.
    fn reserve(&mut self, tokens: usize) -> Result<bool, EngineError>;

    /// Forgets everything and decodes a new prefix.
    ///
    /// # Errors
    /// [`EngineError`] where it does not fit or cannot be decoded.
    fn set_prefix(&mut self, tokens: &[Token]) -> Result<(), EngineError>;

    /// Goes back to the prefix and decodes a document behind it.
    ///
    /// # Errors
    /// [`EngineError`] where it does not fit or cannot be decoded.
    fn start(&mut self, document: &[Token]) -> Result<(), EngineError>;

    /// Appends tokens. They may be decoded as late as with the next question.
    fn append(&mut self, tokens: &[Token]);

    /// The natural-log probabilities of each branch's wanted tokens, over the
    /// whole vocabulary. The sequence stays as it is; something has to have been
    /// appended to it since [`Engine::start`]. A path has at most [`MAX_PATH`] tokens.
    ///
    /// # Errors
    /// [`EngineError`] where the branches do not fit or cannot be decoded.
    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError>;
}
