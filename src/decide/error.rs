//! Why options cannot be used.

/// An option that cannot be as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{option} {value}` {problem}")]
pub struct OptionsError {
    /// The field's name.
    pub option: &'static str,
    /// What it is.
    pub value: String,
    /// What is wrong with that: the rest of a sentence.
    pub problem: String,
}
