//! What a model makes of a list of tags before it has read anything, and what its scores are
//! worth: measured once, kept in a file, put right from then on.
//!
//! # The road of a calibration
//! 1. Documents, or texts that say nothing, are classified; [`PriorTally`] takes their
//!    rankings and makes a [`Prior`] of them.
//! 2. Where the right tags are known, [`fit()`] learns what a score is worth and below which
//!    score a tag is better left out, and says by cross-validation what that gives.
//! 3. A [`CalibrationFile`] keeps both, with everything that they hold for.
//!    A [`Promise`](crate::eval::Promise) says which answers can be left alone; a [`Report`] says what was found.
//! 4. Its [`CalibrationFile::correction_for`] goes into [`DecideOptions`](crate::DecideOptions).

mod draw;
mod file;
mod fit;
mod prior;
mod report;

pub use crate::calibrate::draw::Draw;
pub use crate::calibrate::file::{CalibrationFile, FileError};
pub use crate::calibrate::fit::{FOLDS, Fit, MIN_DOCUMENTS, MIN_EACH, MIN_OF_A_TAG, Quality, fit};
pub use crate::calibrate::prior::{CONTENT_FREE, Mean, Method, Prior, PriorTally, TagPrior};
pub use crate::calibrate::report::Report;
