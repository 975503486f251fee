//! The fields of a record: which of them are its id, its text, what is carried along.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::runner::value::{Found, Value};
use crate::wire::RESERVED;

/// What stands before a field's name where the program writes one of that name.
const PREFIX: &str = "input_";

/// Fields of a record that are few.
const FEW: usize = 16;

/// Fields that are named in a message at most.
const NAMED: usize = 12;

/// What the fields of a record are called. A name with points is a path into objects and
/// arrays, unless there is a field of that very name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The field with the id.
    pub id: String,
    /// The fields with the text, which are joined in this order.
    pub text: Vec<String>,
    /// The field with the path of a file that has the text.
    pub path: String,
    /// Which other fields go to the output.
    pub keep: Keep,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            id: "id".to_owned(),
            text: vec!["text".to_owned()],
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
    /// All but the id and the text.
    All,
}

impl Keep {
    /// What the named fields are called in the output, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Named(names) => written_as(names),
            Self::All => Vec::new(),
        }
    }
}

/// What fields of these names are called in the output: no name that the program writes, and
/// none twice.
pub(super) fn written_as(names: &[String]) -> Vec<String> {
    let is_reserved = |name: &str| RESERVED.contains(&name);
    let mut taken: HashSet<&str> = HashSet::new();
    if !names.iter().any(|name| is_reserved(name)) {
        return names.to_vec();
    }
    taken.extend(names.iter().map(String::as_str));
    let mut written = Vec::with_capacity(names.len());
    for name in names {
        let mut name = name.clone();
        if is_reserved(&name) {
            name.insert_str(0, PREFIX);
            while taken.contains(name.as_str()) {
                name.insert_str(0, PREFIX);
            }
        }
        written.push(name);
    }
    written
}

/// A record's fields in order, none of them twice.
#[derive(Debug)]
pub(super) struct Object(pub(super) Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields: Vec<(String, Value)> = Vec::new();
                // Of few names, looking through them is the quickest.
                let mut names: HashSet<String> = HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if fields.len() == FEW {
                        names.extend(fields.iter().map(|(name, _)| name.clone()));
                    }
                    let is_twice = if fields.len() < FEW {
                        fields.iter().any(|(known, _)| *known == name)
                    } else {
                        !names.insert(name.clone())
                    };
                    if is_twice {
                        return Err(de::Error::custom(format!("`{name}` is there twice")));
                    }
                    fields.push((name, Value::Json(value)));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Object {
    /// The value of a field, or at a path such as `content.text` or `files.0.name`.
    pub(super) fn find(&self, name: &str) -> Option<Found<'_>> {
        let field = |name: &str| self.0.iter().find(|(known, _)| known == name);
        match field(name) {
            Some((_, Value::Json(json))) => return Some(Found::Json(Cow::Borrowed(json))),
            Some((_, Value::Text(text))) => return Some(Found::Text(text)),
            None => {}
        }
        // A field's own name can have points in it: the longest that fits is the one.
        name.rmatch_indices('.').find_map(|(at, _)| {
            let (_, Value::Json(json)) = field(&name[..at])? else {
                return None;
            };
            let json = inside(json, &name[at + 1..])?;
            Some(Found::Json(Cow::Owned(json)))
        })
    }

    /// The names that are there, for a message.
    pub(super) fn names(&self) -> String {
        list_names(self.0.iter().map(|(name, _)| name.as_str()))
    }
}

/// The value at a path in another one.
fn inside(value: &RawValue, path: &str) -> Option<Box<RawValue>> {
    let json = value.get();
    if json.starts_with('[') {
        let (place, rest) = path
            .split_once('.')
            .map_or((path, None), |(p, r)| (p, Some(r)));
        let elements: Vec<Box<RawValue>> = serde_json::from_str(json).ok()?;
        let element = elements.into_iter().nth(place.parse().ok()?)?;
        return match rest {
            Some(rest) => inside(&element, rest),
            None => Some(element),
        };
    }
    let object: Object = serde_json::from_str(json).ok()?;
    object.find(path).map(Found::into_json)
}

/// Names in backticks, as many as one can read.
pub(super) fn list_names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.len() > NAMED {
        let more = names.len() - NAMED;
        names.truncate(NAMED);
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// Fields that were asked for by name, and whether any record has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen(Vec<String>);

impl Unseen {
    /// Those that need not be in every record: what is kept, and one of several texts.
    pub(super) fn new(fields: &Fields) -> Self {
        let mut names = match &fields.keep {
            Keep::Named(names) => names.clone(),
            Keep::All => Vec::new(),
        };
        if fields.text.len() > 1 {
            names.extend_from_slice(&fields.text);
        }
        Self(names)
    }

    /// Looks at a record.
    pub(super) fn look(&mut self, object: &Object) {
        self.0.retain(|name| object.find(name).is_none());
    }

    /// Those that no record had.
    pub(super) fn names(self) -> Vec<String> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn no_field_is_there_twice() {
        let fields = |count: usize| {
            let fields: Vec<String> = (0..count).map(|n| format!("\"{n}\":{n},")).collect();
            fields.concat()
        };
        for count in [1, FEW - 1, FEW, FEW + 1, 99] {
            let read = |last: usize| {
                let json = format!("{{{}\"{last}\":0}}", fields(count));
                serde_json::from_str::<Object>(&json).map(|object| object.0.len())
            };
            assert_eq!(read(count).unwrap(), count + 1);
            for twice in [0, count / 2, count - 1] {
                assert!(read(twice).is_err(), "{twice} of {count}");
            }
        }
    }

    #[test]
    fn a_name_with_points_is_a_path() {
        let json = r#"{"a.b":1,"a":{"b":2,"c":[{"d":3}]},"x.y":{"z":4},"n":null}"#;
        let found = |name| {
            object(json)
                .find(name)
                .map(|found| found.into_json().get().to_owned())
        };
        for (name, value) in [
            ("a.b", Some("1")),
            ("a.c.0.d", Some("3")),
            ("x.y.z", Some("4")),
            ("n", Some("null")),
            ("a.c.1.d", None),
            ("a.c.d", None),
            ("n.x", None),
            ("", None),
        ] {
            assert_eq!(found(name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn names_that_the_program_writes_are_written_as_others() {
        let names = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
        let written = |given: &[&str]| written_as(&names(given));
        assert_eq!(written(&["a", "path"]), names(&["a", "path"]));
        assert_eq!(
            written(&["tags", "a", "line"]),
            names(&["input_tags", "a", "input_line"])
        );
        let both = ["input_tags", "tags"];
        assert_eq!(written(&both), names(&["input_tags", "input_input_tags"]));
    }

    #[test]
    fn what_no_record_has_is_known() {
        let keep = Keep::Named(vec!["title".to_owned(), "titel".to_owned()]);
        let fields = Fields {
            keep,
            ..Fields::default()
        };
        let mut unseen = Unseen::new(&fields);
        unseen.look(&object(r#"{"id":1}"#));
        unseen.look(&object(r#"{"title":null}"#));
        assert_eq!(unseen.names(), ["titel"]);
    }
}
