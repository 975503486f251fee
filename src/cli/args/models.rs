//! Arguments of `minitag models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
