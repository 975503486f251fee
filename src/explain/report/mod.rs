//! An explanation in words and pictures: text for a terminal, a page of HTML.

#[cfg(feature = "reports")]
mod html;
mod text;

use crate::constraint::Candidate;
use crate::explain::Explanation;
#[cfg(feature = "reports")]
pub use crate::explain::report::html::html;
pub use crate::explain::report::text::text;
use crate::tags::{Tag, TagSet};

/// So many candidates of each slot are shown.
pub const CANDIDATES: usize = 5;
/// So many tags that were not chosen.
pub const ALTERNATIVES: usize = 10;

/// An explanation with what is needed to show it.
struct Shown<'a> {
    explanation: &'a Explanation,
    tags: &'a TagSet,
}

impl Shown<'_> {
    /// A candidate in words: a tag's name, and its id where that is another.
    fn name(&self, candidate: Candidate) -> String {
        match candidate {
            Candidate::Stop => "no further tag".to_owned(),
            Candidate::Tag(place) => self.tags.get(place).label(),
        }
    }

    /// The answer in words.
    fn answer(&self) -> String {
        let tags = self.explanation.tags.iter().map(|&tag| self.tags.get(tag));
        match tags.map(Tag::label).collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => "no tag".to_owned(),
            names => names,
        }
    }

    /// The text of a piece on one line.
    fn piece(&self, place: usize) -> String {
        let range = self.explanation.pieces[place].range.clone();
        let words: Vec<&str> = self.explanation.text[range].split_whitespace().collect();
        words.join(" ")
    }

    /// The largest effect of a piece, for or against, above 0.
    fn largest(&self) -> f64 {
        let effects = self
            .explanation
            .pieces
            .iter()
            .map(|piece| piece.effect().abs());
        effects.fold(f64::MIN_POSITIVE, f64::max)
    }
}
