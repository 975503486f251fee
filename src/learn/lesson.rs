//! A document whose tags are known, as it is learned from.

use crate::classifier::{Classifier, ClassifyError, Document};
use crate::constraint::Candidate;
use crate::engine::Engine;
use crate::evidence::{Lesson, Vectors};

/// Reads a document with a classifier that lets answers stop at once
/// ([`DecideOptions::min_tags`](crate::DecideOptions) is 0): what it is without what is learned.
///
/// # Errors
/// [`ClassifyError`] if the document is empty, does not fit, or the model fails.
pub fn lesson<'d, E: Engine>(
    classifier: &mut Classifier<E>,
    id: &str,
    document: impl Into<Document<'d>>,
    gold: &[usize],
) -> Result<Lesson, ClassifyError> {
    let document = document.into();
    if document.text.trim().is_empty() {
        return Err(ClassifyError::Empty);
    }
    let prompt = classifier.prompt(id, document);
    let mut known = vec![0.0; classifier.tags().len()];
    let slots = classifier.follow(&[&prompt], &[])?;
    let first = slots.first().and_then(|slots| slots.first());
    let mut stop = 0.0;
    for &(candidate, log_prob) in first.into_iter().flat_map(|slot| &slot.distribution) {
        #[expect(clippy::cast_possible_truncation, reason = "odds")]
        match candidate {
            Candidate::Tag(tag) => known[tag] = log_prob as f32,
            Candidate::Stop => stop = log_prob as f32,
        }
    }
    for odds in &mut known {
        // A model can rule a tag out; odds are numbers.
        *odds = (*odds - stop).clamp(-MOST, MOST);
    }
    Ok(Lesson {
        gist: Vectors::built_in().read_text(&prompt.document.text).gist,
        known,
        gold: gold.to_vec(),
    })
}

/// Nothing is surer than this: e to the power of it is a million million.
const MOST: f32 = 28.0;
