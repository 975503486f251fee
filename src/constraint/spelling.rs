//! How a vocabulary writes the parts of an answer.

use crate::vocab::{Token, Tokenizer, spell, tokenize_continuation};

/// The tokens of every part of an answer, each tokenised by itself, so that a
/// tag is written in the same way wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// One token path for each tag, in list order.
    pub tags: Vec<Vec<Token>>,
    /// `,` between two tags.
    pub comma: Vec<Token>,
    /// `]}`, the end of the answer.
    pub close: Vec<Token>,
}

/// A part of the answer that the vocabulary cannot write.
#[derive(Debug, thiserror::Error)]
#[error("the model's vocabulary cannot spell `{literal}`: it reads back as `{read_back}`")]
pub struct SpellingError {
    /// What had to be written.
    pub literal: String,
    /// What its tokens stand for.
    pub read_back: String,
}

impl Spelling {
    /// Spells the JSON literals of all tags and checks that each reads back.
    ///
    /// # Errors
    /// [`SpellingError`] for the first literal that does not come back as it was,
    /// for instance where a vocabulary without byte tokens lacks a character.
    pub fn new(
        tokenizer: &(impl Tokenizer + ?Sized),
        literals: &[String],
    ) -> Result<Self, SpellingError> {
        let path = |literal: &str| {
            let tokens = tokenize_continuation(tokenizer, literal);
            let bytes = spell(tokenizer, &tokens);
            if bytes != literal.as_bytes() {
                return Err(SpellingError {
                    literal: literal.to_owned(),
                    read_back: String::from_utf8_lossy(&bytes).into_owned(),
                });
            }
            Ok(tokens)
        };
        Ok(Self {
            tags: literals.iter().map(|l| path(l)).collect::<Result<_, _>>()?,
            comma: path(",")?,
            close: path("]}")?,
        })
    }

    /// What may follow a tag that is complete but could go on (`1` in a list with
    /// `17`): the first token of a comma or of the end.
    #[must_use]
    pub fn terminators(&self) -> Vec<Token> {
        let mut first: Vec<Token> = [&self.comma, &self.close]
            .iter()
            .filter_map(|path| path.first().copied())
            .collect();
        first.dedup();
        first
    }

    /// The tags whose path is the beginning of another tag's path: these need a
    /// terminator to be told apart.
    #[must_use]
    pub fn open_ended(&self) -> Vec<bool> {
        let mut order: Vec<usize> = (0..self.tags.len()).collect();
        order.sort_by_key(|&i| &self.tags[i]);
        let mut open = vec![false; self.tags.len()];
        // In sorted order, what begins with a path follows it at once.
        for pair in order.windows(2) {
            open[pair[0]] = self.tags[pair[1]].starts_with(&self.tags[pair[0]]);
        }
        open
    }
}
