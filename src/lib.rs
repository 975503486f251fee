//! Tags documents from a closed list, offline, with a local language model.
//!
//! The model is a MiniCPM3 (or other) GGUF file, run by llama.cpp inside this
//! process. The answer is valid JSON by construction: at most so many tags, each
//! from the list, none twice.
//!
//! # Key types
//! - [`TagSet`]: the closed list of tags.
//! - [`engine::llama::Model`]: a loaded model.
//! - [`Classifier`]: tag list, prompt and model together; gives a [`Classification`].
//! - [`explain::Explanation`]: which sentences an answer rests on.
//! - [`service::Decider`]: typed questions (yes or no, choice, score, labels) to a model that stays loaded.
//! - [`calibrate`]: what a model's scores are worth, measured and put right.
//! - [`eval::Evaluation`]: how good the answers are if the right tags are known.
//!
//! # Usage
//! 1. Open a model: MiniCPM3-4B if it is on this machine, else the built-in one.
//! 2. Parse the tag list.
//! 3. Make a [`Classifier`] of both; [`Classifier::builder`] changes how it works.
//! 4. Give it documents.
//!
//! ```
//! use minitag::{Classifier, TagSet, engine::llama::Model};
//!
//! let model = Model::open(Some("nano".as_ref()))?;
//! let tags = TagSet::parse(r#"[{"id":17,"name":"game"},{"id":33,"name":"database"}]"#)?;
//! let mut classifier = Classifier::builder(&model, tags).max_tags(1).build()?;
//! let answer = classifier.classify("7462", "# Lantern\nA puzzle game for the terminal.")?;
//! assert_eq!(answer.tags[0].as_json(), "17");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! `cli` (default) is the program; `batch` the [`runner`] for thousands of documents; `reports`
//! the pages of [`eval::report`], [`explain::report`] and [`review`]; `hub` the registry's models in the
//! Hugging Face cache; `learn` the files of what was [learned](learn); `download` (default) the
//! download of models; `serve` (default) the program's `serve` and `mcp`; `cuda`, `metal`, `rocm`
//! and `vulkan` are passed through to llama.cpp.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bench;
pub mod calibrate;
pub mod classifier;
pub mod constraint;
pub mod decide;
pub mod document;
pub mod engine;
pub mod eval;
pub mod evidence;
pub mod explain;
pub mod forecast;
pub mod inspect;
pub mod layout;
#[cfg(feature = "learn")]
pub mod learn;
pub mod memory;
pub mod models;
pub mod prompt;
#[cfg(feature = "batch")]
pub mod review;
#[cfg(feature = "batch")]
pub mod runner;
pub mod service;
pub mod sft;
pub mod table;
pub mod tags;
pub mod tune;
pub mod vocab;
pub mod whole_file;
pub mod wire;

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
