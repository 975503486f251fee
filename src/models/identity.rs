//! By what a model file is told from another.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

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
    for byte in &Sha256::digest(&head)[..8] {
        // Into memory: there is nothing that could fail.
        let _ = write!(identity, "{byte:02x}");
    }
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
        assert_eq!(identity(&path).unwrap(), "m.gguf 3 ba7816bf8f01cfea");
        std::fs::write(&path, "abd").unwrap();
        assert_ne!(identity(&path).unwrap(), "m.gguf 3 ba7816bf8f01cfea");
    }
}
