//! The hashes of files that were read before, kept from one run to the next: one small file
//! each, in a folder of the user's own.
//!
//! They hold for a path as long as the file there has the same size, times and inode. What is
//! damaged, or was kept by another version, counts as not being there.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::models::identity::digest::Digest;
use crate::models::identity::stamp::Stamp;
use crate::whole_file::private_folder;

/// As many files are remembered; those that were noted first are forgotten.
const MOST: usize = 256;

/// Nothing of what is written here is longer.
const MAX_BYTES: u64 = 1 << 16;

/// Where hashes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    folder: PathBuf,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// For people, and against a mix-up.
    path: String,
    stamp: Stamp,
    xxh3: String,
    sha256: Option<String>,
}

/// The same with a sum over it, by which damage is seen.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    known: Known,
    sum: String,
}

impl Remembered {
    /// The folder in the user's cache; `None` if there is none.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(Self::new(base.cache_dir().join("minitag/hashes")))
    }

    /// A folder of its own.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The paths of the files that are remembered, in the order of names.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        let known = self.files().into_iter().filter_map(|path| read(&path));
        let mut paths: Vec<String> = known.map(|known| known.path).collect();
        paths.sort();
        paths
    }

    /// Forgets all of them; says how many bytes are free again.
    ///
    /// # Errors
    /// [`io::Error`] if a file cannot be deleted.
    pub fn clear(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for path in self.files() {
            let length = path.symlink_metadata()?.len();
            fs::remove_file(&path)?;
            bytes += length;
        }
        Ok(bytes)
    }

    /// What a file hashes to, if it is the one that was read then.
    pub(super) fn find(&self, path: &Path, stamp: Stamp) -> Option<Digest> {
        if is_open_to_others(&self.folder) {
            return None;
        }
        let known = read(&self.place(path))?;
        let same = known.stamp == stamp && known.path == path.to_string_lossy();
        let digest = || {
            let sha256 = match &known.sha256 {
                Some(text) => Some(bytes_of(text)?),
                None => None,
            };
            let xxh3 = u128::from_str_radix(&known.xxh3, 16).ok()?;
            Some(Digest { xxh3, sha256 })
        };
        same.then(digest)?
    }

    /// Notes what a file hashes to. Where that cannot be, it is read again the next time.
    pub(super) fn note(&self, path: &Path, stamp: Stamp, digest: &Digest) {
        let known = Known {
            path: path.to_string_lossy().into_owned(),
            stamp,
            xxh3: format!("{:032x}", digest.xxh3),
            sha256: digest.sha256.map(|sha256| hex(&sha256)),
        };
        let write = || -> io::Result<()> {
            private_folder(&self.folder)?;
            let sum = sum(&known)?;
            let mut file = NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer(&mut file, &Wire { known, sum })?;
            file.flush()?;
            file.persist(self.place(path)).map_err(|e| e.error)?;
            Ok(())
        };
        if write().is_ok() {
            self.forget_the_oldest();
        }
    }

    fn forget_the_oldest(&self) {
        let files = self.files();
        if files.len() <= MOST {
            return;
        }
        let noted = |path: &PathBuf| {
            let modified = path.symlink_metadata().and_then(|meta| meta.modified());
            modified.unwrap_or(SystemTime::UNIX_EPOCH)
        };
        let oldest = files.into_iter().min_by_key(noted);
        let _ = oldest.map(fs::remove_file);
    }

    fn place(&self, path: &Path) -> PathBuf {
        let key = xxh3_128(path.as_os_str().as_encoded_bytes());
        self.folder.join(format!("{key:032x}.json"))
    }

    /// All files here, whole or not.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .filter(|path| path.symlink_metadata().is_ok_and(|meta| !meta.is_dir()))
            .collect()
    }
}

/// What a file says, if it is no link and not damaged.
fn read(path: &Path) -> Option<Known> {
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_end(&mut text).ok()?;
    let wire: Wire = serde_json::from_slice(&text).ok()?;
    (sum(&wire.known).ok()? == wire.sum).then_some(wire.known)
}

fn sum(known: &Known) -> io::Result<String> {
    Ok(format!("{:016x}", xxh3_64(&serde_json::to_vec(known)?)))
}

/// Whether others could have put something there.
#[cfg(unix)]
fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    folder
        .metadata()
        .is_ok_and(|meta| meta.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn bytes_of(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        let (xxh3, sha256) = (7, Some([0xab; 32]));
        Digest { xxh3, sha256 }
    }

    #[test]
    fn what_is_damaged_or_of_another_file_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path().join("hashes"));
        let model = folder.path().join("m.gguf");
        fs::write(&model, "abc").unwrap();
        let stamp = Stamp::of(&model.metadata().unwrap());
        assert_eq!(remembered.find(&model, stamp), None);
        remembered.note(&model, stamp, &digest());
        assert_eq!(remembered.find(&model, stamp), Some(digest()));
        assert_eq!(remembered.list(), [model.to_str().unwrap()]);
        let larger = Stamp { size: 4, ..stamp };
        assert_eq!(remembered.find(&model, larger), None);
        let place = remembered.place(&model);
        let whole = fs::read(&place).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&place, &damaged).unwrap();
            assert_eq!(remembered.find(&model, stamp), None, "at {at}");
            fs::write(&place, &whole[..at]).unwrap();
            assert_eq!(remembered.find(&model, stamp), None, "up to {at}");
        }
        fs::write(&place, &whole).unwrap();
        assert!(remembered.find(&model, stamp).is_some());
        assert_eq!(remembered.clear().unwrap(), whole.len() as u64);
        assert_eq!(remembered.list(), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_could_have_put_there_is_not_believed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path().join("hashes"));
        let model = folder.path().join("m.gguf");
        fs::write(&model, "abc").unwrap();
        let stamp = Stamp::of(&model.metadata().unwrap());
        remembered.note(&model, stamp, &digest());
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(&remembered.folder, open).unwrap();
        assert_eq!(remembered.find(&model, stamp), None);
        let closed = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&remembered.folder, closed).unwrap();
        assert!(remembered.find(&model, stamp).is_some());
        let (place, elsewhere) = (remembered.place(&model), folder.path().join("e"));
        fs::rename(&place, &elsewhere).unwrap();
        symlink(&elsewhere, &place).unwrap();
        assert_eq!(remembered.find(&model, stamp), None);
    }

    #[test]
    fn no_more_than_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path().join("hashes"));
        let stamp = Stamp::of(&folder.path().metadata().unwrap());
        for n in 0..MOST + 3 {
            remembered.note(&folder.path().join(n.to_string()), stamp, &digest());
        }
        assert_eq!(remembered.list().len(), MOST);
    }
}
