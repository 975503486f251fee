//! Arguments of the commands about how good and how fast: `eval`, `bench`, `export-sft`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use crate::cli::args::{
    CalibrationArgs, CountArgs, DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs,
};

/// Measure the speed of a model with a tag list on this machine, phase by phase.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag bench --tags tags.json
  minitag bench README.md --tags tags.json -m MiniCPM3-4B-Q4_K_M.gguf --tokens 256,1024 --parallel 1,8
  minitag bench --tags tags.json --format json | jq '.documents[].per_hour'")]
pub(crate) struct BenchArgs {
    /// Text to make documents of, repeated as often as needed [default: a sample].
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Lengths of the documents in tokens.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "256,1024"
    )]
    pub(crate) tokens: Vec<usize>,

    /// Maximum number of documents computed together.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,8")]
    pub(crate) parallel: Vec<usize>,

    /// How often to measure each; the median counts.
    #[arg(long, value_name = "N", default_value = "3", env = "MINITAG_ROUNDS")]
    pub(crate) rounds: usize,

    #[command(flatten)]
    pub(crate) format: FormatArgs,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Measure how good the tags are, on records whose right tags are known.
///
/// GOLD has one JSON object per line: `id`, `text` or `path` (relative to GOLD), `tags` (the
/// right ones, ids or names), and optionally `ok` (tags that would be acceptable). Other
/// fields are ignored. A .csv or .tsv file has them as columns, with several tags separated
/// by `;`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag eval gold.jsonl --tags tags.json
  minitag eval gold.jsonl --tags tags.json --baseline keyword -o report.html
  minitag eval gold.jsonl --tags tags.json --budget 512 --save-answers b512.jsonl
  minitag eval gold.jsonl --tags tags.json --answers b512.jsonl --format markdown
  minitag eval gold.jsonl --tags tags.json --compare b512.jsonl b1024.jsonl")]
pub(crate) struct EvalArgs {
    /// The records.
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// Use the answers of an earlier run, lines of `{"id":…,"tags":[…],"scores":[…]}`, instead
    /// of running a model.
    #[arg(long, value_name = "FILE", env = "MINITAG_ANSWERS")]
    pub(crate) answers: Option<PathBuf>,

    /// Use the answers of two earlier runs, and test whether their difference is more than
    /// noise.
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["answers", "baseline", "save_answers"])]
    pub(crate) compare: Vec<PathBuf>,

    /// Compare with a method that needs no model.
    #[arg(long, value_enum, env = "MINITAG_BASELINE")]
    pub(crate) baseline: Option<Baseline>,

    /// Write each answer to a file as soon as it is known, for `--answers` and `--compare`.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "answers",
        env = "MINITAG_SAVE_ANSWERS"
    )]
    pub(crate) save_answers: Option<PathBuf>,

    /// How the report is printed.
    #[arg(long, value_enum, default_value = "text", env = "MINITAG_EVAL_FORMAT")]
    pub(crate) format: EvalFormat,

    /// Also write an HTML page with plots and every document that went wrong.
    #[arg(
        short = 'o',
        long = "output",
        visible_alias = "report",
        value_name = "FILE",
        env = "MINITAG_REPORT"
    )]
    pub(crate) report: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) calibration: CalibrationArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Export records whose right tags are known as samples for fine-tuning a model.
///
/// GOLD is a gold file as for `eval`. A sample has exactly the prompt that classification shows
/// the model, and the answer that it should give. See docs/fine-tuning.md.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl -m minicpm3-4b
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl --sft-format alpaca
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl --sft-format tokens --shuffle-tags")]
pub(crate) struct ExportSftArgs {
    /// The records.
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// The file to write; `-` is stdout.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "MINITAG_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// Format of the samples.
    #[arg(
        long,
        value_enum,
        default_value = "messages",
        env = "MINITAG_SFT_FORMAT"
    )]
    pub(crate) sft_format: SftFormat,

    /// Shuffle the tag list for each sample, so the model does not learn positions.
    #[arg(long, env = "MINITAG_SHUFFLE_TAGS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) shuffle_tags: bool,

    /// Random seed for `--shuffle-tags`.
    #[arg(long, value_name = "S", default_value = "0", env = "MINITAG_SEED")]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SftFormat {
    /// `{"messages":[{"role":"user",…},{"role":"assistant",…}]}`: OpenAI's form, which
    /// LLaMA-Factory calls sharegpt.
    Messages,
    /// `{"instruction":…,"input":"","output":…}`.
    Alpaca,
    /// `{"input_ids":[…],"labels":[…]}`: the model's own tokens, exactly as classification feeds
    /// and compares them; the label -100 marks what is not learnt.
    Tokens,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Baseline {
    /// Give the tags whose names occur most often in the text.
    Keyword,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// Tables for reading.
    Text,
    /// Everything, for scripts.
    Json,
    /// Tables for a page or a pull request.
    Markdown,
}
