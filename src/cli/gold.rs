//! Records whose right tags are known, with their texts: what `eval` measures against
//! and `export-sft` writes samples of.

use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use minitag::TagSet;
use minitag::document::{self, Encoded, Format, Utf8Reader};
use minitag::eval::{
    Item, JsonRecord, Parsed, RecordError, Source, TableError, parse_gold, parse_gold_table,
};
use minitag::runner::{InputFormat, json_records};

use crate::cli::failure::{Failure, cannot_read};
use crate::cli::screen::Screen;
use crate::cli::session;
use crate::cli::tag_list::as_guessed;

/// Reads the gold file and the texts it names; with the number of all its records.
pub(crate) fn gold(
    path: &Path,
    tags: &TagSet,
    screen: &Screen,
) -> Result<(Vec<Item>, usize), Failure> {
    let (records, errors) = parsed(path, tags, screen, parse_gold, parse_gold_table)?;
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

/// A reader of tables: their bytes, whether cells are literal, the tags.
type TableReader<R> = fn(&[u8], bool, &TagSet) -> Result<Parsed<R>, TableError>;

/// Reads records in the notation that a file's name tells.
pub(crate) fn parsed<R>(
    path: &Path,
    tags: &TagSet,
    screen: &Screen,
    values: fn(Vec<JsonRecord>, &TagSet) -> Parsed<R>,
    table: TableReader<R>,
) -> Result<Parsed<R>, Failure> {
    let mut bytes = std::fs::read(path).map_err(|error| cannot_read(path, error))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        let mut decoder = MultiGzDecoder::new(packed.as_slice());
        decoder
            .read_to_end(&mut bytes)
            .map_err(|error| cannot_read(path, error))?;
    }
    let format = InputFormat::of(path);
    let is_table = matches!(format, Some(InputFormat::Csv | InputFormat::Tsv));
    let usual = if is_table {
        Encoded::Guessed
    } else {
        Encoded::Unicode
    };
    let mut text = Vec::new();
    let mut reader = Utf8Reader::new(&bytes[..], usual, false);
    reader
        .read_to_end(&mut text)
        .map_err(|error| cannot_read(path, error))?;
    if let Some(guess) = reader.guess() {
        screen.note(&format!(
            "`{}` is read {}",
            path.display(),
            as_guessed(guess)
        ));
    }
    if is_table {
        return table(&bytes, format == Some(InputFormat::Tsv), tags)
            .with_context(|| format!("cannot use `{}`", path.display()))
            .map_err(Failure::usage);
    }
    let text = String::from_utf8(text).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.split(|&byte| byte == b'\n').skip(1).count();
        let message = format!("it is not valid UTF-8 on line {line}");
        let error = io::Error::new(io::ErrorKind::InvalidData, message);
        let shown = path.display();
        cannot_read(path, error).hint(format!(
            "`iconv -f WINDOWS-1252 -t UTF-8 {shown}` makes it UTF-8, if it is in that encoding"
        ))
    })?;
    Ok(values(json_records(&text), tags))
}

/// A record's text, read as `classify` reads a file.
fn text_of(
    source: &Source,
    folder: &Path,
    screen: &Screen,
) -> anyhow::Result<Option<(String, Format)>> {
    let (text, path) = match source {
        Source::Text(text) => (document::clean(text), None),
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
