//! Arguments of `minitag serve`.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::Args;

use crate::cli::args::AskingArgs;

/// Answer questions over HTTP from a model that stays loaded, on this machine alone.
///
/// POST /v1/systemone, GET /v1/models, /health and /metrics. Ctrl-C or SIGTERM finishes the
/// requests in work and ends it; a second one ends it at once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag serve -m minicpm3-4b
  minitag serve --listen /run/user/1000/minitag.sock
  minitag serve --listen 0.0.0.0:8787 --token-file token.txt
  curl http://127.0.0.1:8787/v1/systemone -d '{\"state\":\"I want my money back.\",
    \"questions\":{\"refund\":{\"type\":\"noul\",\"instructions\":\"Is it about a refund?\"}}}'")]
pub(crate) struct ServeArgs {
    /// An address and port, or the path of a Unix socket (with a `/` in it).
    ///
    /// With port 0, a free one is taken. An address that other machines can reach needs
    /// `--token-file`.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8787",
        env = "MINITAG_LISTEN"
    )]
    pub(crate) listen: String,

    /// Answer only requests with the token in this file, as `Authorization: Bearer TOKEN`.
    #[arg(long, value_name = "FILE", env = "MINITAG_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// Maximum size of a request.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "4MiB",
        env = "MINITAG_MAX_BODY"
    )]
    pub(crate) max_body: ByteSize,

    /// Maximum number of requests that wait; more are sent away with 503.
    #[arg(long, value_name = "N", default_value = "64", env = "MINITAG_QUEUE")]
    pub(crate) queue: usize,

    /// Maximum time for a request, waiting included, in seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "120",
        env = "MINITAG_TIMEOUT"
    )]
    pub(crate) timeout: u64,

    #[command(flatten)]
    pub(crate) asking: AskingArgs,
}
