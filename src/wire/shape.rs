//! What is shown of an answer.

/// Which scores are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// Those of the chosen tags.
    Chosen,
    /// Those of every tag, and of stopping.
    All,
}

/// What is shown of an answer beside its tags.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shape {
    /// Whether the tags' names.
    pub names: bool,
    /// Which scores.
    pub scores: Option<Scores>,
    /// Answers less sure than this are marked.
    pub review_below: Option<f64>,
    /// Whether how it came about.
    pub details: bool,
}

impl Shape {
    /// Whether scores have to be computed.
    #[must_use]
    pub fn needs_scores(self) -> bool {
        self.scores.is_some() || self.review_below.is_some() || self.details
    }
}
