//! Room for prompts in the model's context, and what to blame if there is none.

use crate::classifier::{Budget, Classifier, ClassifyError, Prompt};
use crate::engine::{BRANCH_CELLS, Engine, EngineError};
use crate::vocab::Token;

/// Tokens of a document that still says something.
const SHORT_DOCUMENT: usize = 100;

impl<E: Engine> Classifier<E> {
    /// Makes the context long enough, and decodes the prefixes that are not there.
    pub(super) fn make_room(
        &mut self,
        prompts: &[&Prompt],
        orders: usize,
    ) -> Result<(), EngineError> {
        let prefix = self.longest_prefix();
        let answer = self.answer_tokens();
        let length =
            |prompt: &&Prompt| prompt.document.tokens.len() + prompt.suffix.tokens.len() + answer;
        let longest = prefix + prompts.iter().map(length).max().unwrap_or(0);
        let needed = prefix + prompts.iter().map(length).sum::<usize>();
        // Room for a whole budget at once, so that a longer document later on does
        // not cost another computation of the prefix; but only where there is room.
        let around = prompts[0].suffix.tokens.len() + answer;
        let (wanted, together) = match self.options.budget {
            Budget::Tokens(budget) => {
                let whole = prefix.saturating_add(around).saturating_add(budget);
                (whole.max(longest), whole.max(needed))
            }
            Budget::Full => (longest, needed),
        };
        match self.engine.reserve(wanted, together) {
            Err(EngineError::ContextFull { .. } | EngineError::NoMemory { .. })
                if longest < wanted || needed < together =>
            {
                self.engine.reserve(longest, needed)?;
            }
            result => result?,
        }
        let prefixes = self.list.prefixes.iter().take(orders);
        let prefixes: Vec<&[Token]> = prefixes.map(Vec::as_slice).collect();
        self.engine.set_prefixes(&prefixes)
    }

    /// The tokens of the list and all that stands before a document, in its longest order.
    fn longest_prefix(&self) -> usize {
        self.list.prefixes.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The tokens of the longest answer, its head not counted.
    pub(super) fn answer_tokens(&self) -> usize {
        let max_tags = self.options.decide.max_tags.min(self.list.tags.len());
        let stop = self.list.spelling.first().stop().len();
        max_tags.saturating_mul(self.list.longest_path) + stop
    }

    /// Whether it is the list that does not fit, rather than the documents.
    pub(super) fn blame(&self, prompts: &[&Prompt], error: EngineError) -> ClassifyError {
        let EngineError::ContextFull { capacity, .. } = error else {
            return error.into();
        };
        let suffixes = prompts.iter().map(|prompt| prompt.suffix.tokens.len());
        let suffix = suffixes.min().unwrap_or(0);
        // A decision model is shown the list behind the document.
        let (before, behind) = match self.list.questions {
            Some(_) => (suffix, 0),
            None => (0, suffix),
        };
        let (tags, list) = (self.list.tags.len(), self.longest_prefix() + before);
        let around = behind + self.answer_tokens();
        // What one document takes that has no text, and one that says something.
        let needed = list + around + BRANCH_CELLS;
        let room = capacity.saturating_sub(needed - list + SHORT_DOCUMENT);
        // Where nothing beside the list would fit either, the context is to blame.
        if needed <= capacity || room == 0 {
            return error.into();
        }
        ClassifyError::LongList {
            tags,
            needed,
            capacity,
            fit: tags * room / list.max(1),
        }
    }
}
