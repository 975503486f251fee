//! A whole page: which part of it is read, and what of it is mended first.

use std::borrow::Cow;

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::hidden::{Ends, Reach};
use crate::document::parse::html::{Html, Scope};
use crate::document::parse::text::letters;
use crate::document::parse::xhtml;

/// Elements whose content a tokenizer reads as text until they are closed.
const RAW: [&str; 8] = [
    "script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes",
];

/// The least letters for which `<main>` or `<article>` is taken to be the content.
const MAIN_LETTERS: usize = 100;

/// Reads a whole page that is no feed: title, description, and its main content.
pub(in crate::document::parse) fn content(text: &str) -> Vec<Block> {
    let text = xhtml::as_html(text);
    let text = &*closed(&text);
    let read = |scope| {
        let mut builder = Builder::new();
        Html::new(scope, Ends::of(text, false)).feed(text, 0, Reach::Page, &mut builder);
        builder.finish()
    };
    for name in ["main", "article"] {
        if text.contains(&format!("<{name}")) {
            let blocks = read(Scope::Within(name));
            if told(&blocks) >= MAIN_LETTERS {
                return blocks;
            }
        }
    }
    let body = read(Scope::Body);
    let most = told(&body);
    if text.contains("<form") {
        // Some pages are a form from the first tag to the last.
        let forms = read(Scope::Forms);
        if told(&forms) > 2 * most {
            return forms;
        }
    }
    if most > 0 { body } else { read(Scope::All) }
}

/// The letters of a page that are read, but for its title.
fn told(blocks: &[Block]) -> usize {
    let is_content = |b: &&Block| !matches!(b.kind, BlockKind::Title | BlockKind::Lost(_));
    let content = blocks.iter().filter(is_content);
    content.map(|block| letters(&block.text).count()).sum()
}

/// A page in which nothing is read as text up to its end because a tag is missing: such an
/// element gets a name that means nothing.
fn closed(text: &str) -> Cow<'_, str> {
    let mut fixed = Cow::Borrowed(text);
    // ASCII alone changes: places stay the same.
    let mut lower = text.to_ascii_lowercase();
    for name in RAW {
        let last_end = lower.rfind(&format!("</{name}")).unwrap_or(0);
        let open = format!("<{name}");
        let is_tag = |at: &usize| {
            let next = lower.as_bytes().get(at + open.len());
            next.is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'-')
        };
        let starts = lower[last_end..].match_indices(&open);
        let starts: Vec<usize> = starts.map(|(at, _)| last_end + at).filter(is_tag).collect();
        if starts.is_empty() {
            continue;
        }
        let mut parts = String::with_capacity(fixed.len() + 2 * starts.len());
        let mut copied = 0;
        for at in starts {
            parts.push_str(&fixed[copied..=at]);
            parts.push_str("x-");
            copied = at + 1;
        }
        parts.push_str(&fixed[copied..]);
        lower = parts.to_ascii_lowercase();
        fixed = Cow::Owned(parts);
    }
    fixed
}
