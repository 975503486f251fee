//! `minitag models list`: the models known by name, and the files that are here.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use indicatif::DecimalBytes;
use minitag::models::{
    self, BUILT_IN_NAME, Cache, Entry, HubFile, PartName, Registry, find_entry, locate,
};

use crate::cli::failure::{Failure, Status};

/// One model, in words.
struct Row {
    name: String,
    here: &'static str,
    size: Option<u64>,
    licence: String,
    about: String,
}

/// Runs the command.
pub(crate) fn run() -> Result<Status, Failure> {
    let registry = Registry::load().map_err(minitag::models::LocateError::from)?;
    let mut rows: Vec<Row> = registry.entries().iter().map(known).collect();
    rows.extend(others(&registry));
    write(&rows, io::stdout().lock())?;
    Ok(Status::Success)
}

/// A model of the registry.
fn known(entry: &Entry) -> Row {
    let (path, here) = if entry.built_in && entry.name == BUILT_IN_NAME {
        let located = locate(Some(Path::new(BUILT_IN_NAME))).ok();
        (located.map(|l| l.path().to_owned()), "built in")
    } else {
        match find_entry(entry).filter(|path| path.is_file()) {
            Some(path) => (Some(path), "yes"),
            None if entry.hub_file().is_none() && entry.path.is_none() => (None, "no GGUF"),
            None => (None, "no"),
        }
    };
    let size = path.and_then(|path| size_of(&path)).or(entry.size);
    Row {
        name: entry.name.clone(),
        here,
        size,
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
    let rows = unknown.map(|file| Row {
        size: cache.find(&file).and_then(|path| size_of(&path)),
        name: file.to_string(),
        here: "yes",
        licence: String::new(),
        about: String::new(),
    });
    rows.collect()
}

/// The bytes of a model's file, or of all its parts.
fn size_of(path: &Path) -> Option<u64> {
    let sizes = models::files(path).into_iter().map(|part| {
        let meta = fs::metadata(part).ok()?;
        Some(meta.len())
    });
    sizes.sum()
}

/// Writes the rows as columns; what is not known is a dash.
fn write(rows: &[Row], mut out: impl Write) -> io::Result<()> {
    let dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    let table = rows.iter().map(|row| {
        let size = row.size.map(|size| DecimalBytes(size).to_string());
        [
            row.name.clone(),
            row.here.to_owned(),
            dash(&size.unwrap_or_default()),
            dash(&row.licence),
            dash(&row.about),
        ]
    });
    let head = ["NAME", "HERE", "SIZE", "LICENCE", "WHAT"].map(str::to_owned);
    let table: Vec<[String; 5]> = std::iter::once(head).chain(table).collect();
    let width = |column: usize| {
        let widths = table.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let [name_width, here_width, size_width, licence_width] = [0, 1, 2, 3].map(width);
    for [name, here, size, licence, about] in &table {
        writeln!(
            out,
            "{name:name_width$}  {here:here_width$}  {size:>size_width$}  {licence:licence_width$}  {about}"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let row = |name: &str, here, size| Row {
            name: name.to_owned(),
            here,
            size,
            licence: "MIT".to_owned(),
            about: String::new(),
        };
        let rows = [
            row("a", "yes", Some(2_469_791_584)),
            row("longer", "no GGUF", None),
        ];
        let mut out = Vec::new();
        write(&rows, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "NAME    HERE        SIZE  LICENCE  WHAT\n\
             a       yes      2.47 GB  MIT      -\n\
             longer  no GGUF        -  MIT      -\n"
        );
    }
}
