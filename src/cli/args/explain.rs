//! Arguments of `minitag explain`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{CalibrationArgs, DecideArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs};

/// Show why a document gets its tags: the candidates at each slot, and the sentences that the
/// answer rests on.
///
/// Each sentence that the model was shown is left out once, and the same answer is scored
/// again, so the model runs once per sentence. The effect of a sentence on a tag is the drop
/// of the tag's log-odds without it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag explain README.md --tags tags.json
  minitag explain README.md --tags tags.json -o why.html
  minitag explain README.md --tags tags.json --tag 17
  minitag explain README.md --tags tags.json --format json | jq '.pieces | max_by(.effect).text'")]
pub(crate) struct ExplainArgs {
    /// The document; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,

    /// The document's id in the prompt [default: the path as given].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    /// Explain the tag with this id instead of the answer, whether it was chosen or not.
    #[arg(long, value_name = "ID", env = "MINITAG_TAG")]
    pub(crate) tag: Vec<String>,

    /// Maximum number of pieces; sentences are joined until there are no more than that.
    #[arg(long, value_name = "N", default_value = "32", env = "MINITAG_PIECES")]
    pub(crate) pieces: usize,

    /// Maximum number of pieces computed together [default: 1; 8 on a GPU].
    #[arg(long, value_name = "N", env = "MINITAG_PARALLEL")]
    pub(crate) parallel: Option<usize>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,

    /// Also write an HTML page.
    #[arg(
        short = 'o',
        long = "output",
        visible_alias = "html",
        value_name = "FILE",
        env = "MINITAG_HTML"
    )]
    pub(crate) html: Option<PathBuf>,

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
