//! What goes wrong when a model is downloaded.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a file was not downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The user wants no network.
    #[error("`HF_HUB_OFFLINE` is set, so nothing is downloaded")]
    Offline,
    /// There is no home folder to have a cache in.
    #[error("there is no folder for the Hugging Face cache")]
    NoCache,
    /// Not an address.
    #[error("`{0}` is not an address that begins with `https://` or `http://`")]
    Address(String),
    /// What servers are to be trusted by cannot be used.
    #[error("cannot read certificates from `{}`", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Nobody answered.
    #[error("cannot reach `{host}`")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// 401 and 403.
    #[error("`{host}` does not give out `{file}` (HTTP {status})")]
    Denied {
        /// Who was asked.
        host: String,
        /// What for.
        file: String,
        /// The answer.
        status: u16,
        /// Whether a token was shown.
        token: bool,
    },
    /// 404.
    #[error("there is no `{file}` on `{host}` (HTTP 404)")]
    NotFound {
        /// Who was asked.
        host: String,
        /// What for.
        file: String,
    },
    /// 429.
    #[error("`{host}` has had too many requests (HTTP 429)")]
    TooMany {
        /// Who was asked.
        host: String,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
    /// Any other status.
    #[error("`{host}` answers with HTTP {status}")]
    Status {
        /// Who was asked.
        host: String,
        /// The answer.
        status: u16,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
    /// Something answered, but not a hub.
    #[error("`{host}` does not answer as the Hugging Face hub does: {what}")]
    NotTheHub {
        /// Who was asked.
        host: String,
        /// What it did instead.
        what: &'static str,
    },
    /// A redirection from https to http, to nowhere, or in circles.
    #[error("`{host}` redirects to `{to}`, which is not followed")]
    Redirect {
        /// Who was asked.
        host: String,
        /// Where it points.
        to: String,
    },
    /// The connection was lost again and again.
    #[error("the connection to `{host}` was lost after {done} of {all} bytes")]
    Cut {
        /// Who was asked.
        host: String,
        /// Bytes that are here.
        done: u64,
        /// Bytes there should be.
        all: u64,
    },
    /// The disk is full, or would be.
    #[error("`{}` has {free} bytes free, but {needed} are needed", folder.display())]
    NoSpace {
        /// The cache.
        folder: PathBuf,
        /// What is free.
        free: u64,
        /// What is missing of the file.
        needed: u64,
    },
    /// The hub has another file than the registry.
    #[error(
        "the hub has another file than the registry knows: its checksum is {actual}, not {expected}"
    )]
    Changed {
        /// The registry's checksum.
        expected: String,
        /// The hub's.
        actual: String,
    },
    /// What came is not what the hub has.
    #[error("what was downloaded is damaged: its checksum is {actual}, not {expected}")]
    Damaged {
        /// The hub's checksum.
        expected: String,
        /// What came.
        actual: String,
    },
    /// Another process is at it.
    #[error("another program is downloading this file: it holds `{}`", .0.display())]
    Busy(PathBuf),
    /// The cache cannot be written.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl FetchError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let again = "what was downloaded is kept; the same command resumes";
        let text = match self {
            Self::Offline => "unset it, or copy the file into the cache from another machine",
            Self::NoCache => "`HF_HOME` names one",
            Self::Certificates { .. } => "`SSL_CERT_FILE` names it",
            Self::Address(_) => "`HF_ENDPOINT` is such an address",
            Self::Unreachable { .. } => {
                "is there a network? `HTTPS_PROXY` names a proxy, `HF_ENDPOINT` another hub, \
                 `SSL_CERT_FILE` certificates to trust"
            }
            Self::Denied { token: false, .. } => {
                "it may not exist, or not be public; `HF_TOKEN` shows who you are"
            }
            Self::Denied { token: true, .. } => {
                "does your token give access, and have you accepted the model's terms on its page?"
            }
            Self::NotFound { .. } => "are owner, repository and file spelled as on the hub?",
            Self::TooMany { wait, .. } | Self::Status { wait, .. } => {
                return Some(match wait.filter(|wait| !wait.is_zero()) {
                    Some(wait) => format!("it asks to wait {} seconds; {again}", wait.as_secs()),
                    None => format!("try again later; {again}"),
                });
            }
            Self::NotTheHub { .. } => {
                "a proxy or a log-in page may stand between; `HF_ENDPOINT` names the hub"
            }
            Self::Cut { .. } => again,
            Self::NoSpace { .. } => {
                "`minitag models remove` deletes what is not needed; `HF_HOME` names another place"
            }
            Self::Changed { .. } => {
                "somebody has replaced it, or a mirror has another; `owner/repository:file` takes it as it is"
            }
            Self::Damaged { .. } => "it is deleted; the same command starts again",
            Self::Busy(_) => "wait until that is done",
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// Whether it may be gone in a moment.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::TooMany { .. } | Self::Unreachable { .. } | Self::Cut { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// How long the server asks to be left alone.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait, .. } | Self::Status { wait, .. } => *wait,
            _ => None,
        }
    }
}
