//! Which model file is meant, and where it lies on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::models::builtin::{BUILT_IN_NAME, WriteError, built_in};

/// What the files of the model that this program is made for begin with.
const PREFERRED: &str = "minicpm3-4b";

/// A model file, and how it came to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// The user named it.
    Named(PathBuf),
    /// Nobody named one, and MiniCPM3-4B lies where it is looked for.
    Found(PathBuf),
    /// The built-in one, asked for or for want of another.
    BuiltIn {
        /// Where it was written to.
        path: PathBuf,
        /// Whether the user asked for it.
        named: bool,
    },
}

impl Located {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Found(path) | Self::BuiltIn { path, .. } => path,
        }
    }
}

/// Finds the model: the one named, else MiniCPM3-4B in `models/` or in the Hugging
/// Face cache, else the built-in one. Touches no network.
///
/// # Errors
/// [`WriteError`] where the built-in one is meant and cannot be written out.
pub fn locate(named: Option<&Path>) -> Result<Located, WriteError> {
    match named {
        Some(name) if name == Path::new(BUILT_IN_NAME) && !name.exists() => Ok(Located::BuiltIn {
            path: built_in()?,
            named: true,
        }),
        Some(path) => Ok(Located::Named(path.to_owned())),
        None => match folders().iter().find_map(|folder| preferred_in(folder)) {
            Some(path) => Ok(Located::Found(path)),
            None => Ok(Located::BuiltIn {
                path: built_in()?,
                named: false,
            }),
        },
    }
}

/// Where MiniCPM3-4B may lie: `models/` here, and each revision in the cache that
/// Hugging Face's programs share.
fn folders() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("models")];
    let home = std::env::var_os("HF_HOME").map(PathBuf::from).or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.home_dir().join(".cache/huggingface"))
    });
    let hub = std::env::var_os("HF_HUB_CACHE")
        .map(PathBuf::from)
        .or(home.map(|home| home.join("hub")));
    if let Some(hub) = hub {
        let snapshots = hub.join("models--openbmb--MiniCPM3-4B-GGUF/snapshots");
        folders.extend(sorted(&snapshots));
    }
    folders
}

/// A GGUF file of MiniCPM3-4B in a folder; of several the smallest, since a quantised
/// one is what fits most machines.
fn preferred_in(folder: &Path) -> Option<PathBuf> {
    let is_preferred = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        name.starts_with(PREFERRED)
            && path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
    };
    let size = |path: &PathBuf| fs::metadata(path).map_or(u64::MAX, |meta| meta.len());
    sorted(folder)
        .into_iter()
        .filter(is_preferred)
        .min_by_key(size)
}

/// What lies in a folder, in the order of names; nothing where there is no folder.
fn sorted(folder: &Path) -> Vec<PathBuf> {
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

    #[test]
    fn the_smallest_file_of_the_preferred_model_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for (name, size) in [
            ("MiniCPM3-4B-f16.gguf", 9),
            ("minicpm3-4b-q4_k_m.gguf", 5),
            ("other.gguf", 1),
        ] {
            fs::write(folder.path().join(name), vec![0; size]).unwrap();
        }
        let found = preferred_in(folder.path()).unwrap();
        assert_eq!(found.file_name().unwrap(), "minicpm3-4b-q4_k_m.gguf");
        assert_eq!(preferred_in(&folder.path().join("missing")), None);
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let path = Path::new("some/model.gguf");
        assert_eq!(locate(Some(path)).unwrap(), Located::Named(path.to_owned()));
    }
}
