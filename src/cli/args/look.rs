//! Arguments of the commands that look at a document, a prompt, a list, a cache.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::cli::args::{
    Answer, CountArgs, FormatArgs, ModelArgs, ReadingArgs, TagArgs, WordingArgs,
};

/// Print what would be read of a document, condensed to the budget.
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

/// Print exactly what the model sees for a document, up to where it decides.
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

/// Print a script that completes this program's commands and options in a shell.
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

/// Print the manual page, or write a page a command to a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag man | man -l -
  minitag man --folder ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write minitag.1, minitag-classify.1 and so on to this folder, which must exist.
    #[arg(long, value_name = "FOLDER", env = "MINITAG_FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

/// Check the installation: build features, CPU, memory, GPUs, model, and any problems.
///
/// Ends with exit code 1 where something does not work.
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
    /// Print the kept states of tag lists, those used last first, and the models whose hash
    /// is remembered.
    #[command(after_help = "Examples:\n  minitag cache list")]
    List(FormatArgs),
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

    #[command(flatten)]
    pub(crate) format: FormatArgs,
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

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Show(ConfigShowArgs),
}

/// Print every option's value and where it came from: a flag, a variable, a line of
/// minitag.toml, or the program's default.
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

    /// Options that the command would be given.
    #[arg(last = true, value_name = "OPTION")]
    pub(crate) flags: Vec<OsString>,
}
