//! Every clap type, and nothing else: no work is done here.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use minitag::engine::llama::{FlashAttention, KvType};

/// Tags documents from a closed list, offline, with a local language model.
///
/// Exit codes: 0 all tagged, 1 finished but some documents failed, 2 usage,
/// configuration or tag list, 3 the model could not be used, 130 interrupted.
///
/// As in llama.cpp, -ngl, -ctk, -ctv and -fa stand for --gpu-layers, --cache-type-k,
/// --cache-type-v and --flash-attn.
///
/// Every option can also be set by an environment variable (MINITAG_MAX_TAGS) and in
/// minitag.toml (max-tags = 2), in this folder or in the user's configuration folder.
#[derive(Debug, Parser)]
#[command(name = "minitag", version = env!("MINITAG_VERSION"), max_term_width = 100)]
pub(crate) struct Cli {
    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true, env = "MINITAG_QUIET", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Classify(ClassifyArgs),
    Document(DocumentArgs),
    Prompt(PromptArgs),
    Grammar(GrammarArgs),
    Eval(EvalArgs),
    /// Look at a tag list.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag tags check tags.json"
    )]
    Tags(TagsCommand),
}

/// Tag documents: one JSON line each, in the order given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag classify README.md --tags tags.json
  minitag classify - --id 7462 --tags tags.json < README.md
  minitag classify docs/*.md --tags tags.csv --max-tags 2 --scores
  minitag classify README.md --tags tags.json -m MiniCPM3-4B-Q4_K_M.gguf --format table")]
pub(crate) struct ClassifyArgs {
    /// The documents; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) files: Vec<PathBuf>,

    /// The document's id in the answer, always a string [default: the path as given].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Print what would be read of a document, condensed to the budget.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag document README.md
  minitag document page.html --budget 256
  minitag document README.md --json | jq '.pieces[] | select(.kept | not)'")]
pub(crate) struct DocumentArgs {
    /// The document; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,

    /// Print JSON: every piece with its kind, its tokens, and why it was dropped.
    #[arg(long, env = "MINITAG_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Print exactly what the model sees for a document, up to where it decides.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag prompt README.md --tags tags.json
  minitag prompt README.md --tags tags.json --json | jq '.tokens | length'")]
pub(crate) struct PromptArgs {
    /// The document; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,

    /// The document's id in the answer [default: the path as given].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    /// Print JSON: the text, all token ids as fed, and each candidate's token ids.
    #[arg(long, env = "MINITAG_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Print the grammar of all valid answers as GBNF, for other llama.cpp programs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag grammar --tags tags.json > answer.gbnf
  minitag grammar --tags tags.json --id 7462 --max-tags 2
  minitag grammar --tags tags.json --answer name")]
pub(crate) struct GrammarArgs {
    /// Only answers to the document with this id [default: any id].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    /// What stands for a tag in the answer.
    #[arg(long, value_enum, default_value = "id", env = "MINITAG_ANSWER")]
    pub(crate) answer: Answer,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
}

/// Measure how good the tags are, on records whose right tags are known.
///
/// GOLD has a JSON object a line: `id`, `text` or `path` (relative to GOLD), `tags` (the
/// right ones, by their ids), and, where there are any, `ok` (tags that would be right as
/// well). Other fields are ignored.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag eval gold.jsonl --tags tags.json
  minitag eval gold.jsonl --tags tags.json --baseline keyword --report report.html
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

    /// Also write a page with plots, and with every document that went wrong.
    #[arg(long, value_name = "FILE", env = "MINITAG_REPORT")]
    pub(crate) report: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TagsCommand {
    Check(TagsCheckArgs),
}

/// Say what is wrong with a tag list, or worth a second look.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag tags check tags.json
  minitag tags check tags.csv -m MiniCPM3-4B-Q4_K_M.gguf")]
pub(crate) struct TagsCheckArgs {
    /// The tag list.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Also count the list's tokens with this model (a GGUF file).
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TagArgs {
    /// The tag list: JSON `[{"id":77,"name":"3d","description":"…"}]`, CSV
    /// `id,name[,description]`, or one name a line.
    #[arg(long, value_name = "FILE", env = "MINITAG_TAGS", required = true)]
    pub(crate) tags: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    /// At most so many tags.
    #[arg(long, value_name = "N", default_value = "3", env = "MINITAG_MAX_TAGS")]
    pub(crate) max_tags: usize,

    /// At least so many tags.
    #[arg(long, value_name = "N", default_value = "0", env = "MINITAG_MIN_TAGS")]
    pub(crate) min_tags: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing tags")]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) count: CountArgs,

    /// How tags are chosen.
    #[arg(long, value_enum, default_value = "sequence", env = "MINITAG_STRATEGY")]
    pub(crate) strategy: StrategyArg,

    /// Leave out tags less probable than this, from 0 to 1.
    #[arg(long, value_name = "P", default_value = "0", env = "MINITAG_THRESHOLD")]
    pub(crate) threshold: f64,

    /// Draw from the distribution, flattened by T, instead of taking the best.
    #[arg(
        long,
        value_name = "T",
        default_value = "0",
        env = "MINITAG_TEMPERATURE"
    )]
    pub(crate) temperature: f64,

    /// What is drawn with.
    #[arg(long, value_name = "S", default_value = "0", env = "MINITAG_SEED")]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What the model reads and writes")]
pub(crate) struct WordingArgs {
    /// What the model writes for a tag; the output carries ids either way
    /// [default: what the model was made for, else id].
    #[arg(long, value_enum, env = "MINITAG_ANSWER")]
    pub(crate) answer: Option<Answer>,

    /// Your own wording: a text file with {{tags}}, then {{document}}; {{max_tags}}
    /// may follow.
    #[arg(long, value_name = "FILE", env = "MINITAG_PROMPT")]
    pub(crate) prompt: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How much of a document is read")]
pub(crate) struct ReadingArgs {
    /// Show the model at most so many tokens of a document, or `full`
    /// [default: what the model was made for, else 1024].
    #[arg(long, value_name = "N|full", env = "MINITAG_BUDGET")]
    pub(crate) budget: Option<String>,

    /// What is done with a document that is longer than the budget.
    #[arg(long, value_enum, default_value = "condense", env = "MINITAG_LONG")]
    pub(crate) long: LongArg,

    /// How the scores of windows are combined.
    #[arg(long, value_enum, default_value = "mean", env = "MINITAG_COMBINE")]
    pub(crate) combine: Combine,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How answers are written.
    #[arg(long, value_enum, default_value = "json", env = "MINITAG_FORMAT")]
    pub(crate) format: Format,

    /// Add each tag's probability; with `all`, also the natural-log
    /// probability of every tag and of stopping, most probable first.
    #[arg(
        long,
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "chosen",
        env = "MINITAG_SCORES"
    )]
    pub(crate) scores: Option<Scores>,

    /// Add how much of the document was read, the model and the time.
    #[arg(long, env = "MINITAG_DETAILS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The model: a GGUF file, or `nano` for the built-in one [default: MiniCPM3-4B in
    /// models/ or in the Hugging Face cache, else `nano`].
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// Threads to compute with [default: the physical cores; one for small models].
    #[arg(short, long, value_name = "N", env = "MINITAG_THREADS")]
    pub(crate) threads: Option<usize>,

    /// The context's length in tokens [default: what the documents need].
    #[arg(short, long, value_name = "N", env = "MINITAG_CTX_SIZE")]
    pub(crate) ctx_size: Option<usize>,

    /// Tokens that are computed at once.
    #[arg(
        short,
        long,
        value_name = "N",
        default_value = "512",
        env = "MINITAG_BATCH_SIZE"
    )]
    pub(crate) batch_size: usize,

    /// Layers to put on the GPU [default: llama.cpp's choice].
    #[arg(long, value_name = "N", env = "MINITAG_GPU_LAYERS")]
    pub(crate) gpu_layers: Option<u32>,

    /// Type of the cache's keys: f32, f16, bf16, q8_0 [default: f16; f32 for
    /// small models].
    #[arg(long, value_name = "TYPE", env = "MINITAG_CACHE_TYPE_K")]
    pub(crate) cache_type_k: Option<KvType>,

    /// Type of the cache's values [default: f16; f32 for small models].
    #[arg(long, value_name = "TYPE", env = "MINITAG_CACHE_TYPE_V")]
    pub(crate) cache_type_v: Option<KvType>,

    /// Flash attention: auto, on, off.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "MINITAG_FLASH_ATTN"
    )]
    pub(crate) flash_attn: FlashAttention,

    /// Show llama.cpp's own log.
    #[arg(short, long, env = "MINITAG_VERBOSE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// The model writes ids.
    Id,
    /// The model writes names.
    Name,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One compact JSON line a document.
    Json,
    /// Indented JSON.
    Pretty,
    /// CSV with a header; several tags are separated by `;`.
    Csv,
    /// For reading: ids and tag names.
    Table,
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
