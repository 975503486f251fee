//! The tokens of a text, and where each of them ends.

use std::ops::Range;

use crate::vocab::{Token, Tokenizer};

/// Tokens, and where in the text each of them ends, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) tokens: Vec<Token>,
    ends: Vec<usize>,
}

impl Tokens {
    pub(super) fn new(tokenizer: &(impl Tokenizer + ?Sized), tokens: Vec<Token>) -> Self {
        let lengths = tokens.iter().map(|&token| tokenizer.piece(token).len());
        let ends = lengths.scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        Self {
            ends: ends.collect(),
            tokens,
        }
    }

    /// Where so many tokens end.
    pub(super) fn end_of(&self, length: usize) -> usize {
        length.checked_sub(1).map_or(0, |last| self.ends[last])
    }

    /// How many tokens write the text up to `at`; `None` where one of them goes across.
    pub(super) fn length_to(&self, at: usize) -> Option<usize> {
        match at {
            0 => Some(0),
            at => self.ends.binary_search(&at).ok().map(|last| last + 1),
        }
    }

    /// How many tokens it takes to write the text up to `at` and maybe beyond.
    pub(super) fn length_past(&self, at: usize) -> usize {
        let before = self.ends.partition_point(|&end| end < at);
        (before + 1).min(self.tokens.len())
    }

    /// The tokens that write a part of the text.
    pub(super) fn around(&self, range: Range<usize>) -> &[Token] {
        let first = self.ends.partition_point(|&end| end <= range.start);
        &self.tokens[first..self.length_past(range.end)]
    }

    /// The tokens behind the first `length`, which write `bytes`.
    pub(super) fn from(&self, length: usize, bytes: usize) -> Self {
        Self {
            tokens: self.tokens[length..].to_vec(),
            ends: self.ends[length..].iter().map(|end| end - bytes).collect(),
        }
    }
}

/// How many tokens all of these begin with, as far as they end at `at` or before.
pub(super) fn common_length<'t>(mut all: impl Iterator<Item = &'t Tokens>, at: usize) -> usize {
    let Some(first) = all.next() else {
        return 0;
    };
    let most = first.ends.partition_point(|&end| end <= at);
    all.fold(most, |length, other| {
        let pairs = first.tokens[..length].iter().zip(&other.tokens);
        pairs.take_while(|(one, other)| one == other).count()
    })
}
