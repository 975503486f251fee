//! Parsing: from a document in one of the formats to a flat list of clean blocks.

mod asciidoc;
mod block;
mod builder;
mod front_matter;
mod html;
mod image;
mod lines;
mod markdown;
mod org;
mod plain;
mod rst;
mod text;

use crate::document::format::Format;
pub(in crate::document) use crate::document::parse::block::{Block, BlockKind};
pub(in crate::document) use crate::document::parse::text::{
    has_letters, is_letter, is_wide, letters,
};

/// Parses a document.
pub(in crate::document) fn blocks(text: &str, format: Format) -> Vec<Block> {
    match format {
        Format::Html => html::page(text),
        Format::Markdown => markdown::blocks(text),
        Format::Rst => rst::blocks(text),
        Format::AsciiDoc => asciidoc::blocks(text),
        Format::Org => org::blocks(text),
        Format::Plain => plain::blocks(text),
    }
}
