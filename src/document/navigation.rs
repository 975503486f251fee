//! Lines that lead elsewhere: language switches, rows of links, tables of contents.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::document::parse::{Block, BlockKind, has_letters, letters};
use crate::document::words::listed;

/// Words that are told apart: what languages are called on language switches, and what else
/// is said there.
static WORDS: LazyLock<HashMap<&str, Word>> = LazyLock::new(|| {
    let text = include_str!("words/languages.txt");
    let around = listed(text, "around").into_iter();
    let around = around.map(|word| (word, Word::Around));
    let languages = listed(text, "language").into_iter();
    let is_code = |word: &str| word.len() <= 3 && word.is_ascii();
    let languages = languages.map(|word| {
        let kind = if is_code(word) {
            Word::Code
        } else {
            Word::Language
        };
        (word, kind)
    });
    around.chain(languages).collect()
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// A language's name.
    Language,
    /// Its code: a word of other languages as well.
    Code,
    /// "Read this in".
    Around,
}

/// Share of a line's letters, in per cent, that has to be link text.
const MOST: usize = 80;

/// With so many other words, and fewer languages before, a line is none.
const MAX_OTHERS: usize = 6;

/// A longer text is no language switch, whatever is in it.
const MAX_SWITCH: usize = 800;

/// Whether a block is a row of links, or lets choose a language.
pub(super) fn is_navigation(block: &Block) -> bool {
    let is_linked = block.linked > 0;
    match block.kind {
        // One language is the heading of what is written in it.
        BlockKind::Heading(_) => {
            languages(&block.text, is_linked) >= 2 || block.links >= 3 && is_mostly_links(block)
        }
        BlockKind::Paragraph | BlockKind::Quote | BlockKind::Row(_) => {
            languages(&block.text, is_linked) >= 1 || block.links >= 3 && is_mostly_links(block)
        }
        BlockKind::Item => languages(&block.text, is_linked) >= if is_linked { 1 } else { 2 },
        _ => false,
    }
}

fn is_mostly_links(block: &Block) -> bool {
    is_mostly(block.linked, block)
}

/// Whether a text is the name of a language.
pub(super) fn is_language_name(text: &str) -> bool {
    languages(text, false) >= 1
}

/// Whether a block leads to places in the same document.
pub(super) fn is_contents(block: &Block) -> bool {
    !matches!(block.kind, BlockKind::Heading(_)) && block.inner > 0 && is_mostly(block.inner, block)
}

fn is_mostly(part: usize, block: &Block) -> bool {
    part * 100 >= letters(&block.text).count() * MOST
}

/// Asked of nearly every word: most are in lower case, and cost no allocation.
fn known(word: &str) -> Option<Word> {
    let found = WORDS.get(word).copied();
    found.or_else(|| {
        let has_case = word.contains(char::is_uppercase);
        has_case.then(|| WORDS.get(word.to_lowercase().as_str()).copied())?
    })
}

/// How many languages a line lets choose from: as many as it names, if it names little else,
/// and none if it says more than that. Codes alone are words of other languages too ("de", "it"):
/// it takes a name among them, links, or several.
fn languages(text: &str, is_linked: bool) -> usize {
    if text.len() > MAX_SWITCH {
        return 0;
    }
    // Not all that is no letter: scripts of India write vowels as marks.
    let is_between = |c: char| match c {
        '·' | '•' | '∙' | '⋅' | '／' | '、' | '｜' | '，' | '—' | '–' | '→' => {
            true
        }
        _ => c.is_whitespace() || c.is_ascii_punctuation() && c != '-',
    };
    let words = text.split(is_between).filter(|word| has_letters(word));
    let (mut named, mut codes, mut around, mut others) = (0, 0, 0, 0);
    for word in words {
        match known(word) {
            Some(Word::Language) => named += 1,
            Some(Word::Code) => codes += 1,
            Some(Word::Around) => around += 1,
            None => others += 1,
        }
        // Running text: most paragraphs end here.
        if others >= MAX_OTHERS && named + codes < others {
            return 0;
        }
    }
    let all = named + codes;
    let is_choice = named > 0 || codes >= 3 || is_linked && codes > 0;
    // Some that are not in the list may stand among them, the more it is plain what the line is.
    let share = if around >= 3 { 3 } else { 5 };
    let is_most = others * share <= all && (all >= 2 || around == 0);
    if is_choice && is_most { all } else { 0 }
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
            ("EN | DE | FR", 0, 0, true),
            ("Read this in other languages: English, 日本語", 0, 0, true),
            ("It translates English to German", 0, 0, false),
            (
                "Reads receipts in English, German, French and Polish.",
                0,
                0,
                false,
            ),
            (
                "Guía de limpieza de filtros de aceite de camiones",
                0,
                0,
                false,
            ),
            ("IT", 0, 0, false),
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
