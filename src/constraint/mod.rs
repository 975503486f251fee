//! The constraint: which answers are valid, as bytes, as tokens, as a grammar.
//!
//! [`Language`] says it over bytes and knows no token. [`Spelling`] finds the
//! tokens a vocabulary writes each part with, and checks that they read back.
//! [`TokenTrie`] is the walk of those tokens at one decision. [`gbnf`] prints the
//! same language for other llama.cpp programs.

mod automaton;
mod grammar;
mod spelling;
mod trie;

pub use crate::constraint::automaton::{Language, State};
pub use crate::constraint::grammar::{Gbnf, gbnf};
pub use crate::constraint::spelling::{Spelling, SpellingError};
pub use crate::constraint::trie::{Candidate, NodeId, TokenTrie};
