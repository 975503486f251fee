//! Where things lie, and whether they can be used.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Serialize;

use crate::models::Cache;

/// A folder or a file of the program's.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    pub(super) what: &'static str,
    pub(super) path: PathBuf,
    pub(super) exists: bool,
    /// What does not work there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<String>,
}

/// What is kept, read and looked for.
pub(super) fn places() -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |what, path: PathBuf, fault| {
        let exists = path.exists();
        places.push(Place {
            what,
            path,
            exists,
            fault,
        });
    };
    if let Ok(base) = etcetera::choose_base_strategy() {
        let cache = base.cache_dir().join("minitag");
        let fault = cannot_write(&cache).or_else(|| open_to_others(&cache.join("prefixes")));
        add("cache", cache, fault);
        let config = base.config_dir().join("minitag");
        add("options", config.join("minitag.toml"), None);
        add("registry", config.join("registry.toml"), None);
    }
    add("options here", PathBuf::from("minitag.toml"), None);
    add("models here", PathBuf::from("models"), None);
    if let Some(cache) = Cache::from_env() {
        add("Hugging Face cache", cache.root().to_owned(), None);
    }
    places
}

/// Why nothing can be written into a folder, or into the one that it would be made in.
fn cannot_write(folder: &Path) -> Option<String> {
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let tried = tempfile::Builder::new()
        .prefix(".minitag-doctor")
        .tempfile_in(there);
    let error = tried.err()?;
    // The system's words alone: the name of the file that was tried helps nobody.
    let reason = error.kind();
    Some(format!("cannot write into `{}`: {reason}", there.display()))
}

/// Whether others can write into a folder: then no state of a tag list is kept there.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(folder).ok()?.permissions().mode();
    (mode & 0o002 != 0).then(|| {
        format!(
            "anybody can write into `{}`: no tag list's state is kept there",
            folder.display()
        )
    })
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<String> {
    None
}
