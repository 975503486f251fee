//! What a LoRA adapter is, and what of it has no effect.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::inspect::{format, tensors};
use crate::layout::Table;
use crate::models::Adapter;

/// Everything there is to say about a LoRA adapter.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterReport {
    file: String,
    bytes: u64,
    gguf: u32,
    kind: &'static str,
    name: Option<String>,
    architecture: String,
    /// The lowest rank and the highest.
    ranks: (u64, u64),
    alpha: f32,
    tensors: String,
    matrices: usize,
    /// What of a layer it changes.
    changes: Vec<String>,
    /// What of it has no effect.
    pub warnings: Vec<String>,
}

impl AdapterReport {
    /// Looks at an adapter that was read from a file.
    #[must_use]
    pub fn new(path: &Path, adapter: &Adapter) -> Self {
        let header = &adapter.header;
        Self {
            file: path.display().to_string(),
            bytes: fs::metadata(path).map_or(0, |meta| meta.len()),
            gguf: header.version,
            kind: "LoRA adapter",
            name: header.text("general.name").map(str::to_owned),
            architecture: header.architecture.clone(),
            ranks: adapter.ranks(),
            alpha: adapter.alpha,
            tensors: tensors(header),
            matrices: adapter.pairs.len(),
            changes: adapter.kinds().into_iter().map(str::to_owned).collect(),
            warnings: without_effect(adapter).into_iter().collect(),
        }
    }

    /// For people: a thing and what is to be said of it, a line each.
    #[must_use]
    pub fn table(&self) -> Table {
        let rank = match self.ranks {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        };
        let mut table = Table::new("ll");
        let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
        line("file", self.file.clone());
        line("format", format(self.gguf, self.bytes));
        line("kind", format!("{}: `--lora` takes it", self.kind));
        line("name", self.name.clone().unwrap_or("unknown".to_owned()));
        line("architecture", self.architecture.clone());
        line("rank", rank);
        line("alpha", self.alpha.to_string());
        line("tensors", self.tensors.clone());
        let changes = self.changes.join(", ");
        line("changes", format!("{} matrices: {changes}", self.matrices));
        table
    }
}

/// What of an adapter llama.cpp passes over, in words.
#[must_use]
pub fn without_effect(adapter: &Adapter) -> Option<String> {
    let kinds = adapter.passed_over();
    if kinds.is_empty() {
        return None;
    }
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let (kinds, architecture) = (kinds.join(", "), &adapter.header.architecture);
    Some(format!(
        "what it changes of {kinds} has no effect, since llama.cpp applies no adapter to these \
         of `{architecture}`"
    ))
}
