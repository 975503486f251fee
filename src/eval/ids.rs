//! Tags as records name them: by their ids or their names.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::eval::error::RecordProblem;
use crate::tags::{TagId, TagSet, shorten};

/// Finds a tag by its id or, where no tag has that, by its name.
pub(crate) struct Ids {
    ids: HashMap<String, usize>,
    names: HashMap<String, usize>,
}

impl Ids {
    pub(crate) fn new(tags: &TagSet) -> Self {
        let mut ids = HashMap::new();
        for (place, tag) in tags.iter().enumerate() {
            // `"17"` also finds 17, unless there is a tag of that very id.
            ids.entry(TagId::from_text(&tag.id.to_text()).as_json().to_owned())
                .or_insert(place);
        }
        let tags = || tags.iter().enumerate();
        ids.extend(tags().map(|(place, tag)| (tag.id.as_json().to_owned(), place)));
        let names = tags().map(|(place, tag)| (tag.name.trim().to_owned(), place));
        let names = names.collect();
        Self { ids, names }
    }

    /// The place of a tag that is named by a JSON literal.
    fn literal(&self, literal: &str) -> Option<usize> {
        match serde_json::from_str::<String>(literal) {
            Ok(text) => self.text(&text),
            // A list from CSV may hold as a text what the gold file holds as a number.
            Err(_) => self
                .ids
                .get(literal)
                .copied()
                .or_else(|| self.text(literal)),
        }
    }

    /// The place of a tag that is named by a text.
    pub(crate) fn text(&self, text: &str) -> Option<usize> {
        let id = self.ids.get(TagId::from_text(text).as_json());
        id.or_else(|| self.names.get(text.trim())).copied()
    }

    pub(crate) fn places(&self, literals: &[Box<RawValue>]) -> Result<Vec<usize>, RecordProblem> {
        places(
            literals
                .iter()
                .map(|literal| (literal.get(), self.literal(literal.get()))),
        )
    }
}

/// The places of tags, each as it is written and where it was found.
pub(crate) fn places<'t>(
    tags: impl Iterator<Item = (&'t str, Option<usize>)>,
) -> Result<Vec<usize>, RecordProblem> {
    let mut places = Vec::new();
    for (written, place) in tags {
        let place = place.ok_or_else(|| RecordProblem::UnknownTag(shorten(written)))?;
        if places.contains(&place) {
            return Err(RecordProblem::TagTwice(shorten(written)));
        }
        places.push(place);
    }
    Ok(places)
}
