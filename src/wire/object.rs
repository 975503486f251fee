//! An object that somebody else wrote.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// What stands in a JSON object. What serde derives takes an array as well, and its elements by
/// their places, which nobody who writes one here means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        id: Box<RawValue>,
        text: Option<String>,
    }

    #[test]
    fn an_array_is_no_object() {
        let read = serde_json::from_str::<Object<Wire>>;
        let Object(wire) = read(r#"{"id":1.50,"text":"a"}"#).unwrap();
        assert_eq!((wire.id.get(), wire.text.as_deref()), ("1.50", Some("a")));
        for (text, problem) in [
            (
                r#"[1,"a"]"#,
                "invalid type: sequence, expected a JSON object at line 1 column 0",
            ),
            (
                r#""a""#,
                "invalid type: string \"a\", expected a JSON object at line 1 column 3",
            ),
            (r#"{"text":"a"}"#, "missing field `id` at line 1 column 12"),
            (
                r#"{"id":1,"x":2}"#,
                "unknown field `x`, expected `id` or `text` at line 1 column 11",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), problem);
        }
    }
}
