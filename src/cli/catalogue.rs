//! The records of a catalogue, for commands that need its texts rather than answers to them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use minitag::document::Format;
use minitag::eval::Item;
use minitag::runner::{Fields, InputFormat, Next, Record, RecordError, Source, feed};

use crate::cli::args::FieldArgs;
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;

/// How long is waited for a record before it is looked for again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the fields of records are called.
pub(crate) fn fields(args: &FieldArgs) -> Result<Fields, Failure> {
    Ok(Fields {
        id: args.id_field.clone(),
        text: names("--text-field", &args.text_field)?,
        path: args.path_field.clone(),
        ..Fields::default()
    })
}

/// Names as they were typed, of an option with several.
pub(crate) fn names(option: &str, names: &[String]) -> Result<Vec<String>, Failure> {
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(
            wrong_usage(format!("`{option}` names a field without a name")).hint(format!(
                "several are separated by commas: `{option} title,url`"
            )),
        );
    }
    Ok(names.iter().map(|name| name.trim().to_owned()).collect())
}

/// Goes through what `batch` would read; says which records cannot be used.
pub(crate) fn each(
    path: &Path,
    fields: Fields,
    screen: &Screen,
    mut of_record: impl FnMut(Record),
) -> Result<(), Failure> {
    every(path, fields, |record| {
        match record {
            Ok(record) => of_record(record),
            Err(error) => tell_unusable(path, error.line, &error.message, screen),
        }
        Ok(ControlFlow::Continue(()))
    })
    .map(drop)
}

/// Goes through what `batch` would read, with what cannot be used, until there is a break.
pub(crate) fn every(
    path: &Path,
    fields: Fields,
    mut of_record: impl FnMut(Result<Record, RecordError>) -> Result<ControlFlow<()>, Failure>,
) -> Result<ControlFlow<()>, Failure> {
    let format = InputFormat::of(path).ok_or_else(|| {
        if let Err(error) = path.metadata() {
            return cannot_read(path, error);
        }
        let message = format!("the name of `{}` does not tell its format", path.display());
        wrong_usage(message).hint("a `.jsonl`, `.csv` or `.tsv` file, or a folder")
    })?;
    let source = Source {
        fields,
        ..Source::new(path, format)
    };
    let feed = feed(source).map_err(Failure::usage)?;
    loop {
        let item = match feed.next(PATIENCE).map_err(Failure::usage)? {
            Next::Item(item) => item,
            Next::NothingYet => continue,
            Next::End => return Ok(ControlFlow::Continue(())),
        };
        if of_record(item.record)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

/// Gives documents that have none the texts of the records with their ids.
pub(crate) fn with_texts(
    items: &mut [Item],
    path: &Path,
    fields: Fields,
    screen: &Screen,
) -> Result<(), Failure> {
    let without = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.text.is_none());
    let wanted: HashMap<String, usize> = without
        .map(|(at, item)| (item.record.id.clone(), at))
        .collect();
    texts_of(wanted, path, fields, screen, |at, text, format| {
        items[at].text = Some((text, format));
    })
    .map(drop)
}

/// Finds the first text of every id, and says which ids have another one too. Returns the ids
/// that no record has.
pub(crate) fn texts_of(
    mut wanted: HashMap<String, usize>,
    path: &Path,
    fields: Fields,
    screen: &Screen,
    mut found: impl FnMut(usize, String, Format),
) -> Result<HashMap<String, usize>, Failure> {
    let hash = |text: &str| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    };
    let mut taken: HashMap<String, u64> = HashMap::new();
    let mut others = Vec::new();
    each(path, fields, screen, |record| {
        let at = wanted.remove(&record.id);
        let earlier = taken.get(&record.id).copied();
        if at.is_none() && earlier.is_none() {
            return;
        }
        match (record.content.read(), at) {
            (Ok((text, format)), Some(at)) => {
                taken.insert(record.id, hash(&text.text));
                found(at, text.text, format);
            }
            (Ok((text, _)), None) => {
                if earlier != Some(hash(&text.text)) {
                    others.push((record.line, record.id));
                }
            }
            (Err(error), _) => tell_unusable(path, record.line, &error.message, screen),
        }
    })?;
    if let Some((line, id)) = others.first() {
        let (count, path) = (others.len(), path.display());
        screen.warning(&format!(
            "{count} records of `{path}` have the id of an earlier one and another text, and \
             were left out; the first is `{id}` on line {line}"
        ));
    }
    Ok(wanted)
}

/// Says that a record is not used.
pub(crate) fn tell_unusable(path: &Path, line: u64, message: &str, screen: &Screen) {
    screen.warning(&format!(
        "`{}`, line {line} is left out: {message}",
        path.display()
    ));
}
