//! Arguments of `minitag learn`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{CountArgs, FieldArgs, FormatArgs, ModelArgs, TagArgs, WordingArgs};

/// Learn a tag list from documents whose tags are known.
///
/// GOLD is what `eval` reads: JSONL, CSV or TSV with `id`, `text` or `path`, and `tags` (ids or
/// names); 20 documents are enough to begin with, a hundred are better. What was learned is
/// added to what the word vectors say, and the model if `-m` names one. Without `-m` no model
/// is asked: a thousand documents take a second or two.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag learn gold.jsonl --tags tags.json -o learned.safetensors
  minitag batch projects.jsonl --tags tags.json --learned learned.safetensors -o tagged.jsonl
  minitag learn more.jsonl --tags tags.json --add learned.safetensors -o learned.safetensors
  minitag learn corrected.jsonl --texts projects.jsonl --tags tags.json -o learned.safetensors")]
pub(crate) struct LearnArgs {
    /// Documents whose right tags are known.
    #[arg(value_name = "GOLD")]
    pub(crate) gold: PathBuf,

    /// The file to write. An older one there is replaced.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "MINITAG_LEARNED_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// Go on from what was learned before.
    #[arg(long, value_name = "FILE")]
    pub(crate) add: Option<PathBuf>,

    /// Where the texts are if GOLD has only ids and tags: the input of the batch that GOLD is
    /// the corrected output of.
    #[arg(long, value_name = "DOCS")]
    pub(crate) texts: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) fields: FieldArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
