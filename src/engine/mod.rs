//! The contract between the decision and whatever computes probabilities.
//!
//! An engine holds one or several prefixes that stay, and behind them lanes: a lane is
//! the sequence of tokens that belongs to one document behind one prefix. It answers one
//! question: how probable is each of these tokens after a lane's sequence and a few more
//! tokens?

mod limit;
pub mod llama;
pub mod prefix_cache;
#[cfg(test)]
pub(crate) mod scripted;

pub use crate::engine::limit::Limit;
use crate::layout::size;
use crate::vocab::{Token, Tokenizer};

/// A question about the next token, some tokens ahead of a lane's sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The lane, counted from 0.
    pub lane: usize,
    /// Tokens assumed after its sequence; may be empty.
    pub path: Vec<Token>,
    /// The tokens whose probability is wanted.
    pub wanted: Vec<Token>,
}

/// The longest path of a [`Branch`], in tokens.
pub const MAX_PATH: usize = 200;

/// Cells that an engine keeps free beside the lanes, for the branches of one batch.
pub const BRANCH_CELLS: usize = 256;

/// The most lanes an engine has to offer.
pub const MAX_LANES: usize = 32;

/// The most prefixes an engine has to hold.
pub const MAX_PREFIXES: usize = 16;

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
    /// A context so long would not fit into memory; a shorter one may.
    #[error(
        "a context of {n_ctx} tokens takes {} more, and {} are free",
        size(*needed), size(*free)
    )]
    NoMemory {
        /// Its length in tokens.
        n_ctx: usize,
        /// Bytes beyond those that the context before took.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// llama.cpp refused a batch.
    #[error("llama.cpp could not decode a batch of {tokens} tokens: {reason}")]
    Decode {
        /// How many tokens were in it.
        tokens: usize,
        /// What llama.cpp said.
        reason: String,
    },
    /// The time limit was over before everything was computed.
    #[error("the time limit was over")]
    TimedOut,
    /// Whoever asked does not want the answer any more.
    #[error("it was cancelled")]
    Cancelled,
    /// The model computed something that is not a number.
    #[error("the model computed no valid probability (its output is not a number)")]
    NotANumber,
}

/// A language model with prefixes and lanes behind them.
///
/// # Contract
/// The same calls give the same numbers, whatever was asked before
/// [`Engine::set_prefixes`] or [`Engine::start`].
pub trait Engine: Tokenizer {
    /// Makes sure that lanes of up to `longest` tokens, prefix included, fit, of which those
    /// behind a prefix have `total` tokens together with it; and the branches off them. May
    /// forget everything, prefixes included.
    ///
    /// # Errors
    /// [`EngineError::ContextFull`] where the model or the user's limit is too
    /// small, [`EngineError::NoMemory`] or [`EngineError::NoContext`] where memory is.
    fn reserve(&mut self, longest: usize, total: usize) -> Result<(), EngineError>;

    /// Lets lanes begin with these prefixes, from one to [`MAX_PREFIXES`], and forgets the
    /// lanes that are there. A prefix that the engine still has from before is not decoded
    /// again.
    ///
    /// # Errors
    /// [`EngineError`] where they do not fit or cannot be decoded.
    fn set_prefixes(&mut self, prefixes: &[&[Token]]) -> Result<(), EngineError>;

    /// The same for the only one.
    ///
    /// # Errors
    /// [`EngineError`] where it does not fit or cannot be decoded.
    fn set_prefix(&mut self, tokens: &[Token]) -> Result<(), EngineError> {
        self.set_prefixes(&[tokens])
    }

    /// Goes back to the prefixes and decodes each document behind each of them, in a lane
    /// of its own: of P prefixes, those of the first document are lanes 0 to P − 1. There
    /// are at most [`MAX_LANES`].
    ///
    /// # Errors
    /// [`EngineError`] where they do not fit or cannot be decoded.
    fn start(&mut self, documents: &[&[Token]]) -> Result<(), EngineError>;

    /// Appends tokens to a lane. They may be decoded as late as with the next question.
    fn append(&mut self, lane: usize, tokens: &[Token]);

    /// The natural-log probabilities of each branch's wanted tokens, over the
    /// whole vocabulary. The lanes stay as they are; something has to have been
    /// appended to each since [`Engine::start`]. A path has at most [`MAX_PATH`] tokens.
    ///
    /// # Errors
    /// [`EngineError`] where the branches do not fit or cannot be decoded.
    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError>;

    /// When to give up.
    fn set_limit(&mut self, limit: Limit);
}
