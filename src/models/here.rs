//! What of the hub is on this machine: in the cache of Hugging Face's programs, if this build
//! knows it (feature `hub`), else nothing.

use std::path::PathBuf;

#[cfg(feature = "hub")]
use crate::models::cache::Cache;
use crate::models::hub_file::HubFile;

/// A file.
#[cfg(feature = "hub")]
pub(super) fn find(file: &HubFile) -> Option<PathBuf> {
    Cache::from_env()?.find(file)
}

/// The GGUF files of a repository.
#[cfg(feature = "hub")]
pub(super) fn files_of(repository: &str) -> Vec<HubFile> {
    Cache::from_env().map_or_else(Vec::new, |cache| cache.files_of(repository))
}

/// The folders of a repository's revisions.
#[cfg(feature = "hub")]
pub(super) fn revisions(repository: &str) -> Vec<PathBuf> {
    Cache::from_env().map_or_else(Vec::new, |cache| cache.revisions(repository))
}

#[cfg(not(feature = "hub"))]
pub(super) fn find(_: &HubFile) -> Option<PathBuf> {
    None
}

#[cfg(not(feature = "hub"))]
pub(super) fn files_of(_: &str) -> Vec<HubFile> {
    Vec::new()
}

#[cfg(not(feature = "hub"))]
pub(super) fn revisions(_: &str) -> Vec<PathBuf> {
    Vec::new()
}
