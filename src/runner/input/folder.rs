//! The files of a folder.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;

use walkdir::{DirEntry, WalkDir};

use crate::document::Format;
use crate::runner::content::Content;
use crate::runner::input::{InputError, Item, LeftOut, Source, Told};
use crate::runner::record::{Record, RecordError};

/// A file of a folder, or why there is none.
pub(super) struct Found {
    /// Its path in the folder, as text that no other path has.
    id: String,
    path: Result<PathBuf, String>,
}

/// Sends the files of a folder, and tells what is left out.
pub(super) fn send(
    source: &Source,
    sender: &SyncSender<Result<Item, InputError>>,
    told: &Mutex<Told>,
) {
    let mut left_out = LeftOut::default();
    for (line, file) in (1..).zip(files(source, &mut left_out)) {
        let id = file.id;
        let record = match file.path {
            Ok(path) => Ok(Record {
                line,
                id,
                content: Content::File(path),
                kept: Vec::new(),
            }),
            Err(message) => Err(RecordError {
                line,
                id: Some(id),
                kind: "unreadable",
                message,
            }),
        };
        let position = line;
        if sender.send(Ok(Item { record, position })).is_err() {
            return;
        }
    }
    if let Ok(mut told) = told.lock() {
        told.left_out = left_out;
    }
}

/// The files of a folder that are records, sorted by name; the others are counted. Hidden
/// ones are neither.
pub(super) fn files<'s>(
    source: &'s Source,
    left_out: &'s mut LeftOut,
) -> impl Iterator<Item = Found> + 's {
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let outputs: Vec<PathBuf> = source
        .outputs
        .iter()
        .filter_map(|path| real(path))
        .collect();
    let walk = WalkDir::new(&source.path).sort_by_file_name().into_iter();
    walk.filter_entry(visible).filter_map(move |entry| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(&source.path);
                let inside = path.strip_prefix(&source.path).unwrap_or(path);
                let cause = error.io_error().map_or(String::new(), |e| format!(": {e}"));
                let message = format!("cannot read `{}`{cause}", path.display());
                let id = unique(inside.as_os_str());
                let path = Err(message);
                return Some(Found { id, path });
            }
        };
        let inside = entry.path().strip_prefix(&source.path).ok()?;
        if entry.file_type().is_dir() || is_one_of(&entry, &outputs) {
            return None;
        }
        let is_wanted = if source.globs.is_empty() {
            Format::is_document(inside)
        } else {
            source.globs.iter().any(|glob| glob.matches_path(inside))
        };
        // A link to a file is one; links to folders are not followed.
        let path = match entry.path().metadata() {
            Ok(there) if there.is_dir() => {
                left_out.links += 1;
                return None;
            }
            Ok(there) if !there.is_file() => {
                left_out.others += 1;
                return None;
            }
            _ if !is_wanted => {
                *left_out.files.entry(ending(inside)).or_default() += 1;
                return None;
            }
            Ok(_) => Ok(entry.path().to_owned()),
            Err(error) => {
                let link = if entry.path_is_symlink() {
                    ", a link to nothing"
                } else {
                    ""
                };
                Err(format!(
                    "cannot use `{}`{link}: {error}",
                    entry.path().display()
                ))
            }
        };
        let id = unique(inside.as_os_str());
        Some(Found { id, path })
    })
}

/// A file's ending in lower case.
fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}

/// A path as text. What is no text in it is written as `\xff`, and then, so that no two paths
/// look the same, each backslash twice.
fn unique(path: &OsStr) -> String {
    if let Some(path) = path.to_str().filter(|path| !path.contains("\\x")) {
        return path.to_owned();
    }
    let mut id = String::new();
    for chunk in path.as_encoded_bytes().utf8_chunks() {
        id.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            let _ = write!(id, "\\x{byte:02x}");
        }
    }
    id
}

/// Where a file is, whether or not it is there yet.
fn real(path: &Path) -> Option<PathBuf> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

/// Whether an entry is one of these files.
fn is_one_of(entry: &DirEntry, files: &[PathBuf]) -> bool {
    let has_name = |file: &PathBuf| file.file_name() == Some(entry.file_name());
    files.iter().any(has_name) && real(entry.path()).is_some_and(|path| files.contains(&path))
}
