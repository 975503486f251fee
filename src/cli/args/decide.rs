//! Arguments of the commands that answer typed questions.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::Args;

use crate::cli::args::{FieldArgs, ModelArgs, ReadingArgs};

/// Answer questions about documents with probabilities: yes or no, choice, score, labels.
///
/// Each document gets one line of JSON with an answer to every question. What fails at a
/// document gets a line with `error`, and does not stop the others.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag decide questions.json tickets.jsonl -o answers.jsonl -m minicpm3-4b
  minitag decide questions.json docs/ | jq '.answers.urgent.noul'
  producer | minitag decide questions.json - | consumer

QUESTIONS is a JSON object with a question under each id:
  {\"urgent\":{\"type\":\"noul\",\"instructions\":\"Does it have to be done today?\"},
   \"team\":{\"type\":\"choice\",\"criteria\":{\"billing\":\"invoices, refunds\",\"support\":null}},
   \"anger\":{\"type\":\"score\",\"criteria\":[\"calm\",\"annoyed\",\"furious\"]},
   \"about\":{\"type\":\"multi_label\",\"labels\":[\"refund\",\"delay\"],\"max\":2}}
`noul` is a question of yes or no, as the field calls it; its answer is the probability of yes.
DOCS has records as for `batch`; a line of OUT is {\"id\":\"7462\",\"answers\":{\"urgent\":{...},...}}.")]
pub(crate) struct DecisionArgs {
    /// The questions (JSON).
    #[arg(value_name = "QUESTIONS")]
    pub(crate) questions: PathBuf,

    /// The documents: JSON, JSONL, CSV, TSV (also .gz), a folder, or `-` (JSON from stdin).
    #[arg(value_name = "DOCS")]
    pub(crate) documents: PathBuf,

    /// The file to write, which is replaced if it is an earlier output; `-` is stdout.
    #[arg(
        short,
        long,
        value_name = "OUT",
        default_value = "-",
        env = "MINITAG_OUTPUT"
    )]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) fields: FieldArgs,
    #[command(flatten)]
    pub(crate) asking: AskingArgs,
}

/// How questions are asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskingArgs {
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Maximum memory for the states of questions that are not being asked.
    ///
    /// A question whose state is kept costs the document alone.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "SIZE",
        default_value = "1GiB",
        env = "MINITAG_RESIDENT"
    )]
    pub(crate) resident: ByteSize,
}
