//! What constraint, prompt and engine share about a vocabulary: a token, and
//! the two directions between text and tokens. No model and no grammar here.

use std::sync::OnceLock;

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
}

/// Texts whose tokens end where the text ends, in most vocabularies: put
/// before a text, they keep the tokenizer from treating it as a beginning.
const ANCHORS: [&str; 6] = ["\n", ":", "[", "a", "。", " x"];

/// Splits texts as the continuation of an earlier text: without the space that a
/// SentencePiece tokenizer puts before a beginning.
///
/// The same tokens come out whatever the earlier text was, so a prompt can be cut into
/// pieces that are tokenised apart. Specials stay text. Each is for one tokenizer, whose
/// anchors are computed once: most texts are shorter than a line.
#[derive(Clone, Debug, Default)]
pub struct Continuation {
    anchors: [OnceLock<Vec<Token>>; ANCHORS.len()],
}

impl Continuation {
    /// Falls back on [`Tokenizer::tokenize`] if the vocabulary merges `text` with every
    /// anchor.
    #[must_use]
    pub fn tokenize(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
        if text.is_empty() {
            return Vec::new();
        }
        for (anchor, alone) in ANCHORS.iter().zip(&self.anchors) {
            let alone = alone.get_or_init(|| tokenizer.tokenize(anchor, Specials::AsText));
            let mut joined = tokenizer.tokenize(&format!("{anchor}{text}"), Specials::AsText);
            if joined.starts_with(alone) {
                joined.drain(..alone.len());
                return joined;
            }
        }
        tokenizer.tokenize(text, Specials::AsText)
    }
}

/// The same for a single text.
pub fn tokenize_continuation(tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
    Continuation::default().tokenize(tokenizer, text)
}

/// The bytes that `tokens` stand for together.
pub fn spell(tokenizer: &(impl Tokenizer + ?Sized), tokens: &[Token]) -> Vec<u8> {
    tokens
        .iter()
        .flat_map(|&token| tokenizer.piece(token))
        .collect()
}
