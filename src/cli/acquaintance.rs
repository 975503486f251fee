//! How well the built-in model knows a list: said before a run, and by `tags check`.

use minitag::TagSet;
use minitag::classifier::MadeFor;
use minitag::evidence::Vectors;

/// How well a model knows the names of a list, if it was trained on certain names and some of
/// the list are others.
pub(crate) fn unacquainted(made_for: &MadeFor, tags: &TagSet, has_vectors: bool) -> Option<String> {
    let (all, strange) = (tags.len(), made_for.strangers(tags));
    if strange == 0 || made_for.names.is_empty() {
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
