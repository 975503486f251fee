//! All integration tests, in one binary: llama.cpp is linked once.
#![allow(clippy::unwrap_used, missing_docs)]

mod architecture;
mod circles;
mod documents;
mod support;

// The program, command by command.
mod batch;
mod calibrate;
#[cfg(unix)]
mod cascade;
mod classify;
mod config;
mod decide;
mod decision_models;
mod eval;
mod evidence;
mod explain;
mod export_sft;
mod failures;
mod fuzz_corpus;
mod gpu;
mod grammar;
mod hostile;
mod learn;
mod lists;
mod lora;
#[cfg(feature = "serve")]
mod mcp;
mod memory;
mod models;
#[cfg(target_os = "linux")]
mod network;
mod outside;
mod overwrite;
mod package;
mod permutations;
mod print;
mod prompt;
#[cfg(unix)]
mod python;
mod readme;
mod real_model;
mod review;
mod samples;
mod schemas;
mod scores;
#[cfg(all(unix, feature = "serve"))]
mod served;
mod service;
mod speed;
mod tags;
mod templates;
mod tune;

// The numbers and the constraint, against independent oracles.
mod oracle_constraint;
mod oracle_numbers;
mod oracle_scores;
mod oracle_spelling;
mod oracle_tokens;
