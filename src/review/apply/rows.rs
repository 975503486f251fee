//! Corrections put into rows of CSV and TSV.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use crate::document::{Encoded, MAX_BYTES, Utf8Reader};
use crate::eval::{Ids, TableError, says_reviewed, tags_in};
use crate::review::apply::{ApplyError, Verdict, Work};
use crate::table::{self, Dialect, Row, Rows};
use crate::tags::TagId;

/// Goes through the rows. A column `reviewed` is added if there is none.
pub(super) fn apply(bytes: &[u8], tsv: bool, work: &mut Work) -> Result<(), ApplyError> {
    let mut text = String::new();
    let mut reader = Utf8Reader::new(bytes, Encoded::Guessed, false);
    reader.read_to_string(&mut text).map_err(ApplyError::Io)?;
    if !text.contains('\n') && text.trim_end().contains('\r') {
        return Err(ApplyError::NotLines);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let dialect = if tsv { Dialect::TSV } else { Dialect::CSV };
    let mut rows = Rows::new(Cursor::new(text.as_bytes()), dialect, MAX_BYTES);
    let fits = |names: &[String]| ["id", "tags"].iter().all(|n| names.iter().any(|m| m == n));
    let header = rows.header(!tsv, fits).ok().flatten();
    let header = header
        .ok_or(TableError::NoHeader)?
        .map_err(TableError::Header)?;
    let place = |name: &str| header.iter().position(|column| column == name);
    let needed = |column: &'static str| {
        let there = || header.iter().map(|name| format!("`{name}`")).collect();
        place(column).ok_or_else(|| TableError::NoColumn {
            column,
            there: there(),
        })
    };
    let (id, tags) = (needed("id")?, needed("tags")?);
    let reviewed = place("reviewed");
    let delimiter = rows.dialect.delimiter;
    let added = |cell: &str| match reviewed {
        Some(_) => String::new(),
        None => format!("{}{cell}", char::from(delimiter)),
    };
    let ids = Ids::new(work.tags);
    let mut content = String::new();
    // The lines as they are, with a cell more.
    let keep = |content: &mut String, lines: &[&str], cell: &str| {
        let lines = lines.concat();
        let row = lines.trim_end_matches(['\n', '\r']);
        content.push_str(&[row, &added(cell), &lines[row.len()..]].concat());
    };
    let mut done = usize::try_from(rows.line()).unwrap_or(usize::MAX);
    keep(&mut content, &lines[..done], "reviewed");
    let mut row = Row::default();
    while let Some(read) = rows.read(&mut row).map_err(ApplyError::Io)? {
        let begin = usize::try_from(row.line).unwrap_or(usize::MAX) - 1;
        // Empty lines are no rows.
        content.push_str(&lines[done..begin].concat());
        done = usize::try_from(rows.line()).unwrap_or(usize::MAX);
        let own = &lines[begin..done];
        if let Err(fault) = read {
            work.applied.unread.push((begin + 1, fault.to_string()));
            content.push_str(&own.concat());
            continue;
        }
        let cell = |place: usize| {
            let cell = row.get(place);
            if tsv {
                table::unescape(cell)
            } else {
                Cow::Borrowed(cell)
            }
        };
        let now = tags_in(&cell(tags), &ids).ok();
        let was_reviewed = reviewed.is_some_and(|place| says_reviewed(&cell(place)));
        let verdict = work.verdict(begin + 1, &cell(id), now.as_deref(), was_reviewed);
        let mut cells: Vec<String> = (0..row.len())
            .map(|place| cell(place).into_owned())
            .collect();
        let mut set = |name: &str, value: String| {
            if let Some(place) = place(name) {
                cells[place] = value;
            }
        };
        match verdict {
            Verdict::Left => {
                keep(&mut content, own, "false");
                continue;
            }
            Verdict::Right => {}
            Verdict::Tags(places) => {
                let given = places.iter().map(|&p| &work.tags.get(p).id);
                set("tags", table::join(given.map(TagId::to_text)));
                set("names", table::join(work.names(places)));
                set("scores", String::new());
            }
        }
        set("review", "false".to_owned());
        set("reviewed", "true".to_owned());
        if reviewed.is_none() {
            cells.push("true".to_owned());
        }
        content.push_str(&written(&cells, rows.dialect));
    }
    content.push_str(&lines[done..].concat());
    work.applied.content = content.into_bytes();
    Ok(())
}

/// A row with its end.
fn written(cells: &[String], dialect: Dialect) -> String {
    if !dialect.quotes {
        let cells: Vec<_> = cells.iter().map(|cell| table::escape(cell)).collect();
        return cells.join("\t") + "\n";
    }
    let mut writer = csv::WriterBuilder::new()
        .delimiter(dialect.delimiter)
        .from_writer(Vec::new());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(cells);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
