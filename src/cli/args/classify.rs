//! Arguments of `minitag classify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::{AnswerArgs, CalibrationArgs, DecideArgs, ModelArgs, TagArgs, WordingArgs};

/// Tag documents: one line of JSON each, in the order given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag classify README.md --tags tags.json
  minitag classify - --id 7462 --tags tags.json < README.md
  minitag classify docs/*.md --tags tags.csv --max-tags 2 --scores
  minitag classify README.md --tags tags.json -m minicpm3-4b --format table")]
pub(crate) struct ClassifyArgs {
    /// The documents; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) files: Vec<PathBuf>,

    /// The document's id in the answer [default: the path as given].
    ///
    /// It is always a string.
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) calibration: CalibrationArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Format of the answers.
    #[arg(long, value_enum, default_value = "json", env = "MINITAG_FORMAT")]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One compact JSON line per document.
    Json,
    /// Indented JSON.
    Pretty,
    /// CSV with a header; several tags are separated by `;`.
    Csv,
    /// For reading: ids and tag names.
    Table,
}
