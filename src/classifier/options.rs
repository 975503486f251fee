//! How documents are classified, and what is given to be classified.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::classifier::EvidenceOptions;
use crate::constraint::Joining;
use crate::decide::{Combining, DecideOptions};
use crate::document::Format;
use crate::models::DecisionModel;
use crate::prompt::{AnswerStyle, ListStyle, Scaffold, Template};

/// How many of a document's tokens are shown to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// At most so many.
    Tokens(usize),
    /// All of them.
    Full,
}

/// A text that is no budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of tokens from 1 up, or `full`")]
pub struct BudgetError;

impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("full", _) => Ok(Self::Full),
            (_, Ok(tokens)) if tokens > 0 => Ok(Self::Tokens(tokens)),
            _ => Err(BudgetError),
        }
    }
}

/// As it is read.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(tokens) => write!(f, "{tokens}"),
            Self::Full => f.write_str("full"),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::Tokens(1024)
    }
}

/// What is done with a document that is longer than the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Long {
    /// It is condensed: what is most telling is kept.
    #[default]
    Condense,
    /// Its beginning is read, as it stands.
    Head,
    /// It is cut into windows of the budget's length; each is classified, and the
    /// scores are combined.
    Windows(Combining),
}

/// A document's text, and the markup it is written in.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The text.
    pub text: &'a str,
    /// Its markup.
    pub format: Format,
}

/// A text whose markup is told by its content.
impl<'a> From<&'a str> for Document<'a> {
    fn from(text: &'a str) -> Self {
        let format = Format::of(None, text);
        Self { text, format }
    }
}

impl<'a> From<&'a String> for Document<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

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

/// How documents are classified.
#[derive(Clone, Debug)]
pub struct ClassifierOptions {
    /// How the model marks turns.
    pub scaffold: Scaffold,
    /// The wording of the prompt.
    pub template: Template,
    /// How the tag list is written in the prompt.
    pub list: ListStyle,
    /// What the model writes for a tag.
    pub answer: AnswerStyle,
    /// How the answer is cut into tokens.
    pub joining: Joining,
    /// Whether the model is shown the document's own id in the head of its answer, which it may
    /// take for a hint. What is written out has the own id either way.
    pub id_in_prompt: bool,
    /// How much of a document is read.
    pub budget: Budget,
    /// What is done with a longer one.
    pub long: Long,
    /// What the model says of itself if it is a decision model: then it is asked in its own
    /// prompt, and nothing of the above but the budget counts.
    pub decision: Option<Arc<DecisionModel>>,
    /// What a decision model is asked. Others are asked by the wording.
    pub asking: Asking,
    /// What speaks for tags beside the model; `None` leaves it to the model.
    pub evidence: Option<EvidenceOptions>,
    /// How the tags are chosen.
    pub decide: DecideOptions,
}
