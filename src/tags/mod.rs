//! The closed list of tags: parsed, checked, kept in order.
//!
//! A [`TagSet`] that exists is valid: not empty, no id twice, no name twice,
//! no name missing. JSON, YAML, CSV with a header and one name a line are read.

mod diff;
mod diff_report;
mod error;
mod json;
mod parse;
mod warnings;

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use crate::tags::diff::TagsDiff;
pub use crate::tags::error::{Place, Problem, TagError, shorten};
pub(crate) use crate::tags::json::half_problem;
pub use crate::tags::json::json_string;
pub use crate::tags::parse::{Header, Notation};
pub use crate::tags::warnings::warnings;

/// A tag's id as the user wrote it: an integer of any length or a string.
///
/// Held as the JSON literal that goes into the answer, so that it comes out
/// exactly as it went in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagId(String);

impl TagId {
    /// An id that is text.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(json_string(text))
    }

    /// An id from a JSON literal, where it is an integer or a string.
    fn from_json(literal: &str) -> Option<Self> {
        if is_integer(literal) {
            return Some(Self(literal.to_owned()));
        }
        // Parsed and written again: `"\u0061"` and `"a"` are one id.
        let text: String = serde_json::from_str(literal).ok()?;
        Some(Self::from_text(&text))
    }

    /// An id from a CSV field, which has no types: what reads as an integer is one.
    fn from_field(field: &str) -> Self {
        if is_integer(field) {
            Self(field.to_owned())
        } else {
            Self::from_text(field)
        }
    }

    /// The id as a JSON literal: `17` or `"web"`.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The id as plain text, without quotes: for tables and CSV.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::from_str(&self.0).unwrap_or_else(|_| self.0.clone())
    }
}

impl fmt::Display for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TagId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.clone()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TagId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get())
            .ok_or_else(|| serde::de::Error::custom("an id is an integer or a text"))
    }
}

/// One tag of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// What the answer carries.
    pub id: TagId,
    /// What the tag is called, as typed; compared without the spaces around it.
    pub name: String,
    /// What the tag means, for the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Tag {
    /// The name in a report, with the id if that is another.
    #[must_use]
    pub fn label(&self) -> String {
        let (name, id) = (self.name.trim(), self.id.to_text());
        if name == id {
            id
        } else {
            format!("{name} ({id})")
        }
    }
}

/// A valid list of tags, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    tags: Vec<Tag>,
}

impl TagSet {
    /// How many tags there are; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a tag set is never empty")]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// The list as JSON, which parses to the same list again.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts alone: there is nothing that could fail.
        serde_json::to_string(&self.tags).unwrap_or_default()
    }

    /// The same tags with that at `order[0]` first, and so on; `order` has every place of the
    /// list once.
    #[must_use]
    pub(crate) fn reordered(&self, order: &[usize]) -> Self {
        let tags = order.iter().map(|&place| self.tags[place].clone());
        Self {
            tags: tags.collect(),
        }
    }

    /// The same list without descriptions.
    #[must_use]
    pub(crate) fn without_descriptions(&self) -> Self {
        let tags = self.tags.iter().cloned().map(|tag| Tag {
            description: None,
            ..tag
        });
        Self {
            tags: tags.collect(),
        }
    }

    /// The tags in the order of the list.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.tags.iter()
    }

    /// Two ids that look the same where they stand without quotes: 7 and `"7"`.
    #[must_use]
    pub fn look_alike(&self) -> Option<(&TagId, &TagId)> {
        let mut seen = HashMap::new();
        let mut ids = self.tags.iter().map(|tag| &tag.id);
        ids.find_map(|id| Some((seen.insert(id.to_text(), id)?, id)))
    }

    /// The same tags in another order, drawn with `seed`.
    #[must_use]
    pub fn shuffled(&self, seed: u64) -> Self {
        let mut tags = self.tags.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut tags);
        Self { tags }
    }

    /// The tag at a place of the list, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> &Tag {
        &self.tags[index]
    }
}

impl<'a> IntoIterator for &'a TagSet {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Whether a JSON literal is an integer: digits, a minus before them at most,
/// no needless zero in front.
fn is_integer(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain && (literal == "0" || !digits.starts_with('0'))
}
