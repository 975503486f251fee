//! Files of a run that may yet be refused.

use std::fs;
use std::path::PathBuf;

use minitag::runner::{Journal, LineFile};

/// Removes files again that were not there before, unless the run began. A run that is refused,
/// for a model that cannot be loaded, say, leaves nothing behind.
#[derive(Debug)]
pub(super) struct Fresh(Vec<PathBuf>);

impl Fresh {
    /// An output and its journal, if they are not there yet.
    pub(super) fn of(output: Option<&LineFile>) -> Self {
        let paths = output.map(|file| [Journal::path_for(file.path()), file.path().to_owned()]);
        // A link that leads nowhere is there as well.
        let is_missing = |path: &PathBuf| path.symlink_metadata().is_err();
        Self(paths.into_iter().flatten().filter(is_missing).collect())
    }

    /// The run begins: its files stay.
    pub(super) fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be removed is empty.
            let _ = fs::remove_file(path);
        }
    }
}
