//! Lines that lead elsewhere: language switches, rows of links, tables of contents.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::document::parse::{Block, BlockKind, has_letters, letters};
use crate::document::words::listed;

/// What languages are called on language switches.
static LANGUAGES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    listed(include_str!("words/languages.txt"), "language")
        .into_iter()
        .collect()
});

/// Share of a line's letters, in per cent, that has to be link text.
const MOST: usize = 80;

/// A longer text is no language switch, whatever is in it.
const MAX_SWITCH: usize = 800;

/// Whether a block is a row of links, or lets choose a language.
pub(super) fn is_navigation(block: &Block) -> bool {
    match block.kind {
        BlockKind::Paragraph | BlockKind::Heading(_) | BlockKind::Quote | BlockKind::Row(_) => {
            is_language_switch(&block.text) || block.links >= 3 && is_mostly(block.linked, block)
        }
        BlockKind::Item => is_language_switch(&block.text),
        _ => false,
    }
}

/// Whether a block leads to places in the same document.
pub(super) fn is_contents(block: &Block) -> bool {
    !matches!(block.kind, BlockKind::Heading(_)) && block.inner > 0 && is_mostly(block.inner, block)
}

fn is_mostly(part: usize, block: &Block) -> bool {
    part * 100 >= letters(&block.text).count() * MOST
}

/// Asked of nearly every word: most are in lower case, and cost no allocation.
fn is_language(word: &str) -> bool {
    LANGUAGES.contains(word)
        || word.contains(char::is_uppercase) && LANGUAGES.contains(word.to_lowercase().as_str())
}

fn is_language_switch(text: &str) -> bool {
    if text.len() > MAX_SWITCH {
        return false;
    }
    // Not all that is no letter: scripts of India write vowels as marks.
    let is_between = |c: char| match c {
        '·' | '•' | '∙' | '⋅' | '／' | '、' | '｜' | '，' | '—' | '–' | '→' => {
            true
        }
        _ => c.is_whitespace() || c.is_ascii_punctuation() && c != '-',
    };
    let words = text.split(is_between).filter(|word| has_letters(word));
    let (mut languages, mut others) = (0, 0);
    for word in words {
        if is_language(word) {
            languages += 1;
        } else {
            others += 1;
        }
    }
    // Some that are not in the list, or "Read this in", may stand among them.
    languages >= 4 && others <= 2 * languages
        || languages >= 2 && others <= languages / 2
        || languages == 1 && others == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, links: usize, linked: usize) -> Block {
        let mut block = Block::new(BlockKind::Paragraph, text);
        (block.links, block.linked) = (links, linked);
        block
    }

    #[test]
    fn language_switches_and_link_rows_are_navigation() {
        for (text, links, linked, is) in [
            ("English | 中文", 1, 7, true),
            ("[English] · Deutsch · Français", 0, 0, true),
            ("Read in English, Polski, Deutsch, Türkçe", 4, 20, true),
            ("English", 0, 0, true),
            ("Docs | Chat | Blog", 3, 12, true),
            ("See the Docs, the Chat, and our Blog", 3, 12, false),
            ("It translates English to German", 0, 0, false),
            ("", 0, 0, false),
        ] {
            assert_eq!(is_navigation(&block(text, links, linked)), is, "{text}");
        }
    }

    #[test]
    fn links_within_the_document_are_contents() {
        let mut item = block("Usage", 1, 5);
        item.kind = BlockKind::Item;
        assert!(!is_contents(&item));
        item.inner = 5;
        assert!(is_contents(&item));
    }
}
