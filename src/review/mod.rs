//! Answers that a person is to look at: which, how they are shown, and what comes back.
//!
//! # The road of a review
//! 1. [`read_tagged`]: the output of a batch, with what marks its records.
//! 2. [`choose()`]: those to be shown, most doubtful first, with what [`excerpt()`] says of each.
//! 3. [`page()`] or [`sheet()`]: one page of HTML, or a table for a spreadsheet.
//! 4. [`read_corrections`]: what the page saved, or the table as it was edited.
//! 5. [`apply()`]: the output with the corrected records; [`is_reviewed`] tells such an output
//!    from one that nobody has touched.

mod apply;
mod choose;
mod corrections;
mod excerpt;
#[cfg(feature = "reports")]
mod page;
mod report;
mod sheet;
mod tagged;

pub use crate::review::apply::{Applied, ApplyError, apply, is_reviewed};
pub use crate::review::choose::{Choice, Shown, choose};
pub use crate::review::corrections::{Correction, read_corrections};
pub use crate::review::excerpt::excerpt;
#[cfg(feature = "reports")]
pub use crate::review::page::{PageOptions, page};
pub use crate::review::report::{AppliedReport, ShownReport};
pub use crate::review::sheet::sheet;
pub use crate::review::tagged::{Tagged, read_tagged};
