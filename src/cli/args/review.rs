//! Arguments of `minitag review`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{CountArgs, FieldArgs, FormatArgs, TagArgs};

/// Show a person the answers of a batch that are marked for review, and put the corrections in.
///
/// The page needs no server and no network: open it in a browser, take away wrong tags and give
/// right ones, and save `reviewed.jsonl`. In the table, correct the column `tags`, and put an x
/// into `reviewed` if they are right. Those documents come first of which most tags must be
/// expected to be wrong: the sum of 1 minus each score. Of documents that read alike, but for
/// figures and marks, one is shown. Scores (`batch --scores`) give the order, and those of all
/// tags (`batch --scores=all`) the likely tags that were not given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag review tagged.jsonl --texts projects.jsonl --tags tags.json -o review.html
  minitag review tagged.jsonl --texts projects.jsonl --tags tags.json --all --limit 50 -o review.csv
  minitag review tagged.jsonl --tags tags.json --apply reviewed.jsonl
  minitag learn tagged.jsonl --texts projects.jsonl --tags tags.json -o learned.safetensors")]
pub(crate) struct ReviewArgs {
    /// The output of a batch: JSONL, CSV or TSV.
    #[arg(value_name = "OUT")]
    pub(crate) answers: PathBuf,

    /// Where the texts are: the input of the batch.
    #[arg(long, value_name = "DOCS", conflicts_with = "apply")]
    pub(crate) texts: Option<PathBuf>,

    /// Put the corrections of FILE into OUT: what the page saved, or the table as it was edited.
    ///
    /// Their records get `"reviewed":true`, and are no longer marked. `-o` writes another file
    /// than OUT.
    #[arg(long, value_name = "FILE")]
    pub(crate) apply: Option<PathBuf>,

    /// The page (.html) or table (.csv) to write; with `--apply`, the corrected output
    /// [default: OUT itself].
    #[arg(short, long, value_name = "FILE", env = "MINITAG_REVIEW_OUTPUT")]
    pub(crate) output: Option<PathBuf>,

    /// Take all answers that nobody has reviewed, marked or not.
    #[arg(long, conflicts_with = "apply")]
    pub(crate) all: bool,

    /// Also take answers that `batch --review-below P` would have marked.
    #[arg(long, value_name = "P", env = "MINITAG_REVIEW_BELOW")]
    pub(crate) review_below: Option<f64>,

    /// Show at most so many documents.
    #[arg(long, value_name = "N", default_value = "100", env = "MINITAG_LIMIT")]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) fields: FieldArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
}
