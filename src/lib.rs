//! Tags documents from a closed list, offline, with a local language model.
//!
//! The model is a MiniCPM3 (or other) GGUF file, run by llama.cpp inside this
//! process. The answer is valid JSON by construction: at most so many tags, each
//! from the list, none twice.
//!
//! # Key types
//! - [`TagSet`]: the closed list of tags.
//! - [`engine::llama::Model`] and [`engine::llama::LlamaEngine`]: a loaded model.
//! - [`Classifier`]: tag list, prompt and model together; gives a [`Classification`].
//! - [`explain::Explanation`]: which sentences an answer rests on.
//! - [`calibrate`]: what a model's scores are worth, measured and put right.
//! - [`eval::Evaluation`]: how good the answers are where the right tags are known.
//!
//! # Usage
//! 1. Parse the tag list.
//! 2. Load a model and make an engine on it.
//! 3. Make a [`Classifier`] of both.
//! 4. Give it documents.
//!
//! ```no_run
//! use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
//! use minitag::{AnswerStyle, Budget, Classifier, ClassifierOptions, DecideOptions, Joining, ListStyle, Long, Scaffold, TagSet, Template};
//!
//! let tags = TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":33,"name":"lib"}]"#)?;
//! let model = Model::load("MiniCPM3-4B-Q4_K_M.gguf".as_ref(), &ModelOptions::default())?;
//! let engine = LlamaEngine::new(&model, ContextOptions::default());
//! let answer = AnswerStyle::Id;
//! let options = ClassifierOptions {
//!     scaffold: Scaffold::ChatMl,
//!     template: Template::built_in(answer),
//!     list: ListStyle::default(),
//!     answer,
//!     joining: Joining::default(),
//!     budget: Budget::default(),
//!     long: Long::default(),
//!     decide: DecideOptions::default(),
//! };
//! let mut classifier = Classifier::new(engine, tags, options)?;
//! let answer = classifier.classify("7462", "# MiniCPM\nA small language model.")?;
//! println!("{:?}", answer.tags);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod calibrate;
pub mod classifier;
pub mod constraint;
pub mod decide;
pub mod document;
pub mod engine;
pub mod eval;
pub mod explain;
pub mod memory;
pub mod models;
pub mod prompt;
pub mod runner;
pub mod table;
pub mod tags;
pub mod tune;
pub mod vocab;
pub mod whole_file;

pub use crate::classifier::{
    Budget, Classification, Classifier, ClassifierOptions, Document, Long,
};
pub use crate::constraint::Joining;
pub use crate::decide::{DecideOptions, Strategy};
pub use crate::prompt::{AnswerStyle, ListStyle, Scaffold, Template};
pub use crate::tags::{TagId, TagSet};

/// The README's code, compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
