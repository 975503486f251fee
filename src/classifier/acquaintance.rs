//! How well the built-in model knows a list: said before a run, and by `tags check`.

use crate::classifier::MadeFor;
use crate::evidence::Vectors;
use crate::tags::TagSet;

impl MadeFor {
    /// How well a model knows the names of a list, if it was trained on certain names and some of
    /// the list are others; `has_vectors` says whether word vectors help it with these.
    #[must_use]
    pub fn acquaintance(&self, tags: &TagSet, has_vectors: bool) -> Option<String> {
        let (all, strange) = (tags.len(), self.strangers(tags));
        if strange == 0 || self.names.is_empty() {
            return None;
        }
        let known = format!(
            "the built-in model knows {} of the {all} tag names",
            all - strange
        );
        let blind = tags
            .iter()
            .filter(|tag| !Vectors::built_in().knows(&tag.name))
            .count();
        let but = match blind {
            0 => String::new(),
            n => format!(", and have no word of {n} of them"),
        };
        Some(match (has_vectors, strange * 2 > all) {
            (false, _) => format!("{known}, and can only guess at the others"),
            (true, true) => format!("{known}: word vectors decide alone{but}"),
            (true, false) => format!("{known}: word vectors decide on the others{but}"),
        })
    }
}
