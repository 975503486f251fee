//! stderr: everything that is said rather than answered.

use std::io::{self, Write};

/// Where the program talks.
#[derive(Debug)]
pub(crate) struct Screen {
    quiet: bool,
}

impl Screen {
    /// A screen; a quiet one shows errors alone.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            Self::line("note", text);
        }
    }

    /// Something that is probably not meant so.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            Self::line("warning", text);
        }
    }

    /// Something that failed while the program goes on.
    pub(crate) fn error(&self, text: &str, hint: Option<&str>) {
        Self::line("error", text);
        if let Some(hint) = hint.filter(|_| !self.quiet) {
            Self::line("hint", hint);
        }
    }

    fn line(label: &str, text: &str) {
        // Nobody can be told that stderr is closed.
        let _ = writeln!(io::stderr().lock(), "{label}: {text}");
    }
}
