//! Arguments of `minitag calibrate`, and of those that use what it found.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use minitag::calibrate::Mean;

use crate::cli::args::{DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs};

#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing tags")]
pub(crate) struct CalibrationArgs {
    /// Apply a file of `minitag calibrate` to the scores.
    ///
    /// It is valid for the model, list, prompt template and options that it was made with.
    #[arg(long, value_name = "FILE", env = "MINITAG_CALIBRATION")]
    pub(crate) calibration: Option<PathBuf>,
}

/// Measure the model's bias towards some tags, and calibrate its scores.
///
/// DOCS is what `batch` reads: JSONL, CSV or TSV records, or a folder. With --fit the
/// right tags must be known: DOCS, or --gold, is then a gold file as for `eval`. The result
/// is valid only for this model, tag list, prompt template and these options, except
/// --threshold and --temperature.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag calibrate projects.jsonl --tags tags.json --prior batch -o calibration.json
  minitag calibrate gold.jsonl --fit --tags tags.json -o calibration.json
  minitag calibrate projects.jsonl --prior batch --gold gold.jsonl --fit --tags tags.json -o calibration.json
  minitag calibrate gold.jsonl --fit --target-precision 0.95 --tags tags.json -o calibration.json
  minitag classify README.md --tags tags.json --calibration calibration.json --scores")]
pub(crate) struct CalibrateArgs {
    /// Documents similar to those that will be tagged.
    #[arg(value_name = "DOCS")]
    pub(crate) documents: PathBuf,

    /// The file to write. An older calibration there is replaced.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "MINITAG_CALIBRATION_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// How to measure the prior: what the model expects before it reads anything.
    #[arg(long, value_enum, default_value = "none", env = "MINITAG_PRIOR")]
    pub(crate) prior: PriorArg,

    /// How the prior is averaged over the texts: mean of the probabilities, or of their
    /// logarithms.
    #[arg(
        long,
        value_enum,
        value_name = "MEAN",
        default_value = "geometric",
        env = "MINITAG_PRIOR_MEAN"
    )]
    pub(crate) prior_mean: MeanArg,

    /// How much of the prior to remove, from 0 (nothing) to 1 (all).
    #[arg(long, value_name = "S", default_value = "1", env = "MINITAG_STRENGTH")]
    pub(crate) strength: f64,

    /// For `--prior batch`: maximum number of documents, sampled with `--seed`.
    #[arg(long, value_name = "N", default_value = "200", env = "MINITAG_SAMPLE")]
    pub(crate) sample: usize,

    /// Calibrate the scores, and find the threshold below which a tag is better left out.
    ///
    /// Needs 20 documents whose right tags are known; hundreds are better.
    #[arg(long, env = "MINITAG_FIT", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) fit: bool,

    /// For `--fit`: promise that so many of the tags are right, in the documents that are not
    /// marked for review (0 to 1).
    ///
    /// Finds the score above which the lower bound of the precision is at least P. `batch` and
    /// `classify` with this calibration then mark all other answers: `"review":true`. If P
    /// cannot be promised, the file is written without a promise, and the exit code is 1.
    #[arg(
        long,
        value_name = "P",
        env = "MINITAG_TARGET_PRECISION",
        requires = "fit"
    )]
    pub(crate) target_precision: Option<f64>,

    /// How sure the promise is to be (0 to 1).
    #[arg(
        hide_short_help = true,
        long,
        value_name = "P",
        default_value = "0.95",
        env = "MINITAG_CONFIDENCE"
    )]
    pub(crate) confidence: f64,

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
