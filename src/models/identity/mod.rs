//! By what a model is told from another: its content, all parts and all bytes.
//!
//! Names and times say nothing: the same bytes under another name are the same model. A file is
//! read once, beside whatever else there is to do, and its hash is remembered.

mod digest;
mod remembered;
mod stamp;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use xxhash_rust::xxh3::xxh3_128;

use crate::models::identity::digest::{Digest, digest};
use crate::models::identity::remembered::hex;
use crate::models::identity::stamp::Stamp;
use crate::models::split;

pub use crate::models::identity::remembered::Remembered;

/// What every identity begins with. Versions before told models by name, size and beginning.
const KIND: &str = "xxh3-128:";

/// What a model's file, with the other parts of a split one, hashes to.
///
/// # Errors
/// [`io::Error`] if a part cannot be read, or is changed meanwhile.
pub fn identity(path: &Path) -> io::Result<String> {
    Identifying::later(path).wait()
}

/// Whether an identity is of a kind that earlier versions wrote, which looked at a file's name,
/// size and beginning alone: it cannot show that a model is the same.
#[must_use]
pub fn is_old_identity(identity: &str) -> bool {
    !identity.starts_with(KIND)
}

/// An identity that is found out beside other work.
#[derive(Debug)]
pub struct Identifying {
    files: Vec<PathBuf>,
    stamps: Vec<Option<Stamp>>,
    thread: Mutex<Option<JoinHandle<io::Result<String>>>>,
    found: OnceLock<io::Result<String>>,
}

impl Identifying {
    /// Begins to read a model's files.
    #[must_use]
    pub fn begin(path: &Path) -> Self {
        let mut begun = Self::later(path);
        let (files, stamps) = (begun.files.clone(), begun.stamps.clone());
        let thread = thread::Builder::new().spawn(move || of_files(&files, &stamps));
        // Without a thread it is done when it is asked for.
        begun.thread = Mutex::new(thread.ok());
        begun
    }

    /// Reads them only when the identity is asked for.
    #[must_use]
    pub fn later(path: &Path) -> Self {
        let files = split::files(path);
        Self {
            stamps: stamps(&files),
            files,
            thread: Mutex::new(None),
            found: OnceLock::new(),
        }
    }

    /// Whether the files are still those that there were at first.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        are_unchanged(&self.files, &self.stamps)
    }

    /// The identity, as [`identity`] has it.
    ///
    /// # Errors
    /// [`io::Error`] as there.
    pub fn wait(&self) -> io::Result<String> {
        let found = self.found.get_or_init(|| {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            let lost = |_| Err(io::Error::other("reading it came to nothing"));
            match thread.take() {
                Some(thread) => thread.join().unwrap_or_else(lost),
                None => of_files(&self.files, &self.stamps),
            }
        });
        match found {
            Ok(identity) => Ok(identity.clone()),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

/// The stamps of files; `None` for one that is not there.
fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    let stamp = |path: &PathBuf| fs::metadata(path).ok().map(|meta| Stamp::of(&meta));
    files.iter().map(stamp).collect()
}

/// Whether nobody has written to files since they had these stamps.
fn are_unchanged(files: &[PathBuf], before: &[Option<Stamp>]) -> bool {
    let now = stamps(files);
    let mut pairs = before.iter().zip(&now);
    pairs.all(|pair| match pair {
        (Some(before), Some(now)) => before.is_unchanged(now),
        (before, now) => before.is_none() && now.is_none(),
    })
}

/// The identity of a model of these parts, if they still are what they were.
fn of_files(files: &[PathBuf], before: &[Option<Stamp>]) -> io::Result<String> {
    let remembered = Remembered::from_env();
    let hash = |path: &PathBuf| Ok(digest_of(path, false, remembered.as_ref())?.xxh3);
    let parts: Vec<u128> = files.iter().map(hash).collect::<io::Result<_>>()?;
    if !are_unchanged(files, before) {
        return Err(changed());
    }
    let whole = if let [one] = parts[..] {
        one
    } else {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_le_bytes()).collect();
        xxh3_128(&bytes)
    };
    Ok(format!("{KIND}{whole:032x}"))
}

/// The SHA-256 of a single file in hexadecimal; read once, and remembered.
#[cfg(feature = "hub")]
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let digest = digest_of(path, true, Remembered::from_env().as_ref())?;
    Ok(digest.sha256.map(|sha256| hex(&sha256)).unwrap_or_default())
}

/// The same if it is remembered.
pub(super) fn remembered_sha256(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let stamp = Stamp::of(&fs::metadata(&path).ok()?);
    let known = Remembered::from_env()?.find(&path, stamp)?;
    known.sha256.map(|sha256| hex(&sha256))
}

/// What a file hashes to: as remembered, else by reading it.
fn digest_of(
    path: &Path,
    with_sha256: bool,
    remembered: Option<&Remembered>,
) -> io::Result<Digest> {
    let path = &fs::canonicalize(path)?;
    let stamp = Stamp::of(&fs::metadata(path)?);
    let known = remembered.and_then(|remembered| remembered.find(path, stamp));
    let enough = |known: &Digest| !with_sha256 || known.sha256.is_some();
    if let Some(known) = known.filter(enough) {
        return Ok(known);
    }
    let began = SystemTime::now();
    let file = File::open(path)?;
    let same = |meta: fs::Metadata| {
        let is_same = stamp.is_unchanged(&Stamp::of(&meta));
        is_same.then_some(()).ok_or_else(changed)
    };
    same(file.metadata()?)?;
    let digest = digest(file, with_sha256)?;
    same(fs::metadata(path)?)?;
    if let Some(remembered) = remembered.filter(|_| stamp.is_settled(began)) {
        remembered.note(path, stamp, &digest);
    }
    Ok(digest)
}

fn changed() -> io::Error {
    io::Error::other("it was changed while it was read")
}

/// Reads a file that was downloaded for its SHA-256, in hexadecimal; `keep` is what it is
/// remembered by once it lies at its place.
#[cfg(feature = "download")]
pub(super) fn sha256_of_download(path: &Path) -> io::Result<(String, Download)> {
    let digest = digest(File::open(path)?, true)?;
    let text = digest.sha256.map(|sha256| hex(&sha256)).unwrap_or_default();
    Ok((text, Download { digest }))
}

/// What a downloaded file hashes to.
#[cfg(feature = "download")]
pub(super) struct Download {
    digest: Digest,
}

#[cfg(feature = "download")]
impl Download {
    /// Remembers it for the place that the file was moved to, so that its first use need not
    /// read it again.
    pub(super) fn remember(&self, path: &Path, remembered: &Remembered) {
        let Ok(path) = fs::canonicalize(path) else {
            return;
        };
        if let Ok(meta) = fs::metadata(&path) {
            remembered.note(&path, Stamp::of(&meta), &self.digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// So long that what is written next has another time.
    fn settle() {
        thread::sleep(Duration::from_millis(80));
    }

    fn xxh3(path: &Path, remembered: &Remembered) -> u128 {
        digest_of(path, false, Some(remembered)).unwrap().xxh3
    }

    #[test]
    fn the_content_alone_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.gguf"), folder.path().join("b.gguf"));
        fs::write(&a, "abc").unwrap();
        fs::write(&b, "abc").unwrap();
        let expected = "xxh3-128:06b05ab6733a618578af5f94892f3950";
        assert_eq!(identity(&a).unwrap(), expected);
        assert_eq!(identity(&b).unwrap(), expected);
        assert_eq!(Identifying::begin(&a).wait().unwrap(), expected);
        assert_eq!(Identifying::later(&a).wait().unwrap(), expected);
        fs::write(&b, "abd").unwrap();
        assert_ne!(identity(&b).unwrap(), expected);
        assert!(identity(&folder.path().join("c.gguf")).is_err());
        assert!(!is_old_identity(expected));
        assert!(is_old_identity("m.gguf 3 78af5f94892f3950"));
    }

    #[test]
    fn all_parts_count_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let part = |n: u32| folder.path().join(format!("m-0000{n}-of-00003.gguf"));
        for (n, content) in [(1, "a"), (2, "b"), (3, "c")] {
            fs::write(part(n), content).unwrap();
        }
        let before = identity(&part(1)).unwrap();
        fs::write(part(3), "d").unwrap();
        assert_ne!(identity(&part(1)).unwrap(), before);
        fs::write(part(2), "c").unwrap();
        fs::write(part(3), "b").unwrap();
        assert_ne!(identity(&part(1)).unwrap(), before);
        let begun = Identifying::begin(&part(1));
        assert!(begun.is_unchanged());
        fs::write(part(3), "longer").unwrap();
        assert!(!begun.is_unchanged());
    }

    /// Bytes far behind the beginning, the same size, and the time put back to the nanosecond.
    #[test]
    fn changed_bytes_are_seen_whatever_the_times_say() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path().join("hashes"));
        let path = folder.path().join("m.gguf");
        let mut bytes = vec![7; 9 << 20];
        fs::write(&path, &bytes).unwrap();
        settle();
        let before = xxh3(&path, &remembered);
        assert_eq!(remembered.list().len(), 1);
        assert_eq!(xxh3(&path, &remembered), before);
        let time = path.metadata().unwrap().modified().unwrap();
        bytes[(8 << 20) + 5] = 8;
        fs::write(&path, &bytes).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
        assert_ne!(xxh3(&path, &remembered), before);
        // Another file moved there, with the same time.
        let other = folder.path().join("other");
        fs::write(&other, vec![7; 9 << 20]).unwrap();
        let file = File::options().append(true).open(&other).unwrap();
        file.set_modified(time).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(xxh3(&path, &remembered), before);
    }

    #[test]
    #[cfg(feature = "hub")]
    fn what_is_remembered_is_used_and_completed() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path().join("hashes"));
        let path = folder.path().join("m.gguf");
        fs::write(&path, "abc").unwrap();
        let path = path.canonicalize().unwrap();
        // Too young: it may yet be changed within the same tick of the clock.
        xxh3(&path, &remembered);
        settle();
        xxh3(&path, &remembered);
        assert_eq!(remembered.list().len(), 1);
        let stamp = Stamp::of(&path.metadata().unwrap());
        let (xxh3_then, sha256) = (5, None);
        let planted = Digest {
            xxh3: xxh3_then,
            sha256,
        };
        remembered.note(&path, stamp, &planted);
        assert_eq!(xxh3(&path, &remembered), 5);
        // It lacks what is asked for now.
        let whole = digest_of(&path, true, Some(&remembered)).unwrap();
        assert_ne!(whole.xxh3, 5);
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&whole.sha256.unwrap()), expected);
        assert_eq!(remembered.find(&path, stamp), Some(whole));
    }
}
