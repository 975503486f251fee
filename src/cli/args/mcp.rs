//! Arguments of `minitag mcp`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{DecideArgs, ModelArgs, WordingArgs};

/// Let agents and editors tag documents: an MCP server on stdin and stdout.
///
/// No socket is opened. The model is loaded at the first call that needs it, and stays. Files
/// are read if a call names them, and no others.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag mcp --tags tags.json
  minitag mcp --tags topics.json shelves.csv -m minicpm3-4b --max-tags 2")]
pub(crate) struct McpArgs {
    /// Tag lists that calls can name by the name of the file.
    ///
    /// Each is also a resource. If there is one, calls need not name it.
    #[arg(long, value_name = "FILE", num_args = 1.., env = "MINITAG_TAGS")]
    pub(crate) tags: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
