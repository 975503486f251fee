//! Samples for fine-tuning, as trainers read them.

use serde::Serialize;

use crate::classifier::Sample;
use crate::vocab::Token;

/// A label that no trainer learns.
const NOT_LEARNT: i32 = -100;

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// `{"messages":[{"role":"user",…},{"role":"assistant",…}]}`.
    Messages,
    /// `{"instruction":…,"input":"","output":…}`.
    Alpaca,
    /// `{"input_ids":[…],"labels":[…]}`.
    Tokens,
}

#[derive(Serialize)]
struct Messages<'a> {
    messages: [Message<'a>; 2],
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Alpaca<'a> {
    instruction: &'a str,
    input: &'a str,
    output: &'a str,
}

#[derive(Serialize)]
struct Tokens {
    input_ids: Vec<i32>,
    labels: Vec<i32>,
}

impl SampleFormat {
    /// A sample as one line of JSON, without its end.
    #[must_use]
    pub fn line(self, sample: &Sample) -> String {
        let message = |role, content| Message { role, content };
        let line = match self {
            Self::Messages => serde_json::to_string(&Messages {
                messages: [
                    message("user", &sample.user),
                    message("assistant", &sample.answer),
                ],
            }),
            Self::Alpaca => serde_json::to_string(&Alpaca {
                instruction: &sample.user,
                input: "",
                output: &sample.answer,
            }),
            Self::Tokens => {
                let ids = |tokens: &[Token]| tokens.iter().map(|t| t.0).collect::<Vec<_>>();
                let (prompt, answer) = (ids(&sample.prompt_tokens), ids(&sample.answer_tokens));
                serde_json::to_string(&Tokens {
                    labels: [vec![NOT_LEARNT; prompt.len()], answer.clone()].concat(),
                    input_ids: [prompt, answer].concat(),
                })
            }
        };
        // Texts and numbers: there is nothing that could fail.
        line.unwrap_or_default()
    }
}
