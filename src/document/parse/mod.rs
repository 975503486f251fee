//! Parsing: from a document in one of the formats to a flat list of clean blocks.

mod asciidoc;
mod attributes;
mod block;
mod builder;
mod feed;
mod front_matter;
mod hidden;
mod html;
mod image;
mod layout;
mod lines;
mod mail;
mod man;
mod markdown;
mod mdx;
mod notebook;
mod org;
mod plain;
mod raw;
mod rst;
mod text;
mod xhtml;

use crate::document::format::Format;
pub(in crate::document) use crate::document::parse::block::{Block, BlockKind};
pub(in crate::document) use crate::document::parse::text::{
    has_letters, is_joined, is_letter, is_wide, letters,
};

/// Parses a document.
pub(in crate::document) fn blocks(text: &str, format: Format) -> Vec<Block> {
    match format {
        Format::Html => feed::feed_or_page(text),
        Format::Markdown => markdown::blocks(text),
        Format::Mdx => mdx::blocks(text),
        Format::Rst => rst::blocks(text),
        Format::AsciiDoc => asciidoc::blocks(text),
        Format::Org => org::blocks(text),
        Format::Man => man::blocks(text),
        Format::Notebook => notebook::blocks(text).unwrap_or_else(|| plain::blocks(text)),
        Format::Mail => mail::blocks(text).unwrap_or_else(|| plain::blocks(text)),
        Format::Plain => plain::blocks(text),
    }
}
