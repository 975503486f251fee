//! The value of a field, as an id and as a text.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::tags::{half_problem, json_string};

/// The value of a field: JSON as it was typed, or the text of a cell.
#[derive(Debug)]
pub(super) enum Value {
    Json(Box<RawValue>),
    Text(String),
}

impl Value {
    /// As JSON, for the output.
    pub(super) fn into_json(self) -> Box<RawValue> {
        match self {
            Self::Json(json) => on_one_line(json),
            Self::Text(text) => Found::Text(&text).into_json(),
        }
    }
}

/// A value that was looked for.
#[derive(Debug)]
pub(super) enum Found<'o> {
    Json(Cow<'o, RawValue>),
    Text(&'o str),
}

impl Found<'_> {
    /// As JSON, for the output.
    pub(super) fn into_json(self) -> Box<RawValue> {
        match self {
            Self::Json(json) => on_one_line(json.into_owned()),
            Self::Text(text) => RawValue::from_string(json_string(text)).unwrap_or_default(),
        }
    }
}

/// The same JSON without line ends, which stand between its parts alone: a record is one line.
fn on_one_line(json: Box<RawValue>) -> Box<RawValue> {
    if !json.get().contains(['\n', '\r']) {
        return json;
    }
    let line = json.get().replace(['\n', '\r'], "");
    RawValue::from_string(line).unwrap_or_default()
}

/// A text; `None` is null.
pub(super) fn text_of(value: Found) -> Result<Option<String>, String> {
    let json = match value {
        Found::Text(text) => return Ok(Some(text.to_owned())),
        Found::Json(json) => json,
    };
    let text = serde_json::from_str::<Option<String>>(json.get());
    text.map_err(|_| half_problem(json.get()).unwrap_or_else(|| "is no text".to_owned()))
}

/// An id as text: a string's content, a number's digits as they were typed.
pub(super) fn id_text(value: Found) -> Result<String, String> {
    if let Found::Json(json) = &value
        && !json.get().starts_with('"')
    {
        let literal = json.get();
        let is_number = literal.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let problem = || "is neither a text nor a number".to_owned();
        return is_number.then(|| literal.to_owned()).ok_or_else(problem);
    }
    let id = text_of(value)?.unwrap_or_default();
    if id.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(id)
}
