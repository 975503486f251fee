//! The fields of an object, looked at one by one.

use crate::service::fault::Fault;
use crate::service::json::Json;
use crate::service::ordered::Ordered;

/// An object whose fields are known by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'j>(&'j [(String, Json)]);

impl<'j> Fields<'j> {
    /// The fields of a value, if it is an object.
    pub(super) fn of(json: &'j Json) -> Result<Self, Fault> {
        match json {
            Json::Object(Ordered(fields)) => Ok(Self(fields)),
            other => {
                let problem = format!("expected an object, found {}", other.kind());
                Err(Fault::new("dict_type", problem))
            }
        }
    }

    /// All of them, in their order.
    pub(super) fn iter(self) -> std::slice::Iter<'j, (String, Json)> {
        self.0.iter()
    }

    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// A field by its name; `null` is as if it were not there.
    pub(super) fn get(self, name: &str) -> Option<&'j Json> {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value).filter(|v| **v != Json::Null)
    }

    /// A field that has to be there.
    pub(super) fn need(self, name: &str) -> Result<&'j Json, Fault> {
        let missing = || Fault::new("missing", "the field is missing").within(name);
        self.get(name).ok_or_else(missing)
    }

    /// A field that is a text, an object or an array, as a text.
    pub(super) fn text(self, name: &str) -> Result<Option<String>, Fault> {
        let value = self.get(name);
        value
            .map(|value| text(value).map_err(|fault| fault.within(name)))
            .transpose()
    }

    /// A field that is a number from 0 up.
    pub(super) fn count(self, name: &str) -> Result<Option<usize>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = match value {
            Json::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
            _ => None,
        };
        let wrong = || Fault::new("int_type", "expected an integer from 0 up").within(name);
        number.map(Some).ok_or_else(wrong)
    }

    /// Refuses a field of another name, unless it is marked as an extension.
    pub(super) fn only(self, known: &[&str]) -> Result<(), Fault> {
        let is_known = |name: &str| known.contains(&name) || name.starts_with("x_");
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                let problem = format!("there is no such field; expected {}", known.join(", "));
                Err(Fault::new("extra_forbidden", problem).within(name))
            }
        }
    }
}

/// A text, an object or an array, as a text.
pub(super) fn text(value: &Json) -> Result<String, Fault> {
    match value {
        Json::Text(_) | Json::List(_) | Json::Object(_) => Ok(value.to_text()),
        other => {
            let problem = format!(
                "expected a string, an object or an array, found {}",
                other.kind()
            );
            Err(Fault::new("string_type", problem))
        }
    }
}
