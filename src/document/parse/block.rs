//! What every format is parsed into: a flat list of blocks of clean text.

use crate::document::piece::Reason;

/// What a block of text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::document) enum BlockKind {
    /// A name given apart from the text: front matter, `<title>`.
    Title,
    /// A heading and its level, 1 to 6.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// The first text of a list item.
    Item,
    /// More text of a list item.
    Continuation,
    /// Quoted text.
    Quote,
    /// Preformatted text, and the language it is said to be in.
    Code(String),
    /// A table's row, counted from 0 in its table.
    Row(usize),
    /// What stands for an image.
    Image,
    /// The name on an image before all text.
    Logo,
    /// What is not read, and why.
    Lost(Reason),
}

/// A block of clean text: no markup in it, white space collapsed, a line feed only
/// where the author wanted a new line (everywhere in code).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::document) struct Block {
    /// What it is.
    pub(in crate::document) kind: BlockKind,
    /// What it says.
    pub(in crate::document) text: String,
    /// How many links there are in it.
    pub(in crate::document) links: usize,
    /// How many of its letters are links' text.
    pub(in crate::document) linked: usize,
    /// How many of these lead to another place in the same document.
    pub(in crate::document) inner: usize,
    /// Whether bare addresses were taken out of it.
    pub(in crate::document) had_address: bool,
}

impl Block {
    /// A block without links.
    pub(in crate::document) fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            links: 0,
            linked: 0,
            inner: 0,
            had_address: false,
        }
    }
}
