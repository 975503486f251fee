//! What a registry says of a file's content, held against the file that is used.

use std::fs;
use std::io;
use std::path::Path;

use crate::models::identity::remembered_sha256;
#[cfg(feature = "hub")]
use crate::models::identity::sha256;
use crate::models::locate::Located;
use crate::models::registry::Entry;

/// Why a file is not the one that a registry knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// It is longer or shorter.
    #[error("it has {actual} bytes, but the registry knows {expected}")]
    Size {
        /// Its bytes.
        actual: u64,
        /// Those that the registry knows.
        expected: u64,
    },
    /// The registry knows its SHA-256, and this build cannot compute one.
    #[error("its SHA-256 cannot be checked: this build lacks the feature `hub`")]
    Unchecked,
    /// It has other bytes.
    #[error("its SHA-256 is {actual}, but the registry knows {expected}")]
    Sha256 {
        /// The file's.
        actual: String,
        /// The registry's.
        expected: String,
    },
}

/// Whether a model that was named as a registry names it has the size and the SHA-256 that the
/// registry knows. The file is read for that once.
///
/// # Errors
/// [`PinError`] if it is another file.
pub fn verify(located: &Located) -> Result<(), PinError> {
    match located {
        Located::Registered { path, entry } => holds(path, entry),
        _ => Ok(()),
    }
}

/// Whether a file is known not to be the one that the registry knows, by its size or by a
/// SHA-256 that is remembered. It is not read for that.
#[must_use]
pub fn is_known_to_differ(path: &Path, entry: &Entry) -> bool {
    let length = fs::metadata(path).ok().map(|meta| meta.len());
    let sizes = length.zip(entry.size);
    let hashes = remembered_sha256(path).zip(entry.sha256.as_ref());
    sizes.is_some_and(|(actual, expected)| actual != expected)
        || hashes.is_some_and(|(actual, expected)| !actual.eq_ignore_ascii_case(expected))
}

fn holds(path: &Path, entry: &Entry) -> Result<(), PinError> {
    if let Some(expected) = entry.size {
        let actual = fs::metadata(path).map_err(PinError::Io)?.len();
        if actual != expected {
            return Err(PinError::Size { actual, expected });
        }
    }
    entry
        .sha256
        .as_deref()
        .map_or(Ok(()), |expected| has_sha256(path, expected))
}

#[cfg(feature = "hub")]
fn has_sha256(path: &Path, expected: &str) -> Result<(), PinError> {
    let actual = sha256(path).map_err(PinError::Io)?;
    if actual.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let expected = expected.to_lowercase();
    Err(PinError::Sha256 { actual, expected })
}

#[cfg(not(feature = "hub"))]
fn has_sha256(_: &Path, _: &str) -> Result<(), PinError> {
    Err(PinError::Unchecked)
}
