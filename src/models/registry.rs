//! The models known by name: a list inside the program, and the user's own.

use std::io;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::models::hub_file::{HubFile, is_component};

/// The list inside the program.
const BUILT_IN: &str = include_str!("../../models/registry.toml");

/// How a model marks the turns of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatFormat {
    /// `<|im_start|>user … <|im_end|>`.
    ChatMl,
    /// `<用户>…<AI>`.
    MiniCpm,
}

/// A model's shape, as its configuration has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// How many layers it has.
    pub layers: u64,
    /// Attention heads of a layer.
    pub heads: u64,
    /// Heads of keys and values.
    pub kv_heads: u64,
    /// Numbers in a head's key.
    pub key_length: u64,
    /// Numbers in a head's value.
    pub value_length: u64,
    /// Numbers in the vector of a token.
    pub embedding: u64,
    /// Numbers between the layers of the feed-forward network.
    pub feed_forward: u64,
    /// Tokens of the vocabulary.
    pub vocabulary: u64,
    /// Whether the output is the embedding once more.
    pub tied: bool,
}

/// A model known by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What it is called on the command line.
    pub name: String,
    /// What it is, in a few words.
    pub about: Option<String>,
    /// The hub's repository that holds the file.
    pub repository: Option<String>,
    /// The repository's revision: a commit or a branch. With one it is that or none.
    pub revision: Option<String>,
    /// The file's name there.
    pub file: Option<String>,
    /// A file on this machine, instead of one of the hub's.
    pub path: Option<PathBuf>,
    /// The file's size in bytes.
    pub size: Option<u64>,
    /// The file's SHA-256, in hexadecimal.
    pub sha256: Option<String>,
    /// The repository that the file was converted from.
    pub weights: Option<String>,
    /// The longest context that the model's configuration names, in tokens.
    pub context: Option<u32>,
    /// Its shape, by which its memory is told before the file is here.
    pub shape: Option<Shape>,
    /// How it marks turns, where its file has no chat template.
    pub scaffold: Option<ChatFormat>,
    /// What it may be used for.
    pub licence: Option<String>,
    /// Whether the program contains it.
    #[serde(default)]
    pub built_in: bool,
}

impl Entry {
    /// Where the hub has it; `None` where it does not.
    #[must_use]
    pub fn hub_file(&self) -> Option<HubFile> {
        let file = HubFile::new(self.repository.as_deref()?, self.file.as_deref()?)?;
        Some(match &self.revision {
            Some(revision) => file.at(revision),
            None => file,
        })
    }
}

/// What is wrong with a registry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The user's own cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is not TOML, or has other keys.
    #[error("the registry `{file}` cannot be used")]
    Toml {
        /// The file.
        file: String,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// An entry that cannot be.
    #[error("the registry `{file}` cannot be used: `{name}` {problem}")]
    Entry {
        /// The file.
        file: String,
        /// The entry's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    model: Vec<Entry>,
}

/// All models known by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    entries: Vec<Entry>,
}

impl Registry {
    /// The list inside the program, with the user's `registry.toml` over it.
    ///
    /// # Errors
    /// [`RegistryError`] where the user's list cannot be used.
    pub fn load() -> Result<Self, RegistryError> {
        let mut registry = Self::parse(BUILT_IN, "models/registry.toml")?;
        let Some(path) = user_file() else {
            return Ok(registry);
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => registry.add(Self::parse(&text, &path.display().to_string())?),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(RegistryError::Io { path, source }),
        }
        Ok(registry)
    }

    /// Reads a list; `file` is what it is called in errors.
    ///
    /// # Errors
    /// [`RegistryError`] where it is not TOML or an entry cannot be.
    pub fn parse(text: &str, file: &str) -> Result<Self, RegistryError> {
        let wire: Wire = toml::from_str(text).map_err(|source| RegistryError::Toml {
            file: file.to_owned(),
            source,
        })?;
        for entry in &wire.model {
            if let Some(problem) = problem(entry) {
                return Err(RegistryError::Entry {
                    file: file.to_owned(),
                    name: entry.name.clone(),
                    problem,
                });
            }
        }
        let entries = wire.model;
        Ok(Self { entries })
    }

    /// Another list's entries: one of a name that is there already takes its place.
    fn add(&mut self, other: Self) {
        for entry in other.entries {
            match self.entries.iter_mut().find(|e| e.name == entry.name) {
                Some(old) => *old = entry,
                None => self.entries.push(entry),
            }
        }
    }

    /// The model of a name; upper and lower case are the same.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// All models, in the order of the list.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The user's own list.
fn user_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("minitag/registry.toml"))
}

/// What would fail later, and less clearly.
fn problem(entry: &Entry) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let hex = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if entry.name.is_empty() || !entry.name.chars().all(plain) {
        return Some("is no name: letters, digits, `.`, `_` and `-` make one");
    }
    if entry.path.is_some() && entry.repository.is_some() {
        return Some("has both a `path` and a `repository`");
    }
    if entry.repository.is_some() && entry.hub_file().is_none() {
        return Some("needs a `repository` such as `owner/name` and a `file` in it");
    }
    // A file of this name is written in the cache.
    let can_be = |revision: &String| revision.split('/').all(is_component);
    if !entry.revision.as_ref().is_none_or(can_be) {
        return Some("has a `revision` that cannot be a branch or a commit");
    }
    if !entry.sha256.as_ref().is_none_or(hex) {
        return Some("has a `sha256` that is not 64 hexadecimal digits");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn error(text: &str) -> String {
        Registry::parse(text, "r.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_list_inside_the_program_is_sound() {
        let registry = Registry::parse(BUILT_IN, "models/registry.toml").unwrap();
        let names: Vec<&str> = registry.entries().iter().map(|e| e.name.as_str()).collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        for entry in registry.entries() {
            assert!(entry.licence.is_some(), "{}", entry.name);
            let somewhere = entry.hub_file().is_some() || entry.weights.is_some();
            assert!(somewhere || entry.built_in, "{}", entry.name);
        }
        let file = registry.get("MiniCPM3-4B").unwrap().hub_file().unwrap();
        assert_eq!(
            file.to_string(),
            "openbmb/MiniCPM3-4B-GGUF:minicpm3-4b-q4_k_m.gguf"
        );
    }

    #[test]
    fn the_users_entry_takes_the_place_of_one_of_the_same_name() {
        let mut registry =
            Registry::parse("[[model]]\nname='a'\ncontext=1\n[[model]]\nname='b'", "").unwrap();
        registry.add(
            Registry::parse(
                "[[model]]\nname='a'\npath='x.gguf'\n[[model]]\nname='c'",
                "",
            )
            .unwrap(),
        );
        let names: Vec<&str> = registry.entries().iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(registry.get("a").unwrap().context, None);
    }

    #[test]
    fn what_is_wrong_with_a_list_is_named() {
        assert_eq!(
            error("[[model]]\nname='a b'"),
            "the registry `r.toml` cannot be used: `a b` is no name: \
             letters, digits, `.`, `_` and `-` make one"
        );
        assert_eq!(
            error("[[model]]\nname='a'\nrepository='x/y'"),
            "the registry `r.toml` cannot be used: `a` needs a `repository` such as \
             `owner/name` and a `file` in it"
        );
        for revision in ["../a", "/etc/a", "a//b", ""] {
            assert_eq!(
                error(&format!("[[model]]\nname='a'\nrevision='{revision}'")),
                "the registry `r.toml` cannot be used: `a` has a `revision` that cannot be \
                 a branch or a commit"
            );
        }
        assert_eq!(
            error("[[model]]\nname='a'\nsha256='0'"),
            "the registry `r.toml` cannot be used: `a` has a `sha256` that is not \
             64 hexadecimal digits"
        );
        assert_eq!(
            error("[[model]]\nname='a'\ncolour='red'"),
            "the registry `r.toml` cannot be used"
        );
    }
}
