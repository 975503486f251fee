//! Where a text can be cut so that the tokens of its parts are its tokens.

/// The longest end that is looked for at a space; a vocabulary with more of them is not cut.
const MOST: usize = 64;

/// What SentencePiece writes for a space; in a text it is one.
const SPACE: char = '▁';

/// The texts behind which a token can go on across a space or a line end: pieces that have one
/// within or at their end, up to there.
///
/// SentencePiece joins two neighbours only if together they are a piece. Before a space that
/// follows none of these nothing is joined, so that both sides have the tokens that they have
/// alone. (Kudo and Richardson, *SentencePiece*, 2018; most of its vocabularies have spaces at
/// the beginning of pieces only.)
#[derive(Clone, Debug, Default)]
pub struct Bridges {
    ends: Vec<Vec<u8>>,
}

impl Bridges {
    /// Of the pieces that a tokenizer joins, and those that it takes whole before it joins
    /// anything: behind these a text counts as a beginning. `None` if there are too many to be
    /// looked for at every space.
    #[must_use]
    pub fn of(
        joined: impl IntoIterator<Item = Vec<u8>>,
        whole: impl IntoIterator<Item = Vec<u8>>,
    ) -> Option<Self> {
        let mut ends: Vec<Vec<u8>> = Vec::new();
        for piece in joined {
            let pairs = piece.windows(2).enumerate();
            let spaces = pairs.filter(|(_, pair)| is_gap(pair[0], pair[1]));
            ends.extend(spaces.map(|(at, _)| piece[..=at].to_vec()));
        }
        ends.extend(whole.into_iter().filter(|piece| !piece.is_empty()));
        // An end that ends in a shorter one is found with it.
        ends.sort_by_key(Vec::len);
        let mut least: Vec<Vec<u8>> = Vec::new();
        for end in ends {
            if !least.iter().any(|shorter| end.ends_with(shorter)) {
                least.push(end);
            }
        }
        (least.len() <= MOST).then_some(Self { ends: least })
    }

    /// The parts of a text: most often a word with the spaces and line ends before it.
    pub fn cut<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let bytes = text.as_bytes();
        let is_plain = !text.contains(SPACE);
        let mut begin = 0;
        std::iter::from_fn(move || {
            let is_cut =
                |&at: &usize| is_gap(bytes[at - 1], bytes[at]) && !self.ends_at(&bytes[..at]);
            let end = (begin + 1..bytes.len()).find(|at| is_plain && is_cut(at));
            let end = end.unwrap_or(bytes.len());
            let part = &text[begin..end];
            begin = end;
            (!part.is_empty()).then_some(part)
        })
    }

    /// Whether a token may go on behind a text.
    fn ends_at(&self, text: &[u8]) -> bool {
        self.ends.iter().any(|end| text.ends_with(end))
    }
}

/// Whether a part may end between two bytes.
fn is_gap(before: u8, after: u8) -> bool {
    matches!(after, b' ' | b'\n') && before != after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(list: &[&str]) -> Vec<Vec<u8>> {
        list.iter().map(|piece| piece.as_bytes().to_vec()).collect()
    }

    #[test]
    fn a_text_is_cut_before_spaces_that_no_piece_spans() {
        let joined = pieces(&["ab", " a", "  ", "gui ", "-gui ", "in a row", "字"]);
        let bridges = Bridges::of(joined, pieces(&["<x>"])).unwrap();
        let cut = |text| bridges.cut(text).collect::<Vec<_>>().join("|");
        assert_eq!(
            cut("one two  three\n\n four"),
            "one| two|  three|\n\n| four"
        );
        assert_eq!(cut(" one "), " one| ");
        assert_eq!(cut("a gui here"), "a| gui here");
        assert_eq!(cut("win a row in"), "win a row| in");
        assert_eq!(cut("字 <x> y"), "字| <x> y");
        assert_eq!(cut("in▁a row"), "in▁a row");
        assert_eq!(cut(""), "");
    }

    #[test]
    fn a_vocabulary_with_many_bridges_is_not_cut() {
        let many = (0..100).map(|number| format!("{number:03} ").into_bytes());
        assert!(Bridges::of(many, []).is_none());
        assert!(Bridges::of([], []).is_some());
    }
}
