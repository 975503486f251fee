//! Condensing: what a document says of itself, within a budget of tokens.
//!
//! A README is mostly not about what the project is. It is parsed into blocks, these
//! into pieces; what is boilerplate is dropped, the rest is ranked, and the budget is
//! filled from the best ranked on. What is kept stands in document order. Nothing
//! vanishes silently: every piece is in the result, with what became of it.

use crate::document::counter::Counter;
use crate::document::fill::{Filling, fitting};
use crate::document::format::Format;
use crate::document::parse::{blocks, has_letters};
use crate::document::piece::{Condensed, Fate, Piece, PieceKind, Reason, Shown};
use crate::document::pieces::drafts;

/// With fewer letters than this left, what was boilerplate is let in again, behind the rest.
const THIN: usize = 60;

/// Condenses a document, to at most `budget` tokens as `count` counts them.
///
/// A function of its arguments alone. The text is empty only where the document is.
/// `count` is asked once for each piece, and a few times for the whole.
///
/// All text of the document is in the pieces, kept or dropped. Text is every letter and digit
/// that is no name of an element, an attribute, a directive or a language, no number of a list,
/// and no value that only says how something looks.
#[must_use]
pub fn condense(
    text: &str,
    format: Format,
    budget: Option<usize>,
    count: &dyn Fn(&str) -> usize,
) -> Condensed {
    match filled(text, format, budget, &Counter::new(count)) {
        Some((filling, joined)) => filling.account(joined),
        None => as_it_stands(text, budget, count),
    }
}

/// What [`condense`] shows, without its account. Only pieces that may fit into what is left
/// of the budget are counted, so that a long document takes little longer than a short one.
#[must_use]
pub fn condense_text(
    text: &str,
    format: Format,
    budget: Option<usize>,
    counter: &Counter,
) -> Shown {
    if let Some((filling, text)) = filled(text, format, budget, counter) {
        let left_out = filling.left_out();
        return Shown { text, left_out };
    }
    let (head, tail) = head(text, budget, counter);
    Shown {
        text: head.to_owned(),
        left_out: tail.len(),
    }
}

/// The budget filled, and the text of what it is filled with; `None` if nothing was found to
/// keep.
fn filled<'c>(
    text: &str,
    format: Format,
    budget: Option<usize>,
    counter: &'c Counter<'c>,
) -> Option<(Filling<'c>, String)> {
    let has_sections = !matches!(format, Format::Plain | Format::Mail);
    let drafts = drafts(blocks(text, format), has_sections);
    let mut filling = Filling::new(drafts, budget, counter);
    if !filling.promises(THIN) {
        filling.readmit(|reason, _| matches!(reason, Reason::Boilerplate | Reason::Table));
    }
    if !filling.promises(1) {
        filling.readmit(|reason, kind| !reason.is_unseen() && kind != PieceKind::Markup);
    }
    if !filling.promises(1) {
        filling.readmit(|reason, _| !reason.is_unseen());
    }
    filling.fill();
    let joined = filling.joined();
    (has_letters(&joined) || text.trim().is_empty()).then_some((filling, joined))
}

/// The beginning of a document, and the rest.
fn head<'t>(text: &'t str, budget: Option<usize>, counter: &Counter) -> (&'t str, &'t str) {
    let whole = text.trim();
    match budget {
        Some(budget) => fitting(whole, |part| counter.within(part, budget).is_some()),
        None => (whole, ""),
    }
}

/// The account of [`head`].
fn as_it_stands(text: &str, budget: Option<usize>, count: &dyn Fn(&str) -> usize) -> Condensed {
    let (head, tail) = head(text, budget, &Counter::new(count));
    let piece = |text: &str, fate| Piece {
        kind: PieceKind::Paragraph,
        text: text.to_owned(),
        tokens: count(text),
        fate,
    };
    let mut pieces = vec![piece(head, Fate::Kept)];
    if !tail.is_empty() {
        pieces.push(piece(tail, Fate::Dropped(Reason::Budget)));
    }
    Condensed {
        text: head.to_owned(),
        tokens: pieces.iter().map(|piece| piece.tokens).sum(),
        used: pieces[0].tokens,
        pieces,
    }
}
