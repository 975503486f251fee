//! Records whose right tags are known, with their texts: what `eval` measures against
//! and `export-sft` writes samples of.

use std::path::Path;

use anyhow::Context;
use minitag::TagSet;
use minitag::document::{self, Format};
use minitag::eval::{GoldRecord, RecordError, Source, parse_gold};

use crate::cli::failure::{Failure, cannot_read};
use crate::cli::screen::Screen;
use crate::cli::session;

/// A gold record with its text, where it has one.
pub(crate) struct Item {
    pub(crate) record: GoldRecord,
    pub(crate) text: Option<(String, Format)>,
}

/// Reads the gold file and the texts it names; with the number of all its records.
pub(crate) fn gold(
    path: &Path,
    tags: &TagSet,
    screen: &Screen,
) -> Result<(Vec<Item>, usize), Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| cannot_read(path, error))?;
    let (records, errors) = parse_gold(&text, tags);
    tell(&errors, path, screen);
    let all = records.len() + errors.len();
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut items = Vec::new();
    for record in records {
        match text_of(&record.source, folder, screen) {
            Ok(text) => items.push(Item { record, text }),
            Err(error) => {
                let place = format!("`{}`, line {}", path.display(), record.line);
                screen.error(&format!("{place}: {error:#}"), None);
            }
        }
    }
    Ok((items, all))
}

/// A record's text, read as `classify` reads a file.
fn text_of(
    source: &Source,
    folder: &Path,
    screen: &Screen,
) -> anyhow::Result<Option<(String, Format)>> {
    let (text, path) = match source {
        Source::Text(text) => (
            document::read(text.as_bytes()).context("cannot use `text`")?,
            None,
        ),
        Source::Path(path) => {
            let path = folder.join(path);
            (session::read_document(&path, screen)?, Some(path))
        }
        Source::None => return Ok(None),
    };
    let format = Format::of(path.as_deref(), &text.text);
    Ok(Some((text.text, format)))
}

/// Says which lines of a file cannot be used.
pub(crate) fn tell(errors: &[RecordError], path: &Path, screen: &Screen) {
    for RecordError { line, problem } in errors {
        screen.error(
            &format!("`{}`, line {line}: {problem}", path.display()),
            None,
        );
    }
}
