//! Arguments of `minitag models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::{CountArgs, ModelArgs, PlainFormat, WordingArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    List(ModelsListArgs),
    Pull(ModelsPullArgs),
    Path(ModelsPathArgs),
    Check(ModelsCheckArgs),
    Plan(Box<ModelsPlanArgs>),
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

/// Say how much memory a run will take, and of what, without loading the model.
///
/// Every command that loads a model makes the same plan first, and refuses what does not
/// fit. Ends with exit code 3 where it does not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models plan minicpm3-4b --tags tags.json
  minitag models plan minicpm3-4b --tags tags.json --budget 512 --low-memory
  minitag models plan models/my.gguf -c 8192 --format json | jq .total")]
pub(crate) struct ModelsPlanArgs {
    /// A file, a name that `models list` shows, or owner/repository:file.gguf
    /// [default: as for `--model`].
    #[arg(value_name = "MODEL")]
    pub(crate) name: Option<PathBuf>,

    /// The tag list; without one, it is left out of the plan.
    #[arg(long, value_name = "FILE", env = "MINITAG_TAGS")]
    pub(crate) tags: Option<PathBuf>,

    /// How many documents are computed together at most.
    #[arg(long, value_name = "N", default_value = "1", env = "MINITAG_PARALLEL")]
    pub(crate) parallel: usize,

    /// How the plan is printed.
    #[arg(long, value_enum, default_value = "text", env = "MINITAG_PLAN_FORMAT")]
    pub(crate) format: PlainFormat,

    #[command(flatten)]
    pub(crate) count: CountArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
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
