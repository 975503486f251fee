//! A record of a catalogue: an id, a text or where it is, and what else came with it.

use std::path::Path;

use serde_json::value::RawValue;

use crate::runner::content::Content;
use crate::runner::fields::{Fields, Keep, Object, Unseen, list_names, written_as};
use crate::runner::outcome::{Failure, Outcome};
use crate::runner::value::{Found, id_text, text_of};
use crate::tags::half_problem;

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

/// A record that cannot be read is an outcome like any other.
impl From<&RecordError> for Outcome {
    fn from(error: &RecordError) -> Self {
        Self::Failure(Failure::new(error.kind, error.message.clone()))
    }
}

impl Record {
    /// A record from the text of one JSON object. Paths in it are relative to `folder`.
    pub(super) fn from_json(
        text: &[u8],
        line: u64,
        fields: &Fields,
        folder: &Path,
        unseen: &mut Unseen,
    ) -> Result<Self, RecordError> {
        let error = |message: String| RecordError {
            line,
            id: None,
            kind: "not_json",
            message,
        };
        let text = std::str::from_utf8(text).map_err(|e| {
            error(format!(
                "it is not valid UTF-8 at its byte {}; `--encoding` says what else it is, such as `--encoding windows-1252`",
                e.valid_up_to()
            ))
        })?;
        // Files that were joined have a mark at the beginning of each.
        let text = text.trim_start_matches('\u{feff}');
        let object: Object = serde_json::from_str(text)
            .map_err(|e| error(format!("it is no JSON object: {}", in_one_line(&e))))?;
        unseen.look(&object);
        Self::from_fields(object, line, fields, folder)
    }

    /// A record from named values.
    pub(super) fn from_fields(
        object: Object,
        line: u64,
        fields: &Fields,
        folder: &Path,
    ) -> Result<Self, RecordError> {
        let error = |id: Option<&str>, kind, message: String| RecordError {
            line,
            id: id.map(str::to_owned),
            kind,
            message,
        };
        let no_id = |message: String| error(None, "no_id", message);
        let id = object.find(&fields.id).ok_or_else(|| {
            no_id(match object.names().as_str() {
                "" => format!("it has no `{}`, and no other field", fields.id),
                names => format!("it has no `{}`; its fields are {names}", fields.id),
            })
        })?;
        let id = id_text(id).map_err(|problem| no_id(format!("its `{}` {problem}", fields.id)))?;
        let no_text = |message: String| error(Some(&id), "no_text", message);
        let string = |value: Found, name: &str| {
            text_of(value).map_err(|problem| no_text(format!("its `{name}` {problem}")))
        };
        let mut text: Option<String> = None;
        for name in &fields.text {
            let value = object.find(name);
            let value = value
                .map(|value| string(value, name))
                .transpose()?
                .flatten();
            match (&mut text, value) {
                (Some(text), Some(value)) if !text.is_empty() && !value.is_empty() => {
                    text.push_str("\n\n");
                    text.push_str(&value);
                }
                (Some(text), Some(value)) => text.push_str(&value),
                (None, value) => text = value,
                (Some(_), None) => {}
            }
        }
        let content = match (text, object.find(&fields.path)) {
            (Some(text), _) => Content::Text(text),
            (None, Some(path)) => match string(path, &fields.path)? {
                Some(path) if !path.is_empty() => Content::File(folder.join(path)),
                Some(_) => return Err(no_text(format!("its `{}` is empty", fields.path))),
                None => return Err(no_text(format!("its `{}` is null", fields.path))),
            },
            (None, None) if fields.text.iter().any(|name| object.find(name).is_some()) => {
                let names = list_names(fields.text.iter().map(String::as_str));
                return Err(no_text(match fields.text.len() {
                    1 => format!("its {names} is null"),
                    _ => format!("none of its {names} has a text"),
                }));
            }
            (None, None) => {
                let wanted = fields.text.iter().chain([&fields.path]);
                let wanted: Vec<String> = wanted.map(|name| format!("`{name}`")).collect();
                let there = object.names();
                let message = format!(
                    "it has neither {}; its fields are {there}",
                    wanted.join(" nor ")
                );
                return Err(no_text(message));
            }
        };
        let kept = kept(object, fields);
        let half = kept
            .iter()
            .find_map(|(name, value)| Some((name, half_problem(value.get())?)));
        if let Some((name, problem)) = half {
            let message = format!("its `{name}`, which is to be kept, {problem}");
            return Err(error(Some(&id), "not_json", message));
        }
        Ok(Self {
            line,
            id,
            content,
            kept,
        })
    }
}

/// The fields that are carried to the output, by the names they have there.
fn kept(mut object: Object, fields: &Fields) -> Vec<(String, Box<RawValue>)> {
    let (names, values): (Vec<String>, Vec<_>) = match &fields.keep {
        Keep::All => {
            let is_used = |name: &String| *name == fields.id || fields.text.contains(name);
            object.0.retain(|(name, _)| !is_used(name));
            let fields = object.0.into_iter();
            fields
                .map(|(name, value)| (name, value.into_json()))
                .unzip()
        }
        Keep::Named(names) => {
            let there = names.iter().zip(written_as(names));
            return there
                .filter_map(|(name, written)| Some((written, object.find(name)?.into_json())))
                .collect();
        }
    };
    written_as(&names).into_iter().zip(values).collect()
}

/// What a parser says, without the line that it counts by itself.
fn in_one_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.split_once(" at line 1 column "), error.line()) {
        (Some((reason, column)), 1) => format!("{reason} at its character {column}"),
        _ => text.replace(" at line ", " at its line "),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn record(json: &str, keep: Keep) -> Result<Record, RecordError> {
        let fields = Fields {
            keep,
            ..Fields::default()
        };
        let mut unseen = Unseen::default();
        Record::from_json(json.as_bytes(), 7, &fields, Path::new("in"), &mut unseen)
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
            (
                None,
                "no_id",
                "it has no `id`; its fields are `text`".to_owned()
            )
        );
        assert_eq!(wrong(r#"{"id":null,"text":"a"}"#).1, "no_id");
        assert_eq!(
            wrong(r#"{"id":1}"#),
            (
                id(),
                "no_text",
                "it has neither `text` nor `path`; its fields are `id`".to_owned()
            )
        );
        assert_eq!(
            wrong(r#"{"id":1,"text":5}"#),
            (id(), "no_text", "its `text` is no text".to_owned())
        );
    }

    #[test]
    fn half_a_surrogate_pair_is_named() {
        for (json, half) in [
            (r#"{"id":1,"text":"a \ud83d"}"#, "\\ud83d"),
            (r#"{"id":1,"text":"\\\uDE00 b"}"#, "\\uDE00"),
            (r#"{"id":1,"text":"\ud83d\ud83d\ude00"}"#, "\\ud83d"),
        ] {
            let message =
                format!("its `text` has half a surrogate pair, `{half}`, which is no character");
            assert_eq!(record(json, none()).unwrap_err().message, message);
        }
        let id = record(r#"{"id":"\ud83d","text":""}"#, none()).unwrap_err();
        assert_eq!(
            (id.kind, id.message.contains("half a surrogate pair")),
            ("no_id", true)
        );
        let whole = record(r#"{"id":1,"text":"\ud83d\ude00 \\ud83d"}"#, none()).unwrap();
        assert_eq!(whole.content, Content::Text("\u{1f600} \\ud83d".to_owned()));
    }

    #[test]
    fn what_is_kept_has_no_half_of_a_pair() {
        let keep = || Keep::Named(vec!["a".to_owned()]);
        let json = |a: &str| format!("{{\"id\":\"1\",\"text\":\"\",\"a\":{a},\"b\":\"\\ud83d\"}}");
        let half = record(&json(r#"{"x":["\ud83d"]}"#), keep()).unwrap_err();
        let message = "its `a`, which is to be kept, has half a surrogate pair, `\\ud83d`, which is no character";
        assert_eq!((half.kind, half.message.as_str()), ("not_json", message));
        assert!(record(&json(r#""\ud83d\ude00 \\ud83d""#), keep()).is_ok());
    }

    #[test]
    fn what_is_there_and_empty_is_said_to_be() {
        for (json, kind, message) in [
            (r#"{"id":"","text":"a"}"#, "no_id", "its `id` is empty"),
            (r#"{"id":" ","text":"a"}"#, "no_id", "its `id` is empty"),
            (r#"{"id":1,"text":null}"#, "no_text", "its `text` is null"),
            (r#"{"id":1,"path":""}"#, "no_text", "its `path` is empty"),
            (r#"{"id":1,"path":null}"#, "no_text", "its `path` is null"),
        ] {
            let error = record(json, none()).unwrap_err();
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
        }
        let joined = record("\u{feff}{\"id\":1,\"text\":\"\"}", none());
        assert_eq!(joined.unwrap().id, "1");
    }

    #[test]
    fn texts_are_joined_in_the_order_they_are_named_in() {
        let fields = Fields {
            text: ["title", "content.text", "note"]
                .map(str::to_owned)
                .to_vec(),
            ..Fields::default()
        };
        let text = |json: &str| {
            let mut unseen = Unseen::default();
            let folder = Path::new("");
            Record::from_json(json.as_bytes(), 1, &fields, folder, &mut unseen).map(|r| r.content)
        };
        let content = |text: &str| Ok(Content::Text(text.to_owned()));
        let json = r#"{"id":1,"note":"c","content":{"text":"b"},"title":"a"}"#;
        assert_eq!(text(json), content("a\n\nb\n\nc"));
        assert_eq!(text(r#"{"id":1,"note":"c","title":""}"#), content("c"));
        assert_eq!(
            text(r#"{"id":1,"title":null,"content":{"text":"b"}}"#),
            content("b")
        );
        let neither = text(r#"{"id":1,"x":2}"#).unwrap_err().message;
        let names = "it has neither `title` nor `content.text` nor `note` nor `path`; its fields are `id`, `x`";
        assert_eq!(neither, names);
    }

    #[test]
    fn further_fields_are_carried_as_they_were_typed() {
        let json = r#"{"b":1.50,"id":1,"tags":[2],"text":"t","path":"p","a":{"x": null}}"#;
        let kept = |keep| -> Vec<(String, String)> {
            let record = record(json, keep).unwrap();
            let pair = |(name, value): (String, Box<RawValue>)| (name, value.get().to_owned());
            record.kept.into_iter().map(pair).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (a, b, tags) = (
            pair("a", r#"{"x": null}"#),
            pair("b", "1.50"),
            pair("input_tags", "[2]"),
        );
        let all = [b.clone(), tags.clone(), pair("path", "\"p\""), a.clone()];
        assert_eq!(kept(Keep::All), all);
        let names = ["a", "tags", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(kept(Keep::Named(names)), [a, tags, b]);
        let text = pair("text", "\"t\"");
        assert_eq!(kept(Keep::Named(vec!["text".to_owned()])), [text]);
        let inner = pair("a.x", "null");
        assert_eq!(kept(Keep::Named(vec!["a.x".to_owned()])), [inner]);
        assert_eq!(kept(none()), []);
    }
}
