//! An evaluation in words and pictures: text, Markdown, JSON, a page of HTML.
//!
//! Text and Markdown are the same tables drawn in two ways; the page has plots, and
//! the documents that went wrong with their texts.

mod estimate;
#[cfg(feature = "reports")]
mod html;
mod json;
mod section;
mod tables;
mod words;

use crate::eval::Evaluation;
pub(crate) use crate::eval::report::estimate::{EstimateRecord, round};
#[cfg(feature = "reports")]
pub use crate::eval::report::html::html;
pub use crate::eval::report::json::json;
use crate::eval::report::section::Section;
use crate::eval::report::tables::{Limits, sections};

/// For people, on a terminal: of long tables the first rows.
#[must_use]
pub fn text(evaluation: &Evaluation) -> String {
    let (tags, pairs) = (20, 10);
    let sections = sections(evaluation, Limits { tags, pairs });
    let parts: Vec<String> = sections.iter().map(Section::to_text).collect();
    parts.join("\n")
}

/// The same as Markdown, with all tags.
#[must_use]
pub fn markdown(evaluation: &Evaluation) -> String {
    let (tags, pairs) = (usize::MAX, 10);
    let sections = sections(evaluation, Limits { tags, pairs });
    let parts: Vec<String> = sections.iter().map(Section::to_markdown).collect();
    parts.join("\n")
}
