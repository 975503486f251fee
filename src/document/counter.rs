//! Counting tokens, and no more of them than has to be known.

use std::fmt;

/// Counts the tokens of texts.
#[derive(Clone, Copy)]
pub struct Counter<'c> {
    count: &'c dyn Fn(&str) -> usize,
    longest: usize,
}

impl<'c> Counter<'c> {
    /// Counts as `count` does.
    #[must_use]
    pub fn new(count: &'c dyn Fn(&str) -> usize) -> Self {
        Self {
            count,
            longest: usize::MAX,
        }
    }

    /// Takes it that no token stands for more than so many bytes of text: a text that is too
    /// long to have few tokens is then not counted.
    #[must_use]
    pub fn with_longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// How many tokens a text has.
    pub(super) fn count(&self, text: &str) -> usize {
        (self.count)(text)
    }

    /// How many tokens a text has, unless it has more than `most`.
    pub(super) fn within(&self, text: &str, most: usize) -> Option<usize> {
        let may = text.len() <= most.saturating_mul(self.longest);
        may.then(|| self.count(text))
            .filter(|&tokens| tokens <= most)
    }
}

impl fmt::Debug for Counter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let longest = &self.longest;
        f.debug_struct("Counter")
            .field("longest", longest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_text_that_cannot_have_few_tokens_is_not_counted() {
        let asked = Cell::new(0);
        let count = |text: &str| {
            asked.set(asked.get() + 1);
            text.len().div_ceil(4)
        };
        let counter = Counter::new(&count).with_longest(4);
        assert_eq!(counter.within("12345678", 2), Some(2));
        assert_eq!(counter.within("123456789", 2), None);
        assert_eq!(asked.get(), 1);
        assert_eq!(Counter::new(&count).within("123456789", 2), None);
        assert_eq!(asked.get(), 2);
    }
}
