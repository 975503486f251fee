//! The tag list of a command: a file in any notation and encoding, or names as they are typed.

use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use minitag::TagSet;
use minitag::document::{self, Encoded, Guess, Utf8Reader};
use minitag::tags::TagError;

use crate::cli::args::TagArgs;
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;

/// Reads and checks the tag list.
pub(crate) fn tag_set(args: &TagArgs, screen: &Screen) -> Result<TagSet, Failure> {
    let path = args
        .tags
        .as_deref()
        .ok_or_else(|| wrong_usage("no tag list was given"))?;
    tag_set_from(path, screen)
}

/// Endings of files with tag lists: no name in a list of names ends so.
const LISTS: [&str; 8] = [
    ".json", ".jsonl", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".md",
];

/// The same from a path, or from names with commas between them where there is no such file.
pub(crate) fn tag_set_from(path: &Path, screen: &Screen) -> Result<TagSet, Failure> {
    let unusable = |error: TagError| {
        let hint = error.hint();
        let context = format!("the tag list `{}` cannot be used", path.display());
        Failure::usage(anyhow::Error::new(error).context(context)).hint_if(hint)
    };
    if let Some(names) = names_in(path) {
        return TagSet::from_names(names).map_err(unusable);
    }
    let bytes = std::fs::read(path).map_err(|error| {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let failure = cannot_read(path, error);
        if is_missing && path.extension().is_none() {
            failure.hint("names instead of a file are separated by commas: `--tags ai,web`")
        } else {
            failure
        }
    })?;
    let (text, guess) = list_text(&bytes, path)?;
    let (tags, notation) = TagSet::read(&text).map_err(unusable)?;
    let shown = path.display();
    if let Some(guess) = guess {
        screen.note(&format!("`{shown}` is read {guess}"));
    }
    screen.note_if(notation.note(path, &tags));
    Ok(tags)
}

/// The names in `ai,web app`; `None` of a path.
pub(crate) fn names_in(path: &Path) -> Option<impl Iterator<Item = &str>> {
    let text = path.to_str().filter(|text| text.contains(','))?;
    let lower = text.trim().to_lowercase();
    if path.exists() || LISTS.iter().any(|ending| lower.ends_with(ending)) {
        return None;
    }
    // One name is a list with a comma behind it.
    Some(text.strip_suffix(',').unwrap_or(text).split(','))
}

/// A tag list's text, whatever its encoding.
fn list_text(bytes: &[u8], path: &Path) -> Result<(String, Option<Guess>), Failure> {
    let what = || format!("the tag list `{}` cannot be used", path.display());
    // What is no text is told by what it is.
    document::decode(bytes)
        .with_context(what)
        .map_err(Failure::usage)?;
    let mut text = Vec::new();
    let mut reader = Utf8Reader::new(bytes, Encoded::Guessed, false);
    reader
        .read_to_end(&mut text)
        .with_context(what)
        .map_err(Failure::usage)?;
    let text = String::from_utf8(text)
        .context("it cannot be decoded: there are bytes that are no text in its encoding")
        .with_context(what)
        .map_err(Failure::usage)?;
    Ok((text, reader.guess().cloned()))
}
