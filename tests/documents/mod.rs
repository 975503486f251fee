//! Documents: what is read of them in each format and language, and that it always
//! fits the budget. All documents here are invented.

use minitag::document::{Condensed, Fate, Format, PieceKind, condense};

mod account;
mod command;
mod formats;
mod golden;
mod laws;
mod misread;
mod readmes;

const FORMATS: [Format; 10] = [
    Format::Markdown,
    Format::Html,
    Format::Rst,
    Format::AsciiDoc,
    Format::Org,
    Format::Plain,
    Format::Mdx,
    Format::Man,
    Format::Notebook,
    Format::Mail,
];

/// Those of which every word is accounted for, whatever stands around it.
const ACCOUNTED: [Format; 6] = [
    Format::Markdown,
    Format::Html,
    Format::Rst,
    Format::AsciiDoc,
    Format::Org,
    Format::Plain,
];

/// A tokenizer that can be counted by hand: a token a word.
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[track_caller]
fn condensed(text: &str, format: Format, budget: usize) -> Condensed {
    let condensed = condense(text, format, Some(budget), &words);
    assert_lawful(text, &condensed, budget, &words);
    condensed
}

/// What is read where there is no budget.
#[track_caller]
fn assert_reads(text: &str, format: Format, expected: &str) {
    let condensed = condense(text, format, None, &words);
    assert_eq!(condensed.text, expected.trim_matches('\n'));
}

/// What is kept stands in the document, word by word and in the same order: nothing is
/// made up. Between two words there may be anything: markup, what was dropped, a line's
/// end. A letter of a script without spaces is a word of its own.
///
/// This is so wherever markup does not move text about, put a character in the place of
/// another, or stand inside a word. Images come behind their paragraph.
#[track_caller]
fn assert_words_in_order(text: &str, condensed: &Condensed) {
    let is_alone = |c: char| matches!(c, '\u{2e80}'..='\u{9fff}');
    let mut rest = text;
    for piece in condensed.pieces.iter().filter(|p| p.fate == Fate::Kept) {
        let runs = piece.text.split(|c: char| !c.is_alphanumeric());
        let words = runs.flat_map(|run| run.split_inclusive(is_alone));
        for word in words.filter(|word| !word.is_empty()) {
            if piece.kind == PieceKind::Image {
                assert!(text.contains(word), "{word:?} is made up");
                continue;
            }
            let Some(at) = rest.find(word) else {
                panic!("{word:?} of {:?} is out of order", condensed.text);
            };
            rest = &rest[at + word.len()..];
        }
    }
}

/// What holds for every document and every budget.
#[track_caller]
fn assert_lawful(text: &str, condensed: &Condensed, budget: usize, count: &dyn Fn(&str) -> usize) {
    assert_eq!(condensed.used, count(&condensed.text));
    // A single character may already be more than fits.
    let fits = condensed.used <= budget || condensed.text.chars().count() <= 1;
    assert!(fits, "{} tokens of {budget} used", condensed.used);
    assert!(condensed.used <= condensed.tokens);
    assert_eq!(condensed.text.is_empty(), text.trim().is_empty());
    let has_letters = |text: &str| text.contains(char::is_alphanumeric);
    if has_letters(text) && condensed.used > 20 {
        assert!(
            has_letters(&condensed.text),
            "no letter of {text:?} is left"
        );
    }
    let kept = condensed.pieces.iter().filter(|p| p.fate == Fate::Kept);
    let kept: String = kept.map(|piece| piece.text.as_str()).collect();
    let glyphs = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(glyphs(&kept), glyphs(&condensed.text));
}
