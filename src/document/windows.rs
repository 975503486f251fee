//! Windows: a long document in parts, each short enough for the model.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::sentences::sentence_ends;

/// A text is not counted but cut at once where it has more bytes than this for each
/// token that fits: no token is that long.
const BYTES_PER_TOKEN: usize = 64;

/// Where a text may be cut, the best places first.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Paragraph,
    Sentence,
    Word,
    Grapheme,
}

/// Cuts a text into windows of at most `window` tokens, as `count` counts them;
/// neighbours share up to `overlap`, so that what is said at a cut is read whole in
/// one of them. Each is a range of bytes.
///
/// A window's tokens are the sum over its parts, the least of which is a grapheme: where
/// `count` makes more of the whole than of these, it is longer by that.
///
/// Cuts are at the ends of paragraphs, where one is too long at those of sentences,
/// then of words, and never inside a grapheme. Together the windows cover everything.
#[must_use]
pub fn windows(
    text: &str,
    window: usize,
    overlap: usize,
    count: &dyn Fn(&str) -> usize,
) -> Vec<Range<usize>> {
    let mut units = Vec::new();
    split(
        text,
        0..text.len(),
        Cut::Paragraph,
        window.max(1),
        count,
        &mut units,
    );
    let mut windows = Vec::new();
    let mut first = 0;
    while first < units.len() {
        let mut tokens = 0;
        let fit = units[first..].iter().take_while(|(_, unit)| {
            tokens += unit;
            tokens <= window
        });
        // A grapheme of more tokens than fit is a window of its own.
        let end = first + fit.count().max(1);
        windows.push(units[first].0.start..units[end - 1].0.end);
        if end == units.len() {
            break;
        }
        // What is shared has to leave room for what comes next.
        let most = overlap.min(window.saturating_sub(units[end].1));
        let mut shared = 0;
        let again = units[first + 1..end].iter().rev().take_while(|(_, unit)| {
            shared += unit.max(&1);
            shared <= most
        });
        first = end - again.count();
    }
    windows
}

/// Splits a part of a text into units that fit, with their tokens.
fn split(
    text: &str,
    range: Range<usize>,
    cut: Cut,
    window: usize,
    count: &dyn Fn(&str) -> usize,
    units: &mut Vec<(Range<usize>, usize)>,
) {
    let part = &text[range.clone()];
    // However long it is: a letter can have any number of accents.
    let is_least = matches!(cut, Cut::Grapheme) && part.graphemes(true).nth(1).is_none();
    if is_least || part.len() <= window.saturating_mul(BYTES_PER_TOKEN) {
        let tokens = count(part);
        if is_least || tokens <= window {
            if !part.is_empty() {
                units.push((range, tokens));
            }
            return;
        }
    }
    let (starts, next): (Vec<usize>, Cut) = match cut {
        Cut::Paragraph => (paragraphs(part), Cut::Sentence),
        Cut::Sentence => (
            std::iter::once(0).chain(sentence_ends(part)).collect(),
            Cut::Word,
        ),
        Cut::Word => (
            part.split_word_bound_indices().map(|(at, _)| at).collect(),
            Cut::Grapheme,
        ),
        Cut::Grapheme => (
            part.grapheme_indices(true).map(|(at, _)| at).collect(),
            Cut::Grapheme,
        ),
    };
    let ends = starts.iter().skip(1).copied().chain([part.len()]);
    for (&start, end) in starts.iter().zip(ends) {
        split(
            text,
            range.start + start..range.start + end,
            next,
            window,
            count,
            units,
        );
    }
}

/// Where the paragraphs of a text begin; the empty lines belong to the one before.
fn paragraphs(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    let mut after_empty = false;
    for line in text.split_inclusive('\n') {
        let empty = line.trim().is_empty();
        if after_empty && !empty {
            starts.push(at);
        }
        after_empty = empty && at > 0;
        at += line.len();
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn cut(text: &str, window: usize, overlap: usize) -> Vec<&str> {
        let ranges = windows(text, window, overlap, &words);
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn cuts_are_at_paragraphs_then_sentences_then_words() {
        assert_eq!(cut("a b\n\nc d\n\ne f", 4, 0), ["a b\n\nc d\n\n", "e f"]);
        assert_eq!(
            cut("One two. Three four. Five.", 4, 0),
            ["One two. Three four. ", "Five."]
        );
        assert_eq!(cut("a b c d e", 2, 0), ["a b ", "c d ", "e"]);
        assert_eq!(cut("short", 9, 3), ["short"]);
        assert_eq!(cut("", 9, 3), [""; 0]);
    }

    #[test]
    fn neighbours_overlap() {
        assert_eq!(
            cut("a\n\nb\n\nc\n\nd", 2, 1),
            ["a\n\nb\n\n", "b\n\nc\n\n", "c\n\nd"]
        );
    }

    #[test]
    fn a_grapheme_is_never_cut() {
        let text = "e\u{301}".repeat(9);
        let ranges = windows(&text, 4, 0, &|part: &str| part.chars().count());
        assert!(ranges.iter().all(|range| range.len() % 3 == 0));
    }

    #[test]
    fn a_grapheme_of_any_length_is_a_window_of_its_own() {
        let long = "a".to_owned() + &"\u{301}".repeat(BYTES_PER_TOKEN);
        assert_eq!(cut(&long, 1, 0), [long.as_str()]);
        let three = format!("b {long} c");
        let count = |part: &str| part.len();
        let ranges = windows(&three, 1, 0, &count);
        let parts: Vec<&str> = ranges.into_iter().map(|range| &three[range]).collect();
        assert_eq!(parts, ["b", " ", &long, " ", "c"]);
    }

    #[test]
    fn windows_cover_everything_go_forward_and_fit() {
        let mut rng = fastrand::Rng::with_seed(4);
        let alphabet = [
            "a",
            " ",
            ". ",
            "\n",
            "\n\n",
            "字",
            "。",
            "e\u{301}",
            "👩‍👩‍👧",
            "word ",
        ];
        for _ in 0..300 {
            let length = rng.usize(0..200);
            let text: String = (0..length)
                .map(|_| alphabet[rng.usize(0..alphabet.len())])
                .collect();
            let (window, overlap) = (rng.usize(1..40), rng.usize(0..40));
            let count = |part: &str| part.graphemes(true).count();
            let mut covered = 0;
            let mut last = 0..0;
            for range in windows(&text, window, overlap, &count) {
                assert!(
                    range.start <= covered && range.end > last.end && range.start >= last.start
                );
                assert!(count(&text[range.clone()]) <= window);
                covered = range.end;
                last = range;
            }
            assert_eq!(covered, text.len());
        }
    }
}
