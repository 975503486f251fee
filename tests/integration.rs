//! All integration tests, in one binary: llama.cpp is linked once.
#![allow(clippy::unwrap_used, missing_docs)]

mod architecture;
mod documents;
mod support;

// The program, command by command.
mod batch;
mod classify;
mod eval;
mod export_sft;
mod failures;
mod grammar;
mod lora;
mod models;
mod prompt;
mod readme;
mod samples;
mod speed;
mod tags;

// The numbers and the constraint, against independent oracles.
mod oracle_constraint;
mod oracle_numbers;
mod oracle_scores;
