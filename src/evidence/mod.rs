//! What speaks for a tag beside the language model.
//!
//! A small model knows few names. [`Vectors`] score the tags of any list for a text, and are
//! mixed with what the model says at every slot of the answer ([`decide`](crate::decide)).

mod algebra;
mod file;
mod learned;
mod vectors;
mod words;

pub use crate::evidence::file::VectorsError;
pub use crate::evidence::learned::{Giving, Learned, Lesson, MIN_LESSONS, Parts, learn};
pub use crate::evidence::vectors::{Gist, Reading, TagVectors, Vectors};
