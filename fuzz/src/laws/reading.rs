//! Documents: from bytes to what the model reads, within a budget, or in windows.

use minitag::document::{
    Condensed, Counter, Fate, Format, Piece, Reason, condense, condense_text, decode, windows,
};
use unicode_segmentation::UnicodeSegmentation;

/// Reads a document as if it were written in each of these.
pub(super) fn assert_read(data: &[u8], formats: &[Format]) {
    let Ok(decoded) = decode(data) else { return };
    assert!(decoded.replaced <= decoded.replaced_bytes && decoded.replaced_bytes <= data.len());
    let text = decoded.text.as_str();
    // Whatever the fuzzer changes, changes this as well.
    let budget = data.len() % 64;
    for &format in formats {
        assert_condensed(text, &condense(text, format, None, &count), usize::MAX);
        let condensed = condense(text, format, Some(budget), &count);
        assert_condensed(text, &condensed, budget);
        // The account of what is dropped changes nothing of what is kept, nor does it matter
        // which pieces are counted.
        let counter = Counter::new(&count).with_longest(4);
        let shown = condense_text(text, format, Some(budget), &counter);
        assert_eq!(shown.text, condensed.text);
        let over = |piece: &Piece| piece.fate == Fate::Dropped(Reason::Budget);
        assert_eq!(shown.left_out > 0, condensed.pieces.iter().any(over));
    }
    assert_covered(text, budget.max(1));
}

/// A tokenizer that is as good as any: four bytes a token.
fn count(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// It fits, is empty only where the document is, and nothing vanishes silently.
fn assert_condensed(text: &str, condensed: &Condensed, budget: usize) {
    assert_eq!(condensed.used, count(&condensed.text));
    // A single character may already be more than fits.
    assert!(condensed.used <= budget || condensed.text.chars().count() <= 1);
    assert!(condensed.used <= condensed.tokens);
    assert_eq!(condensed.text.is_empty(), text.trim().is_empty());
    let kept = condensed.pieces.iter().filter(|p| p.fate == Fate::Kept);
    let kept = kept.flat_map(|piece| piece.text.split_whitespace());
    let shown = condensed.text.split_whitespace();
    assert!(kept.flat_map(str::chars).eq(shown.flat_map(str::chars)));
}

/// Windows leave nothing out, go forward, and fit unless they are one character.
fn assert_covered(text: &str, window: usize) {
    let (mut covered, mut last) = (0, 0..0);
    for range in windows(text, window, window / 8, &count) {
        assert!(range.start <= covered && range.start >= last.start && range.end > last.end);
        let part = &text[range.clone()];
        assert!(count(part) <= window || part.graphemes(true).count() == 1);
        covered = range.end;
        last = range;
    }
    assert_eq!(covered, text.len());
}
