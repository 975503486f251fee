//! The answers of each configuration in a folder, so that a run that was stopped goes on.
//!
//! A file's name ends in a hash of everything that decides its answers, documents included:
//! another model, list or record has files of its own.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use minitag::TagSet;
use minitag::classifier::Settings;
use minitag::eval::{AnswerRecord, lines, parse_answers};
use minitag::wire::Answer;
use xxhash_rust::xxh3::Xxh3;

use crate::cli::failure::{Failure, cannot_read, cannot_write};
use crate::cli::gold::Item;

/// Where answers are kept.
pub(super) struct Folder {
    path: PathBuf,
}

/// The answers of one configuration.
pub(super) struct Saved {
    path: PathBuf,
    file: File,
    known: HashMap<String, AnswerRecord>,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| cannot_write(path, error))?;
        let path = path.to_owned();
        Ok(Self { path })
    }

    /// The answers that a configuration has given; more can be added.
    pub(super) fn open(
        &self,
        name: &str,
        settings: &Settings,
        items: &[Item],
        tags: &TagSet,
    ) -> Result<Saved, Failure> {
        let hash = hash(settings, items);
        let path = self.path.join(format!("{name}.{hash:016x}.jsonl"));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(cannot_read(&path, error)),
        };
        // A line that was cut when the run was stopped has no end.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (answers, _) = parse_answers(lines(&text[..whole]), tags);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let file = opened.and_then(|file| file.set_len(whole as u64).map(|()| file));
        Ok(Saved {
            file: file.map_err(|error| cannot_write(&path, error))?,
            path,
            known: answers.into_iter().map(|a| (a.id.clone(), a)).collect(),
        })
    }
}

impl Saved {
    /// A document's answer, where it is there.
    pub(super) fn get(&self, id: &str) -> Option<&AnswerRecord> {
        self.known.get(id)
    }

    /// Adds one, at once.
    pub(super) fn add(&mut self, answer: &Answer) -> Result<(), Failure> {
        let line = serde_json::to_string(answer).map_err(io::Error::from);
        let written = line.and_then(|line| self.file.write_all(format!("{line}\n").as_bytes()));
        written.map_err(|error| cannot_write(&self.path, error))
    }
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
