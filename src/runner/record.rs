//! A record of a catalogue: an id, a text or where it is, and what else came with it.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, de};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::document::{self, Format, ReadError, Text};

/// Names that the program writes itself and that no field of the user's can have.
const RESERVED: [&str; 11] = [
    "id",
    "tags",
    "scores",
    "max_scores",
    "margins",
    "stops",
    "review",
    "ranking",
    "details",
    "line",
    "error",
];

/// What the fields of a record are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The field with the id.
    pub id: String,
    /// The field with the text.
    pub text: String,
    /// The field with the path of a file that has the text.
    pub path: String,
    /// Which other fields go to the output.
    pub keep: Keep,
}

impl Fields {
    /// A field that is to be kept although the program writes one of that name.
    #[must_use]
    pub fn reserved(&self) -> Option<&str> {
        match &self.keep {
            Keep::Named(names) => names
                .iter()
                .map(String::as_str)
                .find(|name| RESERVED.contains(name)),
            Keep::All => None,
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            id: "id".to_owned(),
            text: "text".to_owned(),
            path: "path".to_owned(),
            keep: Keep::Named(Vec::new()),
        }
    }
}

/// Which further fields of a record are carried to the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// These.
    Named(Vec<String>),
    /// All but those with names that the program writes itself.
    All,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its line in the input, counted from 1; for a folder, its place.
    pub line: u64,
    /// Its id; a number as its digits.
    pub id: String,
    /// Its text, or where that is.
    pub content: Content,
    /// What is carried to the output: names, and values as JSON.
    pub kept: Vec<(String, Box<RawValue>)>,
}

/// Where the text of a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Text(String),
    /// In a file.
    File(PathBuf),
}

impl Content {
    /// The text, and its markup.
    ///
    /// # Errors
    /// The failure that it comes to where there is no text.
    pub fn read(self) -> Result<(Text, Format), Outcome> {
        let unusable = |kind: &str, message: String| Outcome::Failure {
            kind: kind.to_owned(),
            message,
        };
        match self {
            Content::Text(text) => {
                let text = document::decode(text.as_bytes()).map_err(|e| {
                    unusable(read_error_kind(&e), format!("its text is unusable: {e}"))
                })?;
                let format = Format::of(None, &text.text);
                Ok((text, format))
            }
            Content::File(path) => {
                let text = File::open(&path)
                    .map_err(ReadError::Io)
                    .and_then(document::read);
                let text = text.map_err(|e| {
                    let cause = match &e {
                        ReadError::Io(cause) => format!(": {cause}"),
                        _ => String::new(),
                    };
                    let message = format!("cannot use `{}`: {e}{cause}", path.display());
                    unusable(read_error_kind(&e), message)
                })?;
                let format = Format::of(Some(&path), &text.text);
                Ok((text, format))
            }
        }
    }
}

fn read_error_kind(error: &ReadError) -> &'static str {
    match error {
        ReadError::Io(_) => "unreadable",
        ReadError::TooLarge => "too_large",
        _ => "not_text",
    }
}

/// Why a record could not be tagged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Its line in the input, counted from 1.
    pub line: u64,
    /// Its id, where there was one.
    pub id: Option<String>,
    /// One word for scripts: `not_json`, `no_id`, `timeout`.
    pub kind: &'static str,
    /// One sentence for people.
    pub message: String,
}

/// What came of a record: kept in the journal, written to the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A JSON object with the tags and what was asked for beside them.
    Answer(String),
    /// Why there is none: one word, one sentence.
    Failure {
        /// One word for scripts.
        kind: String,
        /// One sentence for people.
        message: String,
    },
}

/// A JSON object with its fields in order, and their values as they were typed.
#[derive(Debug)]
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                let mut names = HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if !names.insert(name.clone()) {
                        return Err(de::Error::custom(format!("`{name}` is there twice")));
                    }
                    fields.push((name, value));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Record {
    /// A record from one line of JSON. Paths in it are relative to `folder`.
    pub(super) fn from_json(
        text: &[u8],
        line: u64,
        fields: &Fields,
        folder: &std::path::Path,
    ) -> Result<Self, RecordError> {
        let error = |id: Option<&str>, kind, message: String| RecordError {
            line,
            id: id.map(str::to_owned),
            kind,
            message,
        };
        let text = std::str::from_utf8(text)
            .map_err(|_| error(None, "not_json", "it is not valid UTF-8".to_owned()))?;
        let Object(object) = serde_json::from_str(text)
            .map_err(|e| error(None, "not_json", format!("it is no JSON object: {e}")))?;
        Self::from_fields(object, line, fields, folder)
    }

    /// A record from named values.
    pub(super) fn from_fields(
        mut object: Vec<(String, Box<RawValue>)>,
        line: u64,
        fields: &Fields,
        folder: &std::path::Path,
    ) -> Result<Self, RecordError> {
        // A field that is to be kept by its name stays, whatever else it is for.
        let is_named = |name: &str| match &fields.keep {
            Keep::Named(names) => names.iter().any(|known| known == name),
            Keep::All => false,
        };
        let mut take = |name: &str| {
            let place = object.iter().position(|(known, _)| known == name)?;
            if is_named(name) {
                return Some(object[place].1.clone());
            }
            Some(object.remove(place).1)
        };
        let (id, text, path) = (take(&fields.id), take(&fields.text), take(&fields.path));
        let error = |id: Option<&str>, kind, message: String| RecordError {
            line,
            id: id.map(str::to_owned),
            kind,
            message,
        };
        let missing = |name: &str| error(None, "no_id", format!("it has no `{name}`"));
        let id = id.ok_or_else(|| missing(&fields.id))?;
        let id = id_text(&id).ok_or_else(|| {
            let message = format!("its `{}` is neither a text nor a number", fields.id);
            error(None, "no_id", message)
        })?;
        let no_text = |message: String| error(Some(&id), "no_text", message);
        let string = |value: &RawValue, name: &str| {
            serde_json::from_str::<Option<String>>(value.get())
                .map_err(|_| no_text(format!("its `{name}` is no text")))
        };
        let text = match text {
            Some(text) => string(&text, &fields.text)?,
            None => None,
        };
        let content = match (text, path) {
            (Some(text), _) => Content::Text(text),
            (None, Some(path)) => match string(&path, &fields.path)? {
                Some(path) => Content::File(folder.join(path)),
                None => return Err(no_text(format!("its `{}` is null", fields.path))),
            },
            (None, None) => {
                let (text, path) = (&fields.text, &fields.path);
                return Err(no_text(format!("it has neither `{text}` nor `{path}`")));
            }
        };
        let kept = match &fields.keep {
            Keep::All => {
                object.retain(|(name, _)| !RESERVED.contains(&name.as_str()));
                object
            }
            Keep::Named(names) => {
                object.retain(|(name, _)| names.contains(name));
                object.sort_by_key(|(name, _)| names.iter().position(|known| known == name));
                object
            }
        };
        Ok(Self {
            line,
            id,
            content,
            kept,
        })
    }
}

/// An id as text: a string's content, a number's digits as they were typed.
fn id_text(value: &RawValue) -> Option<String> {
    let literal = value.get();
    if literal.starts_with('"') {
        return serde_json::from_str(literal).ok();
    }
    let is_number = literal.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    is_number.then(|| literal.to_owned())
}

/// What a record is known by in the journal: its id and its text, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// The key of a document: SHA-256 over its parts, the first half of it.
    pub(super) fn of(id: &str, text: &str, format: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [id, format, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Key {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes()))
    }
}

/// Which of `shards` parts of a catalogue a record belongs to, from 0 on: by its id
/// alone, so that it stays in its part when others come and go.
pub(super) fn shard_of(id: &str, shards: u64) -> u64 {
    let hash = Sha256::digest(id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first) % shards.max(1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn record(json: &str, keep: Keep) -> Result<Record, RecordError> {
        let fields = Fields {
            keep,
            ..Fields::default()
        };
        Record::from_json(json.as_bytes(), 7, &fields, Path::new("in"))
    }

    fn none() -> Keep {
        Keep::Named(Vec::new())
    }

    #[test]
    fn records_have_an_id_and_a_text_or_a_path() {
        let read = record(r#"{"id":"7","text":"a \"b\""}"#, none()).unwrap();
        assert_eq!((read.id.as_str(), read.line), ("7", 7));
        assert_eq!(read.content, Content::Text("a \"b\"".to_owned()));
        let read = record(r#"{"id":12345678901234567890123,"path":"x/y.md"}"#, none()).unwrap();
        assert_eq!(read.id, "12345678901234567890123");
        assert_eq!(read.content, Content::File(PathBuf::from("in/x/y.md")));
        let read = record(r#"{"id":1,"text":null,"path":"y"}"#, none()).unwrap();
        assert_eq!(read.content, Content::File(PathBuf::from("in/y")));
    }

    #[test]
    fn what_is_no_record_says_why() {
        let wrong = |json| {
            let error = record(json, none()).unwrap_err();
            (error.id, error.kind, error.message)
        };
        let id = || Some("1".to_owned());
        assert_eq!(wrong("[1]").1, "not_json");
        assert_eq!(wrong(r#"{"id":1,"id":2}"#).1, "not_json");
        assert_eq!(
            wrong(r#"{"text":"a"}"#),
            (None, "no_id", "it has no `id`".to_owned())
        );
        assert_eq!(wrong(r#"{"id":null,"text":"a"}"#).1, "no_id");
        assert_eq!(
            wrong(r#"{"id":1}"#),
            (
                id(),
                "no_text",
                "it has neither `text` nor `path`".to_owned()
            )
        );
        assert_eq!(
            wrong(r#"{"id":1,"text":5}"#),
            (id(), "no_text", "its `text` is no text".to_owned())
        );
    }

    #[test]
    fn further_fields_are_carried_as_they_were_typed() {
        let json = r#"{"b":1.50,"id":1,"tags":[2],"text":"t","a":{"x": null}}"#;
        let kept = |keep| -> Vec<(String, String)> {
            let record = record(json, keep).unwrap();
            let pair = |(name, value): (String, Box<RawValue>)| (name, value.get().to_owned());
            record.kept.into_iter().map(pair).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (a, b) = (pair("a", r#"{"x": null}"#), pair("b", "1.50"));
        assert_eq!(kept(Keep::All), [b.clone(), a.clone()]);
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(kept(Keep::Named(names)), [a, b]);
        let text = pair("text", "\"t\"");
        assert_eq!(kept(Keep::Named(vec!["text".to_owned()])), [text]);
        assert_eq!(kept(none()), []);
    }

    #[test]
    fn keys_tell_parts_apart() {
        assert_ne!(Key::of("a", "b", "c"), Key::of("ab", "", "c"));
        assert_eq!(Key::of("a", "b", "c"), Key::of("a", "b", "c"));
        let shards: Vec<u64> = ["1", "2", "3", "4"].map(|id| shard_of(id, 2)).to_vec();
        assert!(shards.contains(&0) && shards.contains(&1));
    }
}
