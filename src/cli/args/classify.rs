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

    /// Let a running `minitag serve` answer: its address, or the path of its socket.
    ///
    /// Such as http://127.0.0.1:8787. Nothing is loaded. The model, and how it is asked, are
    /// those of the service.
    #[cfg(feature = "serve")]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "ADDRESS",
        env = "MINITAG_SERVER",
        conflicts_with_all = [
            "answer", "budget", "calibration", "combine", "ctx_size", "evidence", "id_in_prompt",
            "learned", "list_style", "long", "lora", "model", "permutations", "prompt",
        ]
    )]
    pub(crate) server: Option<String>,

    /// The file with the token that the service asks for.
    #[cfg(feature = "serve")]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        env = "MINITAG_TOKEN_FILE"
    )]
    pub(crate) token_file: Option<PathBuf>,

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
