//! Lists in CSV, with any separator, under a header.

use crate::table::{Dialect, Fault, Row, Rows};
use crate::tags::parse::roles::Roles;
use crate::tags::parse::{Header, Notation, Unchecked};
use crate::tags::{Place, Problem, TagError, TagId, TagSet};

/// Reads rows under a header; `None` where the first line is none.
pub(super) fn parse(text: &str) -> Option<Result<(TagSet, Notation), TagError>> {
    let mut rows = Rows::new(text.as_bytes(), Dialect::CSV, u64::MAX >> 1);
    let is_header =
        |columns: &[String]| columns.len() > 1 && columns.iter().any(|c| Roles::knows(c));
    // Of a text in memory, reading does not fail.
    let header = rows.header(true, is_header).ok()??.ok()?;
    let was_named = text
        .trim_start()
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("sep="));
    if !is_header(&header) && !was_named {
        return None;
    }
    Some(read(&mut rows, &header))
}

fn read(rows: &mut Rows<&[u8]>, header: &[String]) -> Result<(TagSet, Notation), TagError> {
    let line = rows.line();
    let unclear = |line, reason| TagError::Unclear { line, reason };
    let roles = Roles::of(header.iter().map(String::as_str))
        .map_err(|reason| unclear(line, format!("of the header's columns, {reason}")))?;
    let name_column = roles.name.ok_or(TagError::MissingColumn("name"))?;
    rows.allow_any_length();
    let mut list = Unchecked::default();
    let mut row = Row::default();
    while let Ok(Some(read)) = rows.read(&mut row) {
        let line = row.line;
        let place = Place::Line(line);
        let wrong = |problem| TagError::Entry { place, problem };
        read.map_err(|fault| unclear(line, fault.to_string()))?;
        let (found, expected) = (row.len(), header.len());
        if row
            .iter()
            .skip(expected)
            .any(|cell| !cell.trim().is_empty())
        {
            let fault = Fault::Columns { found, expected };
            return Err(unclear(line, fault.to_string()));
        }
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // No tag has a line end in its name or id; a quote that is closed too late has.
        let named = [Some(name_column), roles.id].into_iter().flatten();
        if named
            .map(|column| row.get(column))
            .any(|cell| cell.contains(['\n', '\r']))
        {
            let reason = "a quote begins here and is closed on a later line".to_owned();
            return Err(unclear(line, reason));
        }
        let name = row.get(name_column).to_owned();
        let id = match roles.id.map(|place| row.get(place).trim()) {
            Some("") => return Err(wrong(Problem::MissingId)),
            Some(id) => TagId::from_field(id),
            None => TagId::from_text(name.trim()),
        };
        let description = roles.description.map(|place| row.get(place));
        let description = description
            .filter(|d| !d.trim().is_empty())
            .map(str::to_owned);
        list.add(place, id, name, description)?;
    }
    let named = |place: usize| header[place].clone();
    let used = [roles.id, Some(name_column), roles.description];
    let unused = (0..header.len()).filter(|place| !used.contains(&Some(*place)));
    let notation = Notation::Rows(Header {
        line,
        delimiter: rows.dialect.delimiter,
        id: roles.id.map(named),
        has_plain_id: roles.id.is_none_or(|id| Roles::is_plain_id(&header[id])),
        name: named(name_column),
        description: roles.description.map(named),
        unused: unused.map(named).filter(|name| !name.is_empty()).collect(),
    });
    Ok((list.finish()?, notation))
}
