//! A warm process's core: one loaded model, many closed lists, typed questions.
//!
//! A [`Question`] is answered from the model's own candidates, with probabilities: yes or no, one
//! of several options, a level of a scale, or at most so many labels. Each question is a tag
//! list with a wording of its own ([`Decider`] keeps the lists ready), so a question that was
//! asked before costs the document alone. There is no network here: a command line, a server
//! and a server of tools for agents can all stand on it.
//!
//! ```text
//! JSON ──Request::read──> Question, state ──Decider──> Answer ──> JSON
//! ```
//!
//! ```
//! use minitag::classifier::ClassifierOptions;
//! use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
//! use minitag::service::{Answer, Decider, Json, Question};
//!
//! let model = Model::open(Some("nano".as_ref()))?;
//! let engine = LlamaEngine::new(&model, ContextOptions::default());
//! let mut decider = Decider::new(engine, ClassifierOptions::for_model(&model))?;
//! let question = r#"{"type":"choice","criteria":{"game":null,"database":null}}"#;
//! let question = Question::read(&Json::parse(question.as_bytes())?)?;
//! let answered = decider.answer(&question, "A puzzle game for the terminal.")?;
//! let Answer::Choice { choice, .. } = answered.answer else { panic!("a choice") };
//! assert_eq!(choice, "game");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod decider;
mod fault;
mod fields;
mod json;
mod list;
mod ordered;
mod question;
mod request;
mod tagging;

pub use crate::service::answer::{Answer, Answered};
pub use crate::service::decider::{DecideError, Decider};
pub use crate::service::fault::Fault;
pub use crate::service::json::Json;
pub use crate::service::ordered::Ordered;
pub use crate::service::question::{
    Answers, Described, MAX_LEVELS, MAX_OPTIONS, Question, read_questions,
};
pub use crate::service::request::{Decision, Request, Response, Usage};
pub use crate::service::tagging::{TagRequest, TagResponse};
