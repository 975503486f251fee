//! Learning a list from documents whose tags are known, with a classifier.
//!
//! What is learned is a linear model for each tag ([`Learned`](crate::evidence::Learned)), mixed
//! with word vectors and, if there is one, the language model (log-linear pooling: Genest and
//! Zidek, *Combining Probability Distributions*, Statistical Science 1986).

mod file;
mod gain;
mod lesson;

pub use crate::learn::file::{LearnedFile, LearnedFileError};
pub use crate::learn::gain::Gain;
pub use crate::learn::lesson::lesson;
