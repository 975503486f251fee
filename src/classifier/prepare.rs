//! A document made ready: read within its budget, and tokenised.

use std::ops::Range;
use std::sync::Arc;

use crate::classifier::{Budget, Classifier, ClassifyError, Document, Long, Prompt};
use crate::decide::Combining;
use crate::document::{Counter, condense_text, windows};
use crate::engine::Engine;
use crate::prompt::{NEUTRAL_ID, Segment};

/// Neighbouring windows share so much of their length: an eighth.
const WINDOW_OVERLAP: usize = 8;

/// So many bytes are tokenised at once where only the number of tokens is wanted.
const COUNTED: usize = 64 << 10;

/// A document that is ready to be classified.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) id: String,
    pub(super) reading: Reading,
}

/// What the model will be shown.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    /// One prompt.
    Whole(Prompt),
    /// One for each window.
    Windows {
        text: String,
        ranges: Vec<Range<usize>>,
        combining: Combining,
    },
}

impl Prepared {
    /// Tokens of the document that the model is shown at once; [`usize::MAX`] where it is
    /// read in windows and stands alone.
    pub(super) fn tokens(&self) -> usize {
        match &self.reading {
            Reading::Whole(prompt) => prompt.document.tokens.len(),
            Reading::Windows { .. } => usize::MAX,
        }
    }

    /// In how many windows the document is read.
    #[must_use]
    pub fn windows(&self) -> usize {
        match &self.reading {
            Reading::Whole(_) => 1,
            Reading::Windows { ranges, .. } => ranges.len(),
        }
    }
}

impl<E: Engine> Classifier<E> {
    /// Reads a document within the budget and tokenises it.
    ///
    /// # Errors
    /// [`ClassifyError::Empty`] where there is nothing in it.
    pub fn prepare<'d>(
        &self,
        id: &str,
        document: impl Into<Document<'d>>,
    ) -> Result<Prepared, ClassifyError> {
        let document = document.into();
        if document.text.trim().is_empty() {
            return Err(ClassifyError::Empty);
        }
        let reading = match (self.options.budget, self.options.long) {
            (Budget::Tokens(budget), Long::Windows(combining)) => {
                let overlap = budget / WINDOW_OVERLAP;
                let count = |part: &str| self.count(part);
                Reading::Windows {
                    ranges: windows(document.text, budget, overlap, &count),
                    text: document.text.to_owned(),
                    combining,
                }
            }
            _ => Reading::Whole(self.prompt(id, document)),
        };
        let id = id.to_owned();
        Ok(Prepared { id, reading })
    }

    /// The prompt for a document: exactly what [`Classifier::classify`] feeds. Of a
    /// document that is read in windows, the first.
    #[must_use]
    pub fn prompt<'d>(&self, id: &str, document: impl Into<Document<'d>>) -> Prompt {
        let document = document.into();
        let count = |part: &str| self.count(part);
        match (self.options.budget, self.options.long) {
            (Budget::Full, _) => self.prompt_for(id, document.text, 0),
            (Budget::Tokens(budget), Long::Condense) => {
                let counter = Counter::new(&count).with_longest(self.engine.longest_piece());
                let shown = condense_text(document.text, document.format, Some(budget), &counter);
                self.prompt_for(id, &shown.text, shown.left_out)
            }
            (Budget::Tokens(budget), Long::Head | Long::Windows(_)) => {
                let first = windows(document.text, budget, 0, &count).into_iter().next();
                let (head, rest) = document.text.split_at(first.map_or(0, |range| range.end));
                self.prompt_for(id, head, rest.trim().len())
            }
        }
    }

    /// How many tokens stand before a document, and how many behind it up to the end of the
    /// longest answer.
    #[must_use]
    pub fn tokens_around(&self, id: &str) -> (usize, usize) {
        let suffix = self.suffix(id).tokens.len();
        let prefix = self.list.prompter.prefix().tokens.len();
        (prefix, suffix + self.answer_tokens())
    }

    /// How many tokens a text has as part of a document. One that is longer than 64 KiB is
    /// counted in parts, cut at line ends, so that megabytes take no more memory.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let mut tokens = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let most = rest.floor_char_boundary(COUNTED);
            let end = if most == rest.len() {
                most
            } else {
                rest[..most].rfind('\n').map_or(most, |newline| newline + 1)
            };
            let (part, later) = rest.split_at(end);
            tokens += self.list.prompter.document(&self.engine, part).len();
            rest = later;
        }
        tokens
    }

    /// The prompt for one window, of a document that is read in windows.
    pub(super) fn window_prompt(&self, prepared: &Prepared, window: usize) -> Prompt {
        match &prepared.reading {
            Reading::Whole(prompt) => prompt.clone(),
            Reading::Windows { text, ranges, .. } => {
                self.prompt_for(&prepared.id, &text[ranges[window].clone()], 0)
            }
        }
    }

    pub(super) fn prompt_for(&self, id: &str, text: &str, left_out: usize) -> Prompt {
        let tokens = self.list.prompter.document(&self.engine, text);
        let evidence = self.list.evidence.as_ref();
        let evidence = evidence.map(|evidence| evidence.of(text));
        let text = self.list.prompter.written(text).into_owned();
        Prompt {
            evidence: evidence.unwrap_or_default(),
            prefix: Arc::clone(self.list.prompter.prefix()),
            document: Segment { text, tokens },
            suffix: self.suffix(id),
            left_out,
        }
    }

    /// The id that the model is shown for a document.
    pub(super) fn shown_id<'i>(&self, id: &'i str) -> &'i str {
        if self.options.id_in_prompt {
            id
        } else {
            NEUTRAL_ID
        }
    }

    /// What stands behind a document, up to where the model decides.
    fn suffix(&self, id: &str) -> Segment {
        if self.options.id_in_prompt {
            return self.suffix_with(id);
        }
        let suffix = self.suffix.get_or_init(|| self.suffix_with(id));
        suffix.clone()
    }

    fn suffix_with(&self, id: &str) -> Segment {
        if let Some(questions) = &self.list.questions {
            return questions.first.clone();
        }
        let head = self.list.prompter.answer_head(self.shown_id(id));
        let forced = self.list.spelling.forced(&self.engine, &head);
        let max_tags = self.options.decide.max_tags;
        self.list.prompter.suffix(&self.engine, max_tags, forced)
    }
}
