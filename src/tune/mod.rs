//! Which options suit a user's documents: one lever at a time, then the winners together.
//!
//! # The road of a tuning
//! 1. [`Search`] says which [`Configuration`] to measure next: the default, then each
//!    lever's other values by themselves, then the best value of each lever together. This is
//!    one round of coordinate ascent, not the cross product.
//! 2. The caller lets a model answer, and gives the search the [judged](crate::eval::Judged) answers.
//! 3. [`Outcome::new`]: what each configuration is worth, as it is and with the threshold that
//!    suits it, and whether one is better than the default by more than noise.
//!
//! Nothing here runs a model. Thresholds cost none: they are tried on the scores that are
//! there. What is chosen on some documents looks better on them than it is; so thresholds are
//! cross-fitted, the test counts how many were tried, and the choice as a whole is
//! cross-validated.

mod outcome;
mod search;
mod threshold;

pub use crate::tune::outcome::{Choice, Outcome, Validation};
pub use crate::tune::search::{Configuration, Lever, Search, Trial};
pub use crate::tune::threshold::{FOLDS, cut};
