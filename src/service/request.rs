//! A request and its response, as they are on the wire.

use serde::Serialize;

use crate::service::answer::Answer;
use crate::service::fault::Fault;
use crate::service::fields::{Fields, text};
use crate::service::json::Json;
use crate::service::ordered::Ordered;
use crate::service::question::{Question, read_questions};
use crate::wire::json_line;

/// A state, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The model that is asked for, if one is.
    pub model: Option<String>,
    /// The state as a text.
    pub state: String,
    /// The questions by their ids.
    pub questions: Vec<(String, Question)>,
}

impl Request {
    /// Reads `{"model":…,"state":…,"questions":{…}}`. Other fields are passed over.
    ///
    /// # Errors
    /// [`Fault`] for each thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let json = Json::parse(bytes).map_err(|fault| vec![fault])?;
        let fields = Fields::of(&json).map_err(|fault| vec![fault])?;
        let model = match fields.get("model") {
            None => Ok(None),
            Some(Json::Text(name)) => Ok(Some(name.clone())),
            Some(other) => {
                let problem = format!("expected a string, found {}", other.kind());
                Err(Fault::new("string_type", problem).within("model"))
            }
        };
        let model = model.map_err(|fault| vec![fault]);
        let state = fields.need("state");
        let state = state.and_then(|state| text(state).map_err(|fault| fault.within("state")));
        let state = state.map_err(|fault| vec![fault]);
        let questions = fields.need("questions").map_err(|fault| vec![fault]);
        let within = |faults: Vec<Fault>| -> Vec<Fault> {
            let faults = faults.into_iter();
            faults.map(|fault| fault.within("questions")).collect()
        };
        let questions = questions.and_then(|json| read_questions(json).map_err(within));
        match (model, state, questions) {
            (Ok(model), Ok(state), Ok(questions)) => Ok(Self {
                model,
                state,
                questions,
            }),
            (model, state, questions) => {
                let faults = [model.err(), state.err(), questions.err()];
                Err(faults.into_iter().flatten().flatten().collect())
            }
        }
    }
}

/// What is answered to a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Response {
    /// The model that answered.
    pub model: String,
    /// An answer for each question, by its id.
    pub answers: Ordered<Answer>,
    /// How much was read.
    pub usage: Usage,
}

/// What is answered of a document of a catalogue: a line of `decide`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The document's id.
    pub id: String,
    /// An answer for each question, by its id.
    pub answers: Ordered<Answer>,
}

impl Decision {
    /// The line with its end.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        json_line(self)
    }
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the questions, each with the state as far as it was read.
    pub input_tokens: usize,
    /// Tokens that were written: none, since nothing is.
    pub output_tokens: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_whatever_its_state_is() {
        for (state, text) in [("\"a\"", "a"), ("[1]", "[1]"), (r#"{"b":1}"#, r#"{"b":1}"#)] {
            let request = format!(
                r#"{{"state":{state},"questions":{{"q":{{"type":"noul","instructions":"?"}}}},"seed":1}}"#
            );
            let request = Request::read(request.as_bytes()).unwrap();
            assert_eq!((request.state.as_str(), request.model), (text, None));
            assert_eq!(request.questions[0].0, "q");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_request_is_said() {
        let places = |request: &str| -> Vec<String> {
            let faults = Request::read(request.as_bytes()).unwrap_err();
            faults.iter().map(|fault| fault.place.join(".")).collect()
        };
        assert_eq!(places("{}"), ["state", "questions"]);
        assert_eq!(places("[]"), [""]);
        assert_eq!(places("{"), [""]);
        assert_eq!(
            places(r#"{"model":1,"state":null,"questions":{"a":{"type":"x"},"b":1}}"#),
            ["model", "state", "questions.a.type", "questions.b"]
        );
        assert_eq!(places(r#"{"state":"a","questions":{}}"#), ["questions"]);
    }
}
