//! Arguments of the commands about how good and how fast: `eval`, `bench`, `export-sft`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use crate::cli::args::{
    CalibrationArgs, CountArgs, DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs,
};

/// Measure a model with a tag list on this machine, phase by phase.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag bench --tags tags.json
  minitag bench README.md --tags tags.json -m MiniCPM3-4B-Q4_K_M.gguf --tokens 256,1024 --parallel 1,8
  minitag bench --tags tags.json --format json | jq '.documents[].per_hour'")]
pub(crate) struct BenchArgs {
    /// What documents are made of, repeated as often as needed [default: a sample].
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// The documents' lengths in tokens.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "256,1024"
    )]
    pub(crate) tokens: Vec<usize>,

    /// How many are computed together at most.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,8")]
    pub(crate) parallel: Vec<usize>,

    /// How often each is measured; the median counts.
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
/// GOLD has a JSON object a line: `id`, `text` or `path` (relative to GOLD), `tags` (the
/// right ones, by their ids or names), and, where there are any, `ok` (tags that would be right
/// as well). Other fields are ignored. A .csv or .tsv file has them as columns, several tags
/// separated by `;`.
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

    /// Take the answers of an earlier run, `{"id":…,"tags":[…],"scores":[…]}` a line, instead
    /// of running a model.
    #[arg(long, value_name = "FILE", env = "MINITAG_ANSWERS")]
    pub(crate) answers: Option<PathBuf>,

    /// Take the answers of two earlier runs, and say whether their difference is more than
    /// noise.
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["answers", "baseline", "save_answers"])]
    pub(crate) compare: Vec<PathBuf>,

    /// Compare with what needs no model.
    #[arg(long, value_enum, env = "MINITAG_BASELINE")]
    pub(crate) baseline: Option<Baseline>,

    /// Write each answer into a file as soon as it is there, for `--answers` and `--compare`.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "answers",
        env = "MINITAG_SAVE_ANSWERS"
    )]
    pub(crate) save_answers: Option<PathBuf>,

    /// How the figures are printed.
    #[arg(long, value_enum, default_value = "text", env = "MINITAG_EVAL_FORMAT")]
    pub(crate) format: EvalFormat,

    /// Also write a page (HTML) with plots, and with every document that went wrong.
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

/// Write records whose right tags are known as samples to fine-tune a model with.
///
/// GOLD is what `minitag eval` reads. A sample has the very prompt that classification shows
/// the model, and the answer that it should give. `docs/fine-tuning.md` tells the rest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl -m minicpm3-4b
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl --sft-format alpaca
  minitag export-sft gold.jsonl --tags tags.json -o train.jsonl --sft-format tokens --shuffle-tags")]
pub(crate) struct ExportSftArgs {
    /// The records.
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// Where the samples go; `-` is stdout.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "MINITAG_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// How a sample is written.
    #[arg(
        long,
        value_enum,
        default_value = "messages",
        env = "MINITAG_SFT_FORMAT"
    )]
    pub(crate) sft_format: SftFormat,

    /// Show each sample the tag list in another order, so that no place in it is learnt.
    #[arg(long, env = "MINITAG_SHUFFLE_TAGS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) shuffle_tags: bool,

    /// What the orders are drawn with.
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
    /// and compares them; -100 is what is not learnt.
    Tokens,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Baseline {
    /// The tags whose names occur most often in the text.
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
