//! What a model, a tag list and a machine give, phase by phase: the time of everything on the
//! path that documents take, and the model's share of it.
//!
//! [`Bench`] measures, [`Report`] keeps what was measured, [`text`] says it to people.

mod measure;
mod report;

pub use crate::bench::measure::Bench;
pub use crate::bench::report::{DocumentReport, PrefixReport, Report, StepReport, text};
