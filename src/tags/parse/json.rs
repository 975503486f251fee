//! Lists in JSON: an array, an object with one, a value a line.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::tags::parse::entries::{Content, Entry, Value, tag_set};
use crate::tags::parse::roles::Roles;
use crate::tags::parse::{Notation, header_or_tag};
use crate::tags::shorten;
use crate::tags::{Place, TagError, TagId, TagSet};

/// An object's fields in order; none of them twice.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields: Vec<(String, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
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

/// Reads a list that begins like JSON.
pub(super) fn parse(text: &str) -> Result<(TagSet, Notation), TagError> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(whole) if whole.get().starts_with('[') => array(whole),
        Ok(whole) => object(whole),
        Err(error) => {
            let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
            let filled = lines
                .into_iter()
                .filter(|(_, line)| !line.trim().is_empty());
            let filled: Vec<_> = filled.collect();
            let is_lines = filled.len() > 1
                && filled
                    .iter()
                    .all(|(_, line)| line.trim_start().starts_with(['{', '"']))
                && filled
                    .iter()
                    .all(|(_, line)| line.trim_end().ends_with(['}', '"']));
            if !is_lines {
                return Err(TagError::NotJson(error));
            }
            if let Some((line, first)) = filled.first()
                && let Ok(first) = serde_json::from_str::<String>(first.trim())
                && Roles::heads(&first)
            {
                return Err(header_or_tag(*line, &first));
            }
            let entries = filled.into_iter().map(|(line, text)| {
                let raw = serde_json::from_str(text).map_err(|error| TagError::Unclear {
                    line,
                    reason: format!("it is no JSON: {error}")
                        .replace(" at line 1 column", " at column"),
                })?;
                Ok(entry(Place::Line(line), raw))
            });
            tag_set(entries.collect::<Result<_, TagError>>()?)
        }
    }
}

fn array(raw: &RawValue) -> Result<(TagSet, Notation), TagError> {
    let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(TagError::NotJson)?;
    let elements = elements.into_iter().enumerate();
    tag_set(
        elements
            .map(|(place, raw)| entry(Place::Entry(place + 1), raw))
            .collect(),
    )
}

/// An object: one with a list in it, or a single tag.
fn object(raw: &RawValue) -> Result<(TagSet, Notation), TagError> {
    let Object(fields) = serde_json::from_str(raw.get()).map_err(TagError::NotJson)?;
    let is_list = |raw: &RawValue| raw.get().starts_with('[');
    let lists: Vec<_> = fields.iter().filter(|(_, value)| is_list(value)).collect();
    if let Some((_, list)) = lists.iter().find(|(name, _)| name == "tags") {
        return array(list);
    }
    let reason = match lists[..] {
        [(_, list)] => return array(list),
        [] if fields.iter().any(|(name, _)| Roles::knows(name)) => {
            return tag_set(vec![entry(Place::Entry(1), raw)]);
        }
        [] => "the object has no array of tags; expected `{\"tags\":[…]}`".to_owned(),
        _ => {
            let names: Vec<String> = lists.iter().map(|(name, _)| format!("`{name}`")).collect();
            format!(
                "the object has several arrays, {}, and none is `tags`",
                names.join(", ")
            )
        }
    };
    Err(TagError::Unclear { line: 1, reason })
}

fn entry(place: Place, raw: &RawValue) -> Entry {
    let json = raw.get();
    let content = if let Ok(Object(fields)) = serde_json::from_str(json) {
        let value = |raw: &RawValue| Value {
            id: TagId::from_json(raw.get()),
            text: serde_json::from_str(raw.get()).ok(),
            shown: raw.get().to_owned(),
        };
        let filled = fields.into_iter().filter(|(_, raw)| raw.get() != "null");
        Content::Fields(filled.map(|(name, raw)| (name, value(raw))).collect())
    } else if let Ok(name) = serde_json::from_str(json) {
        Content::Name(name)
    } else {
        Content::Other
    };
    Entry {
        place,
        content,
        shown: shorten(json),
    }
}
