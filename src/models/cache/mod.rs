//! The folder that Hugging Face's programs share: where a file lies in it.
//!
//! `models--OWNER--NAME/` holds `blobs/` (the files, by checksum), `snapshots/COMMIT/`
//! (their names, as links to blobs) and `refs/` (which commit a branch stands for). What
//! these are called is asked of Hugging Face's own crate, `hf-hub`.

mod place;
mod remove;

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use hf_hub::{CacheRepo, Repo, RepoType};

use crate::models::folder::{is_gguf, sorted};
use crate::models::hub_file::{HubFile, is_component};

#[cfg(feature = "download")]
pub(super) use crate::models::cache::place::{folder_from, home};
pub use crate::models::cache::remove::{RemoveError, Removed};

/// The cache that Hugging Face's programs share.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The one that `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE` or `HF_HOME` names, else the
    /// usual one; `None` if the user has no home folder.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        place::hub().map(Self::new)
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
        let repo = Repo::model(repository.to_owned());
        self.root.join(repo.folder_name())
    }

    /// A repository at a revision, as Hugging Face's own crate sees it.
    fn repo(&self, file: &HubFile) -> CacheRepo {
        let (name, revision) = (file.repository.clone(), file.revision().to_owned());
        let repo = Repo::with_revision(name, RepoType::Model, revision);
        hf_hub::Cache::new(self.root.clone()).repo(repo)
    }

    /// Notes which commit a file's revision stands for now.
    #[cfg(feature = "download")]
    pub(super) fn set_commit(
        &self,
        file: &HubFile,
        commit: &str,
    ) -> Result<(), (PathBuf, std::io::Error)> {
        let refs = self.repository(&file.repository).join("refs");
        let created = self.repo(file).create_ref(commit);
        created.map_err(|error| (refs.join(file.revision()), error))
    }

    /// A file that is here, whole. One that is asked for at a revision is that one or none;
    /// else it is that of the main branch, or if that is not here, the one that came last.
    #[must_use]
    pub fn find(&self, file: &HubFile) -> Option<PathBuf> {
        if let Some(path) = self.at_revision(file) {
            return Some(path);
        }
        if file.revision.is_some() {
            return None;
        }
        let came = |path: &PathBuf| {
            let modified = path.symlink_metadata().and_then(|meta| meta.modified());
            modified.unwrap_or(SystemTime::UNIX_EPOCH)
        };
        let all = self.names(file).into_iter().filter(|path| path.is_file());
        all.max_by_key(came)
    }

    /// The file at its revision.
    fn at_revision(&self, file: &HubFile) -> Option<PathBuf> {
        let path = self.name_at_revision(file)?;
        path.is_file().then_some(path)
    }

    /// Its name at its revision, whether or not that leads anywhere.
    fn name_at_revision(&self, file: &HubFile) -> Option<PathBuf> {
        let snapshots = self.snapshots(&file.repository);
        // A ref is a text that anybody may have written: it names a folder there or nothing.
        let is_inside = |path: &PathBuf| {
            let inside = path.strip_prefix(&snapshots);
            inside.is_ok_and(|path| path.components().all(|c| matches!(c, Component::Normal(_))))
        };
        let repo = self.repo(file);
        if let Some(path) = repo.get(&file.file).filter(is_inside) {
            return Some(path);
        }
        // A commit has no ref, and one that was written by hand may end its line.
        let reference = self.repository(&file.repository).join("refs");
        let reference = fs::read_to_string(reference.join(file.revision()));
        let commit = reference.as_deref().unwrap_or(file.revision()).trim();
        let path = is_component(commit).then(|| repo.pointer_path(commit).join(&file.file));
        path.filter(|path| is_inside(path) && path.symlink_metadata().is_ok())
    }

    /// The file's names in all revisions that are here, or in the one that is asked for;
    /// they may be links that lead nowhere.
    fn names(&self, file: &HubFile) -> Vec<PathBuf> {
        if file.revision.is_some() {
            return self.name_at_revision(file).into_iter().collect();
        }
        let snapshots = self.revisions(&file.repository).into_iter();
        let names = snapshots.map(|snapshot| snapshot.join(&file.file));
        names
            .filter(|path| path.symlink_metadata().is_ok())
            .collect()
    }

    fn snapshots(&self, repository: &str) -> PathBuf {
        self.repository(repository).join("snapshots")
    }

    /// The folders of a repository's revisions.
    pub(super) fn revisions(&self, repository: &str) -> Vec<PathBuf> {
        sorted(&self.snapshots(repository))
    }

    /// All GGUF files that are here, each name of a repository once.
    #[must_use]
    pub fn files(&self) -> Vec<HubFile> {
        let folders = sorted(&self.root).into_iter();
        let names = folders.filter_map(|folder| {
            let name = folder.file_name()?.to_str()?.strip_prefix("models--")?;
            Some(name.replacen("--", "/", 1))
        });
        names.flat_map(|name| self.files_of(&name)).collect()
    }

    /// The GGUF files of a repository that are here, each name once.
    #[must_use]
    pub fn files_of(&self, repository: &str) -> Vec<HubFile> {
        let mut files: Vec<HubFile> = Vec::new();
        for snapshot in self.revisions(repository) {
            for path in ggufs(&snapshot, 0) {
                let name = path.strip_prefix(&snapshot).ok().and_then(Path::to_str);
                let file = name.and_then(|n| HubFile::new(repository, &n.replace('\\', "/")));
                files.extend(file.filter(|file| !files.contains(file)));
            }
        }
        files
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache in which two revisions have one file, and one of them another as well.
    pub(super) fn cache() -> (tempfile::TempDir, Cache) {
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
    fn the_revision_that_the_branch_stands_for_is_taken() {
        let (folder, cache) = cache();
        let file = HubFile::parse("o/r:a.gguf").unwrap();
        let snapshots = folder.path().join("models--o--r/snapshots");
        let refs = folder.path().join("models--o--r/refs");
        fs::create_dir_all(&refs).unwrap();
        for (written, commit) in [("c1", "c1"), ("c2", "c2"), ("c1\n", "c1")] {
            fs::write(refs.join("main"), written).unwrap();
            let path = snapshots.join(commit).join("a.gguf");
            assert_eq!(cache.find(&file), Some(path));
        }
        let pinned = file.at("c2");
        assert_eq!(cache.find(&pinned), Some(snapshots.join("c2/a.gguf")));
        assert_eq!(cache.files().len(), 2);
    }

    #[test]
    fn what_is_asked_for_at_a_revision_is_that_or_nothing() {
        let (folder, cache) = cache();
        let file = HubFile::parse("o/r:b.gguf").unwrap();
        // At no revision in particular, without a branch: the one there is.
        assert!(cache.find(&file).is_some());
        let refs = folder.path().join("models--o--r/refs");
        fs::create_dir_all(&refs).unwrap();
        fs::write(refs.join("v1"), "c1").unwrap();
        fs::write(refs.join("out"), "../../models--o--r/snapshots/c2").unwrap();
        for revision in ["c1", "c3", "v1", "v2", "main", "out", "refs/pr/1"] {
            assert_eq!(cache.find(&file.clone().at(revision)), None, "{revision}");
        }
        assert!(cache.find(&file.at("c2")).is_some());
    }
}
