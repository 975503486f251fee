//! The three notations of a tag list: JSON, CSV, one name a line.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::tags::{Place, Problem, Tag, TagError, TagId, TagSet};

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
        if text.trim_start().starts_with(['[', '{']) {
            Self::parse_json(text)
        } else if let Some(delimiter) = csv_delimiter(first_line) {
            Self::parse_csv(text, delimiter)
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

    fn parse_csv(text: &str, delimiter: u8) -> Result<Self, TagError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(TagError::Csv)?.clone();
        let column = |name| header.iter().position(|field| is_column(field, name));
        let id = column("id").ok_or(TagError::MissingColumn("id"))?;
        let name = column("name").ok_or(TagError::MissingColumn("name"))?;
        let description = column("description");
        let mut list = Unchecked::default();
        for record in reader.records() {
            let record = record.map_err(TagError::Csv)?;
            let place = Place::Line(record.position().map_or(0, |at| line_of(text, at)));
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
}

/// What separates the columns of a CSV header; `None` where a line is none.
fn csv_delimiter(line: &str) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|&delimiter| {
        let mut fields = line.split(char::from(delimiter));
        let known = |field: &str| is_column(field, "id") || is_column(field, "name");
        line.contains(char::from(delimiter)) && fields.any(known)
    })
}

fn is_column(field: &str, name: &str) -> bool {
    field.trim().trim_matches('"').eq_ignore_ascii_case(name)
}

/// The line a record begins on; the reader's position is that of the empty lines
/// before it.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(0);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|b| b"\r\n".contains(b));
    at.line() + empty.filter(|&&b| b == b'\n').count() as u64
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

/// The first 60 characters of a text, for messages.
#[must_use]
pub fn shorten(text: &str) -> String {
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
