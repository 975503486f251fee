//! Arguments of the commands that look at a document, a prompt, a list, a cache.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::cli::args::{
    Answer, CountArgs, FormatArgs, ModelArgs, ReadingArgs, TagArgs, WordingArgs,
};

/// Print what the model would read of a document, condensed to the budget.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag document README.md
  minitag document page.html --budget 256
  minitag document README.md --format json | jq '.pieces[] | select(.kept | not)'")]
pub(crate) struct DocumentArgs {
    /// The document; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) format: FormatArgs,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Print exactly what the model sees for a document, up to its first decision.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag prompt README.md --tags tags.json
  minitag prompt README.md --tags tags.json --format json | jq '.tokens | length'")]
pub(crate) struct PromptArgs {
    /// The document; `-` is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,

    /// The document's id in the answer [default: the path as given].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

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

/// Print the grammar of all valid answers as GBNF, for other llama.cpp programs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag grammar --tags tags.json > answer.gbnf
  minitag grammar --tags tags.json --id 7462 --max-tags 2
  minitag grammar --tags tags.json --answer name")]
pub(crate) struct GrammarArgs {
    /// Accept only answers for the document with this id [default: any id].
    #[arg(long, env = "MINITAG_ID")]
    pub(crate) id: Option<String>,

    /// What the model writes for a tag.
    #[arg(long, value_enum, default_value = "id", env = "MINITAG_ANSWER")]
    pub(crate) answer: Answer,

    #[command(flatten)]
    pub(crate) tags: TagArgs,
    #[command(flatten)]
    pub(crate) count: CountArgs,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag completions bash > ~/.local/share/bash-completion/completions/minitag
  minitag completions zsh > ~/.zfunc/_minitag
  minitag completions fish > ~/.config/fish/completions/minitag.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print the manual page, or write one page per command to a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag man | man -l -
  minitag man --folder ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write minitag.1, minitag-classify.1 and so on to this existing folder.
    #[arg(long, value_name = "FOLDER", env = "MINITAG_FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

/// Check the installation: build features, CPU, memory, GPUs, model, and any problems.
///
/// The exit code is 1 if something does not work.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag doctor
  minitag doctor --format json | jq '.devices[].name'")]
pub(crate) struct DoctorArgs {
    /// The model to look for, as for `classify`.
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// List the prefix caches of tag lists, most recently used first, and the models whose
    /// hash is stored.
    #[command(after_help = "Examples:\n  minitag cache list")]
    List(FormatArgs),
    /// Delete them.
    #[command(after_help = "Examples:\n  minitag cache clear")]
    Clear,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TagsCommand {
    Check(TagsCheckArgs),
    Diff(TagsDiffArgs),
}

/// Show how two tag lists differ: `+` added, `-` removed, `~` renamed or with another
/// description.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag tags diff tags.json tags-new.json")]
pub(crate) struct TagsDiffArgs {
    /// The old list.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The new list.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Check a tag list for errors and probable mistakes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag tags check tags.json
  minitag tags check tags.csv -m MiniCPM3-4B-Q4_K_M.gguf")]
pub(crate) struct TagsCheckArgs {
    /// The tag list.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Also count the tokens of the list with this model (a GGUF file or a known name).
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Show(ConfigShowArgs),
}

/// Print the value of every option and its source: a flag, a variable, a line of
/// minitag.toml, or the default.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag config show
  minitag config show batch
  minitag config show classify -- --max-tags 2
  minitag config show --format json | jq '.options[] | select(.source != \"default\")'")]
pub(crate) struct ConfigShowArgs {
    /// Only the options of this command, such as `batch` or `models pull`.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,

    /// Options to pass to the command.
    #[arg(last = true, value_name = "OPTION")]
    pub(crate) flags: Vec<OsString>,
}
