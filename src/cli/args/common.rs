//! Arguments that commands share: tags, deciding, wording, reading.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct TagArgs {
    /// The tag list: a file, or names with commas between them.
    ///
    /// JSON `[{"id":77,"name":"3d","description":"…"}]` or `["3d"]`, YAML, CSV
    /// `id,name[,description]`, or one name a line. `3d,ai` is a list of names if no file is
    /// called so.
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

    /// Average over N random orders of the tag list (1 to 16) to reduce position bias.
    ///
    /// Costs more than N times as much.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        default_value = "1",
        env = "MINITAG_PERMUTATIONS"
    )]
    pub(crate) permutations: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What the model reads and writes")]
pub(crate) struct WordingArgs {
    /// What the model writes for a tag [default: what it was made for, else id].
    ///
    /// The output carries ids either way.
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
    /// It has {{tags}}, then {{document}}; {{max_tags}} may follow.
    #[arg(long, value_name = "FILE", env = "MINITAG_PROMPT")]
    pub(crate) prompt: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How much of a document is read")]
pub(crate) struct ReadingArgs {
    /// Tokens of a document that are shown, or `full` [default: the model's, else 1024].
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
    /// With `all`, also how sure each choice was, and the natural-log probability of every tag
    /// and of stopping, most probable first.
    #[arg(
        long,
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "chosen",
        env = "MINITAG_SCORES"
    )]
    pub(crate) scores: Option<Scores>,

    /// Add the tags' names beside their ids.
    #[arg(long, env = "MINITAG_NAMES", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) names: bool,

    /// Mark answers that need a look: `"review":true`.
    ///
    /// Documents with a tag whose score is less than this, or without tags and less sure than
    /// this that none fits; from 0 to 1.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "P",
        env = "MINITAG_REVIEW_BELOW"
    )]
    pub(crate) review_below: Option<f64>,

    /// Add what was read, the model and the time.
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
    /// One tag a line: about half the tokens.
    Lines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyArg {
    /// The best tag, then the best after it, until stopping is best.
    Sequence,
    /// The best of the first slot's distribution, above the threshold.
    Rank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LongArg {
    /// Keep what is most telling.
    Condense,
    /// Read its beginning, as it stands.
    Head,
    /// Read all of it, a budget at a time, and combine the scores.
    Windows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Combine {
    /// Their mean, weighted by how much each window has to say.
    Mean,
    /// The highest.
    Max,
    /// The probability that at least one window is right.
    NoisyOr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scores {
    /// The chosen tags.
    Chosen,
    /// Every tag, and stopping.
    All,
}

/// How something is printed that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For reading.
    Text,
    /// One JSON object, for scripts.
    Json,
}
