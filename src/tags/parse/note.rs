//! What there is to say of how a list was understood.

use std::path::Path;

use crate::tags::parse::{Header, Notation};
use crate::tags::{TagSet, shorten};

impl Notation {
    /// What there is to say of how the list in a file was understood, if that is not plain.
    #[must_use]
    pub fn note(&self, path: &Path, tags: &TagSet) -> Option<String> {
        let list = path.display();
        match self {
            Self::Values { id: Some(id) } => Some(format!("the ids of `{list}` are its `{id}`")),
            Self::Rows(header) if !(header.has_plain_id && header.unused.is_empty()) => {
                let Header { line, name, .. } = header;
                let mut note = vec![format!(
                    "line {line} of `{list}` names its columns: `{name}` is the name"
                )];
                note.push(match &header.id {
                    Some(id) => format!(", `{id}` the id"),
                    None => " and the id".to_owned(),
                });
                let description = header.description.as_ref();
                note.extend(description.map(|name| format!(", `{name}` the description")));
                if !header.unused.is_empty() {
                    let unused = header.unused.iter().map(|name| format!("`{name}`"));
                    let unused: Vec<String> = unused.collect();
                    note.push(format!("; not used: {}", unused.join(", ")));
                }
                Some(note.concat())
            }
            Self::Lines if is_table(path) => {
                let first = shorten(tags.get(0).name.trim());
                Some(format!(
                    "`{list}` has no header that is known: its first line, `{first}`, is a tag"
                ))
            }
            _ => None,
        }
    }
}

/// Whether a file's name says that it is a table.
fn is_table(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    matches!(ending.to_lowercase().as_str(), "csv" | "tsv" | "tab")
}
