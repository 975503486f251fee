//! By what a model file is told from another.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

/// How much of a file is hashed: enough for metadata, vocabulary and the list of the
/// tensors, while the gigabytes behind them would take seconds.
const HASHED: u64 = 8 << 20;

/// A file's name, size, and a hash of its beginning.
///
/// # Errors
/// [`io::Error`] where it cannot be read.
pub fn identity(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(HASHED).read_to_end(&mut head)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut identity = format!("{name} {size} ");
    // Into memory: there is nothing that could fail.
    let _ = write!(identity, "{:016x}", xxh3_64(&head));
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_is_another_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.gguf");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(identity(&path).unwrap(), "m.gguf 3 78af5f94892f3950");
        std::fs::write(&path, "abd").unwrap();
        assert_ne!(identity(&path).unwrap(), "m.gguf 3 78af5f94892f3950");
    }
}
