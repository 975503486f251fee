//! Thousands of documents: records in, one line each out, stopped and resumed at will.
//!
//! [`feed`] reads a catalogue record by record, [`run()`] classifies them and hands
//! each line to its [`LineFile`], in input order. What is done is kept in a
//! [`Journal`] beside the output, so that the same command goes on where it stopped.
//!
//! ```text
//! IN ──input──> Record ──prepare──> queue ──classify a group──> Journal ──wire──> OUT
//!                   └── known to the journal, or cannot be tagged ───────────────┘
//! ```

mod content;
mod fields;
mod input;
mod journal;
mod key;
mod line_file;
mod outcome;
mod pace;
mod queue;
mod record;
mod report;
mod resume;
mod run;
mod suspects;
mod terms;
mod value;

pub use crate::runner::content::Content;
pub use crate::runner::fields::{Fields, Keep};
pub use crate::runner::input::{
    Feed, InputError, InputFormat, LeftOut, Next, Source, Told, feed, json_records,
};
pub use crate::runner::journal::{Entry, Journal, JournalError};
pub use crate::runner::key::Key;
pub use crate::runner::line_file::LineFile;
pub use crate::runner::outcome::{Failure, Outcome};
pub use crate::runner::pace::{Pace, Progress};
pub use crate::runner::record::{Record, RecordError};
pub use crate::runner::report::Asked;
pub use crate::runner::resume::{Redo, Resume, ResumeError, agree, has_scores};
pub use crate::runner::run::run;
pub use crate::runner::suspects::{Suspects, TRIES, Verdict};
pub use crate::runner::terms::{Limits, Outputs, Repeated, RunError, Stop, Summary, Watch};
