//! Arguments that commands share: tags, deciding, wording, reading.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct TagArgs {
    /// The tag list: a file, or names separated by commas.
    ///
    /// JSON `[{"id":77,"name":"3d","description":"…"}]` or `["3d"]`, YAML, CSV
    /// `id,name[,description]`, or one name per line. `3d,ai` is a list of names if there is
    /// no such file.
    #[arg(long, value_name = "FILE", env = "MINITAG_TAGS", required = true)]
    pub(crate) tags: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    /// Maximum number of tags per document.
    #[arg(long, value_name = "N", default_value = "3", env = "MINITAG_MAX_TAGS")]
    pub(crate) max_tags: usize,

    /// Minimum number of tags per document.
    #[arg(long, value_name = "N", default_value = "0", env = "MINITAG_MIN_TAGS")]
    pub(crate) min_tags: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing tags")]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) count: CountArgs,

    /// How tags are chosen.
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        default_value = "sequence",
        env = "MINITAG_STRATEGY"
    )]
    pub(crate) strategy: StrategyArg,

    /// Leave out tags less probable than this (0 to 1).
    #[arg(long, value_name = "P", default_value = "0", env = "MINITAG_THRESHOLD")]
    pub(crate) threshold: f64,

    /// Sample tags at temperature T instead of taking the most probable ones (0: deterministic).
    #[arg(
        hide_short_help = true,
        long,
        value_name = "T",
        default_value = "0",
        env = "MINITAG_TEMPERATURE"
    )]
    pub(crate) temperature: f64,

    /// Random seed for `--temperature` and `--permutations`.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "S",
        default_value = "0",
        env = "MINITAG_SEED"
    )]
    pub(crate) seed: u64,

    /// Average over N permutations of the tag list (1 to 16) to reduce position bias.
    ///
    /// Takes about N times as long as one with `--scores`, and the memory of N contexts. `auto`
    /// averages over four where the first one's choice is close, and asks no other elsewhere.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|auto",
        default_value = "1",
        env = "MINITAG_PERMUTATIONS"
    )]
    pub(crate) permutations: PermutationsArg,
}

/// In how many orders the model is shown the tag list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PermutationsArg {
    /// So many.
    Fixed(usize),
    /// As many as the choice takes.
    Auto,
}

impl FromStr for PermutationsArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => (text.parse().map(Self::Fixed)).map_err(|_| "neither a number nor `auto`"),
        }
    }
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What the model reads and writes")]
pub(crate) struct WordingArgs {
    /// What the model writes for a tag [default: what it was made for, else id].
    ///
    /// The output has ids in both cases.
    #[arg(long, value_enum, env = "MINITAG_ANSWER")]
    pub(crate) answer: Option<Answer>,

    /// How the tag list is written in the prompt. Changing it may change the answers.
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        default_value = "json",
        env = "MINITAG_LIST_STYLE"
    )]
    pub(crate) list_style: ListStyleArg,

    /// Your own prompt template (a file).
    ///
    /// It contains {{tags}}, then {{document}}; {{max_tags}} may follow.
    #[arg(long, value_name = "FILE", env = "MINITAG_PROMPT")]
    pub(crate) prompt: Option<PathBuf>,

    /// Show the model each document's id: it may take it for a hint.
    ///
    /// Otherwise all documents have the same id in the prompt, so that another path or number
    /// does not change their tags. The output has their own ids either way.
    #[arg(hide_short_help = true, long, env = "MINITAG_ID_IN_PROMPT")]
    pub(crate) id_in_prompt: bool,

    /// What decides beside the model [default: word vectors beside the built-in model].
    ///
    /// Word vectors score the names of any list. The built-in model knows few names: on a list
    /// of other names they decide alone.
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        default_value = "auto",
        hide_default_value = true,
        env = "MINITAG_EVIDENCE"
    )]
    pub(crate) evidence: EvidenceArg,

    /// What `minitag learn` learned from documents whose tags are known.
    ///
    /// It is valid for the list, model and budget that it was learned with; without `-m`, no
    /// model is asked if none was when it was learned.
    #[arg(long, value_name = "FILE", env = "MINITAG_LEARNED")]
    pub(crate) learned: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What decides beside the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvidenceArg {
    /// What the model needs.
    Auto,
    /// Nothing: the model alone.
    None,
    /// Word vectors, whatever the model.
    Vectors,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How much of a document is read")]
pub(crate) struct ReadingArgs {
    /// Maximum number of document tokens, or `full` [default: the model's, else 1024].
    #[arg(long, value_name = "N|full", env = "MINITAG_BUDGET")]
    pub(crate) budget: Option<String>,

    /// What to do with a document longer than the budget.
    #[arg(long, value_enum, default_value = "condense", env = "MINITAG_LONG")]
    pub(crate) long: LongArg,

    /// How the scores of windows are combined.
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        default_value = "mean",
        env = "MINITAG_COMBINE"
    )]
    pub(crate) combine: Combine,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct AnswerArgs {
    /// Add probabilities: of the chosen tags, or of `all`.
    ///
    /// With `all`, also how certain each choice was, and the natural-log probability of every
    /// tag and of stop, most probable first.
    #[arg(
        long,
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "chosen",
        env = "MINITAG_SCORES"
    )]
    pub(crate) scores: Option<Scores>,

    /// Add the names of the tags.
    #[arg(long, env = "MINITAG_NAMES", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) names: bool,

    /// Mark answers that a person should check: `"review":true`.
    ///
    /// These are documents with a tag whose score is below P, or without tags and with a
    /// probability below P that none fits; P is from 0 to 1. A calibration with a promise
    /// (`calibrate --target-precision`) has its own P.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "P",
        env = "MINITAG_REVIEW_BELOW"
    )]
    pub(crate) review_below: Option<f64>,

    /// Add token counts, the model and the time.
    #[arg(long, env = "MINITAG_DETAILS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) details: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// The model writes ids.
    Id,
    /// The model writes names.
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListStyleArg {
    /// Compact JSON.
    Json,
    /// One tag per line: about half the tokens.
    Lines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyArg {
    /// The best tag, then the best one after it, until stop is best.
    Sequence,
    /// The best tags of the first slot, above the threshold.
    Rank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LongArg {
    /// Keep the sentences that say most about the topic.
    Condense,
    /// Read its beginning, as it is.
    Head,
    /// Read all of it, one budget at a time, and combine the scores.
    Windows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Combine {
    /// Their mean, weighted by the probability that a window has a tag.
    Mean,
    /// Their maximum.
    Max,
    /// The probability that at least one window is right.
    NoisyOr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scores {
    /// The chosen tags.
    Chosen,
    /// Every tag, and stop.
    All,
}

/// How a report is printed: everything on stdout that is not an answer.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// How the report is printed.
    #[arg(
        long,
        value_enum,
        default_value = "text",
        env = "MINITAG_REPORT_FORMAT"
    )]
    format: PlainFormat,

    /// The same as `--format json`.
    #[arg(hide = true, long, env = "MINITAG_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    json: bool,
}

impl FormatArgs {
    /// Whether one JSON object is wanted.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.format == PlainFormat::Json
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlainFormat {
    /// For reading.
    Text,
    /// One JSON object, for scripts.
    Json,
}
