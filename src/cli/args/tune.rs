//! Arguments of `minitag tune`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use crate::cli::args::{DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs};

/// Find the options that suit your documents, on records whose right tags are known.
///
/// GOLD is a gold file as for `eval`. First the options as given are measured, then the other
/// values of each option on their own, then the best of each together. An option is chosen
/// only if it is better than the given one by more than noise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag tune gold.jsonl --tags tags.json
  minitag tune gold.jsonl --tags tags.json --save tuning/ -o minitag.toml
  minitag tune gold.jsonl --tags tags.json --levers budget,threshold --budgets 256,512,2048
  minitag tune gold.jsonl --tags tags.json --format json | jq '.choices[] | select(.p < 0.01)'

A run that was stopped resumes with the same `--save` folder.")]
pub(crate) struct TuneArgs {
    /// The records.
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// The options to try, separated by commas.
    #[arg(
        long,
        value_enum,
        value_name = "LEVER",
        value_delimiter = ',',
        default_value = "budget,strategy,list-style,answer,permutations,threshold",
        env = "MINITAG_LEVERS"
    )]
    pub(crate) levers: Vec<LeverArg>,

    /// The budgets to try, separated by commas [default: half and twice the given one].
    #[arg(long, value_name = "N", value_delimiter = ',', env = "MINITAG_BUDGETS")]
    pub(crate) budgets: Vec<usize>,

    /// Keep the answers of each configuration in this folder, and reuse those already there.
    #[arg(long, value_name = "FOLDER", env = "MINITAG_SAVE")]
    pub(crate) save: Option<PathBuf>,

    /// Write the options that won to this file, such as minitag.toml.
    #[arg(
        short = 'o',
        long = "output",
        visible_alias = "write",
        value_name = "FILE",
        env = "MINITAG_WRITE"
    )]
    pub(crate) write: Option<PathBuf>,

    /// Change an existing file; its other keys stay as they are.
    #[arg(long, env = "MINITAG_OVERWRITE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) overwrite: bool,

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

/// An option that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LeverArg {
    /// How many tokens of a document are shown.
    Budget,
    /// How tags are chosen.
    Strategy,
    /// How the tag list is written in the prompt.
    ListStyle,
    /// What the model writes for a tag.
    Answer,
    /// Number of permutations of the tag list; takes that many times as long.
    Permutations,
    /// The probability below which tags are left out; costs no run.
    Threshold,
}
