//! Arguments of `minitag batch`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use crate::cli::args::{
    AnswerArgs, CalibrationArgs, DecideArgs, FieldArgs, ModelArgs, TagArgs, WordingArgs,
};

/// Tag a catalogue: one line per record, in input order.
///
/// A run that was stopped, by Ctrl-C or by a power cut, resumes with the same command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag batch projects.jsonl -o tagged.jsonl --tags tags.json
  minitag batch bookmarks.csv -o tagged.csv --tags tags.json --id-field url --text-field notes
  minitag batch docs/ --glob '**/*.md' -o tagged.jsonl --tags tags.json
  producer | minitag batch - -o - --tags tags.json | consumer
  minitag batch projects.jsonl -o tagged.jsonl --tags tags.json -m minicpm3-4b \\
    --first nano --first-calibration nano.json

IN has records with an id and a text, or the path of a file relative to IN:
  {\"id\":\"7462\",\"text\":\"# A project ...\"}
  {\"id\":\"7463\",\"path\":\"docs/7463.md\"}
OUT gets {\"id\":\"7462\",\"tags\":[17,33]} for each, OUT.errors.jsonl the failures and why.
OUT.journal records what is done.")]
pub(crate) struct BatchArgs {
    /// JSON, JSONL, CSV, TSV (also .gz), a folder, or `-` (JSON from stdin).
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// The file to write; `-` is stdout.
    #[arg(
        short,
        long,
        value_name = "OUT",
        env = "MINITAG_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// Format of IN [default: by its name].
    #[arg(long, value_enum, env = "MINITAG_INPUT_FORMAT")]
    pub(crate) input_format: Option<InputFormatArg>,

    /// Format of OUT [default: by its ending].
    ///
    /// The endings are .jsonl, .csv and .tsv; with .gz after it, OUT is compressed.
    #[arg(long, value_enum, env = "MINITAG_OUTPUT_FORMAT")]
    pub(crate) output_format: Option<OutputFormat>,

    /// Column separator of IN: a character, or `tab` [default: detected].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "CHARACTER",
        env = "MINITAG_DELIMITER"
    )]
    pub(crate) delimiter: Option<String>,

    /// Encoding of IN, such as windows-1252 [default: detected for CSV and TSV, else UTF-8,
    /// or UTF-16 if the bytes show it].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        env = "MINITAG_ENCODING"
    )]
    pub(crate) encoding: Option<String>,

    /// Path of the array with the records, in JSON with several arrays, such as `data.items`.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "PATH",
        env = "MINITAG_RECORDS"
    )]
    pub(crate) records: Option<String>,

    #[command(flatten)]
    pub(crate) fields: FieldArgs,

    /// Copy these fields to OUT, separated by commas, or `all`.
    ///
    /// A field whose name the program uses itself is written as `input_NAME`.
    #[arg(
        long,
        value_name = "FIELD",
        value_delimiter = ',',
        env = "MINITAG_KEEP"
    )]
    pub(crate) keep: Vec<String>,

    /// If IN is a folder: only files whose relative path matches PATTERN
    /// [default: all text documents].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "PATTERN",
        env = "MINITAG_GLOB"
    )]
    pub(crate) glob: Vec<String>,

    /// Process only part K of N of the records, selected by id.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "K/N",
        env = "MINITAG_SHARD"
    )]
    pub(crate) shard: Option<Shard>,

    /// Maximum number of documents computed together [default: 1; 8 on a GPU, unless they
    /// come from stdin].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_PARALLEL"
    )]
    pub(crate) parallel: Option<usize>,

    /// Number of documents computed at the same time, each by a thread of its own [default: one
    /// a core for small models such as `nano`, else 1].
    ///
    /// The answers are the same, in the same order. Each takes the memory of a context.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_WORKERS",
        value_parser = workers,
        conflicts_with_all = ["parallel", "first"]
    )]
    pub(crate) workers: Option<usize>,

    /// Tag finished records again: all, or those that a changed list affects.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all",
    )]
    pub(crate) redo: Option<Redo>,

    /// With `--redo`: write changed answers to this file, as JSONL; an earlier such file is replaced.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        env = "MINITAG_DIFF"
    )]
    pub(crate) diff: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    // Its heading holds for whatever follows without one.
    #[command(flatten)]
    pub(crate) failing: FailingArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) calibration: CalibrationArgs,
    #[command(flatten)]
    pub(crate) first: FirstArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Asking a cheap model first")]
pub(crate) struct FirstArgs {
    /// Ask MODEL first, and `-m` only for documents on which MODEL promises nothing.
    ///
    /// `none` asks word vectors and what was learned (`--learned` is then theirs), `nano` the
    /// built-in model. The model of `-m` is loaded when the first document needs it.
    #[arg(
        hide_short_help = true,
        id = "first",
        long = "first",
        value_name = "MODEL",
        env = "MINITAG_FIRST",
        requires = "first_calibration"
    )]
    pub(crate) first: Option<PathBuf>,

    /// What MODEL of `--first` promises.
    ///
    /// `minitag calibrate GOLD --tags TAGS -m MODEL --fit --target-precision 0.95 -o FILE` makes
    /// one, with the same options and the same `--learned`.
    #[arg(
        hide_short_help = true,
        id = "first_calibration",
        long = "first-calibration",
        value_name = "FILE",
        env = "MINITAG_FIRST_CALIBRATION",
        requires = "first"
    )]
    pub(crate) calibration: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Records that fail")]
pub(crate) struct FailingArgs {
    /// Where errors go [default: OUT.errors.jsonl; inline if OUT is stdout].
    #[arg(hide_short_help = true, long, value_enum, env = "MINITAG_ERRORS")]
    pub(crate) errors: Option<Errors>,

    /// Stop at the first error.
    #[arg(hide_short_help = true, long, env = "MINITAG_FAIL_FAST", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) fail_fast: bool,

    /// Stop after N errors.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_MAX_ERRORS"
    )]
    pub(crate) max_errors: Option<u64>,

    /// Give up on a document after this many seconds.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "SECONDS",
        env = "MINITAG_TIMEOUT_PER_DOCUMENT"
    )]
    pub(crate) timeout_per_document: Option<f64>,

    /// Retry records that failed in an earlier run.
    #[arg(long, env = "MINITAG_RETRY_ERRORS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) retry_errors: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormatArg {
    /// One JSON object per line.
    Jsonl,
    /// An array of objects, an object that contains such an array, or objects one after another.
    Json,
    /// Separated by commas, semicolons, tabs or bars, with a header; cells can be quoted.
    Csv,
    /// Separated by tabs, with a header; cells are literal.
    Tsv,
    /// Parquet, if the program is built with it.
    Parquet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// One JSON object per line.
    Jsonl,
    /// Comma-separated, with a header; several tags are separated by `;`.
    Csv,
    /// The same, separated by tabs; cells are not quoted, a tab in them is `\\t`.
    Tsv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Errors {
    /// In OUT.errors.jsonl.
    File,
    /// In OUT, each in the place of its record.
    Inline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Redo {
    /// Every record.
    All,
    /// Records that an edited tag list may affect: those with a removed tag,
    /// and all if tags were added or renamed.
    ChangedTags,
}

/// A number of threads: each has a context, and more of them than this only wait.
pub(super) fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=64) => Ok(count),
        _ => Err("expected a number from 1 to 64".to_owned()),
    }
}

/// One part of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 1 on.
    pub(crate) mine: u64,
    /// Of how many.
    pub(crate) all: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .split_once('/')
            .and_then(|(mine, all)| Some((mine.parse().ok()?, all.parse().ok()?)));
        match numbers {
            Some((mine, all)) if (1..=all).contains(&mine) => Ok(Self { mine, all }),
            _ => Err("expected a part and their number, such as `1/4`".to_owned()),
        }
    }
}
