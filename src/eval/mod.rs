//! How good the answers are, on documents whose right tags are known.
//!
//! # The road of an evaluation
//! 1. [`parse_gold`], and [`parse_answers`] where the answers are there already: lines to
//!    records, with tags as places in the list; [`parse_gold_table`] and [`parse_answers_table`]
//!    do so with rows; [`read_gold`] and [`read_answers`] with a file of either.
//! 2. Each document becomes a [`Case`]: what it should get and what it got.
//! 3. [`Evaluation::new`]: everything that can be said of the cases.
//! 4. [`report`]: that, as text, Markdown, JSON, or a page of HTML.
//!
//! Nothing here runs a model; [`keyword_tags`] is the baseline that needs none.

mod alone;
mod answers;
mod bootstrap;
mod calibration;
mod compare;
mod coverage;
mod error;
mod evaluation;
#[cfg(feature = "batch")]
mod files;
mod groups;
mod ids;
mod item;
mod keyword;
mod marks;
mod metrics;
mod per_tag;
mod promise;
mod records;
pub mod report;
mod reviewed;
mod script;
mod tables;

pub use crate::eval::alone::{Alone, LeftAlone, left_alone};
pub use crate::eval::answers::Answers;
pub use crate::eval::bootstrap::{Estimate, Interval, RESAMPLES, estimates};
pub use crate::eval::calibration::{BINS, Bin, Calibration, calibration};
pub use crate::eval::compare::{Comparison, compare};
pub use crate::eval::coverage::{Point, coverage};
pub use crate::eval::error::{RecordError, RecordProblem};
pub use crate::eval::evaluation::{Case, Evaluation, Names, System};
#[cfg(feature = "batch")]
pub use crate::eval::files::{RecordsError, RecordsFile, read_answers, read_gold};
pub use crate::eval::groups::Group;
pub use crate::eval::item::{Item, ItemError};
pub use crate::eval::keyword::keyword_tags;
pub use crate::eval::metrics::{Counts, Judged, Metric, Metrics, metrics};
pub use crate::eval::per_tag::{Confusion, TagRow, confusions, tag_rows};
pub use crate::eval::promise::{Kept, Promise, Unreachable, promise};
pub use crate::eval::records::{
    AnswerRecord, GoldRecord, JsonRecord, Parsed, Source, lines, parse_answers, parse_gold,
};
pub use crate::eval::reviewed::only_reviewed;
pub use crate::eval::script::Script;
pub use crate::eval::tables::{TableError, parse_answers_table, parse_gold_table};

// Other files of records are read by the same rules.
#[cfg(feature = "batch")]
pub(crate) use crate::eval::files::{read, unpacked};
#[cfg(feature = "batch")]
pub(crate) use crate::eval::ids::Ids;
#[cfg(feature = "batch")]
pub(crate) use crate::eval::marks::{is_reviewed, is_true, says_reviewed, says_true};
#[cfg(feature = "batch")]
pub(crate) use crate::eval::records::{document_id, parse as parse_values};
#[cfg(feature = "batch")]
pub(crate) use crate::eval::tables::{Cells, parse as parse_rows, tags_in};
