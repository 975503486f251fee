//! Filling a budget with the best ranked pieces, never a token more.

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
    /// Of what may be kept: nobody has to know how long the rest is.
    tokens: Vec<usize>,
    kept: Vec<bool>,
    /// A piece that was cut, and after how many bytes.
    cut: Option<(usize, usize)>,
    budget: Option<usize>,
    count: &'c dyn Fn(&str) -> usize,
}

impl<'c> Filling<'c> {
    /// Counts each piece that may be kept; keeps none yet.
    pub(super) fn new(
        drafts: Vec<Draft>,
        budget: Option<usize>,
        count: &'c dyn Fn(&str) -> usize,
    ) -> Self {
        Self {
            tokens: drafts
                .iter()
                .map(|draft| match draft.verdict {
                    Ok(_) => count(&draft.text),
                    Err(_) => 0,
                })
                .collect(),
            kept: vec![false; drafts.len()],
            cut: None,
            drafts,
            budget,
            count,
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
        for (draft, tokens) in self.drafts.iter_mut().zip(&mut self.tokens) {
            if matches!(draft.verdict, Err(reason) if which(reason, draft.kind)) {
                draft.verdict = Ok(READMITTED);
                *tokens = (self.count)(&draft.text);
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
            // Whatever joins two pieces costs a token at most.
            let need = self.tokens[at] + 1;
            if self.drafts[at].follows && !self.kept[at - 1] {
                continue;
            }
            if need <= left {
                left -= need;
                self.kept[at] = true;
            } else if self.cut.is_none()
                && (left == budget || rank < MAY_BE_CUT && left >= LEAST_CUT)
            {
                left -= self.keep_part(at, left.saturating_sub(1));
            }
        }
        self.verify(budget, &order);
    }

    /// Keeps as much of a piece as fits; how many tokens that takes.
    fn keep_part(&mut self, at: usize, room: usize) -> usize {
        let (head, _) = fitting(&self.drafts[at].text, |part| (self.count)(part) <= room);
        let head = &head[..good_place(&self.drafts[at].text, head.len())];
        self.cut = Some((at, head.trim_end().len()));
        self.kept[at] = true;
        (self.count)(head).min(room)
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
            let excess = (self.count)(&self.joined()).saturating_sub(budget);
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

    /// The result, with all pieces or none.
    pub(super) fn finish(self, text: String, accounts: bool) -> Condensed {
        let used = (self.count)(&text);
        let may = |at: &usize| self.drafts[*at].verdict.is_ok();
        let all = 0..self.drafts.len();
        let is_whole = |at| self.kept[at] && self.shown(at).len() == self.drafts[at].text.len();
        let complete = all.clone().filter(may).all(is_whole);
        let total: usize = self.tokens.iter().sum();
        Condensed {
            pieces: if accounts {
                all.flat_map(|at| self.pieces(at)).collect()
            } else {
                Vec::new()
            },
            text,
            tokens: if complete { used } else { total.max(used) },
            used,
        }
    }

    /// What became of a draft: it is a piece, or two where it was cut.
    fn pieces(&self, at: usize) -> impl Iterator<Item = Piece> {
        let draft = &self.drafts[at];
        let piece = |text: &str, tokens, fate| Piece {
            kind: draft.kind,
            text: text.to_owned(),
            tokens,
            fate,
        };
        let (shown, tokens) = (self.shown(at), self.tokens[at]);
        let rest = &draft.text[shown.len()..];
        let dropped = |text| piece(text, (self.count)(text), Fate::Dropped(Reason::Budget));
        let (first, second) = match draft.verdict {
            Err(reason) => {
                let tokens = (self.count)(&draft.text);
                (piece(&draft.text, tokens, Fate::Dropped(reason)), None)
            }
            Ok(_) if !self.kept[at] => (
                piece(&draft.text, tokens, Fate::Dropped(Reason::Budget)),
                None,
            ),
            Ok(_) if rest.is_empty() => (piece(shown, tokens, Fate::Kept), None),
            Ok(_) => {
                let head = piece(shown, (self.count)(shown), Fate::Kept);
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
