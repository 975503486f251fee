//! Filling a budget with the best ranked pieces, never a token more.

use crate::document::counter::Counter;
use crate::document::parse::{is_letter, is_wide, letters};
use crate::document::piece::{Condensed, Fate, Piece, PieceKind, Reason};
use crate::document::pieces::Draft;
use crate::document::sentences::good_place;

/// A piece ranked lower than this may be cut to what is left of the budget.
const MAY_BE_CUT: u32 = 25;
/// Less than this is not worth a cut.
const LEAST_CUT: usize = 12;
/// Ranks of pieces that were dropped and let in again begin here.
const READMITTED: u32 = 1 << 20;

/// Pieces on their way into a budget.
pub(super) struct Filling<'c> {
    drafts: Vec<Draft>,
    /// The tokens of what is kept whole.
    tokens: Vec<usize>,
    kept: Vec<bool>,
    /// A piece that was cut, and after how many bytes.
    cut: Option<(usize, usize)>,
    budget: Option<usize>,
    counter: &'c Counter<'c>,
}

impl<'c> Filling<'c> {
    /// Keeps no piece yet.
    pub(super) fn new(drafts: Vec<Draft>, budget: Option<usize>, counter: &'c Counter<'c>) -> Self {
        Self {
            tokens: vec![0; drafts.len()],
            kept: vec![false; drafts.len()],
            cut: None,
            drafts,
            budget,
            counter,
        }
    }

    /// Whether there are so many letters in pieces that may be kept.
    pub(super) fn promises(&self, least: usize) -> bool {
        let may = self.drafts.iter().filter(|draft| draft.verdict.is_ok());
        let found = may.flat_map(|draft| letters(&draft.text));
        found.take(least).count() == least
    }

    /// Lets in what was dropped for some reasons, ranked behind everything else.
    pub(super) fn readmit(&mut self, which: impl Fn(Reason, PieceKind) -> bool) {
        for draft in &mut self.drafts {
            if matches!(draft.verdict, Err(reason) if which(reason, draft.kind)) {
                draft.verdict = Ok(READMITTED);
            }
        }
    }

    /// Keeps what fits, best ranked first.
    pub(super) fn fill(&mut self) {
        let mut order: Vec<(u32, usize)> = self
            .drafts
            .iter()
            .enumerate()
            .filter_map(|(at, draft)| draft.verdict.ok().map(|rank| (rank, at)))
            .collect();
        let Some(budget) = self.budget else {
            for (_, at) in order {
                self.kept[at] = true;
            }
            return;
        };
        order.sort_unstable();
        let mut left = budget;
        for &(rank, at) in &order {
            if self.drafts[at].follows && !self.kept[at - 1] {
                continue;
            }
            // Whatever joins two pieces costs a token at most.
            let room = left.saturating_sub(1);
            let tokens = self.counter.within(&self.drafts[at].text, room);
            if let Some(tokens) = tokens.filter(|_| left > 0) {
                left -= tokens + 1;
                self.tokens[at] = tokens;
                self.kept[at] = true;
            } else if self.cut.is_none()
                && (left == budget || rank < MAY_BE_CUT && left >= LEAST_CUT)
            {
                left -= self.keep_part(at, room);
            }
        }
        self.verify(budget, &order);
    }

    /// Keeps as much of a piece as fits; how many tokens that takes.
    fn keep_part(&mut self, at: usize, room: usize) -> usize {
        let (head, _) = fitting(&self.drafts[at].text, |part| {
            self.counter.within(part, room).is_some()
        });
        let head = &head[..good_place(&self.drafts[at].text, head.len())];
        self.cut = Some((at, head.trim_end().len()));
        self.kept[at] = true;
        self.tokens[at] = self.counter.count(head).min(room);
        self.tokens[at]
    }

    /// Takes out the worst until the whole fits: joined, pieces may make more
    /// tokens than they do apart.
    fn verify(&mut self, budget: usize, order: &[(u32, usize)]) {
        let mut kept: Vec<usize> = order
            .iter()
            .map(|&(_, at)| at)
            .filter(|&at| self.kept[at])
            .collect();
        while kept.len() > 1 {
            let excess = self.counter.count(&self.joined()).saturating_sub(budget);
            let mut freed = 0;
            while freed < excess && kept.len() > 1 {
                let worst = kept.pop().unwrap_or_default();
                self.kept[worst] = false;
                freed += self.tokens[worst] + 1;
            }
            if excess == 0 {
                return;
            }
        }
    }

    /// The kept pieces' text.
    pub(super) fn joined(&self) -> String {
        let mut text = String::new();
        let mut block = None;
        for (at, draft) in self
            .drafts
            .iter()
            .enumerate()
            .filter(|&(at, _)| self.kept[at])
        {
            let shown = self.shown(at);
            if !text.is_empty() {
                text.push_str(if block == Some(draft.block) {
                    joint(&text, shown)
                } else {
                    "\n"
                });
            }
            block = Some(draft.block);
            text.push_str(shown);
        }
        text
    }

    fn shown(&self, at: usize) -> &str {
        let text = &self.drafts[at].text;
        match self.cut {
            Some((cut, len)) if cut == at => &text[..len],
            _ => text,
        }
    }

    /// How many bytes of text only the budget leaves out.
    pub(super) fn left_out(&self) -> usize {
        let may = (0..self.drafts.len()).filter(|&at| self.drafts[at].verdict.is_ok());
        may.map(|at| {
            let shown = if self.kept[at] { self.shown(at) } else { "" };
            self.drafts[at].text.len() - shown.len()
        })
        .sum()
    }

    /// The result, with what became of each piece.
    pub(super) fn account(self, text: String) -> Condensed {
        let used = self.counter.count(&text);
        let tokens: Vec<usize> = self
            .drafts
            .iter()
            .map(|draft| self.counter.count(&draft.text))
            .collect();
        let all = self.drafts.iter().zip(&tokens);
        let total: usize = all
            .filter(|(draft, _)| draft.verdict.is_ok())
            .map(|(_, n)| n)
            .sum();
        let pieces = tokens.into_iter().enumerate();
        Condensed {
            pieces: pieces
                .flat_map(|(at, tokens)| self.pieces(at, tokens))
                .collect(),
            text,
            tokens: if self.left_out() == 0 {
                used
            } else {
                total.max(used)
            },
            used,
        }
    }

    /// What became of a draft: it is a piece, or two where it was cut.
    fn pieces(&self, at: usize, tokens: usize) -> impl Iterator<Item = Piece> {
        let draft = &self.drafts[at];
        let piece = |text: &str, tokens, fate| Piece {
            kind: draft.kind,
            text: text.to_owned(),
            tokens,
            fate,
        };
        let shown = self.shown(at);
        let rest = &draft.text[shown.len()..];
        let dropped = |text| {
            piece(
                text,
                self.counter.count(text),
                Fate::Dropped(Reason::Budget),
            )
        };
        let (first, second) = match draft.verdict {
            Err(reason) => (piece(&draft.text, tokens, Fate::Dropped(reason)), None),
            Ok(_) if !self.kept[at] => (
                piece(&draft.text, tokens, Fate::Dropped(Reason::Budget)),
                None,
            ),
            Ok(_) if rest.is_empty() => (piece(shown, tokens, Fate::Kept), None),
            Ok(_) => {
                let head = piece(shown, self.counter.count(shown), Fate::Kept);
                (head, Some(dropped(rest)))
            }
        };
        std::iter::once(first).chain(second)
    }
}

/// What stands between two sentences of a block: nothing between wide letters, except
/// where a line ended that has no full stop.
fn joint(before: &str, after: &str) -> &'static str {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else {
        return "";
    };
    let ends_line = is_letter(last) && is_letter(first);
    if ends_line || !is_wide(last) && !is_wide(first) {
        " "
    } else {
        ""
    }
}

/// The longest part of a text, from its head on, that fits; and the rest. At least
/// one character where there is one: nothing would be shown of the document.
pub(super) fn fitting(text: &str, fits: impl Fn(&str) -> bool) -> (&str, &str) {
    let mut low = text.chars().next().map_or(0, char::len_utf8);
    // Doubling first: counting the whole of a long text could take long.
    let mut high = text.ceil_char_boundary(64);
    while high < text.len() && fits(&text[..high]) {
        low = high;
        high = text.ceil_char_boundary(high.saturating_mul(2));
    }
    if high == text.len() && fits(text) {
        return (text, "");
    }
    loop {
        let middle = text.floor_char_boundary(low.midpoint(high));
        if middle <= low {
            return text.split_at(low);
        }
        if fits(&text[..middle]) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_part_that_fits_is_found() {
        for text in ["", "a", "ab", "äöü", &"字".repeat(500), &"a字".repeat(333)] {
            for most in 1..12 {
                let (head, tail) = fitting(text, |part| part.chars().count() <= most * 37);
                assert_eq!(format!("{head}{tail}"), text);
                assert_eq!(head.chars().count(), text.chars().count().min(most * 37));
            }
        }
    }
}
