//! Which options suit a user's documents: one lever at a time, then the winners together.
//!
//! # The road of a tuning
//! 1. [`Search`] says which [`Configuration`] to measure next: the default, then each
//!    lever's other values by themselves, then the best value of each lever together. This is
//!    one round of coordinate ascent, not the cross product.
//! 2. [`Bench::measure`] lets a model answer; the caller gives the search the
//!    [judged](crate::eval::Judged) answers.
//! 3. [`Outcome::new`]: what each configuration is worth, as it is and with the threshold that
//!    suits it, and whether one is better than the default by more than noise. [`report`]
//!    says it in words.
//!
//! Thresholds cost no run of the model: they are tried on the scores that are
//! there. What is chosen on some documents looks better on them than it is; so thresholds are
//! cross-fitted, the test counts how many were tried, and the choice as a whole is
//! cross-validated.

mod levers;
mod measure;
mod outcome;
pub mod report;
mod saved;
mod search;
mod threshold;

pub use crate::tune::levers::{Lever, Setting};
pub use crate::tune::measure::{Bench, MeasureError, Measured};
pub use crate::tune::outcome::{Choice, Outcome, Validation};
pub use crate::tune::saved::{Folder, SaveError, Saved};
pub use crate::tune::search::{Configuration, Search, Trial, in_words};
pub use crate::tune::threshold::{FOLDS, cut};
