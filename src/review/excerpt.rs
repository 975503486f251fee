//! The sentences of a document that tell most of it.

use unicode_width::UnicodeWidthStr;

use crate::classifier::Document;
use crate::document::{Counter, condense_text};

/// So many columns of text are shown: what is read in half a minute.
const COLUMNS: usize = 900;

/// What a person is shown of a document: what condensing keeps, in few words.
#[must_use]
pub fn excerpt(document: Document) -> String {
    let count = |text: &str| text.width();
    let Document { text, format } = document;
    condense_text(text, format, Some(COLUMNS), &Counter::new(&count)).text
}
