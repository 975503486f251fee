//! Marks in records: for review, and reviewed.

use serde_json::value::RawValue;

/// What says that nobody has reviewed a record, in a file that has been in a spreadsheet.
const UNREVIEWED: [&str; 6] = ["", "false", "no", "n", "0", "-"];

/// Whether a person says to have reviewed a record: `true`, or anything else that does not say no,
/// a name or a date, say.
pub(crate) fn is_reviewed(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| match serde_json::from_str::<String>(value.get()) {
        Ok(text) => says_reviewed(&text),
        Err(_) => value.get() != "null" && says_reviewed(value.get()),
    })
}

/// The same of a cell's text.
pub(crate) fn says_reviewed(text: &str) -> bool {
    !UNREVIEWED
        .iter()
        .any(|no| text.trim().eq_ignore_ascii_case(no))
}

/// Whether a field is there and says so. Whatever else is in one of this name is the user's.
#[cfg(feature = "batch")]
pub(crate) fn is_true(value: Option<&RawValue>) -> bool {
    let says = |value: &RawValue| match serde_json::from_str::<String>(value.get()) {
        Ok(text) => says_true(&text),
        Err(_) => value.get() == "true",
    };
    value.is_some_and(says)
}

/// Whether a text or a cell says so, as a spreadsheet writes it too: `TRUE`.
#[cfg(feature = "batch")]
pub(crate) fn says_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}
