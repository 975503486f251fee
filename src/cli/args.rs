//! Every clap type, and nothing else: no work is done here.

use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use minitag::engine::llama::{FlashAttention, KvType};

use crate::cli::screen::LogFormat;

/// Tags documents from a closed list, offline, with a local language model.
///
/// Exit codes: 0 all tagged, 1 finished but some documents failed, 2 usage,
/// configuration or tag list, 3 the model could not be used, 130 interrupted.
///
/// As in llama.cpp, -ngl, -ctk, -ctv, -fa, -tb and -ub stand for --gpu-layers,
/// --cache-type-k, --cache-type-v, --flash-attn, --threads-batch and --ubatch-size.
///
/// Every option can also be set by an environment variable (MINITAG_MAX_TAGS) and in
/// minitag.toml (max-tags = 2), in this folder or in the user's configuration folder.
#[derive(Debug, Parser)]
#[command(name = "minitag", version = env!("MINITAG_VERSION"), max_term_width = 100)]
pub(crate) struct Cli {
    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true, env = "MINITAG_QUIET", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,

    /// How messages on stderr are written.
    #[arg(
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
    Document(DocumentArgs),
    Prompt(PromptArgs),
    Grammar(GrammarArgs),
    Bench(BenchArgs),
    /// Look at, or clear, what is kept from one run to the next.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag cache list
  minitag cache clear"
    )]
    Cache(CacheCommand),
    Eval(EvalArgs),
    /// Look at a tag list.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag tags check tags.json"
    )]
    Tags(TagsCommand),
    /// Get models, and look at those that are here.
    #[command(
        subcommand,
        after_help = "Examples:
  minitag models list
  minitag models pull minicpm3-4b"
    )]
    Models(ModelsCommand),
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

/// Tag a catalogue: one line a record, in input order. A run that was stopped, by Ctrl-C
/// or by a power cut, goes on with the same command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag batch projects.jsonl -o tagged.jsonl --tags tags.json
  minitag batch bookmarks.csv -o tagged.csv --tags tags.json --id-field url --text-field notes --keep title
  minitag batch docs/ --glob '**/*.md' -o tagged.jsonl --tags tags.json
  producer | minitag batch - -o - --tags tags.json | consumer

IN has records with an id and a text, or the path of a file relative to IN:
  {\"id\":\"7462\",\"text\":\"# A project ...\"}
  {\"id\":\"7463\",\"path\":\"docs/7463.md\"}
OUT gets {\"id\":\"7462\",\"tags\":[17,33]} for each, OUT.errors.jsonl what failed and why.
OUT.journal remembers what is done.")]
pub(crate) struct BatchArgs {
    /// The records: a JSONL, CSV or TSV file, a folder, or `-` for JSONL from stdin.
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// Where the lines go; `-` is stdout.
    #[arg(
        short,
        long,
        value_name = "OUT",
        env = "MINITAG_OUTPUT",
        required = true
    )]
    pub(crate) output: PathBuf,

    /// How IN is written [default: what its name tells].
    #[arg(long, value_enum, env = "MINITAG_INPUT_FORMAT")]
    pub(crate) input_format: Option<InputFormatArg>,

    /// How OUT is written [default: CSV where its name ends in .csv, else JSONL].
    #[arg(long, value_enum, env = "MINITAG_OUTPUT_FORMAT")]
    pub(crate) output_format: Option<OutputFormat>,

    /// The field, or column, with the id.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "id",
        env = "MINITAG_ID_FIELD"
    )]
    pub(crate) id_field: String,

    /// The field with the text.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "text",
        env = "MINITAG_TEXT_FIELD"
    )]
    pub(crate) text_field: String,

    /// The field with the path of a file that has the text.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "path",
        env = "MINITAG_PATH_FIELD"
    )]
    pub(crate) path_field: String,

    /// Carry these fields to OUT, separated by commas, or `all`.
    #[arg(
        long,
        value_name = "FIELD",
        value_delimiter = ',',
        env = "MINITAG_KEEP"
    )]
    pub(crate) keep: Vec<String>,

    /// Of a folder, only files whose path there fits [default: all text documents].
    #[arg(long, value_name = "PATTERN", env = "MINITAG_GLOB")]
    pub(crate) glob: Vec<String>,

    /// Only the K-th of N parts of the records, by their ids.
    #[arg(long, value_name = "K/N", env = "MINITAG_SHARD")]
    pub(crate) shard: Option<Shard>,

    /// Documents that are computed together at most [default: 8; 1 from stdin, and
    /// for small models].
    #[arg(long, value_name = "N", env = "MINITAG_PARALLEL")]
    pub(crate) parallel: Option<usize>,

    #[command(flatten)]
    pub(crate) failing: FailingArgs,

    /// Do again what is done: all of it, or what a changed tag list concerns.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        default_missing_value = "all",
    )]
    pub(crate) redo: Option<Redo>,

    /// With `--redo`: write the answers that changed to this file, as JSONL.
    #[arg(long, value_name = "FILE", env = "MINITAG_DIFF")]
    pub(crate) diff: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Records that fail")]
pub(crate) struct FailingArgs {
    /// Where errors go [default: OUT.errors.jsonl; inline where OUT is stdout].
    #[arg(long, value_enum, env = "MINITAG_ERRORS")]
    pub(crate) errors: Option<Errors>,

    /// Stop at the first error.
    #[arg(long, env = "MINITAG_FAIL_FAST", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) fail_fast: bool,

    /// Stop when there are so many errors.
    #[arg(long, value_name = "N", env = "MINITAG_MAX_ERRORS")]
    pub(crate) max_errors: Option<u64>,

    /// Give a document up after so many seconds.
    #[arg(long, value_name = "SECONDS", env = "MINITAG_TIMEOUT_PER_DOCUMENT")]
    pub(crate) timeout_per_document: Option<f64>,

    /// Try those again that failed in an earlier run.
    #[arg(long, env = "MINITAG_RETRY_ERRORS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) retry_errors: bool,
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

/// Measure a model with a tag list on this machine, phase by phase.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag bench --tags tags.json
  minitag bench README.md --tags tags.json -m MiniCPM3-4B-Q4_K_M.gguf --tokens 256,1024 --parallel 1,8
  minitag bench --tags tags.json --json | jq '.documents[].per_hour'")]
pub(crate) struct BenchArgs {
    /// What documents are made of, repeated as often as needed [default: a sample].
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// The documents' lengths in tokens.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "256,1024"
    )]
    pub(crate) tokens: Vec<usize>,

    /// How many are computed together at most.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,8")]
    pub(crate) parallel: Vec<usize>,

    /// How often each is measured; the median counts.
    #[arg(long, value_name = "N", default_value = "3", env = "MINITAG_ROUNDS")]
    pub(crate) rounds: usize,

    /// Print JSON.
    #[arg(long, env = "MINITAG_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
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
pub(crate) enum CacheCommand {
    /// Print the kept states of tag lists, those used last first.
    #[command(after_help = "Examples:\n  minitag cache list")]
    List,
    /// Remove them.
    #[command(after_help = "Examples:\n  minitag cache clear")]
    Clear,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TagsCommand {
    Check(TagsCheckArgs),
    Diff(TagsDiffArgs),
}

/// Say what makes one tag list another: `+` added, `-` removed, `~` renamed or
/// described anew.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag tags diff tags.json tags-new.json")]
pub(crate) struct TagsDiffArgs {
    /// The list as it was.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The list as it is.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
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

    /// Also count the list's tokens with this model (a GGUF file or a known name).
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    List(ModelsListArgs),
    Pull(ModelsPullArgs),
    Path(ModelsPathArgs),
    Check(ModelsCheckArgs),
    Remove(ModelsRemoveArgs),
}

/// List the models that are known by name, and the GGUF files that are here.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models list
  HF_HOME=/mnt/models minitag models list")]
pub(crate) struct ModelsListArgs {}

/// Download a model into the Hugging Face cache; goes on where it was cut.
///
/// HF_ENDPOINT names another hub, HF_TOKEN a token, HF_HOME or HF_HUB_CACHE another
/// place; HF_HUB_OFFLINE forbids it; proxies are those of HTTPS_PROXY and NO_PROXY.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models pull minicpm3-4b
  minitag models pull owner/repository:model-q4_k_m.gguf
  HF_ENDPOINT=https://hub.example.org minitag models pull minicpm3-4b")]
pub(crate) struct ModelsPullArgs {
    /// A name that `models list` shows, or owner/repository:file.gguf on the hub.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}

/// Print where a model's file lies.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models path minicpm3-4b
  llama-cli -m \"$(minitag models path minicpm3-4b)\"")]
pub(crate) struct ModelsPathArgs {
    /// A name that `models list` shows, owner/repository:file.gguf, or a file.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}

/// Say what a model file is, and what is wrong with it.
///
/// Reads the header alone, so that it takes no time and no memory. Every command that
/// loads a model looks at it in the same way first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models check minicpm3-4b
  minitag models check models/my.gguf && echo sound")]
pub(crate) struct ModelsCheckArgs {
    /// A file, a name that `models list` shows, or owner/repository:file.gguf.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}

/// Delete a model from the Hugging Face cache.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models remove minicpm3-4b
  minitag models remove owner/repository:model-q4_k_m.gguf")]
pub(crate) struct ModelsRemoveArgs {
    /// A name that `models list` shows, or owner/repository:file.gguf.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
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

    /// How the tag list stands in the prompt: another prompt, which can give other answers.
    #[arg(long, value_enum, default_value = "json", env = "MINITAG_LIST_STYLE")]
    pub(crate) list_style: ListStyleArg,

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

    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct AnswerArgs {
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
    /// The model: a GGUF file, a name that `models list` shows, or
    /// owner/repository:file.gguf in the Hugging Face cache [default:
    /// MiniCPM3-4B in models/ or in that cache, else `nano`, the built-in one].
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// Needs as little memory as possible: weights as they lie in the file, small batches,
    /// keys in q8_0. Slower.
    #[arg(long, env = "MINITAG_LOW_MEMORY", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) low_memory: bool,

    /// Threads to compute with [default: the physical cores; one for small models].
    #[arg(short, long, value_name = "N", env = "MINITAG_THREADS")]
    pub(crate) threads: Option<usize>,

    /// Threads to compute batches with [default: as many].
    #[arg(long, value_name = "N", env = "MINITAG_THREADS_BATCH")]
    pub(crate) threads_batch: Option<usize>,

    /// The context's length in tokens [default: what the documents need].
    #[arg(short, long, value_name = "N", env = "MINITAG_CTX_SIZE")]
    pub(crate) ctx_size: Option<usize>,

    /// Tokens in one batch.
    #[arg(
        short,
        long,
        value_name = "N",
        default_value = "512",
        env = "MINITAG_BATCH_SIZE"
    )]
    pub(crate) batch_size: usize,

    /// Tokens that are computed at once [default: the whole batch].
    #[arg(long, value_name = "N", env = "MINITAG_UBATCH_SIZE")]
    pub(crate) ubatch_size: Option<usize>,

    /// Layers to put on the GPU [default: llama.cpp's choice].
    #[arg(long, value_name = "N", env = "MINITAG_GPU_LAYERS")]
    pub(crate) gpu_layers: Option<u32>,

    /// Type of the cache's keys: f32, f16, bf16, q8_0 [default: f32 for small models;
    /// bf16 where the processor computes with it; else f16].
    #[arg(long, value_name = "TYPE", env = "MINITAG_CACHE_TYPE_K")]
    pub(crate) cache_type_k: Option<KvType>,

    /// Type of the cache's values [default: as for the keys].
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

    /// Do not keep the tag list's state for the next run.
    #[arg(long, env = "MINITAG_NO_PREFIX_CACHE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) no_prefix_cache: bool,

    /// How much disk the kept states may take.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "2GiB",
        env = "MINITAG_PREFIX_CACHE_LIMIT"
    )]
    pub(crate) prefix_cache_limit: ByteSize,

    /// Say how the model is run and why, and show llama.cpp's own log.
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

impl Scores {
    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::All => "all",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormatArg {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, with a header; several tags are separated by `;`.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Errors {
    /// In OUT.errors.jsonl.
    File,
    /// In OUT, each in its record's place.
    Inline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Redo {
    /// Every record.
    All,
    /// Records whose answer another tag list could change: those with a removed tag,
    /// and all where tags were added or renamed.
    ChangedTags,
}

/// One part of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 1 on.
    pub(crate) mine: u64,
    /// Of how many.
    pub(crate) all: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .split_once('/')
            .and_then(|(mine, all)| Some((mine.parse().ok()?, all.parse().ok()?)));
        match numbers {
            Some((mine, all)) if (1..=all).contains(&mine) => Ok(Self { mine, all }),
            _ => Err("expected a part and their number, such as `1/4`".to_owned()),
        }
    }
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
