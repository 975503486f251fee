//! Rows of CSV and TSV under a header.

use std::collections::HashSet;
use std::io::BufRead;

use crate::document::MAX_BYTES;
use crate::runner::fields::{Fields, Keep, Object};
use crate::runner::input::{InputError, InputFormat, Items, Source};
use crate::runner::record::{Record, RecordError};
use crate::runner::value::Value;
use crate::table::{Dialect, Row, Rows};

/// Sends the records of rows. No field can be missing in all of them: there is a header. Gives
/// what separates cells, where that was found out and is none that the name tells.
pub(super) fn send(
    source: &Source,
    input: impl BufRead,
    sender: &Items,
) -> Result<(Vec<String>, Option<u8>), InputError> {
    let failed = |error| source.io_error(error);
    let usual = match source.format {
        InputFormat::Tsv => Dialect::TSV,
        _ => Dialect::CSV,
    };
    let dialect = Dialect {
        delimiter: source.delimiter.unwrap_or(usual.delimiter),
        ..usual
    };
    let mut rows = Rows::new(input, dialect, MAX_BYTES);
    // Tabs are what makes TSV, whatever else is in its header.
    let find = source.delimiter.is_none() && source.format != InputFormat::Tsv;
    let fits = |columns: &[String]| missing(source, columns).is_none();
    let header = rows.header(find, fits).map_err(failed)?;
    let header = header.ok_or_else(|| InputError::no_header(&source.path))?;
    let path = || source.path.clone();
    let header = header.map_err(|source| InputError::Header {
        path: path(),
        source,
    })?;
    if let Some((column, option)) = missing(source, &header) {
        return Err(InputError::NoColumn {
            path: path(),
            column,
            option,
            columns: header,
            delimiter: rows.dialect.delimiter,
        });
    }
    // Of several columns with one name, the first is the one.
    let mut seen = HashSet::new();
    let named = header.iter().enumerate();
    let all: Vec<(usize, &String)> = named.filter(|(_, name)| seen.insert(*name)).collect();
    let asked = asked_for(&source.fields, &all);
    let mut row = Row::default();
    while let Some(read) = rows.read(&mut row).map_err(failed)? {
        let line = row.line;
        let record = |columns: &[(usize, &String)]| {
            let object = object(&row, columns);
            Record::from_fields(object, line, &source.fields, source.folder())
        };
        let record = match read {
            // What is said of a row that is no record names all of its columns.
            Ok(()) => record(&asked).or_else(|_| record(&all)),
            Err(fault) => Err(RecordError {
                line,
                id: None,
                kind: if source.format == InputFormat::Tsv {
                    "not_tsv"
                } else {
                    "not_csv"
                },
                message: fault.to_string(),
            }),
        };
        if !sender.send(record) {
            break;
        }
    }
    let found = rows.dialect.delimiter;
    Ok((
        Vec::new(),
        (find && found != usual.delimiter).then_some(found),
    ))
}

/// The columns that a record is made of.
fn asked_for<'h>(fields: &Fields, all: &[(usize, &'h String)]) -> Vec<(usize, &'h String)> {
    let Keep::Named(kept) = &fields.keep else {
        return all.to_vec();
    };
    let is_asked = |name: &String| {
        let mut names = fields
            .text
            .iter()
            .chain(kept)
            .chain([&fields.id, &fields.path]);
        names.any(|known| known == name)
    };
    let asked = all.iter().filter(|(_, name)| is_asked(name));
    asked.copied().collect()
}

/// A row's cells by their names. An empty one is one that is not there.
fn object(row: &Row, columns: &[(usize, &String)]) -> Object {
    let cells = columns.iter().map(|&(place, name)| (name, row.get(place)));
    let cells = cells.filter(|(_, cell)| !cell.is_empty());
    let text = |(name, cell): (&String, &str)| (name.clone(), Value::Text(cell.to_owned()));
    Object(cells.map(text).collect())
}

/// A column that is needed and not there, and the option that names it.
fn missing(source: &Source, columns: &[String]) -> Option<(String, &'static str)> {
    let fields = &source.fields;
    let has = |name: &str| columns.iter().any(|column| column == name);
    let first = |names: &[String], option| {
        let missing = names.iter().find(|name| !has(name));
        missing.map(|name| (name.clone(), option))
    };
    let id = std::slice::from_ref(&fields.id);
    first(id, "--id-field").or_else(|| {
        let is_by_path = has(&fields.path) && fields.text.len() == 1;
        let text = (!is_by_path).then(|| first(&fields.text, "--text-field"));
        let keep = match &fields.keep {
            Keep::Named(names) => first(names, "--keep"),
            Keep::All => None,
        };
        text.flatten().or(keep)
    })
}
