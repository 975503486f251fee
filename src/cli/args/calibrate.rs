//! Arguments of `minitag calibrate`, and of those that use what it found.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use minitag::calibrate::Mean;

use crate::cli::args::{DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs};

#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing tags")]
pub(crate) struct CalibrationArgs {
    /// A file of `minitag calibrate`: corrects scores.
    ///
    /// It holds for the model, list, prompt and options that it was made with.
    #[arg(long, value_name = "FILE", env = "MINITAG_CALIBRATION")]
    pub(crate) calibration: Option<PathBuf>,
}

/// Measure the model's bias towards some tags, and calibrate its scores.
///
/// DOCS is what `batch` reads: JSONL, CSV or TSV records, or a folder. With --fit the
/// right tags have to be known: DOCS, or --gold, is then a file as `eval` reads it. What is
/// found holds for this model, tag list, prompt and these options alone. --threshold and
/// --temperature are left out of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag calibrate projects.jsonl --tags tags.json --prior batch -o calibration.json
  minitag calibrate gold.jsonl --fit --tags tags.json -o calibration.json
  minitag calibrate projects.jsonl --prior batch --gold gold.jsonl --fit --tags tags.json -o calibration.json
  minitag classify README.md --tags tags.json --calibration calibration.json --scores")]
pub(crate) struct CalibrateArgs {
    /// Documents like those that will be tagged.
    #[arg(value_name = "DOCS")]
    pub(crate) documents: PathBuf,

    /// Where the calibration goes. Another calibration there is replaced.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "MINITAG_CALIBRATION_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// What to even out: what the model expects before it reads anything.
    #[arg(long, value_enum, default_value = "none", env = "MINITAG_PRIOR")]
    pub(crate) prior: PriorArg,

    /// How the prior is averaged over the texts: the mean of the probabilities, or of their
    /// logarithms.
    #[arg(
        long,
        value_enum,
        value_name = "MEAN",
        default_value = "geometric",
        env = "MINITAG_PRIOR_MEAN"
    )]
    pub(crate) prior_mean: MeanArg,

    /// How far to even it out: 0 not at all, 1 wholly.
    #[arg(long, value_name = "S", default_value = "1", env = "MINITAG_STRENGTH")]
    pub(crate) strength: f64,

    /// For `--prior batch`: so many of the documents at most, drawn with `--seed`.
    #[arg(long, value_name = "N", default_value = "200", env = "MINITAG_SAMPLE")]
    pub(crate) sample: usize,

    /// Learn what a score is worth and below which one a tag is better left out. Needs 20
    /// documents whose right tags are known; hundreds are better.
    #[arg(long, env = "MINITAG_FIT", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) fit: bool,

    /// For `--fit`: the records whose right tags are known [default: DOCS].
    #[arg(long, value_name = "GOLD", env = "MINITAG_GOLD", requires = "fit")]
    pub(crate) gold: Option<PathBuf>,

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PriorArg {
    /// Nothing.
    None,
    /// The mean over texts that say nothing.
    Contextual,
    /// The mean over DOCS.
    Batch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeanArg {
    /// Of the probabilities.
    Arithmetic,
    /// Of their logarithms.
    Geometric,
}

impl From<MeanArg> for Mean {
    fn from(mean: MeanArg) -> Self {
        match mean {
            MeanArg::Arithmetic => Self::Arithmetic,
            MeanArg::Geometric => Self::Geometric,
        }
    }
}
