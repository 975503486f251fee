//! The tokens of a text that goes on from an earlier one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::vocab::{Specials, Token, Tokenizer};

/// Texts whose tokens end where the text ends, in most vocabularies: put
/// before a text, they keep the tokenizer from treating it as a beginning.
const ANCHORS: [&str; 6] = ["\n", ":", "[", "a", "。", " x"];

/// Splits texts as the continuation of an earlier text: without the space that a
/// SentencePiece tokenizer puts before a beginning.
///
/// The same tokens come out whatever the earlier text was, so a prompt can be cut into
/// pieces that are tokenised apart. Specials stay text. Each is for one tokenizer, whose
/// anchors are computed once, and the tokens of a word where texts can be cut into words
/// ([`Bridges`](crate::vocab::Bridges)): most words come again.
#[derive(Clone, Debug, Default)]
pub struct Continuation {
    anchors: [OnceLock<Vec<Token>>; ANCHORS.len()],
    words: Arc<Mutex<Words>>,
}

type Words = HashMap<Box<str>, Box<[Token]>>;

/// Longer parts hardly come again.
const LONGEST: usize = 48;

/// So many parts are kept: a few MB.
const MOST: usize = 1 << 15;

impl Continuation {
    /// Falls back on [`Tokenizer::tokenize`] if the vocabulary merges `text` with every
    /// anchor.
    #[must_use]
    pub fn tokenize(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
        let Some(bridges) = tokenizer.bridges() else {
            return self.whole(tokenizer, text);
        };
        let words = self.words.lock();
        let mut words = words.unwrap_or_else(PoisonError::into_inner);
        let mut tokens = Vec::with_capacity(text.len() / 4);
        for part in bridges.cut(text) {
            if let Some(known) = words.get(part) {
                tokens.extend_from_slice(known);
                continue;
            }
            let own = self.whole(tokenizer, part);
            tokens.extend_from_slice(&own);
            if part.len() <= LONGEST {
                if words.len() >= MOST {
                    words.clear();
                }
                words.insert(part.into(), own.into());
            }
        }
        tokens
    }

    fn whole(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
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
