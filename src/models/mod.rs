//! Model files: what is looked at before llama.cpp is given one.

mod check;

pub use crate::models::check::{CheckError, Header, check};
