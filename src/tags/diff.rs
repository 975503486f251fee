//! What makes one tag list another.

use crate::tags::{Tag, TagId, TagSet};

/// How a list became another. Tags are known by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagsDiff {
    /// Tags of the new list alone.
    pub added: Vec<Tag>,
    /// Tags of the old list alone.
    pub removed: Vec<Tag>,
    /// Tags of both whose name or description is another: old, new.
    pub changed: Vec<(Tag, Tag)>,
    /// Whether the tags of both stand in another order.
    pub reordered: bool,
}

impl TagsDiff {
    /// What was done to `old` to get `new`.
    #[must_use]
    pub fn new(old: &TagSet, new: &TagSet) -> Self {
        let find = |set: &TagSet, id: &TagId| set.iter().find(|tag| tag.id == *id).cloned();
        let only = |set: &TagSet, other: &TagSet| -> Vec<Tag> {
            set.iter()
                .filter(|tag| find(other, &tag.id).is_none())
                .cloned()
                .collect()
        };
        let both = |set: &TagSet, other: &TagSet| -> Vec<TagId> {
            set.iter()
                .map(|tag| tag.id.clone())
                .filter(|id| find(other, id).is_some())
                .collect()
        };
        let pairs = old
            .iter()
            .filter_map(|tag| Some((tag.clone(), find(new, &tag.id)?)));
        Self {
            added: only(new, old),
            removed: only(old, new),
            changed: pairs.filter(|(was, is)| was != is).collect(),
            reordered: both(old, new) != both(new, old),
        }
    }

    /// Whether the lists are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a document with these tags can get others by the new list. Where tags were
    /// only taken away, those without one of them keep theirs.
    #[must_use]
    pub fn concerns(&self, tags: &[TagId]) -> bool {
        let any = !self.added.is_empty() || !self.changed.is_empty() || self.reordered;
        any || self.removed.iter().any(|tag| tags.contains(&tag.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> TagsDiff {
        TagsDiff::new(&TagSet::parse(old).unwrap(), &TagSet::parse(new).unwrap())
    }

    fn names(tags: &[Tag]) -> Vec<&str> {
        tags.iter().map(|tag| tag.name.as_str()).collect()
    }

    #[test]
    fn lists_differ_by_ids() {
        let same = diff("a\nb", "a\nb");
        assert!(same.is_empty() && !same.concerns(&[TagId::from_text("a")]));
        let diff = diff("id,name\n1,a\n2,b\n3,c", "id,name\n3,c\n2,bee\n4,d");
        assert_eq!(
            (names(&diff.added), names(&diff.removed)),
            (vec!["d"], vec!["a"])
        );
        assert_eq!(diff.changed[0].1.name, "bee");
        assert!(diff.reordered);
    }

    #[test]
    fn a_removed_tag_concerns_only_those_that_have_it() {
        let (a, b) = (TagId::from_text("a"), TagId::from_text("b"));
        let removed = diff("a\nb\nc", "a\nc");
        assert!(removed.concerns(&[a.clone(), b]));
        assert!(!removed.concerns(std::slice::from_ref(&a)) && !removed.concerns(&[]));
        assert!(diff("a\nb", "a\nb\nc").concerns(&[a]));
    }
}
