//! From an error to a message, a hint and an exit code.

use std::io;
use std::process::ExitCode;

use anyhow::anyhow;
use minitag::classifier::{ClassifyError, SetupError};

use crate::cli::screen::Screen;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything was done.
    Success,
    /// Finished, but some documents failed.
    SomeFailed,
    /// Usage, configuration or tag list.
    Usage,
    /// The model could not be used.
    Model,
    /// The user stopped it.
    Interrupted,
}

impl Status {
    /// The process's exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::Model => 3,
            Self::Interrupted => 130,
        }
    }

    /// What an exit code means, which is not this process's own.
    pub(crate) fn of(code: i32) -> Self {
        let all = [
            Self::Success,
            Self::SomeFailed,
            Self::Usage,
            Self::Interrupted,
        ];
        let same = all
            .into_iter()
            .find(|status| i32::from(status.code()) == code);
        same.unwrap_or(Self::Model)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

/// An error that ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    status: Status,
}

impl Failure {
    /// The user asked for something that cannot be.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        let (error, hint, status) = (error.into(), None, Status::Usage);
        Self {
            error,
            hint,
            status,
        }
    }

    /// The model cannot be used.
    pub(crate) fn model(error: impl Into<anyhow::Error>) -> Self {
        let (error, hint, status) = (error.into(), None, Status::Model);
        Self {
            error,
            hint,
            status,
        }
    }

    /// The user stopped it.
    pub(crate) fn interrupted() -> Self {
        let error = anyhow!("stopped; nothing was written");
        let (hint, status) = (None, Status::Interrupted);
        Self {
            error,
            hint,
            status,
        }
    }

    /// The same with a hint: what the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is said of it, with its hint.
    #[cfg(feature = "serve")]
    pub(crate) fn in_words(&self) -> String {
        let error = format!("{:#}", self.error);
        let hint = self.hint.iter().map(|hint| format!("\nhint: {hint}"));
        error.trim_end().to_owned() + &hint.collect::<String>()
    }

    /// The same if there is something that the user can do.
    pub(crate) fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The error alone.
    pub(crate) fn into_error(self) -> Box<dyn std::error::Error + Send + Sync> {
        self.error.into()
    }

    /// The exit status it ends with.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// Whether the reader of stdout went away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let mut chain = self
            .error
            .chain()
            .filter_map(|e| e.downcast_ref::<io::Error>());
        chain.any(|e| e.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Writes error and hint to stderr.
    pub(crate) fn report(&self, screen: &Screen) {
        let error = format!("{:#}", self.error);
        screen.error(error.trim_end(), self.hint.as_deref());
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::model(error)
    }
}

/// A failure to write stdout; see [`Failure::is_broken_pipe`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::usage(anyhow::Error::new(error).context("cannot write to stdout"))
    }
}

/// A document's error that concerns all of them.
impl From<ClassifyError> for Failure {
    fn from(error: ClassifyError) -> Self {
        let hint = error.hint();
        match error {
            ClassifyError::LongList { .. } => Self::usage(error).hint_if(hint),
            _ => Self::model(error).hint_if(hint),
        }
    }
}

/// Prints clap's own message: help and version are data, the rest is talk.
pub(crate) fn show_clap(message: &clap::Error) -> Result<Status, Failure> {
    message.print()?;
    Ok(if message.use_stderr() {
        Status::Usage
    } else {
        Status::Success
    })
}

/// `cannot read X`, with the cause below it.
pub(crate) fn cannot_read(path: &std::path::Path, error: io::Error) -> Failure {
    Failure::usage(anyhow::Error::new(error).context(format!("cannot read `{}`", path.display())))
}

/// `cannot write X`, with the cause below it.
pub(crate) fn cannot_write(path: &std::path::Path, error: io::Error) -> Failure {
    Failure::usage(anyhow::Error::new(error).context(format!("cannot write `{}`", path.display())))
}

/// A usage error in one sentence.
pub(crate) fn wrong_usage(message: impl Into<String>) -> Failure {
    Failure::usage(anyhow!(message.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_readme() {
        let all = [
            Status::Success,
            Status::SomeFailed,
            Status::Usage,
            Status::Model,
            Status::Interrupted,
        ];
        assert_eq!(all.map(Status::code), [0, 1, 2, 3, 130]);
    }
}
