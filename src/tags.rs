//! The closed list of tags: parsed, checked, kept in order.
//!
//! A [`TagSet`] that exists is valid: not empty, no id twice, no name twice,
//! no name missing. Three notations are read: a JSON array of objects, CSV with
//! a header, and one name a line.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

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

/// One tag of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What the answer carries.
    pub id: TagId,
    /// What the tag is called, as typed; compared without the spaces around it.
    pub name: String,
    /// What the tag means, for the prompt.
    pub description: Option<String>,
}

/// A valid list of tags, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    tags: Vec<Tag>,
}

/// What is wrong with a tag list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// No tag at all.
    #[error("the tag list is empty; it needs at least one tag")]
    Empty,
    /// Neither of the notations.
    #[error("the tag list is not a JSON array of objects with `id` and `name`")]
    NotAnArray(#[source] serde_json::Error),
    /// The CSV text could not be read.
    #[error("the tag list is not valid CSV")]
    Csv(#[source] csv::Error),
    /// The CSV header lacks a column.
    #[error(
        "the CSV header on line 1 has no column `{0}`; expected `id,name` or `id,name,description`"
    )]
    MissingColumn(&'static str),
    /// One entry is wrong; says where and why.
    #[error("{place}: {problem}")]
    Entry {
        /// `entry 3` or `line 4`.
        place: Place,
        /// What is wrong there.
        problem: Problem,
    },
}

/// Where in the tag list something stands, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The n-th element of the JSON array.
    Entry(usize),
    /// The n-th line of the file.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(n) => write!(f, "entry {n}"),
            Self::Line(n) => write!(f, "line {n}"),
        }
    }
}

/// What is wrong with one entry of a tag list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Not an object, or fields of the wrong type.
    #[error("expected an object like {{\"id\":17,\"name\":\"ai\"}}, found `{found}`")]
    NotATag {
        /// The entry as it stands, shortened.
        found: String,
    },
    /// No `id`.
    #[error("the `id` is missing")]
    MissingId,
    /// Neither integer nor string.
    #[error("the id `{0}` is neither an integer nor a string")]
    IdType(String),
    /// No `name`, or one of spaces alone.
    #[error("the `name` is missing or empty")]
    MissingName,
    /// Stands earlier in the list.
    #[error("the id `{id}` stands already at {first}")]
    DuplicateId {
        /// The id.
        id: TagId,
        /// Where it stands first.
        first: Place,
    },
    /// Stands earlier in the list.
    #[error("the name `{name}` stands already at {first}")]
    DuplicateName {
        /// The name, trimmed.
        name: String,
        /// Where it stands first.
        first: Place,
    },
}

impl TagSet {
    /// Reads a tag list, recognising the notation by how the text begins: `[` is
    /// JSON, a first line with the columns `id` and `name` is CSV, all else is
    /// one name a line (the name is then the id too).
    ///
    /// # Errors
    /// [`TagError`] names the entry or line and what was expected.
    ///
    /// ```
    /// let tags = minitag::TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"x","name":"lib"}]"#)?;
    /// assert_eq!(tags.iter().map(|t| t.id.as_json()).collect::<Vec<_>>(), ["17", "\"x\""]);
    /// # Ok::<(), minitag::tags::TagError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TagError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first_line = text.lines().next().unwrap_or_default();
        let columns: Vec<&str> = first_line.split(',').map(str::trim).collect();
        if text.trim_start().starts_with(['[', '{']) {
            Self::parse_json(text)
        } else if columns.len() > 1
            && columns
                .iter()
                .any(|c| ["id", "name"].contains(&c.trim_matches('"')))
        {
            Self::parse_csv(text)
        } else {
            Self::parse_lines(text)
        }
    }

    fn parse_json(text: &str) -> Result<Self, TagError> {
        #[derive(Deserialize)]
        struct Entry<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            name: Option<String>,
            description: Option<String>,
        }
        let entries: Vec<&RawValue> = serde_json::from_str(text).map_err(TagError::NotAnArray)?;
        let mut list = Unchecked::default();
        for (index, raw) in entries.iter().enumerate() {
            let place = Place::Entry(index + 1);
            let wrong = |problem| TagError::Entry { place, problem };
            let entry: Entry = serde_json::from_str(raw.get()).map_err(|_| {
                wrong(Problem::NotATag {
                    found: shorten(raw.get()),
                })
            })?;
            let id = entry.id.ok_or_else(|| wrong(Problem::MissingId))?.get();
            let id = TagId::from_json(id).ok_or_else(|| wrong(Problem::IdType(shorten(id))))?;
            list.add(place, id, entry.name.unwrap_or_default(), entry.description)?;
        }
        list.finish()
    }

    fn parse_csv(text: &str) -> Result<Self, TagError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(TagError::Csv)?.clone();
        let column = |name| header.iter().position(|field| field.trim() == name);
        let id = column("id").ok_or(TagError::MissingColumn("id"))?;
        let name = column("name").ok_or(TagError::MissingColumn("name"))?;
        let description = column("description");
        let mut list = Unchecked::default();
        for record in reader.records() {
            let record = record.map_err(TagError::Csv)?;
            let place = Place::Line(record.position().map_or(0, csv::Position::line));
            let id = record.get(id).unwrap_or_default().trim();
            if id.is_empty() {
                let problem = Problem::MissingId;
                return Err(TagError::Entry { place, problem });
            }
            let description = description.and_then(|i| record.get(i));
            list.add(
                place,
                TagId::from_field(id),
                record.get(name).unwrap_or_default().to_owned(),
                description
                    .filter(|d| !d.trim().is_empty())
                    .map(str::to_owned),
            )?;
        }
        list.finish()
    }

    fn parse_lines(text: &str) -> Result<Self, TagError> {
        let mut list = Unchecked::default();
        for (line, name) in (1..).zip(text.lines()) {
            if !name.trim().is_empty() {
                let id = TagId::from_text(name.trim());
                list.add(Place::Line(line), id, name.to_owned(), None)?;
            }
        }
        list.finish()
    }

    /// How many tags there are; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a tag set is never empty")]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// The tags in the order of the list.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.tags.iter()
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

/// A list under construction, with what is needed to find what stands twice.
#[derive(Default)]
struct Unchecked {
    tags: Vec<Tag>,
    ids: HashMap<TagId, Place>,
    names: HashMap<String, Place>,
}

impl Unchecked {
    fn add(
        &mut self,
        place: Place,
        id: TagId,
        name: String,
        description: Option<String>,
    ) -> Result<(), TagError> {
        let trimmed = name.trim().to_owned();
        let problem = if trimmed.is_empty() {
            Problem::MissingName
        } else if let Some(&first) = self.ids.get(&id) {
            Problem::DuplicateId { id, first }
        } else if let Some(&first) = self.names.get(&trimmed) {
            Problem::DuplicateName {
                name: trimmed,
                first,
            }
        } else {
            self.ids.insert(id.clone(), place);
            self.names.insert(trimmed, place);
            self.tags.push(Tag {
                id,
                name,
                description,
            });
            return Ok(());
        };
        Err(TagError::Entry { place, problem })
    }

    fn finish(self) -> Result<TagSet, TagError> {
        if self.tags.is_empty() {
            return Err(TagError::Empty);
        }
        Ok(TagSet { tags: self.tags })
    }
}

/// `text` as a JSON string literal, in the one spelling the program uses.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a JSON literal is an integer: digits, a minus before them at most,
/// no needless zero in front.
fn is_integer(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain && (literal == "0" || !digits.starts_with('0'))
}

/// The first 60 characters of a text, for messages.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ids(text: &str) -> Vec<String> {
        let tags = TagSet::parse(text).unwrap();
        tags.iter().map(|tag| tag.id.to_string()).collect()
    }

    #[track_caller]
    fn error(text: &str) -> String {
        TagSet::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn ids_come_out_as_they_went_in() {
        let text = r#"[{"id":123456789012345678901234567890,"name":"a"},{"id":"0x","name":"b"},{"id":-3,"name":"c"}]"#;
        assert_eq!(
            ids(text),
            ["123456789012345678901234567890", "\"0x\"", "-3"]
        );
        assert_eq!(ids("id,name\n007,a\n7,b\n"), ["\"007\"", "7"]);
        assert_eq!(ids("ai\n\nweb app \n"), ["\"ai\"", "\"web app\""]);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_list() {
        assert_eq!(ids("\u{feff}[{\"id\":1,\"name\":\"a\"}]"), ["1"]);
        assert_eq!(ids("ai\r\nlib\r\n"), ["\"ai\"", "\"lib\""]);
    }

    #[test]
    fn names_are_kept_as_typed_and_compared_trimmed() {
        let tags = TagSet::parse(r#"[{"id":1,"name":"gui "}]"#).unwrap();
        assert_eq!(tags.get(0).name, "gui ");
        let text = r#"[{"id":1,"name":"gui "},{"id":2,"name":"gui"}]"#;
        assert_eq!(
            error(text),
            "entry 2: the name `gui` stands already at entry 1"
        );
    }

    #[test]
    fn descriptions_are_optional_in_json_and_csv() {
        let tags = TagSet::parse("id,name,description\n1,a,\"one, two\"\n2,b,\n").unwrap();
        assert_eq!(tags.get(0).description.as_deref(), Some("one, two"));
        assert_eq!(tags.get(1).description, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(
            error(""),
            "the tag list is empty; it needs at least one tag"
        );
        assert_eq!(
            error("[]"),
            "the tag list is empty; it needs at least one tag"
        );
        assert_eq!(error(r#"[{"name":"a"}]"#), "entry 1: the `id` is missing");
        assert_eq!(
            error(r#"[{"id":1.5,"name":"a"}]"#),
            "entry 1: the id `1.5` is neither an integer nor a string"
        );
        assert_eq!(
            error(r#"[{"id":1,"name":"a"},{"id":2}]"#),
            "entry 2: the `name` is missing or empty"
        );
        assert_eq!(
            error("id,name\n1,a\n\n1,b\n"),
            "line 4: the id `1` stands already at line 2"
        );
        assert_eq!(
            error("a\nb\na\n"),
            "line 3: the id `\"a\"` stands already at line 1"
        );
        assert_eq!(
            error("name,colour\na,b\n"),
            "the CSV header on line 1 has no column `id`; expected `id,name` or `id,name,description`"
        );
        assert_eq!(
            error("[17]"),
            "entry 1: expected an object like {\"id\":17,\"name\":\"ai\"}, found `17`"
        );
        assert!(error(r#"{"id":1,"name":"a"}"#).starts_with("the tag list is not a JSON array"));
    }
}
