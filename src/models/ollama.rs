//! Models that Ollama has brought to this machine.
//!
//! Its folder holds `manifests/HOST/OWNER/NAME/TAG`, JSON that lists the layers of a model, and
//! `blobs/`, the layers by their SHA-256. One of them is a GGUF file. Ollama itself is never
//! asked, and need not run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::models::folder::sorted;
use crate::models::hub_file::is_component;

/// What names of Ollama's models begin with on the command line.
const PREFIX: &str = "ollama:";

/// What Ollama puts before a name, if it has fewer parts.
const HOST: &str = "registry.ollama.ai";
const OWNER: &str = "library";

/// The tag that is meant if none is named.
const LATEST: &str = "latest";

/// Where Ollama keeps models if it runs as a service of a Linux system.
const OF_SERVICE: &str = "/usr/share/ollama/.ollama/models";

/// Kinds of layers.
const MODEL: &str = "application/vnd.ollama.image.model";
const ADAPTER: &str = "application/vnd.ollama.image.adapter";

/// Why a model of Ollama cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OllamaError {
    /// It has none of that name here.
    #[error("there is no model `{name}` of Ollama on this machine")]
    NotHere {
        /// As the user named it.
        name: String,
        /// The names of those that are here.
        here: Vec<String>,
    },
    /// Its manifest cannot be read.
    #[error("cannot read the manifest `{}`", path.display())]
    Io {
        /// The manifest.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Its manifest is another kind of file.
    #[error("`{}` is not a manifest of Ollama", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// It is not a single GGUF file.
    #[error("the manifest `{}` lists {count} GGUF files instead of one", path.display())]
    Count {
        /// The manifest.
        path: PathBuf,
        /// How many it lists.
        count: usize,
    },
    /// It is a model and an adapter on it.
    #[error("the manifest `{}` lists an adapter beside the model", path.display())]
    Adapter {
        /// The manifest.
        path: PathBuf,
        /// The model's file.
        model: PathBuf,
        /// The adapter's file.
        adapter: PathBuf,
    },
}

impl OllamaError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotHere { here, .. } if here.is_empty() => {
                Some("`OLLAMA_MODELS` names the folder where Ollama keeps its models".to_owned())
            }
            Self::NotHere { here, .. } => {
                let here: Vec<String> = here.iter().map(|name| format!("`{name}`")).collect();
                Some(format!("here are {}", here.join(", ")))
            }
            Self::Adapter { model, adapter, .. } => {
                let (model, adapter) = (model.display(), adapter.display());
                Some(format!("`-m {model} --lora {adapter}` takes both"))
            }
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "mediaType")]
    kind: String,
    digest: String,
}

/// The file of a model that is named `ollama:NAME:TAG`, or by the path of its manifest; `None`
/// if a name is neither.
///
/// # Errors
/// [`OllamaError`] if there is no such model, or it is not a single file.
pub(super) fn named(name: &Path) -> Result<Option<PathBuf>, OllamaError> {
    if name.is_file() {
        return match store_of(name) {
            Some(store) => model_of(name, store).map(Some),
            None => Ok(None),
        };
    }
    let Some(model) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
        return Ok(None);
    };
    let stores = stores();
    let found = parts(model).and_then(|parts| {
        let mut all = stores
            .iter()
            .map(|store| (manifests(store).join(&parts), store));
        all.find(|(manifest, _)| manifest.is_file())
    });
    match found {
        Some((manifest, store)) => model_of(&manifest, store).map(Some),
        None => Err(OllamaError::NotHere {
            name: model.to_owned(),
            here: stores.iter().flat_map(|store| names_in(store)).collect(),
        }),
    }
}

/// Where Ollama may keep its models: where `OLLAMA_MODELS` says, else the user's own and those
/// of the service.
fn stores() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os("OLLAMA_MODELS").filter(|f| !f.is_empty()) {
        return vec![folder.into()];
    }
    let base = etcetera::choose_base_strategy().ok();
    let own = base.map(|base| base.home_dir().join(".ollama/models"));
    own.into_iter().chain([OF_SERVICE.into()]).collect()
}

fn manifests(store: &Path) -> PathBuf {
    store.join("manifests")
}

/// The path of a manifest, from `NAME`, `NAME:TAG`, `OWNER/NAME:TAG` or `HOST/OWNER/NAME:TAG`.
fn parts(model: &str) -> Option<PathBuf> {
    let (name, tag) = model.split_once(':').unwrap_or((model, LATEST));
    let mut parts: Vec<&str> = name.split('/').collect();
    for missing in [OWNER, HOST].iter().skip(parts.len() - 1) {
        parts.insert(0, missing);
    }
    parts.push(tag);
    let is_path = parts.len() == 4 && parts.iter().all(|part| is_component(part));
    is_path.then(|| parts.iter().collect())
}

/// The names of the models that a folder holds.
fn names_in(store: &Path) -> Vec<String> {
    let root = manifests(store);
    let mut folders = vec![root.clone()];
    for _ in 0..3 {
        folders = folders.iter().flat_map(|folder| sorted(folder)).collect();
    }
    let tags = folders.iter().flat_map(|folder| sorted(folder));
    let name = |path: PathBuf| {
        let path = path.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        let (name, tag) = path.rsplit_once('/')?;
        let name = name.strip_prefix(&format!("{HOST}/")).unwrap_or(name);
        let name = name.strip_prefix(&format!("{OWNER}/")).unwrap_or(name);
        Some(format!("{PREFIX}{name}:{tag}"))
    };
    tags.filter_map(name).collect()
}

/// The folder to which a file belongs as a manifest, if it does.
fn store_of(file: &Path) -> Option<&Path> {
    let mut folders = file.ancestors().skip(1);
    let manifests = folders.find(|folder| folder.ends_with("manifests"))?;
    let store = manifests.parent()?;
    store.join("blobs").is_dir().then_some(store)
}

/// The GGUF file of the model that a manifest describes.
fn model_of(manifest: &Path, store: &Path) -> Result<PathBuf, OllamaError> {
    let path = || manifest.to_owned();
    let text = fs::read_to_string(manifest).map_err(|source| OllamaError::Io {
        path: path(),
        source,
    })?;
    let read: Manifest = serde_json::from_str(&text).map_err(|source| OllamaError::Manifest {
        path: path(),
        source,
    })?;
    let blobs = |kind: &str| -> Vec<PathBuf> {
        let layers = read.layers.iter().filter(|layer| layer.kind == kind);
        let names = layers.map(|layer| layer.digest.replace(':', "-"));
        let names = names.filter(|name| is_component(name));
        names.map(|name| store.join("blobs").join(name)).collect()
    };
    let models = blobs(MODEL);
    let [model] = &models[..] else {
        let count = models.len();
        return Err(OllamaError::Count {
            path: path(),
            count,
        });
    };
    match blobs(ADAPTER).pop() {
        Some(adapter) => Err(OllamaError::Adapter {
            path: path(),
            model: model.clone(),
            adapter,
        }),
        None => Ok(model.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_manifest() {
        for (name, path) in [
            ("a", "registry.ollama.ai/library/a/latest"),
            ("a:1b-q4_0", "registry.ollama.ai/library/a/1b-q4_0"),
            ("me/a:x", "registry.ollama.ai/me/a/x"),
            ("hf.co/o/r:Q4_K_M", "hf.co/o/r/Q4_K_M"),
        ] {
            assert_eq!(parts(name), Some(path.into()), "{name}");
        }
        for name in ["", "a:", ":x", "../a", "a/b/c/d", "a:x/y", "a:x:y"] {
            assert_eq!(parts(name), None, "{name}");
        }
    }
}
