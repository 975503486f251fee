//! The answers of each configuration in a folder, so that a tuning that was stopped goes on.
//!
//! A file's name ends in a hash of everything that decides its answers, documents included:
//! another model, list or record has files of its own.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::classifier::Settings;
use crate::eval::{AnswerRecord, Item, lines, parse_answers};
use crate::tags::TagSet;
use crate::wire::Answer;

/// Why answers cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// A file with earlier answers.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file, or the folder.
    #[error("cannot write to `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Where answers are kept.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// The answers of one configuration.
#[derive(Debug)]
pub struct Saved {
    path: PathBuf,
    file: File,
    known: HashMap<String, AnswerRecord>,
}

impl Folder {
    /// A folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`SaveError`] if that is not possible.
    pub fn new(path: &Path) -> Result<Self, SaveError> {
        fs::create_dir_all(path).map_err(|source| cannot_write(path, source))?;
        let path = path.to_owned();
        Ok(Self { path })
    }

    /// The answers that a configuration has given; more can be added.
    ///
    /// # Errors
    /// [`SaveError`] if the file cannot be read or written.
    pub fn open(
        &self,
        name: &str,
        settings: &Settings,
        items: &[Item],
        tags: &TagSet,
    ) -> Result<Saved, SaveError> {
        let hash = hash(settings, items);
        let path = self.path.join(format!("{name}.{hash:016x}.jsonl"));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(SaveError::Read { path, source }),
        };
        // A line that was cut when the run was stopped has no end.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (answers, _) = parse_answers(lines(&text[..whole]), tags);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let file = opened.and_then(|file| file.set_len(whole as u64).map(|()| file));
        Ok(Saved {
            file: file.map_err(|source| cannot_write(&path, source))?,
            path,
            known: answers.into_iter().map(|a| (a.id.clone(), a)).collect(),
        })
    }
}

impl Saved {
    /// A document's answer, if it is there.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&AnswerRecord> {
        self.known.get(id)
    }

    /// Adds one, at once.
    ///
    /// # Errors
    /// [`SaveError`] if the file cannot be written.
    pub fn add(&mut self, answer: &Answer) -> Result<(), SaveError> {
        let line = serde_json::to_string(answer).map_err(io::Error::from);
        let written = line.and_then(|line| self.file.write_all(format!("{line}\n").as_bytes()));
        written.map_err(|source| cannot_write(&self.path, source))
    }
}

fn cannot_write(path: &Path, source: io::Error) -> SaveError {
    let path = path.to_owned();
    SaveError::Write { path, source }
}

fn hash(settings: &Settings, items: &[Item]) -> u64 {
    let mut hasher = Xxh3::new();
    let mut add = |text: &str| {
        // What stands behind each other cannot be taken for something else.
        hasher.write_u64(text.len() as u64);
        hasher.write(text.as_bytes());
    };
    for (name, value) in settings.iter() {
        add(name);
        add(value);
    }
    for item in items {
        add(&item.record.id);
        if let Some((text, format)) = &item.text {
            add(text);
            add(format.name());
        }
    }
    hasher.finish()
}
