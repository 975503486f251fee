//! Gold records and answers in CSV and TSV: `id,text,tags`, several tags separated by `;`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};

use crate::document::{Encoded, MAX_BYTES, Utf8Reader};
use crate::eval::error::{RecordError, RecordProblem};
use crate::eval::ids::{Ids, places};
use crate::eval::marks::says_reviewed;
use crate::eval::records::{AnswerRecord, GoldRecord, Parsed, Source};
use crate::table::{self, Dialect, Fault, Row, Rows};
use crate::tags::TagSet;

/// Why a table cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Its bytes cannot be read as text.
    #[error("{0}")]
    NotRead(String),
    /// It is empty, or its first row is none.
    #[error("it has no header that names the columns")]
    NoHeader,
    /// The first row is faulty.
    #[error("its header: {0}")]
    Header(Fault),
    /// A column is missing.
    #[error("it has no column `{column}`; it has {}", there.join(", "))]
    NoColumn {
        /// The one that is needed.
        column: &'static str,
        /// Those that are there.
        there: Vec<String>,
    },
}

/// Reads gold records from the bytes of a table, whatever their encoding and separator; `tsv`
/// where its cells are literal.
///
/// # Errors
/// [`TableError`] where there is no header with `id` and `tags`.
pub fn parse_gold_table(
    bytes: &[u8],
    tsv: bool,
    tags: &TagSet,
) -> Result<Parsed<GoldRecord>, TableError> {
    let ids = Ids::new(tags);
    parse(bytes, tsv, false, |cells, line| {
        let filled = |name| Some(cells.get(name)).filter(|text| !text.is_empty());
        let text = filled("text").map(Cow::into_owned);
        let path = filled("path").map(|path| path.into_owned().into());
        let source = Source::of(text, path)?;
        let id = cells.id()?;
        let (tags, ok) = (cells.tags("tags", &ids)?, cells.tags("ok", &ids)?);
        let reviewed = says_reviewed(&cells.get("reviewed"));
        let record = GoldRecord::new(line, id.clone(), source, tags, ok, reviewed);
        Ok((id, record))
    })
}

/// Reads answers from the bytes of a table, as `minitag batch -o FILE.csv` writes them.
///
/// # Errors
/// [`TableError`] where there is no header with `id` and `tags`.
pub fn parse_answers_table(
    bytes: &[u8],
    tsv: bool,
    tags: &TagSet,
) -> Result<Parsed<AnswerRecord>, TableError> {
    let ids = Ids::new(tags);
    parse(bytes, tsv, tsv, |cells, _| {
        let id = cells.id()?;
        let tags = cells.tags("tags", &ids)?;
        let scores = cells.scores()?;
        Ok((id.clone(), AnswerRecord::new(id, tags, scores)?))
    })
}

/// A row under its header.
pub(crate) struct Cells<'r> {
    header: &'r [String],
    row: &'r Row,
    /// Whether its cells are as the program writes TSV.
    is_escaped: bool,
}

impl Cells<'_> {
    /// A cell; empty where there is no such column.
    pub(crate) fn get(&self, name: &str) -> Cow<'_, str> {
        let place = self.header.iter().position(|column| column == name);
        let cell = place.map_or("", |place| self.row.get(place));
        if self.is_escaped {
            table::unescape(cell)
        } else {
            Cow::Borrowed(cell)
        }
    }

    pub(crate) fn id(&self) -> Result<String, RecordProblem> {
        match self.get("id") {
            id if id.trim().is_empty() => Err(RecordProblem::NoId),
            id => Ok(id.into_owned()),
        }
    }

    /// The scores of the tags, if it has any.
    pub(crate) fn scores(&self) -> Result<Option<Vec<f64>>, RecordProblem> {
        let scores = table::split(&self.get("scores"));
        let scores = scores.iter().map(|score| {
            let number = score
                .parse()
                .map_err(|_| RecordProblem::NoNumber(score.clone()));
            number.and_then(|n: f64| {
                if n.is_nan() {
                    Err(RecordProblem::Score(n))
                } else {
                    Ok(n)
                }
            })
        });
        let scores: Vec<f64> = scores.collect::<Result<_, _>>()?;
        Ok(Some(scores).filter(|scores| !scores.is_empty()))
    }

    /// Whether there is such a column.
    #[cfg(feature = "batch")]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// The tags of a cell.
    pub(crate) fn tags(&self, name: &str, ids: &Ids) -> Result<Vec<usize>, RecordProblem> {
        tags_in(&self.get(name), ids)
    }
}

/// The tags in a cell. People also separate them by commas, where that is plain.
pub(crate) fn tags_in(cell: &str, ids: &Ids) -> Result<Vec<usize>, RecordProblem> {
    let mut names = table::split(cell);
    if let [one] = names.as_slice()
        && ids.text(one).is_none()
        && one.contains(',')
    {
        names = one.split(',').map(|name| name.trim().to_owned()).collect();
    }
    places(names.iter().map(|name| (name.as_str(), ids.text(name))))
}

/// Reads rows as records, and lets no id in twice.
pub(crate) fn parse<R>(
    bytes: &[u8],
    tsv: bool,
    is_escaped: bool,
    record: impl Fn(&Cells, usize) -> Result<(String, R), RecordProblem>,
) -> Result<Parsed<R>, TableError> {
    let mut text = Vec::new();
    Utf8Reader::new(bytes, Encoded::Guessed, false)
        .read_to_end(&mut text)
        .map_err(|error| TableError::NotRead(error.to_string()))?;
    let dialect = if tsv { Dialect::TSV } else { Dialect::CSV };
    let mut rows = Rows::new(BufReader::new(Cursor::new(text)), dialect, MAX_BYTES);
    let needed = ["id", "tags"];
    let has = |columns: &[String], name: &str| columns.iter().any(|column| column == name);
    let fits = |columns: &[String]| needed.iter().all(|name| has(columns, name));
    let header = rows
        .header(!tsv, fits)
        .ok()
        .flatten()
        .ok_or(TableError::NoHeader)?;
    let header = header.map_err(TableError::Header)?;
    if let Some(column) = needed.into_iter().find(|name| !has(&header, name)) {
        let there = header.iter().map(|name| format!("`{name}`")).collect();
        return Err(TableError::NoColumn { column, there });
    }
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut row = Row::default();
    while let Ok(Some(read)) = rows.read(&mut row) {
        let line = usize::try_from(row.line).unwrap_or(usize::MAX);
        let cells = Cells {
            header: &header,
            row: &row,
            is_escaped,
        };
        let parsed = read
            .map_err(RecordProblem::Row)
            .and_then(|()| record(&cells, line))
            .and_then(|(id, record)| match seen.insert(id.clone(), line) {
                Some(first) => Err(RecordProblem::IdTwice { id, first }),
                None => Ok(record),
            });
        match parsed {
            Ok(record) => records.push(record),
            Err(problem) => errors.push(RecordError { line, problem }),
        }
    }
    Ok((records, errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> TagSet {
        let list = r#"[{"id":17,"name":"ai"},{"id":"a;b","name":"web app"},{"id":9,"name":"lib"}]"#;
        TagSet::parse(list).unwrap()
    }

    fn messages(errors: &[RecordError]) -> Vec<String> {
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn gold_is_read_by_columns() {
        let text =
            "id;tags;text;ok\n7;17;\"a;\nb\";web app\n8;\"\"\"a;b\"\";9\";;\n9;;;\n10;ai, lib;;\n";
        let (records, errors) = parse_gold_table(text.as_bytes(), false, &tags()).unwrap();
        assert_eq!(messages(&errors), [""; 0]);
        let read: Vec<_> = records
            .iter()
            .map(|r| (r.line, r.id.as_str(), &r.tags[..]))
            .collect();
        assert_eq!(
            read,
            [
                (2, "7", &[0][..]),
                (4, "8", &[1, 2]),
                (5, "9", &[]),
                (6, "10", &[0, 2])
            ]
        );
        assert_eq!(
            (&records[0].source, &records[0].ok[..]),
            (&Source::Text("a;\nb".into()), &[1][..])
        );
    }

    #[test]
    fn answers_are_read_as_they_are_written() {
        let text = "id\ttags\tscores\n1\\t\\\\\t17;\"a;b\"\t0.5;0.25\n2\t\t\n3\t17\t2\n4\t17\tx\n";
        let (answers, errors) = parse_answers_table(text.as_bytes(), true, &tags()).unwrap();
        assert_eq!(
            (&answers[0].tags[..], &answers[0].scores[..]),
            (&[0, 1][..], &[0.5, 0.25][..])
        );
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0].id, "1\t\\");
        let expected = [
            "line 4: the score `2` is not a probability; it must be from 0 to 1",
            "line 5: the score `x` is no number",
        ];
        assert_eq!(messages(&errors), expected);
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_line() {
        let text = "id,tags\n1,18\n,17\n2,17\n2,9\n3,\"17\n";
        let (gold, errors) = parse_gold_table(text.as_bytes(), false, &tags()).unwrap();
        assert_eq!(gold.len(), 1);
        let expected = [
            "line 2: the tag `18` is not in the tag list",
            "line 3: it has no `id`",
            "line 5: the id `2` stands on line 4 already",
            "line 6: the quote that opens its cell 2 is never closed",
        ];
        assert_eq!(messages(&errors), expected);
        let error = |text: &str| parse_gold_table(text.as_bytes(), false, &tags()).unwrap_err();
        assert_eq!(
            error("id,tag\n").to_string(),
            "it has no column `tags`; it has `id`, `tag`"
        );
        assert_eq!(error(""), TableError::NoHeader);
    }
}
