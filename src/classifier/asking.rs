//! What a decision model is asked about a list.

/// What a decision model is asked about a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// Which tags fit, or what fits as an answer to a question: yes or no of each, or, if a
    /// document gets exactly one, which of them.
    #[default]
    Tags,
    /// The same as an answer to a question.
    Labels(String),
    /// A question whose answers are the tags: "yes", then "no".
    YesNo(String),
    /// One whose options they are.
    Choice(String),
    /// One whose levels they are, from the lowest on.
    Score(String),
}
