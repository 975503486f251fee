//! The small model inside the program, for machines that have no other.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The model file itself. How it was made: `models/nano/README.md`.
const BYTES: &[u8] = include_bytes!("../../models/minitag-nano.gguf");

/// What the built-in model is called on the command line.
pub const BUILT_IN_NAME: &str = "nano";

/// The built-in model could not be put where llama.cpp can read it.
#[derive(Debug, thiserror::Error)]
#[error("the built-in model cannot be written to `{}`", path.display())]
pub struct WriteError {
    /// Where it was to be.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// The path of the built-in model's file, in the user's cache folder. Written
/// by the first run, and compared byte for byte by every later one: a file that was
/// damaged or is of another version is replaced.
///
/// # Errors
/// [`WriteError`] where the cache folder cannot be written.
pub(super) fn built_in() -> Result<PathBuf, WriteError> {
    let cache = etcetera::choose_base_strategy().map(|base| base.cache_dir());
    let folder = cache
        .unwrap_or_else(|_| std::env::temp_dir())
        .join("minitag");
    let path = folder.join("minitag-nano.gguf");
    if fs::read(&path).is_ok_and(|bytes| bytes == BYTES) {
        return Ok(path);
    }
    write(&folder, &path).map_err(|source| WriteError {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

/// Written beside and renamed, so that no other process sees half a file.
fn write(folder: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(BYTES)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}
