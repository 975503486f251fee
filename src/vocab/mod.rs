//! What constraint, prompt and engine share about a vocabulary: a token, and
//! the two directions between text and tokens. No model and no grammar here.

mod bridges;
mod continuation;

pub use crate::vocab::bridges::Bridges;
pub use crate::vocab::continuation::{Continuation, tokenize_continuation};

/// The index of one entry of a model's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub i32);

/// Whether the spellings of special tokens (`<|im_end|>`) in a text are read
/// as those tokens or stay text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Specials {
    /// For the scaffold alone, which the program wrote itself.
    Parse,
    /// For everything that came from outside.
    AsText,
}

/// A loaded vocabulary: text to tokens and back.
pub trait Tokenizer {
    /// Splits `text` as if nothing stood before it. Adds no BOS; may add the
    /// space that SentencePiece models put before a text.
    fn tokenize(&self, text: &str, specials: Specials) -> Vec<Token>;

    /// The bytes a token stands for; empty for control tokens.
    fn piece(&self, token: Token) -> Vec<u8>;

    /// Whether a token steers the model and never stands for text.
    fn is_control(&self, token: Token) -> bool;

    /// The token every prompt begins with, where the model wants one.
    fn bos(&self) -> Option<Token>;

    /// No token stands for more bytes of text than this; [`usize::MAX`] if that is not known.
    fn longest_piece(&self) -> usize {
        usize::MAX
    }

    /// Where texts can be cut, so that what comes again need not be split again; `None` if
    /// that is not known.
    fn bridges(&self) -> Option<&Bridges> {
        None
    }
}

/// The bytes that `tokens` stand for together.
pub fn spell(tokenizer: &(impl Tokenizer + ?Sized), tokens: &[Token]) -> Vec<u8> {
    tokens
        .iter()
        .flat_map(|&token| tokenizer.piece(token))
        .collect()
}
