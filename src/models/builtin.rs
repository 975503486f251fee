//! The small model inside the program, for machines that have no other.

use std::fs::{self, File};
use std::io::{self, Read, Write};
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
    if is_there(&path).unwrap_or(false) {
        return Ok(path);
    }
    write(&folder, &path).map_err(|source| WriteError {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

/// Whether a file is the model, read piece by piece so that it takes no memory.
fn is_there(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != BYTES.len() as u64 {
        return Ok(false);
    }
    let mut buffer = [0; 1 << 14];
    for piece in BYTES.chunks(buffer.len()) {
        let read = &mut buffer[..piece.len()];
        file.read_exact(read)?;
        if read != piece {
            return Ok(false);
        }
    }
    Ok(true)
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
