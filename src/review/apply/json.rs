//! Corrections put into lines of JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use crate::eval::{Ids, document_id, is_reviewed};
use crate::review::apply::{Verdict, Work};
use crate::tags::{TagId, json_string};
use crate::wire::RESERVED;

/// What is said of tags that a document no longer has.
const OF_OLD_TAGS: [&str; 6] = [
    "scores",
    "max_scores",
    "margins",
    "stops",
    "ranking",
    "details",
];

/// The fields of a record, in order and as they are typed.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&RawValue> {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| &**value)
    }

    /// Puts a value in the place of one that is there.
    fn set(&mut self, name: &str, value: &impl serde::Serialize) {
        // Texts: there is nothing that could fail.
        let Ok(value) = to_raw_value(value) else {
            return;
        };
        if let Some(field) = self.0.iter_mut().find(|(known, _)| known == name) {
            field.1 = value;
        }
    }

    /// Says that it was reviewed, behind what the program writes and before what is carried.
    fn mark(&mut self) {
        self.0
            .retain(|(name, _)| name != "review" && name != "reviewed");
        let is_own = |(name, _): &(String, _)| RESERVED.contains(&name.as_str());
        let behind = self.0.iter().rposition(is_own).map_or(0, |place| place + 1);
        if let Ok(value) = to_raw_value(&true) {
            self.0.insert(behind, ("reviewed".to_owned(), value));
        }
    }

    fn to_json(&self) -> String {
        let field = |(name, value): &(String, Box<RawValue>)| json_string(name) + ":" + value.get();
        let fields: Vec<String> = self.0.iter().map(field).collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// Goes through the lines.
pub(super) fn apply(bytes: &[u8], work: &mut Work) {
    let ids = Ids::new(work.tags);
    for (number, line) in (1..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
        let text = line.trim_ascii_end();
        let corrected = if text.is_empty() {
            None
        } else {
            corrected(number, text, work, &ids).unwrap_or_else(|problem| {
                work.applied.unread.push((number, problem));
                None
            })
        };
        let content = &mut work.applied.content;
        match corrected {
            Some(json) => {
                content.extend_from_slice(json.as_bytes());
                content.extend_from_slice(&line[text.len()..]);
            }
            None => content.extend_from_slice(line),
        }
    }
}

/// The corrected line; `None` if it stays as it is.
fn corrected(
    number: usize,
    line: &[u8],
    work: &mut Work,
    ids: &Ids,
) -> Result<Option<String>, String> {
    let read = serde_json::from_slice(line);
    let mut fields: Fields = read.map_err(|error| {
        let error = error.to_string();
        error
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned()
    })?;
    let (Some(id), Some(tags)) = (fields.get("id"), fields.get("tags")) else {
        // An error that stands between the answers is none of them.
        return Ok(None);
    };
    let id = document_id(id).map_err(|problem| problem.to_string())?;
    let tags: Result<Vec<Box<RawValue>>, _> = serde_json::from_str(tags.get());
    let now = tags.ok().and_then(|tags| ids.places(&tags).ok());
    let was_reviewed = is_reviewed(fields.get("reviewed"));
    match work.verdict(number, &id, now.as_deref(), was_reviewed) {
        Verdict::Left => return Ok(None),
        Verdict::Right => {}
        Verdict::Tags(places) => {
            let given: Vec<&TagId> = places.iter().map(|&p| &work.tags.get(p).id).collect();
            fields.set("tags", &given);
            fields.set("names", &work.names(places));
            fields
                .0
                .retain(|(name, _)| !OF_OLD_TAGS.contains(&name.as_str()));
        }
    }
    fields.mark();
    Ok(Some(fields.to_json()))
}
