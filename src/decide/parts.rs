//! What a candidate's probability is made of: the part of each voice that took part.

/// The natural-log odds of a tag against `stop` in parts, the sum of which they are. If the
/// answer may not stop at a slot, only the differences between its tags say something: the
/// probability of a candidate is e to the power of its sum, over the same of all candidates.
/// `stop` has no parts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Of the language model; `None` if it is not heard on the tag. A decision model that is
    /// asked yes or no of each tag gives its log-odds, and nothing else takes part.
    pub model: Option<f64>,
    /// Of the word vectors.
    pub vectors: Option<f64>,
    /// Of what was learned from documents.
    pub learned: Option<f64>,
    /// Of a calibration's prior.
    pub prior: Option<f64>,
}

impl Parts {
    /// The parts by name, in the order in which they are added.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<f64>); 4] {
        [
            ("model", self.model),
            ("vectors", self.vectors),
            ("learned", self.learned),
            ("prior", self.prior),
        ]
    }

    /// All of them together.
    #[must_use]
    pub fn sum(&self) -> f64 {
        let part = |part: Option<f64>| part.unwrap_or(0.0);
        let evidence = part(self.vectors) + part(self.learned);
        part(self.model) + evidence + part(self.prior)
    }
}
