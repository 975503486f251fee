//! What is wrong with a question or a request, and where.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What is wrong with a value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The names on the way to the value.
    pub place: Vec<String>,
    /// One sentence for people.
    pub problem: String,
    /// One word for scripts.
    pub kind: &'static str,
}

impl Fault {
    /// A fault of the value that is looked at.
    #[must_use]
    pub fn new(kind: &'static str, problem: impl Into<String>) -> Self {
        Self {
            place: Vec::new(),
            problem: problem.into(),
            kind,
        }
    }

    /// The same, seen from the value that this one stands in under a name.
    #[must_use]
    pub fn within(mut self, name: impl Into<String>) -> Self {
        self.place.insert(0, name.into());
        self
    }
}

/// In words: `questions.team.criteria: …`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "`{}`: ", self.place.join("."))?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Fault {}

/// As clients of the wire format know it: `{"loc":["body",…],"msg":…,"type":…}`.
impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut place = vec!["body"];
        place.extend(self.place.iter().map(String::as_str));
        let mut fault = serializer.serialize_struct("Fault", 3)?;
        fault.serialize_field("loc", &place)?;
        fault.serialize_field("msg", &self.problem)?;
        fault.serialize_field("type", self.kind)?;
        fault.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_it_is() {
        let fault = Fault::new("missing", "the field is missing");
        assert_eq!(fault.to_string(), "the field is missing");
        let fault = fault.within("criteria").within("team");
        assert_eq!(fault.to_string(), "`team.criteria`: the field is missing");
        let json =
            r#"{"loc":["body","team","criteria"],"msg":"the field is missing","type":"missing"}"#;
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }
}
