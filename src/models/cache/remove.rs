//! Deleting from a cache that belongs to other programs too.
//!
//! A name in a snapshot goes. What it leads to goes only if it lies in this very repository's
//! `blobs/` and no other name in the whole cache leads there; what a link leads to elsewhere is
//! never touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::models::cache::Cache;
use crate::models::folder::sorted;
use crate::models::hub_file::HubFile;

/// Folders of a repository below which names lie so deep at most.
const DEPTH: usize = 8;

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many revisions had the file.
    pub revisions: usize,
    /// Bytes that are free again.
    pub bytes: u64,
    /// How many of the names were links to what is not this repository's own, and is there
    /// still.
    pub elsewhere: usize,
}

/// Why something was not deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// The system does not allow it.
    #[error("cannot delete `{}`", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A folder on the way is a link, so that the file lies somewhere else.
    #[error("`{}` is a link to another place, where nothing is deleted", .0.display())]
    Linked(PathBuf),
}

impl RemoveError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let is_link = matches!(self, Self::Linked(_));
        is_link.then_some("delete the link yourself, or the file where it lies")
    }
}

impl Cache {
    /// Deletes a file in all its revisions, or in the one that is asked for, and its content
    /// if no other name leads to it.
    ///
    /// # Errors
    /// [`RemoveError`] says what could not be deleted.
    pub fn remove(&self, file: &HubFile) -> Result<Removed, RemoveError> {
        let folder = self.repository(&file.repository);
        let names = self.names(file);
        for name in &names {
            if let Some(link) = link_on_the_way(&folder, name) {
                return Err(RemoveError::Linked(link));
            }
        }
        let mut removed = Removed::default();
        for name in names {
            let meta = name.symlink_metadata().map_err(at(&name))?;
            if meta.is_dir() {
                continue;
            }
            let blob = own_blob(&folder, &name);
            delete(&name)?;
            removed.revisions += 1;
            match blob {
                Some(blob) => removed.bytes += self.delete_blob(&blob)?,
                None if meta.is_symlink() => removed.elsewhere += 1,
                // It was the file itself.
                None => removed.bytes += meta.len(),
            }
            prune(&name, &folder.join("snapshots"));
        }
        if removed.revisions > 0 {
            removed.bytes += self.tidy(&folder)?;
        }
        Ok(removed)
    }

    /// Deletes a file of `blobs/` that no name leads to; says how many bytes that frees.
    fn delete_blob(&self, blob: &Path) -> Result<u64, RemoveError> {
        let Ok(meta) = blob.symlink_metadata() else {
            return Ok(0);
        };
        if meta.is_dir() || self.is_named(blob) {
            return Ok(0);
        }
        delete(blob)?;
        // Of a link, what it leads to is still there.
        Ok(if meta.is_symlink() { 0 } else { meta.len() })
    }

    /// Once a repository has no name left: what else of it is of no use to anybody.
    fn tidy(&self, folder: &Path) -> Result<u64, RemoveError> {
        let mut bytes = 0;
        if !sorted(&folder.join("snapshots")).is_empty() || is_link(&folder.join("blobs")) {
            return Ok(0);
        }
        for blob in sorted(&folder.join("blobs")) {
            // What another program is bringing at this moment stays.
            if !self.is_being_brought(folder, &blob) {
                bytes += self.delete_blob(&blob)?;
            }
        }
        let _ = fs::remove_dir(folder.join("snapshots"));
        let _ = fs::remove_dir(folder.join("blobs"));
        if !folder.join("blobs").exists() {
            // What is left are the names of branches, and of files that do not exist.
            for rest in ["refs", ".no_exist"].map(|name| folder.join(name)) {
                if rest.is_dir() && !is_link(&rest) {
                    fs::remove_dir_all(&rest).map_err(at(&rest))?;
                }
            }
            let _ = fs::remove_dir(folder);
        }
        Ok(bytes)
    }

    /// Whether a process holds the lock under which a blob is downloaded.
    fn is_being_brought(&self, folder: &Path, blob: &Path) -> bool {
        let name = blob.file_name().unwrap_or_default().to_string_lossy();
        let etag = name.split('.').next().unwrap_or_default();
        let locks = self.root.join(".locks");
        let locks = locks.join(folder.file_name().unwrap_or_default());
        let lock = File::open(locks.join(format!("{etag}.lock")));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)))
    }

    /// Whether any name in the cache, of whichever repository, leads to a blob.
    fn is_named(&self, blob: &Path) -> bool {
        let Some(blob) = place_of(blob) else {
            return false;
        };
        sorted(&self.root).iter().any(|repository| {
            let here = |folder: &str| leads_to(&repository.join(folder), &blob, 0);
            here("snapshots") || here("blobs")
        })
    }
}

/// The first link among the folders from a repository's own to a file's.
fn link_on_the_way(folder: &Path, name: &Path) -> Option<PathBuf> {
    let mut folders: Vec<&Path> = name.ancestors().skip(1).collect();
    folders.retain(|f| f.starts_with(folder));
    folders
        .into_iter()
        .rev()
        .find(|f| is_link(f))
        .map(Path::to_owned)
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_symlink())
}

/// The file of a repository's own `blobs/` that a name leads to at once; `None` if it is no
/// link, or leads elsewhere.
fn own_blob(folder: &Path, name: &Path) -> Option<PathBuf> {
    let blobs = folder.join("blobs");
    if is_link(&blobs) {
        return None;
    }
    let blob = step(name)?;
    let own = fs::canonicalize(&blobs).ok()?;
    (blob.parent() == Some(own.as_path())).then_some(blob)
}

/// Where a link leads in one step, with the folders on the way as they really are.
fn step(link: &Path) -> Option<PathBuf> {
    let target = fs::read_link(link).ok()?;
    place_of(&link.parent()?.join(target))
}

/// The path of a file by which two names of one place are the same, whether or not it is a link.
fn place_of(path: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(path.parent()?).ok()?;
    Some(folder.join(path.file_name()?))
}

/// Whether any link below a folder leads to a file, in however many steps.
fn leads_to(folder: &Path, blob: &Path, depth: usize) -> bool {
    sorted(folder).iter().any(|path| {
        if !is_link(path) {
            return depth < DEPTH && path.is_dir() && leads_to(path, blob, depth + 1);
        }
        // No longer than the system follows them.
        let mut at = path.clone();
        for _ in 0..40 {
            match step(&at) {
                Some(next) if next == blob => return true,
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    })
}

/// Removes the folders that a file left empty, up to `top`.
fn prune(path: &Path, top: &Path) {
    for folder in path.ancestors().skip(1).take_while(|&f| f != top) {
        // One that is not empty stays.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

fn delete(path: &Path) -> Result<(), RemoveError> {
    fs::remove_file(path).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> RemoveError {
    let path = path.to_owned();
    move |source| RemoveError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::models::cache::tests::cache;

    fn hub(text: &str) -> HubFile {
        HubFile::parse(text).unwrap()
    }

    fn removed(revisions: usize, bytes: u64, elsewhere: usize) -> Removed {
        Removed {
            revisions,
            bytes,
            elsewhere,
        }
    }

    #[test]
    fn content_goes_with_the_last_name_that_leads_to_it() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let gone = cache.remove(&hub("o/r:a.gguf")).unwrap();
        assert_eq!(gone, removed(2, 5, 0));
        assert!(!repository.join("blobs/aa").exists());
        assert!(!repository.join("snapshots/c1").exists());
        assert!(repository.join("snapshots/c2/b.gguf").is_file());
        fs::write(repository.join("blobs/cc.incomplete"), "12").unwrap();
        fs::create_dir(repository.join("refs")).unwrap();
        fs::write(repository.join("refs/main"), "c2").unwrap();
        let gone = cache.remove(&hub("o/r:b.gguf")).unwrap();
        assert_eq!(gone, removed(1, 3 + 2, 0));
        assert!(!repository.exists());
        let gone = cache.remove(&hub("o/r:b.gguf")).unwrap();
        assert_eq!(gone, Removed::default());
    }

    #[test]
    fn at_a_revision_it_goes_from_there_alone() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let gone = cache.remove(&hub("o/r:a.gguf").at("c1")).unwrap();
        assert_eq!(gone, removed(1, 0, 0));
        assert!(repository.join("snapshots/c2/a.gguf").is_file());
        let gone = cache.remove(&hub("o/r:a.gguf").at("c3")).unwrap();
        assert_eq!(gone, Removed::default());
    }

    #[test]
    fn content_that_another_name_leads_to_stays() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        // In the repository itself, and in another one of another kind.
        let copy = repository.join("snapshots/c1/copy.gguf");
        symlink("../../blobs/bb", copy).unwrap();
        let other = folder.path().join("datasets--x--y/snapshots/d1");
        fs::create_dir_all(&other).unwrap();
        symlink("../../../models--o--r/blobs/aa", other.join("a.bin")).unwrap();
        let gone = cache.remove(&hub("o/r:b.gguf")).unwrap();
        assert_eq!(gone, removed(1, 0, 0));
        let gone = cache.remove(&hub("o/r:a.gguf")).unwrap();
        assert_eq!(gone, removed(2, 0, 0));
        fs::remove_file(repository.join("snapshots/c1/copy.gguf")).unwrap();
        assert_eq!(fs::read_to_string(other.join("a.bin")).unwrap(), "12345");
    }

    #[test]
    fn what_a_link_leads_to_elsewhere_stays() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let outside = tempfile::tempdir().unwrap();
        let mine = outside.path().join("mine.gguf");
        fs::write(&mine, "mine").unwrap();
        let foreign = folder.path().join("models--x--y/blobs");
        fs::create_dir_all(&foreign).unwrap();
        fs::write(foreign.join("ff"), "foreign").unwrap();
        let c1 = repository.join("snapshots/c1");
        symlink(&mine, c1.join("out.gguf")).unwrap();
        symlink("../../../models--x--y/blobs/ff", c1.join("x.gguf")).unwrap();
        symlink("../../blobs/none", c1.join("nowhere.gguf")).unwrap();
        // A blob that was moved to another disk, and left a link.
        symlink(&mine, repository.join("blobs/ll")).unwrap();
        symlink("../../blobs/ll", c1.join("moved.gguf")).unwrap();
        for (name, elsewhere) in [("out", 1), ("x", 1), ("nowhere", 0), ("moved", 0)] {
            let gone = cache.remove(&hub(&format!("o/r:{name}.gguf"))).unwrap();
            assert_eq!(gone, removed(1, 0, elsewhere), "{name}");
            assert!(c1.join(format!("{name}.gguf")).symlink_metadata().is_err());
        }
        assert!(repository.join("blobs/ll").symlink_metadata().is_err());
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert_eq!(fs::read_to_string(foreign.join("ff")).unwrap(), "foreign");
    }

    #[test]
    fn behind_a_folder_that_is_a_link_nothing_is_deleted() {
        let (folder, cache) = cache();
        let outside = tempfile::tempdir().unwrap();
        let moved = outside.path().join("r");
        let repository = folder.path().join("models--o--r");
        let snapshot = repository.join("snapshots/c1");
        fs::rename(&snapshot, outside.path().join("c1")).unwrap();
        symlink(outside.path().join("c1"), &snapshot).unwrap();
        let refused = cache.remove(&hub("o/r:a.gguf")).unwrap_err().to_string();
        let expected = "is a link to another place, where nothing is deleted";
        assert_eq!(refused, format!("`{}` {expected}", snapshot.display()));
        fs::rename(&repository, &moved).unwrap();
        symlink(&moved, &repository).unwrap();
        let refused = cache.remove(&hub("o/r:b.gguf")).unwrap_err().to_string();
        assert_eq!(refused, format!("`{}` {expected}", repository.display()));
        assert!(moved.join("snapshots/c2/b.gguf").is_file());
        // The cache itself may be one.
        fs::remove_file(&repository).unwrap();
        fs::rename(&moved, &repository).unwrap();
        let link = outside.path().join("hub");
        symlink(folder.path(), &link).unwrap();
        let gone = Cache::new(link).remove(&hub("o/r:b.gguf")).unwrap();
        assert_eq!(gone, removed(1, 3, 0));
    }

    #[test]
    fn what_another_program_is_bringing_stays() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let partial = repository.join("blobs/cc.incomplete");
        fs::write(&partial, "12").unwrap();
        let locks = folder.path().join(".locks/models--o--r");
        fs::create_dir_all(&locks).unwrap();
        let lock = File::create(locks.join("cc.lock")).unwrap();
        lock.lock().unwrap();
        cache.remove(&hub("o/r:a.gguf")).unwrap();
        cache.remove(&hub("o/r:b.gguf")).unwrap();
        assert!(partial.exists());
    }
}
