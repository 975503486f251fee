//! Documents: from bytes to the text that the model reads.
//!
//! # The road of a document
//! 1. [`read()`]: bytes to text, whatever the encoding; binary files are refused.
//! 2. [`Format::of`]: which markup it is written in.
//! 3. [`condense()`]: parsed into blocks, these made into ranked pieces, and a budget of tokens
//!    filled with the best of them; or [`windows()`]: all of it, in parts.
//!
//! Everything behind [`read()`] is a function of its arguments alone. What a token is, the
//! caller says, by a closure that counts.

mod condense;
mod counter;
mod encoding;
mod fill;
mod format;
mod guess;
mod invisible;
mod navigation;
mod parse;
mod piece;
mod pieces;
mod rank;
mod read;
mod report;
mod sentences;
mod stream;
mod title;
mod topic;
mod windows;
mod words;

pub use crate::document::condense::{condense, condense_text};
pub use crate::document::counter::Counter;
pub use crate::document::format::Format;
pub use crate::document::guess::{Guess, NotRead};
pub use crate::document::piece::{Condensed, Fate, Piece, PieceKind, Reason, Shown};
pub use crate::document::read::{MAX_BYTES, ReadError, Text, clean, decode, open, read};
pub use crate::document::report::DocumentReport;
pub use crate::document::sentences::sentence_ranges;
pub use crate::document::stream::{Encoded, Utf8Reader, encoding_named};
pub use crate::document::windows::windows;
