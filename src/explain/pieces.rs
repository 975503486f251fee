//! The text that was shown, in pieces that can be left out of it.

use std::ops::Range;

use crate::document::sentence_ranges;

/// The sentences of a text, neighbours put together until there are at most so many: the
/// two that are shortest together first. There is at least one where there is any text.
pub(super) fn pieces(text: &str, most: usize) -> Vec<Range<usize>> {
    let mut pieces = sentence_ranges(text);
    while pieces.len() > most.max(1) {
        let joint = |at: &usize| pieces[at + 1].end - pieces[*at].start;
        let Some(at) = (0..pieces.len() - 1).min_by_key(joint) else {
            break;
        };
        pieces[at].end = pieces.remove(at + 1).end;
    }
    pieces
}

/// The text without a piece. Of the white space on its sides the wider stays: what stood
/// on lines of their own still does.
pub(super) fn without(text: &str, piece: &Range<usize>) -> String {
    let (before, after) = (&text[..piece.start], &text[piece.end..]);
    let (head, tail) = (before.trim_end(), after.trim_start());
    let gaps = [&before[head.len()..], &after[..after.len() - tail.len()]];
    let width = |gap: &&str| (gap.matches('\n').count(), gap.len());
    let gap = if head.is_empty() || tail.is_empty() {
        ""
    } else {
        gaps.into_iter().max_by_key(width).unwrap_or_default()
    };
    [head, gap, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_reads_as_if_the_piece_had_not_been_there() {
        let text = "# Loam\nOne. Two. Three.\n- four\n- five";
        let left = |piece: &str| {
            let start = text.find(piece).unwrap();
            without(text, &(start..start + piece.len()))
        };
        assert_eq!(left("# Loam"), "One. Two. Three.\n- four\n- five");
        assert_eq!(left("One."), "# Loam\nTwo. Three.\n- four\n- five");
        assert_eq!(left("Two."), "# Loam\nOne. Three.\n- four\n- five");
        assert_eq!(left("Three."), "# Loam\nOne. Two.\n- four\n- five");
        assert_eq!(left("- four"), "# Loam\nOne. Two. Three.\n- five");
        assert_eq!(left("- five"), "# Loam\nOne. Two. Three.\n- four");
        assert_eq!(left(text), "");
    }

    #[test]
    fn the_shortest_neighbours_are_put_together() {
        let text = "Up. Down. A longer sentence stands here. Another one that is long. End.";
        let shown = |most| {
            let pieces = pieces(text, most);
            pieces
                .into_iter()
                .map(|piece| &text[piece])
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(9).len(), 5);
        let four = [
            "Up. Down.",
            "A longer sentence stands here.",
            "Another one that is long.",
            "End.",
        ];
        assert_eq!(shown(4), four);
        assert_eq!(shown(1), [text]);
        assert_eq!(shown(0), [text]);
        assert_eq!(pieces("", 3), []);
    }
}
