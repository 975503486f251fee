//! Records whose right tags are known, with their texts: what `eval` measures against
//! and `export-sft` writes samples of.

use std::io;
use std::path::Path;

use minitag::TagSet;
use minitag::eval::{Item, RecordError, RecordsError, RecordsFile, only_reviewed, read_gold};
use minitag::runner::Journal;

use crate::cli::failure::{Failure, cannot_read};
use crate::cli::screen::Screen;

/// So many errors are enough where no record can be used.
const TOLD: usize = 3;

/// Reads the gold file and the texts it names; with the number of all its records.
pub(crate) fn gold(
    path: &Path,
    tags: &TagSet,
    screen: &Screen,
) -> Result<(Vec<Item>, usize), Failure> {
    let (records, unusable) = told(read_gold(path, tags), path, screen)?;
    let is_unreviewed = !records.iter().any(|record| record.reviewed);
    if is_unreviewed && !records.is_empty() && Journal::path_for(path).exists() {
        screen.warning(&format!(
            "`{0}` was written by `batch`, and no record says `\"reviewed\":true`: its tags are taken \
             for right, though no person has looked at them (`minitag review {0}` helps with that)",
            path.display()
        ));
    }
    let (records, left_out) = only_reviewed(records);
    if left_out > 0 {
        screen.note(&format!(
            "only the records of `{}` that a person has reviewed are taken: {} of {}",
            path.display(),
            records.len(),
            records.len() + left_out,
        ));
    }
    let all = records.len() + unusable;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut items = Vec::new();
    for record in records {
        let line = record.line;
        match Item::read(record, folder) {
            Ok((item, remarks)) => {
                screen.remarks(&remarks);
                items.push(item);
            }
            Err(error) => {
                let error = anyhow::Error::new(error);
                let place = format!("`{}`, line {line}", path.display());
                screen.error(&format!("{place}: {error:#}"), None);
            }
        }
    }
    Ok((items, all))
}

/// Where a record stands, for messages.
pub(crate) fn place(gold: &Path, item: &Item) -> String {
    format!("`{}`, line {}", gold.display(), item.record.line)
}

/// Says which records have no text, where it is needed. If none has one, a few are enough.
pub(crate) fn tell_without_text(
    items: &[Item],
    gold: &Path,
    hint: Option<&'static str>,
    screen: &Screen,
) {
    let without = items.iter().filter(|item| item.document().is_none());
    let without: Vec<&Item> = without.collect();
    let all = if without.len() == items.len() {
        TOLD.min(without.len())
    } else {
        without.len()
    };
    for item in &without[..all] {
        let (place, id) = (place(gold, item), &item.record.id);
        screen.error(
            &format!("{place}: `{id}` has neither `text` nor `path`"),
            None,
        );
    }
    let more = without.len() - all;
    if more > 0 {
        let message = format!(
            "`{}`: {more} more like that; no record has a text",
            gold.display()
        );
        screen.error(&message, hint);
    }
}

/// The records of a file, and how many lines cannot be used; says which, and how it was read.
pub(crate) fn told<R>(
    read: Result<RecordsFile<R>, RecordsError>,
    path: &Path,
    screen: &Screen,
) -> Result<(Vec<R>, usize), Failure> {
    let shown = path.display();
    let file = read.map_err(|error| match error {
        RecordsError::Io(error) => cannot_read(path, error),
        error @ RecordsError::NotUtf8 { .. } => {
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            cannot_read(path, error).hint(format!(
                "`iconv -f WINDOWS-1252 -t UTF-8 {shown}` makes it UTF-8, if it is in that encoding"
            ))
        }
        error => Failure::usage(anyhow::Error::new(error).context(format!("cannot use `{shown}`"))),
    })?;
    if let Some(guess) = &file.guess {
        screen.note(&format!("`{shown}` is read {guess}"));
    }
    let (records, errors) = file.parsed;
    // Where no record can be used it is probably another file: one says what the others would.
    let all = if records.is_empty() && errors.len() > TOLD {
        TOLD
    } else {
        errors.len()
    };
    for RecordError { line, problem } in &errors[..all] {
        screen.error(&format!("`{shown}`, line {line}: {problem}"), None);
    }
    if all < errors.len() {
        let more = errors.len() - all;
        screen.error(
            &format!("`{shown}`: {more} more like that; no record can be used"),
            None,
        );
    }
    Ok((records, errors.len()))
}
