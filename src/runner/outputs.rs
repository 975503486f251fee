//! The files that a run writes.

use std::fs;
use std::io::{self, Write};

use crate::runner::line_file::LineFile;
use crate::runner::terms::RunError;

/// Where the lines of a run go.
#[derive(Debug)]
pub struct Outputs {
    /// The answers; `None` is stdout.
    pub answers: Option<LineFile>,
    /// The errors; `None` puts them among the answers.
    pub errors: Option<LineFile>,
    /// What changed, where that is asked for.
    pub changes: Option<LineFile>,
}

impl Outputs {
    /// Makes the files that are there even if they get no line, and writes the head.
    pub(super) fn open(&mut self, head: &[u8]) -> Result<(), RunError> {
        for file in [&mut self.answers, &mut self.changes].into_iter().flatten() {
            file.open().map_err(|e| cannot_write(file, e))?;
        }
        if head.is_empty() {
            return Ok(());
        }
        self.answer(head)
    }

    /// Writes a line among the answers.
    pub(super) fn answer(&mut self, line: &[u8]) -> Result<(), RunError> {
        if let Some(file) = &mut self.answers {
            return file.write(line).map_err(|e| cannot_write(file, e));
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(line).and_then(|()| out.flush());
        written.map_err(|source| RunError::Output { path: None, source })
    }

    /// Leaves the files with all that was done.
    pub(super) fn pause(&mut self) -> Result<(), RunError> {
        match &mut self.answers {
            Some(file) => file.pause().map_err(|e| cannot_write(file, e)),
            None => Ok(()),
        }
    }

    /// Brings what was written to the disk.
    pub(super) fn finish(&mut self) -> Result<(), RunError> {
        let Self {
            answers,
            errors,
            changes,
        } = self;
        for file in [answers, &mut *errors, changes].into_iter().flatten() {
            file.finish().map_err(|e| cannot_write(file, e))?;
        }
        let empty = errors
            .as_ref()
            .filter(|file| file.is_empty() && file.path().exists());
        match empty {
            Some(file) => fs::remove_file(file.path()).map_err(|e| cannot_write(file, e)),
            None => Ok(()),
        }
    }
}

pub(super) fn cannot_write(file: &LineFile, source: io::Error) -> RunError {
    let path = Some(file.path().to_owned());
    RunError::Output { path, source }
}
