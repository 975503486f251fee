//! What makes one tag list another, for programs and for people.

use serde::{Serialize, Serializer};

use crate::layout::printable;
use crate::tags::{Tag, TagId, TagsDiff};

#[derive(Serialize)]
struct Record<'a> {
    added: Vec<Entry<'a>>,
    removed: Vec<Entry<'a>>,
    changed: Vec<Change<'a>>,
    reordered: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a TagId,
    name: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    id: &'a TagId,
    name: &'a str,
    /// What it was called; the same as now if it is with another description.
    was: &'a str,
}

/// Tags by their ids and names.
impl Serialize for TagsDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn entry(tag: &Tag) -> Entry<'_> {
            let Tag { id, name, .. } = tag;
            Entry { id, name }
        }
        let changed = self.changed.iter().map(|(old, new)| Change {
            id: &new.id,
            name: &new.name,
            was: &old.name,
        });
        let record = Record {
            added: self.added.iter().map(entry).collect(),
            removed: self.removed.iter().map(entry).collect(),
            changed: changed.collect(),
            reordered: self.reordered,
        };
        record.serialize(serializer)
    }
}

impl TagsDiff {
    /// For people: a line for each tag, with `+`, `-` or `~` before it.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (mark, tags) in [('+', &self.added), ('-', &self.removed)] {
            for Tag { id, name, .. } in tags {
                lines.push(format!("{mark} {id} {name}"));
            }
        }
        for (old, new) in &self.changed {
            let how = if old.name == new.name {
                "with another description".to_owned()
            } else {
                format!("was {}", old.name)
            };
            lines.push(format!("~ {} {} ({how})", new.id, new.name));
        }
        if self.reordered {
            lines.push("~ the order of the tags".to_owned());
        }
        lines.iter().map(|line| printable(line)).collect()
    }
}
