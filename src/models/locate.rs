//! Which model file is meant, and where it lies on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use crate::models::builtin::{BUILT_IN_NAME, WriteError, built_in};
use crate::models::folder::{is_gguf, sorted};
use crate::models::here;
use crate::models::hub_file::HubFile;
use crate::models::names::HubName;
use crate::models::ollama::{self, OllamaError};
use crate::models::registry::{ChatFormat, Entry, Registry, RegistryError};

/// What the files of the model that this program is made for begin with.
const PREFERRED: &str = "minicpm3-4b";

/// The repository that it is in.
const PREFERRED_REPOSITORY: &str = "openbmb/MiniCPM3-4B-GGUF";

/// Where models of one's own lie, seen from here.
const MODELS: &str = "models";

/// A model file, and how it came to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// The user named it.
    Named(PathBuf),
    /// The user named it as the registry does.
    Registered {
        /// Where it lies.
        path: PathBuf,
        /// What the registry says of it.
        entry: Box<Entry>,
    },
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
    /// Whether it is a file of `models/` that was taken for one of the hub's by its name alone.
    fn by_name_alone(&self) -> bool {
        let Self::Registered { path, entry } = self else {
            return false;
        };
        entry.path.is_none() && entry.sha256.is_none() && path.starts_with(MODELS)
    }

    /// Says so if it is such a file.
    #[must_use]
    pub fn taken_by_name(&self) -> Option<String> {
        let Self::Registered { path, entry } = self else {
            return None;
        };
        self.by_name_alone().then(|| {
            let (path, name) = (path.display(), &entry.name);
            format!(
                "`{path}` is taken for `{name}` by its name alone: the Hugging Face cache does not \
                 have it"
            )
        })
    }

    /// How the model marks turns, if the registry says so.
    #[must_use]
    pub fn chat_format(&self) -> Option<ChatFormat> {
        match self {
            Self::Registered { entry, .. } => entry.scaffold,
            _ => None,
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path)
            | Self::Found(path)
            | Self::Registered { path, .. }
            | Self::BuiltIn { path, .. } => path,
        }
    }
}

/// Why there is no model file of a name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// The built-in one cannot be written out.
    #[error(transparent)]
    BuiltIn(#[from] WriteError),
    /// The user's registry cannot be used.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It is known, but not on this machine.
    #[error("the model `{name}` is not on this machine")]
    NotHere {
        /// As the user named it.
        name: String,
        /// Where the hub has it.
        file: HubFile,
        /// A file of the same name in `models/`, which is not known to be it.
        like: Option<PathBuf>,
    },
    /// It is known, but nobody has made a GGUF file of it.
    #[error("the model `{name}` is published without a GGUF file")]
    NoGguf {
        /// As the user named it.
        name: String,
        /// The repository of the weights that one can be made from.
        weights: Option<String>,
    },
    /// A repository of the hub, of which not one file alone is meant.
    #[error("`{name}` does not name one file of the hub")]
    NoFile {
        /// As the user named it.
        name: String,
        /// What it points to.
        hub: HubName,
    },
    /// A model of Ollama that cannot be taken.
    #[error(transparent)]
    Ollama(#[from] OllamaError),
    /// Neither a file nor known.
    #[error("there is neither a file nor a known model `{name}`")]
    Unknown {
        /// As the user named it.
        name: String,
    },
}

/// What a name on the command line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A file on this machine, or what is to be one.
    File(PathBuf),
    /// A model of the registry.
    Entry(Box<Entry>),
    /// A file of the hub.
    Hub(HubFile),
}

/// Reads a name: a file that is there is itself, whatever else has its name.
///
/// # Errors
/// [`LocateError::NoFile`] where it names a repository of which not one file alone is meant,
/// [`LocateError::Ollama`] where it names a model of Ollama that cannot be taken, and
/// [`LocateError::Unknown`] where it is nothing of that.
pub fn meaning(name: &Path, registry: &Registry) -> Result<Meaning, LocateError> {
    if let Some(path) = ollama::named(name)? {
        return Ok(Meaning::File(path));
    }
    let file = || Ok(Meaning::File(name.to_owned()));
    let Some(text) = name.to_str().filter(|_| !name.is_file()) else {
        return file();
    };
    if let Some(entry) = registry.get(text) {
        return Ok(Meaning::Entry(Box::new(entry.clone())));
    }
    // What has another ending is a file only if the cache has it.
    let is_file = |file: &HubFile| is_gguf(file.file.as_ref()) || here::find(file).is_some();
    if let Some(file) = HubFile::parse(text).filter(is_file) {
        return Ok(Meaning::Hub(file));
    }
    // A path into a folder that is here is one, however it ends.
    let begins_here = name.parent().is_some_and(|folder| {
        let first = folder.iter().next();
        first.is_some_and(|first| Path::new(first).is_dir())
    });
    let hub = HubName::parse(text).filter(|_| !begins_here);
    if let Some(file) = hub.as_ref().and_then(HubName::meant) {
        return Ok(Meaning::Hub(file));
    }
    let is_path = is_gguf(name) || text.contains(['/', '\\']) || name.exists();
    let name = text.to_owned();
    match hub {
        Some(hub) => Err(LocateError::NoFile { name, hub }),
        None if is_path => file(),
        None => Err(LocateError::Unknown { name }),
    }
}

/// Finds the model: the one named, else MiniCPM3-4B in `models/` or in the Hugging
/// Face cache, else the built-in one. Touches no network.
///
/// # Errors
/// [`LocateError`] where there is no such model here.
pub fn locate(named: Option<&Path>) -> Result<Located, LocateError> {
    let Some(name) = named else {
        return match folders().iter().find_map(|folder| preferred_in(folder)) {
            Some(path) => Ok(Located::Found(path)),
            None => Ok(Located::BuiltIn {
                path: built_in()?,
                named: false,
            }),
        };
    };
    // The user's registry matters only where the name is not a file's.
    if name.is_file() {
        let path = ollama::named(name)?;
        return Ok(Located::Named(path.unwrap_or_else(|| name.to_owned())));
    }
    match meaning(name, &Registry::load()?)? {
        Meaning::File(path) => Ok(Located::Named(path)),
        Meaning::Hub(file) => match here::find(&file) {
            Some(path) => Ok(Located::Named(path)),
            None => Err(LocateError::NotHere {
                name: name.display().to_string(),
                file,
                like: None,
            }),
        },
        Meaning::Entry(entry) => registered(entry),
    }
}

/// Where a model of the registry lies.
fn registered(entry: Box<Entry>) -> Result<Located, LocateError> {
    if entry.built_in && entry.name == BUILT_IN_NAME {
        let (path, named) = (built_in()?, true);
        return Ok(Located::BuiltIn { path, named });
    }
    if let Some(path) = find_entry(&entry) {
        return Ok(Located::Registered { path, entry });
    }
    let name = entry.name.clone();
    Err(match entry.hub_file() {
        Some(file) => LocateError::NotHere {
            name,
            like: in_models(&file),
            file,
        },
        None => LocateError::NoGguf {
            name,
            weights: entry.weights.clone(),
        },
    })
}

/// The file of a registry's model that is no built-in one: the user's own, else in the
/// Hugging Face cache, else in `models/`. There a name alone says little, so that it has to be
/// held by the registry's SHA-256 ([`crate::models::verify`]), or the registry asks for no
/// revision.
#[must_use]
pub fn find_entry(entry: &Entry) -> Option<PathBuf> {
    if let Some(path) = &entry.path {
        return Some(path.clone());
    }
    let file = entry.hub_file()?;
    let by_name = || {
        let told_apart = entry.sha256.is_some() || entry.revision.is_none();
        told_apart.then(|| in_models(&file)).flatten()
    };
    here::find(&file).or_else(by_name)
}

/// A file in `models/` that is called as one of the hub's is.
fn in_models(file: &HubFile) -> Option<PathBuf> {
    let name = Path::new(&file.file).file_name()?;
    let same = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    sorted(Path::new(MODELS)).into_iter().find(same)
}

/// Where MiniCPM3-4B may lie: `models/` here, and each revision in the cache that
/// Hugging Face's programs share.
fn folders() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(MODELS)];
    folders.extend(here::revisions(PREFERRED_REPOSITORY));
    folders
}

/// A GGUF file of MiniCPM3-4B in a folder; of several the smallest, since a quantised
/// one is what fits most machines.
fn preferred_in(folder: &Path) -> Option<PathBuf> {
    let is_preferred = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.to_lowercase().starts_with(PREFERRED) && is_gguf(path)
    };
    let size = |path: &PathBuf| fs::metadata(path).map_or(u64::MAX, |meta| meta.len());
    sorted(folder)
        .into_iter()
        .filter(is_preferred)
        .min_by_key(size)
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
        for path in ["some/model.gguf", "model.gguf", "C:/m/x"].map(Path::new) {
            assert_eq!(locate(Some(path)).unwrap(), Located::Named(path.to_owned()));
        }
    }

    #[test]
    fn a_name_is_a_registered_model_or_a_file_of_the_hub() {
        let registry = Registry::load().unwrap();
        let meaning = |name: &str| meaning(Path::new(name), &registry);
        let Meaning::Entry(entry) = meaning("minicpm-2b-sft").unwrap() else {
            panic!("not in the registry");
        };
        assert_eq!(entry.context, Some(4096));
        let hub = HubFile::parse("o/r:a.gguf").unwrap();
        assert_eq!(meaning("o/r:a.gguf").unwrap(), Meaning::Hub(hub));
        assert_eq!(
            meaning("o/r:Q4_K_M").unwrap_err().to_string(),
            "`o/r:Q4_K_M` does not name one file of the hub"
        );
        // The folder `tests` is here.
        assert!(matches!(meaning("tests/nothing"), Ok(Meaning::File(_))));
        assert_eq!(
            meaning("gpt").unwrap_err().to_string(),
            "there is neither a file nor a known model `gpt`"
        );
    }
}
