//! An explanation in words and pictures: text for a terminal, a page of HTML.

#[cfg(feature = "reports")]
mod html;
mod text;

use crate::constraint::Candidate;
use crate::decide::Parts;
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

    /// The parts of all tags at all slots.
    fn parts(&self) -> impl Iterator<Item = &Parts> {
        let slots = self.explanation.slots.iter();
        slots.flat_map(|slot| {
            let tags = slot.distribution.iter().zip(&slot.parts);
            let tags = tags.filter(|((candidate, _), _)| *candidate != Candidate::Stop);
            tags.map(|(_, parts)| parts)
        })
    }

    /// The places among [`Parts::named`] of those that some tag has.
    fn voices(&self) -> Vec<usize> {
        let voices = 0..Parts::default().named().len();
        let speaks = |&voice: &usize| self.parts().any(|parts| parts.named()[voice].1.is_some());
        voices.filter(speaks).collect()
    }

    /// What there is to say if the model has no part in some tags.
    fn unheard(&self) -> Option<&'static str> {
        let mut tags = self.parts();
        if tags.all(|parts| parts.model.is_none()) {
            Some("The language model was not asked.")
        } else if self.parts().any(|parts| parts.model.is_none()) {
            Some("–: the language model does not know the name, and is not heard on it.")
        } else {
            None
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
