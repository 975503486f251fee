//! Which block names a document.

use crate::document::navigation::{is_language_name, is_navigation};
use crate::document::parse::{Block, BlockKind};
use crate::document::topic::{Topic, Topics};

/// A title may stand behind so many other blocks.
const TITLE_WITHIN: usize = 40;
/// So many paragraphs may stand before it.
const MAX_NOTICES: usize = 3;
/// A longer heading, in characters, is a notice and names nothing.
const MAX_TITLE: usize = 120;

/// Which block names the whole document.
pub(super) fn title(blocks: &[Block]) -> Option<usize> {
    let topics = Topics::of_document("");
    let is_read = |block: &Block| !matches!(block.kind, BlockKind::Lost(_));
    let read = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| is_read(block));
    let head: Vec<(usize, &Block)> = read.take(TITLE_WITHIN).collect();
    let is_name = |block: &Block| {
        block.text.chars().nth(MAX_TITLE).is_none()
            && !is_navigation(block)
            && !is_language_name(&block.text)
    };
    let heading = |wanted: Option<u8>, any: bool| {
        let found = head.iter().find(|(_, block)| match block.kind {
            BlockKind::Heading(level) => {
                wanted.is_none_or(|wanted| wanted == level)
                    && is_name(block)
                    && (any || Topic::of_whole(&block.text) == Topic::Other)
            }
            _ => false,
        });
        found.copied()
    };
    let named = |kind: &BlockKind| head.iter().find(|(_, block)| block.kind == *kind).copied();
    let is_prose = |block: &&Block| {
        matches!(block.kind, BlockKind::Paragraph | BlockKind::Item) && !is_navigation(block)
    };
    let prose_before = |at: usize| blocks[..at].iter().filter(is_prose).count();
    // A heading of the first level may stand behind a notice; behind more text, and any
    // other heading behind any text, is a section's.
    let highest = heading(Some(1), false).filter(|(at, _)| prose_before(*at) <= MAX_NOTICES);
    let first = heading(None, false).filter(|(at, _)| prose_before(*at) == 0);
    let section = first.filter(|(_, block)| topics.of(&block.text) == Topic::Other);
    // A name may say what elsewhere a section is about.
    let only = heading(Some(1), true).filter(|(at, _)| prose_before(*at) == 0);
    let found = highest
        .or_else(|| named(&BlockKind::Title))
        .or(section)
        .or_else(|| named(&BlockKind::Logo))
        .or(first)
        .or(only);
    found.map(|(at, _)| at)
}
