//! The models known by name, and the files that are here.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::engine::llama::{ContextOptions, Lengths};
use crate::layout::{Table, size};
use crate::memory;
use crate::models::{
    self, BUILT_IN_NAME, Cache, Entry, Header, HubFile, LocateError, PartName, Plan, Registry,
    find_entry, is_known_to_differ, locate,
};

/// Every model that can be named.
#[derive(Clone, Debug, Serialize)]
pub struct ModelsHere {
    models: Vec<Row>,
}

/// One model, in words.
#[derive(Clone, Debug, Serialize)]
struct Row {
    name: String,
    /// `yes`, `no`, `built in`, `other file` if what is here is known not to be the
    /// registry's, or `no GGUF` if there is none to download.
    here: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// Memory that it takes with a usual list and document, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    /// Whether so much is free now.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    licence: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
}

impl ModelsHere {
    /// Looks into the registry, the Hugging Face cache and `models/`.
    ///
    /// # Errors
    /// [`LocateError`] if the registry cannot be read.
    pub fn look() -> Result<Self, LocateError> {
        let registry = Registry::load()?;
        let mut models: Vec<Row> = registry.entries().iter().map(known).collect();
        models.extend(others(&registry));
        let free = memory::free();
        for row in &mut models {
            let both = row.memory.zip(free.as_ref());
            row.runs = both.map(|(needed, free)| needed <= free.bytes);
        }
        Ok(Self { models })
    }

    /// The rows as columns; what is not known is a dash.
    #[must_use]
    pub fn table(&self) -> Table {
        let dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
        let bytes = |bytes: Option<u64>| bytes.map_or("-".to_owned(), size);
        let head = ["NAME", "HERE", "SIZE", "MEMORY", "RUNS", "WHAT"];
        let mut table = Table::new("llrrll").with_head(head);
        for row in &self.models {
            // In one column, so that 80 are enough.
            let what = [&row.about, &row.licence].map(String::as_str);
            let what: Vec<&str> = what.into_iter().filter(|text| !text.is_empty()).collect();
            table.push([
                row.name.clone(),
                row.here.to_owned(),
                bytes(row.bytes),
                bytes(row.memory),
                dash(row.runs.map_or("", |runs| if runs { "yes" } else { "no" })),
                dash(&what.join("; ")),
            ]);
        }
        table
    }
}

/// A model of the registry.
fn known(entry: &Entry) -> Row {
    let (path, here) = if entry.built_in && entry.name == BUILT_IN_NAME {
        let located = locate(Some(Path::new(BUILT_IN_NAME))).ok();
        (located.map(|l| l.path().to_owned()), "built in")
    } else {
        match find_entry(entry).filter(|path| path.is_file()) {
            Some(path) if is_known_to_differ(&path, entry) => (Some(path), "other file"),
            Some(path) => (Some(path), "yes"),
            None if entry.hub_file().is_none() && entry.path.is_none() => (None, "no GGUF"),
            None => (None, "no"),
        }
    };
    // What lies here by this name may be another file.
    let own = path.as_ref().filter(|_| here != "other file");
    let header = own.map_or_else(|| entry.expected_header(), |path| models::check(path).ok());
    let bytes = path.and_then(|path| size_of(&path)).or(entry.size);
    Row {
        name: entry.name.clone(),
        here,
        bytes,
        memory: header.and_then(|header| needed(&header)),
        runs: None,
        licence: entry.licence.clone().unwrap_or_default(),
        about: entry.about.clone().unwrap_or_default(),
    }
}

/// GGUF files in the cache that the registry does not know.
fn others(registry: &Registry) -> Vec<Row> {
    let Some(cache) = Cache::from_env() else {
        return Vec::new();
    };
    let known: Vec<String> = registry
        .entries()
        .iter()
        .filter_map(|entry| Some(entry.hub_file()?.to_string()))
        .collect();
    let files = cache.files().into_iter();
    // Of a model in several files the first stands for all.
    let is_first = |file: &HubFile| PartName::parse(&file.file).is_none_or(|p| p.number == 1);
    let unknown = files.filter(|file| !known.contains(&file.to_string()) && is_first(file));
    let rows = unknown.map(|file| {
        let path = cache.find(&file);
        let header = path.as_ref().and_then(|path| models::check(path).ok());
        Row {
            name: file.to_string(),
            here: "yes",
            bytes: path.and_then(|path| size_of(&path)),
            memory: header.and_then(|header| needed(&header)),
            runs: None,
            licence: String::new(),
            about: String::new(),
        }
    });
    rows.collect()
}

/// A run as most are: tokens of a tag list, of a document, and of what is behind it.
const USUAL: Lengths = Lengths {
    prefix: 1024,
    document: 1024,
    suffix: 128,
    together: 0,
};

/// Memory that a model takes on the processor; `None` if it cannot be told.
fn needed(header: &Header) -> Option<u64> {
    let demand = ContextOptions::default().demand(header, USUAL, &[], 0)?;
    let plan = Plan::new(header, &demand)?;
    Some(plan.total().saturating_add(memory::program()?))
}

/// The bytes of a model's file, or of all its parts.
fn size_of(path: &Path) -> Option<u64> {
    let sizes = models::files(path).into_iter().map(|part| {
        let meta = fs::metadata(part).ok()?;
        Some(meta.len())
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let row = |name: &str, here, bytes| Row {
            name: name.to_owned(),
            here,
            bytes,
            memory: bytes.map(|bytes| bytes * 2),
            runs: bytes.map(|_| true),
            licence: "MIT".to_owned(),
            about: String::new(),
        };
        let models = vec![
            row("a", "yes", Some(2_469_791_584)),
            row("longer", "no GGUF", None),
        ];
        assert_eq!(
            ModelsHere { models }.table().to_text(0, 80),
            "NAME    HERE        SIZE   MEMORY  RUNS  WHAT\n\
             a       yes      2.3 GiB  4.6 GiB  yes   MIT\n\
             longer  no GGUF        -        -  -     MIT\n"
        );
    }
}
