//! The records of a catalogue, for commands that need its texts rather than answers to them.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use minitag::eval::Item;
use minitag::runner::{InputFormat, Next, Record, RecordError, Source, feed};

use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;

/// How long is waited for a record before it is looked for again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Goes through what `batch` would read; says which records cannot be used.
pub(crate) fn each(
    path: &Path,
    screen: &Screen,
    mut of_record: impl FnMut(Record),
) -> Result<(), Failure> {
    every(path, |record| {
        match record {
            Ok(record) => of_record(record),
            Err(error) => tell_unusable(path, error.line, &error.message, screen),
        }
        Ok(())
    })
}

/// Goes through what `batch` would read, with what cannot be used.
pub(crate) fn every(
    path: &Path,
    mut of_record: impl FnMut(Result<Record, RecordError>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let format = InputFormat::of(path).ok_or_else(|| {
        if let Err(error) = path.metadata() {
            return cannot_read(path, error);
        }
        let message = format!("the name of `{}` does not tell its format", path.display());
        wrong_usage(message).hint("a `.jsonl`, `.csv` or `.tsv` file, or a folder")
    })?;
    let feed = feed(Source::new(path, format)).map_err(Failure::usage)?;
    loop {
        let item = match feed.next(PATIENCE).map_err(Failure::usage)? {
            Next::Item(item) => item,
            Next::NothingYet => continue,
            Next::End => return Ok(()),
        };
        of_record(item.record)?;
    }
}

/// Gives documents that have none the texts of the records with their ids.
pub(crate) fn with_texts(items: &mut [Item], path: &Path, screen: &Screen) -> Result<(), Failure> {
    let without = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.text.is_none());
    let mut wanted: HashMap<String, usize> = without
        .map(|(at, item)| (item.record.id.clone(), at))
        .collect();
    each(path, screen, |record| {
        let Some(at) = wanted.remove(&record.id) else {
            return;
        };
        match record.content.read() {
            Ok((text, format)) => items[at].text = Some((text.text, format)),
            Err(error) => tell_unusable(path, record.line, &error.message, screen),
        }
    })
}

/// Says that a record is not used.
pub(crate) fn tell_unusable(path: &Path, line: u64, message: &str, screen: &Screen) {
    screen.warning(&format!(
        "`{}`, line {line} is left out: {message}",
        path.display()
    ));
}
