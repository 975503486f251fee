//! The state of a prefix, kept from one run to the next, as files in a folder.
//!
//! A large model takes many seconds to read a tag list, and its state can be had back
//! from a file in less than one. `KEY.state` is what the engine wrote, `KEY.json` says how
//! long it is and what it hashes to. That file is written last and looked at first: what a
//! crash left half done is never taken for a state.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3;

use crate::whole_file::private_folder;

/// A folder of states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixCache {
    /// Where the files are. Made when the first is written.
    pub folder: PathBuf,
    /// How many bytes they may take together; those that were not used for longest go.
    pub limit: u64,
    /// What is computed faster than this is not kept.
    pub worth: Duration,
}

/// What is known of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedPrefix {
    /// What it is of, for people.
    pub about: String,
    /// Its length in tokens.
    pub tokens: usize,
    /// Its length in bytes.
    pub bytes: u64,
    /// The XXH3 hash of its bytes.
    hash: u64,
}

/// What there is for a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Nothing.
    Missing,
    /// Something that is not what was written; it is gone now.
    Damaged(PathBuf),
    /// A file with the state.
    Found(PathBuf),
}

impl PrefixCache {
    /// The states for a key, checked by length and hash.
    pub(super) fn find(&self, key: &str) -> Lookup {
        let (state, info) = self.paths(key);
        let Some(known) = read_info(&info) else {
            return Lookup::Missing;
        };
        if checksum(&state).ok() != Some((known.bytes, known.hash)) {
            self.remove(key);
            return Lookup::Damaged(state);
        }
        // Used just now. If that cannot be noted, it only goes earlier.
        let _ = File::options()
            .append(true)
            .open(&info)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Lookup::Found(state)
    }

    /// Keeps what `write` writes to the path that it is given.
    pub(super) fn store(
        &self,
        key: &str,
        about: &str,
        tokens: usize,
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        private_folder(&self.folder)?;
        let (state, info) = self.paths(key);
        let file = NamedTempFile::new_in(&self.folder)?;
        write(file.path())?;
        let (bytes, hash) = checksum(file.path())?;
        if bytes > self.limit {
            return Ok(());
        }
        file.as_file().sync_all()?;
        file.persist(&state).map_err(|e| e.error)?;
        let about = about.to_owned();
        let known = CachedPrefix {
            about,
            tokens,
            bytes,
            hash,
        };
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(&known)?)?;
        // By the clock that later uses are noted by; the file system's own lags behind it.
        file.as_file().set_modified(SystemTime::now())?;
        file.as_file().sync_all()?;
        file.persist(&info).map_err(|e| e.error)?;
        self.evict(key);
        Ok(())
    }

    /// All states, those used last first.
    ///
    /// # Errors
    /// [`io::Error`] where the folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<CachedPrefix>> {
        Ok(self
            .entries()?
            .into_iter()
            .map(|(_, known, _)| known)
            .collect())
    }

    /// Removes all states, and what a crash may have left; returns how many bytes.
    ///
    /// # Errors
    /// [`io::Error`] where a file cannot be removed.
    pub fn clear(&self) -> io::Result<u64> {
        let mut bytes = 0;
        let files = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            files => files?,
        };
        for file in files {
            let file = file?;
            // The link's own length: where one points to is not followed.
            let metadata = file.path().symlink_metadata()?;
            if !metadata.is_dir() {
                fs::remove_file(file.path())?;
                bytes += metadata.len();
            }
        }
        Ok(bytes)
    }

    fn paths(&self, key: &str) -> (PathBuf, PathBuf) {
        let path = |ending: &str| self.folder.join(format!("{key}.{ending}"));
        (path("state"), path("json"))
    }

    /// Keys with what is known of them, those used last first.
    fn entries(&self) -> io::Result<Vec<(String, CachedPrefix, SystemTime)>> {
        let files = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut entries = Vec::new();
        for file in files {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let used = path.symlink_metadata().and_then(|m| m.modified());
                let key = path
                    .file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned());
                if let (Some(known), Ok(used), Some(key)) = (read_info(&path), used, key) {
                    entries.push((key, known, used));
                }
            }
        }
        entries.sort_by_key(|&(_, _, used)| std::cmp::Reverse(used));
        Ok(entries)
    }

    /// Removes those used least recently, but for `keep`, until the rest fits.
    fn evict(&self, keep: &str) {
        let mut total: u64 = 0;
        for (key, known, _) in self.entries().unwrap_or_default() {
            let with_it = total.saturating_add(known.bytes);
            if with_it > self.limit && key != keep {
                self.remove(&key);
            } else {
                total = with_it;
            }
        }
    }

    fn remove(&self, key: &str) {
        let (state, info) = self.paths(key);
        // What cannot be removed is found damaged again, or counts against the limit.
        let _ = fs::remove_file(info);
        let _ = fs::remove_file(state);
    }
}

/// Reads `KEY.json`, unless it is a link to somewhere else.
fn read_info(path: &Path) -> Option<CachedPrefix> {
    let is_file = path.symlink_metadata().is_ok_and(|m| m.is_file());
    is_file.then(|| serde_json::from_slice(&fs::read(path).ok()?).ok())?
}

/// The length and the hash of a file, unless it is a link to somewhere else.
fn checksum(path: &Path) -> io::Result<(u64, u64)> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((length, hash.digest()));
        }
        hash.update(&buffer[..n]);
        length += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path, limit: u64) -> PrefixCache {
        PrefixCache {
            folder: folder.join("prefixes"),
            limit,
            worth: Duration::ZERO,
        }
    }

    fn put(cache: &PrefixCache, key: &str, content: &str) {
        cache
            .store(key, key, 1, |path| fs::write(path, content))
            .unwrap();
        // File systems tell times apart by milliseconds.
        std::thread::sleep(Duration::from_millis(20));
    }

    #[test]
    fn what_was_stored_is_found_until_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 100);
        assert_eq!(cache.find("a"), Lookup::Missing);
        put(&cache, "a", "state");
        let Lookup::Found(path) = cache.find("a") else {
            panic!("not found");
        };
        assert_eq!(fs::read_to_string(&path).unwrap(), "state");
        fs::write(&path, "stale").unwrap();
        assert_eq!(cache.find("a"), Lookup::Damaged(path));
        assert_eq!(cache.find("a"), Lookup::Missing);
    }

    #[test]
    fn those_used_least_recently_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 10);
        put(&cache, "a", "aaaa");
        put(&cache, "b", "bbbb");
        assert!(matches!(cache.find("a"), Lookup::Found(_)));
        put(&cache, "c", "cccc");
        assert_eq!(cache.find("b"), Lookup::Missing);
        let about: Vec<String> = cache.list().unwrap().into_iter().map(|k| k.about).collect();
        assert_eq!(about, ["c", "a"]);
        put(&cache, "d", "more than the limit");
        assert_eq!(cache.find("d"), Lookup::Missing);
        assert!(cache.clear().unwrap() > 8);
        assert_eq!(cache.list().unwrap(), []);
    }

    /// As after a clock that was years ahead has been put right.
    #[test]
    fn times_that_are_to_come_cost_nothing_but_order() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 10);
        put(&cache, "a", "aaaa");
        let ahead = SystemTime::now() + Duration::from_secs(1 << 30);
        let info = File::options().append(true).open(cache.paths("a").1);
        info.unwrap().set_modified(ahead).unwrap();
        put(&cache, "b", "bbbb");
        put(&cache, "c", "cccc");
        // What was written last is there, whatever the times say.
        assert!(matches!(cache.find("c"), Lookup::Found(_)));
        let bytes: u64 = cache.list().unwrap().iter().map(|known| known.bytes).sum();
        assert!(bytes <= 10);
        assert!(matches!(cache.find("a"), Lookup::Found(_)));
        assert!(cache.list().unwrap().iter().all(|known| known.about != "b"));
    }

    #[test]
    fn a_length_that_cannot_be_does_not_upset_the_sum() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 10);
        put(&cache, "a", "aaaa");
        let info = fs::read_to_string(cache.folder.join("a.json")).unwrap();
        let huge = info.replace("\"bytes\":4", &format!("\"bytes\":{}", u64::MAX));
        for key in ["b", "c"] {
            fs::write(cache.folder.join(format!("{key}.json")), &huge).unwrap();
        }
        put(&cache, "d", "dddd");
        assert_eq!(cache.list().unwrap().len(), 2);
    }

    #[test]
    fn a_write_that_failed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 100);
        let failed = cache.store("a", "a", 1, |_| Err(io::Error::other("full")));
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_open_folders_are_not_trusted() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 100);
        put(&cache, "a", "state");
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(cache.folder.join("a.state"), &elsewhere).unwrap();
        symlink(&elsewhere, cache.folder.join("a.state")).unwrap();
        assert!(matches!(cache.find("a"), Lookup::Damaged(_)));
        assert!(elsewhere.exists());
        fs::set_permissions(&cache.folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(cache.store("a", "a", 1, |_| Ok(())).is_err());
    }
}
