//! Documents: from bytes to the text that the model reads.

mod read;

pub use crate::document::read::{MAX_BYTES, ReadError, Text, decode, read};
