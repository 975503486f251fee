//! The constraint: which answers are valid, as bytes, as tokens, as a grammar.
//!
//! [`Language`] says it over bytes and knows no token. [`Spelling`] finds the
//! tokens a vocabulary writes whole answers with, and checks that they read back;
//! [`Continuations`] are those that can come next at one slot. [`TokenTrie`] is the walk of
//! them. [`gbnf`] prints the
//! same language for other llama.cpp programs.

mod automaton;
mod continuations;
mod grammar;
mod spelling;
mod tokens;
mod trie;

pub use crate::constraint::automaton::{Language, State};
pub use crate::constraint::continuations::Continuations;
pub use crate::constraint::grammar::{Gbnf, gbnf};
pub use crate::constraint::spelling::{Joining, Spelling, SpellingError, joined_pieces};
pub use crate::constraint::trie::{Candidate, NodeId, TokenTrie};
