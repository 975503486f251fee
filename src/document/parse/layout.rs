//! Tables that lay out a page: cells with sentences in them are no data.

use crate::document::parse::text::{has_letters, is_wide, letters};

/// So many letters in a cell among others are more than a table's entry.
const LONG: usize = 60;

/// So many words in a cell are more than a name or a number.
const WORDS: usize = 3;

/// What is known of the table that is being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Layout {
    /// It holds data: it is one in Markdown, or its columns have heads.
    #[default]
    Data,
    /// It may hold anything; the text of the open cell begins here.
    Unknown { cell: usize },
}

impl Layout {
    /// A cell, or a paragraph in it, begins.
    pub(super) fn begin(&mut self, at: usize) {
        if let Self::Unknown { cell } = self {
            *cell = at;
        }
    }

    /// Whether there are words in one of a row's cells, as there are no data.
    pub(super) fn has_words(self, row: &str) -> bool {
        let is_text = |cell: &str| {
            let words = cell.split_whitespace().filter(|word| has_letters(word));
            words.take(WORDS).count() == WORDS
                || letters(cell).filter(|&c| is_wide(c)).nth(5).is_some()
        };
        self != Self::Data && row.split(" | ").any(is_text)
    }

    /// Where the running text begins that a row ends with. Text that stands alone in its row
    /// is some if it is a sentence, text among other cells only if it is a long one.
    pub(super) fn prose(self, row: &str, stands_alone: bool) -> Option<usize> {
        let Self::Unknown { cell } = self else {
            return None;
        };
        let text = row.get(cell..)?.trim();
        let is_sentence = text.ends_with(['.', '!', '?', '…', '。', '！', '？', ':', '：'])
            && (text.contains(is_wide) || text.split_whitespace().nth(2).is_some());
        let is_long = letters(text).nth(LONG).is_some();
        (is_sentence && (stands_alone || is_long)).then_some(cell)
    }
}
