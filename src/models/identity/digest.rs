//! Reading a whole file for its hashes, as fast as the disk gives it.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

#[cfg(feature = "hub")]
use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::Xxh3;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;

/// Blocks that are on their way from the disk to the hashes.
const AHEAD: usize = 4;

/// What a file's content hashes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    /// XXH3 with 128 bits: what content is told from other content by. Not made against
    /// forgers, but ten times as fast as what is.
    pub(super) xxh3: u128,
    /// The checksum that hubs and registries give, where it was asked for.
    pub(super) sha256: Option<[u8; 32]>,
}

/// Reads a file to its end. One thread reads while the other computes. Without the feature
/// `hub` there is no SHA-256, and nobody asks for one.
pub(super) fn digest(mut file: File, with_sha256: bool) -> io::Result<Digest> {
    let mut xxh3 = Xxh3::new();
    #[cfg(feature = "hub")]
    let mut sha256 = with_sha256.then(Sha256::new);
    let (full, blocks) = sync_channel::<Vec<u8>>(AHEAD);
    let (empty, used) = sync_channel::<Vec<u8>>(AHEAD);
    thread::scope(|scope| {
        let reader = scope.spawn(move || -> io::Result<()> {
            let mut made = 0;
            loop {
                let mut block = if made < AHEAD {
                    made += 1;
                    Vec::with_capacity(BLOCK)
                } else {
                    match used.recv() {
                        Ok(block) => block,
                        Err(_) => return Ok(()),
                    }
                };
                block.clear();
                file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
                if block.is_empty() || full.send(block).is_err() {
                    return Ok(());
                }
            }
        });
        for block in blocks {
            xxh3.update(&block);
            #[cfg(feature = "hub")]
            if let Some(sha256) = &mut sha256 {
                sha256.update(&block);
            }
            // The reader may have come to the end.
            let _ = empty.send(block);
        }
        let lost = |_| io::Error::other("reading it came to nothing");
        reader.join().map_err(lost)?
    })?;
    #[cfg(feature = "hub")]
    let sha256 = sha256.map(|sha256| sha256.finalize().into());
    #[cfg(not(feature = "hub"))]
    let sha256 = {
        debug_assert!(!with_sha256);
        None
    };
    let xxh3 = xxh3.digest128();
    Ok(Digest { xxh3, sha256 })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(feature = "hub")]
    #[test]
    fn every_byte_counts_at_every_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 9 * BLOCK + 7] {
            let byte = |n: usize| (n * 31 + n / 251).to_le_bytes()[0];
            let mut bytes: Vec<u8> = (0..length).map(byte).collect();
            fs::write(&path, &bytes).unwrap();
            let whole = digest(File::open(&path).unwrap(), true).unwrap();
            assert_eq!(whole.xxh3, xxhash_rust::xxh3::xxh3_128(&bytes));
            assert_eq!(whole.sha256, Some(Sha256::digest(&bytes).into()));
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
                fs::write(&path, &bytes).unwrap();
                let other = digest(File::open(&path).unwrap(), false).unwrap();
                assert_ne!(other.xxh3, whole.xxh3);
            }
        }
    }
}
