//! The folder that Hugging Face's programs share: where a file lies in it.
//!
//! `models--OWNER--NAME/` holds `blobs/` (the files, by checksum), `snapshots/COMMIT/`
//! (their names, as links to blobs) and `refs/` (which commit a branch stands for).

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// A file of one of the hub's repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubFile {
    /// `owner/name`.
    pub repository: String,
    /// A commit or a branch.
    pub revision: String,
    /// The file's path in the repository.
    pub file: String,
}

impl HubFile {
    /// A file on the main branch; `None` where this cannot be the name of one.
    #[must_use]
    pub fn new(repository: &str, file: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let (owner, name) = repository.split_once('/')?;
        let named = [owner, name]
            .iter()
            .all(|part| is_component(part) && part.chars().all(plain));
        // They become paths: nothing may lead out of the cache.
        let inside = file.split('/').all(is_component);
        (named && inside).then(|| Self {
            repository: repository.to_owned(),
            revision: "main".to_owned(),
            file: file.to_owned(),
        })
    }

    /// Reads `owner/name:file`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (repository, file) = text.split_once(':')?;
        Self::new(repository, file)
    }

    /// The same file at a revision.
    #[must_use]
    pub fn at(mut self, revision: &str) -> Self {
        revision.clone_into(&mut self.revision);
        self
    }
}

impl fmt::Display for HubFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.file)
    }
}

/// Whether this can be one part of a path, on any system.
pub(super) fn is_component(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && !part.contains(['/', '\\', ':'])
        && !part.contains(char::is_control)
}

/// The cache that Hugging Face's programs share.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many revisions had the file.
    pub revisions: usize,
    /// Bytes that are free again.
    pub bytes: u64,
}

impl Cache {
    /// The one that `HF_HUB_CACHE` or `HF_HOME` names, else the usual one; `None` where
    /// the user has no home folder.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let hub = folder_from("HF_HUB_CACHE").or_else(|| Some(home()?.join("hub")))?;
        Some(Self::new(hub))
    }

    /// One at a place of its own.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a repository.
    #[must_use]
    pub fn repository(&self, repository: &str) -> PathBuf {
        let name = format!("models--{}", repository.replace('/', "--"));
        self.root.join(name)
    }

    /// A file that is here, whole; of several revisions the one asked for, else any.
    #[must_use]
    pub fn find(&self, file: &HubFile) -> Option<PathBuf> {
        let all = self.revisions(file);
        let folder = self.repository(&file.repository);
        let commit = fs::read_to_string(folder.join("refs").join(&file.revision));
        let commit = commit.unwrap_or_else(|_| file.revision.clone());
        let wanted = folder
            .join("snapshots")
            .join(commit.trim())
            .join(&file.file);
        if all.contains(&wanted) {
            return Some(wanted);
        }
        all.into_iter().next()
    }

    /// The file in all revisions that are here.
    fn revisions(&self, file: &HubFile) -> Vec<PathBuf> {
        let snapshots = self.repository(&file.repository).join("snapshots");
        let paths = sorted(&snapshots).into_iter().map(|s| s.join(&file.file));
        paths.filter(|path| path.is_file()).collect()
    }

    /// All GGUF files that are here, the newest revision of each repository's alone.
    #[must_use]
    pub fn files(&self) -> Vec<HubFile> {
        let mut files: Vec<HubFile> = Vec::new();
        for folder in sorted(&self.root) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let Some((owner, name)) = name
                .strip_prefix("models--")
                .and_then(|name| name.split_once("--"))
            else {
                continue;
            };
            for snapshot in sorted(&folder.join("snapshots")) {
                let names = ggufs(&snapshot, 0);
                let names = names.iter().filter_map(|p| p.strip_prefix(&snapshot).ok());
                let found = names.filter_map(|path| {
                    let path = path.to_str()?.replace('\\', "/");
                    HubFile::new(&format!("{owner}/{name}"), &path)
                });
                for file in found.collect::<Vec<_>>() {
                    if !files.contains(&file) {
                        files.push(file);
                    }
                }
            }
        }
        files
    }

    /// Deletes a file in all its revisions, and its content where no other name leads to it.
    ///
    /// # Errors
    /// An [`io::Error`] with the path that could not be deleted.
    pub fn remove(&self, file: &HubFile) -> Result<Removed, (PathBuf, io::Error)> {
        let folder = self.repository(&file.repository);
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| (path, error)
        };
        let mut removed = Removed::default();
        for path in self.revisions(file) {
            let size = fs::metadata(&path).map_or(0, |meta| meta.len());
            let blob = fs::canonicalize(&path).ok();
            fs::remove_file(&path).map_err(at(&path))?;
            removed.revisions += 1;
            match blob {
                Some(blob) if blob.exists() => {
                    if !leads_to(&folder.join("snapshots"), &blob, 0) {
                        fs::remove_file(&blob).map_err(at(&blob))?;
                        removed.bytes += size;
                    }
                }
                // It was no link but the file itself.
                _ => removed.bytes += size,
            }
            prune(&path, &folder.join("snapshots"));
        }
        if sorted(&folder.join("snapshots")).is_empty() && folder.exists() {
            // What is left is the name of a branch, and what half a download has brought.
            for path in sorted(&folder.join("blobs")) {
                removed.bytes += fs::metadata(&path).map_or(0, |meta| meta.len());
            }
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
        Ok(removed)
    }
}

/// Hugging Face's own folder.
pub(super) fn home() -> Option<PathBuf> {
    folder_from("HF_HOME").or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        let cache = folder_from("XDG_CACHE_HOME").unwrap_or(base.home_dir().join(".cache"));
        Some(cache.join("huggingface"))
    })
}

/// A folder that an environment variable names; an empty one names none.
fn folder_from(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Whether any link below a folder leads to a file.
fn leads_to(folder: &Path, blob: &Path, depth: usize) -> bool {
    sorted(folder).iter().any(|path| {
        if path.is_dir() && depth < 8 {
            return leads_to(path, blob, depth + 1);
        }
        fs::canonicalize(path).is_ok_and(|target| target == blob)
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

/// The GGUF files below a folder; a link that leads nowhere is none.
fn ggufs(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in sorted(folder) {
        if path.is_dir() && depth < 4 {
            found.extend(ggufs(&path, depth + 1));
        } else if is_gguf(&path) && path.is_file() {
            found.push(path);
        }
    }
    found
}

/// Whether a file is called a GGUF file.
pub(super) fn is_gguf(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
}

/// What lies in a folder, in the order of names; nothing where there is no folder.
pub(super) fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache in which two revisions have one file, and one of them another as well.
    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path().join("models--o--r");
        for (blob, content) in [("aa", "12345"), ("bb", "123")] {
            fs::create_dir_all(repository.join("blobs")).unwrap();
            fs::write(repository.join("blobs").join(blob), content).unwrap();
        }
        for (commit, name, blob) in [
            ("c1", "a.gguf", "aa"),
            ("c2", "a.gguf", "aa"),
            ("c2", "b.gguf", "bb"),
        ] {
            let snapshot = repository.join("snapshots").join(commit);
            fs::create_dir_all(&snapshot).unwrap();
            let target = Path::new("../../blobs").join(blob);
            std::os::unix::fs::symlink(target, snapshot.join(name)).unwrap();
        }
        let cache = Cache::new(folder.path().to_owned());
        (folder, cache)
    }

    #[test]
    fn a_name_that_leads_out_of_the_cache_is_none() {
        for bad in [
            "a:b", "a/b:", "/b:c", "a/..:c", "a/b:../c", "a/b:/c", "a/b/c:d", "a/b:c\\d",
            "a b/c:d", "a/b:c:d",
        ] {
            assert_eq!(HubFile::parse(bad), None, "{bad}");
        }
        let file = HubFile::parse("o/r.1:sub/a b.gguf").unwrap();
        assert_eq!(file.to_string(), "o/r.1:sub/a b.gguf");
    }

    #[test]
    fn the_revision_that_the_branch_stands_for_is_taken() {
        let (folder, cache) = cache();
        let file = HubFile::parse("o/r:a.gguf").unwrap();
        let snapshots = folder.path().join("models--o--r/snapshots");
        assert_eq!(cache.find(&file), Some(snapshots.join("c1/a.gguf")));
        let refs = folder.path().join("models--o--r/refs");
        fs::create_dir_all(&refs).unwrap();
        fs::write(refs.join("main"), "c2\n").unwrap();
        assert_eq!(cache.find(&file), Some(snapshots.join("c2/a.gguf")));
        let pinned = file.at("c1");
        assert_eq!(cache.find(&pinned), Some(snapshots.join("c1/a.gguf")));
        assert_eq!(cache.files().len(), 2);
    }

    #[test]
    fn content_goes_with_the_last_name_that_leads_to_it() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let (revisions, bytes) = (2, 5);
        let removed = cache.remove(&HubFile::parse("o/r:a.gguf").unwrap());
        assert_eq!(removed.unwrap(), Removed { revisions, bytes });
        assert!(!repository.join("blobs/aa").exists());
        assert!(!repository.join("snapshots/c1").exists());
        assert!(repository.join("snapshots/c2/b.gguf").is_file());
        let last = HubFile::parse("o/r:b.gguf").unwrap();
        fs::write(repository.join("blobs/cc.incomplete"), "12").unwrap();
        assert_eq!(cache.remove(&last).unwrap().bytes, 3 + 2);
        assert!(!repository.exists());
        assert_eq!(cache.remove(&last).unwrap(), Removed::default());
    }

    #[test]
    fn content_that_another_name_leads_to_stays() {
        let (folder, cache) = cache();
        let repository = folder.path().join("models--o--r");
        let copy = repository.join("snapshots/c1/copy.gguf");
        std::os::unix::fs::symlink("../../blobs/bb", copy).unwrap();
        let file = HubFile::parse("o/r:b.gguf").unwrap();
        let (revisions, bytes) = (1, 0);
        assert_eq!(cache.remove(&file).unwrap(), Removed { revisions, bytes });
        assert!(repository.join("blobs/bb").exists());
    }
}
