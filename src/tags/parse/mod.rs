//! The notations of a tag list: JSON, YAML, CSV, one name a line.

mod entries;
mod json;
mod lines;
mod note;
mod roles;
mod rows;
mod yaml;

use std::collections::HashMap;

use crate::tags::{Place, Problem, Tag, TagError, TagId, TagSet, shorten};

impl TagSet {
    /// Reads a tag list, recognising the notation by how the text begins:
    /// - `[` and `{` are JSON: an array of names or of objects, an object with such an array,
    ///   or an object a line;
    /// - `- ` and a key such as `tags:` are YAML;
    /// - a first line with columns such as `id` and `name`, separated by commas, semicolons, tabs
    ///   or bars, is CSV;
    /// - all else is one name a line.
    ///
    /// An object or row has a `name` (or `label`, `title`, `tag`, else `category`, `topic`, `keyword`,
    /// `term`), and may have an `id` (else `slug`, else `code`, `key`, `value` and the like) and a
    /// `description`. Without an id the name is the id.
    ///
    /// # Errors
    /// [`TagError`] names the entry or line and what was expected. What is not plain is refused.
    ///
    /// ```
    /// let tags = minitag::TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"x","name":"lib"}]"#)?;
    /// assert_eq!(tags.iter().map(|t| t.id.as_json()).collect::<Vec<_>>(), ["17", "\"x\""]);
    /// # Ok::<(), minitag::tags::TagError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TagError> {
        Self::read(text).map(|(tags, _)| tags)
    }

    /// The same, and how the list was understood.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn read(text: &str) -> Result<(Self, Notation), TagError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let begin = text.trim_start();
        if begin.starts_with(['[', '{']) || json_strings(text) {
            json::parse(text)
        } else if yaml::begins(text) {
            yaml::parse(text)
        } else {
            rows::parse(text).unwrap_or_else(|| Ok((lines::parse(text)?, Notation::Lines)))
        }
    }

    /// A list of names, which are the ids too.
    ///
    /// # Errors
    /// [`TagError`] where a name is empty, or there twice.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, TagError> {
        let mut list = Unchecked::default();
        for (place, name) in (1..).zip(names) {
            let name = name.trim();
            list.add(
                Place::Entry(place),
                TagId::from_text(name),
                name.to_owned(),
                None,
            )?;
        }
        list.finish()
    }
}

/// How a tag list was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notation {
    /// JSON or YAML.
    Values {
        /// The field that is the id, where it is called neither `id`, `slug` nor `tag`.
        id: Option<String>,
    },
    /// Rows under a header.
    Rows(Header),
    /// One name a line.
    Lines,
}

/// What the columns of a tag list are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The line that names them, counted from 1.
    pub line: u64,
    /// What separates them.
    pub delimiter: u8,
    /// The one with the id; without, the name is the id.
    pub id: Option<String>,
    /// Whether that is called `id`, `slug` or `tag`.
    pub has_plain_id: bool,
    /// The one with the name.
    pub name: String,
    /// The one with the description.
    pub description: Option<String>,
    /// Those that are not used.
    pub unused: Vec<String>,
}

/// Why the first line of a list of names is in doubt.
fn header_reason(line: &str) -> String {
    format!("`{}` can be a tag or the header of the others", line.trim())
}

fn header_or_tag(line: u64, first: &str) -> TagError {
    let reason = header_reason(first);
    TagError::Unclear { line, reason }
}

/// Whether each line is a text of JSON.
fn json_strings(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .peekable();
    lines.peek().is_some() && lines.all(|line| serde_json::from_str::<String>(line).is_ok())
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
            let name = shorten(&trimmed);
            Problem::DuplicateName { name, first }
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
        assert_eq!(ids("ID;Name\n1;a\n"), ["1"]);
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
        let some = r#"[{"id":1,"name":"b"},{"name":"a"}]"#;
        assert_eq!(error(some), "entry 2: the `id` is missing");
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
            error("id,colour\na,b\n"),
            "the CSV header on line 1 has no column `name`; expected `id,name` or `id,name,description`"
        );
        assert_eq!(
            error("[17]"),
            "entry 1: expected an object like {\"id\":17,\"name\":\"ai\"}, found `17`"
        );
        assert!(error(r#"[{"id":1,"name":"a"}"#).starts_with("the tag list begins like JSON"));
    }
}
