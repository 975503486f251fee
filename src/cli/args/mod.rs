//! Every clap type, and nothing else: no work is done here. One file a kind of command;
//! what they share is in `common` and `model`.

mod batch;
mod calibrate;
mod classify;
mod common;
mod decide;
mod explain;
mod fields;
mod learn;
mod look;
#[cfg(feature = "serve")]
mod mcp;
mod measure;
mod model;
mod models;
mod review;
#[cfg(feature = "serve")]
mod serve;
mod tune;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Parser, Subcommand};

pub(crate) use crate::cli::args::batch::{
    BatchArgs, Errors, InputFormatArg, OutputFormat, Redo, Shard,
};
pub(crate) use crate::cli::args::calibrate::{CalibrateArgs, CalibrationArgs, PriorArg};
pub(crate) use crate::cli::args::classify::{ClassifyArgs, Format};
pub(crate) use crate::cli::args::common::{
    Answer, AnswerArgs, Combine, CountArgs, DecideArgs, EvidenceArg, FormatArgs, ListStyleArg,
    LongArg, PermutationsArg, ReadingArgs, Scores, StrategyArg, TagArgs, WordingArgs,
};
pub(crate) use crate::cli::args::decide::{AskingArgs, DecisionArgs};
pub(crate) use crate::cli::args::explain::ExplainArgs;
pub(crate) use crate::cli::args::fields::FieldArgs;
pub(crate) use crate::cli::args::learn::LearnArgs;
pub(crate) use crate::cli::args::look::{
    CacheCommand, CompletionsArgs, ConfigCommand, ConfigShowArgs, DoctorArgs, DocumentArgs,
    GrammarArgs, ManArgs, PromptArgs, TagsCheckArgs, TagsCommand, TagsDiffArgs,
};
#[cfg(feature = "serve")]
pub(crate) use crate::cli::args::mcp::McpArgs;
pub(crate) use crate::cli::args::measure::{
    Baseline, BenchArgs, EvalArgs, EvalFormat, ExportSftArgs, SftFormat,
};
pub(crate) use crate::cli::args::model::ModelArgs;
pub(crate) use crate::cli::args::models::{
    ModelsCheckArgs, ModelsCommand, ModelsListArgs, ModelsPlanArgs, ModelsQuantizeArgs,
};
pub(crate) use crate::cli::args::review::ReviewArgs;
#[cfg(feature = "serve")]
pub(crate) use crate::cli::args::serve::ServeArgs;
pub(crate) use crate::cli::args::tune::{LeverArg, TuneArgs};
use crate::cli::screen::LogFormat;

/// Tags documents from a closed list, offline, with a local language model.
///
/// Exit codes: 0 all tagged, 1 finished but some documents failed, 2 usage,
/// configuration or tag list, 3 the model could not be used, 130 interrupted.
///
/// As in llama.cpp, -dev, -ngl, -ctk, -ctv, -fa, -tb and -ub stand for --device,
/// --gpu-layers, --cache-type-k, --cache-type-v, --flash-attn, --threads-batch and --ubatch-size.
///
/// Every option can also be set by an environment variable (MINITAG_MAX_TAGS) and in
/// minitag.toml (max-tags = 2), the nearest from this folder upward or else the one in the
/// user's configuration folder; `minitag config show` shows the values and their sources.
#[derive(Debug, Parser)]
#[command(
    name = "minitag",
    version = env!("MINITAG_VERSION"),
    long_version = minitag::inspect::long_version(),
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Print errors only on stderr.
    #[arg(short, long, global = true, env = "MINITAG_QUIET", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,

    /// Format of the messages on stderr.
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "MINITAG_LOG_FORMAT"
    )]
    pub(crate) log_format: LogFormat,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Classify(ClassifyArgs),
    Batch(Box<BatchArgs>),
    Decide(Box<DecisionArgs>),
    #[cfg(feature = "serve")]
    Serve(Box<ServeArgs>),
    Doctor(DoctorArgs),
    Document(DocumentArgs),
    Prompt(PromptArgs),
    Grammar(GrammarArgs),
    Bench(BenchArgs),
    Calibrate(CalibrateArgs),
    /// List or delete what is kept from one run to the next.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag cache list
  minitag cache clear"
    )]
    Cache(CacheCommand),
    /// Show the values of options.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag config show
  minitag config show batch"
    )]
    Config(ConfigCommand),
    Eval(EvalArgs),
    Explain(ExplainArgs),
    Learn(LearnArgs),
    #[cfg(feature = "serve")]
    Mcp(McpArgs),
    Review(ReviewArgs),
    Tune(Box<TuneArgs>),
    ExportSft(ExportSftArgs),
    /// Check or compare tag lists.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag tags check tags.json"
    )]
    Tags(TagsCommand),
    /// Download, check and list models.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag models list
  minitag models pull minicpm3-4b"
    )]
    Models(ModelsCommand),
    Completions(CompletionsArgs),
    Man(ManArgs),
}
