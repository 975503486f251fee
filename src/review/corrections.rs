//! What a person says the right tags are: saved by the page, or typed into the table.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decide::DecideOptions;
use crate::eval::{
    Cells, Ids, JsonRecord, Parsed, RecordError, RecordProblem, RecordsError, RecordsFile,
    TableError, document_id, is_reviewed, parse_rows, parse_values, read, says_reviewed, tags_in,
};
use crate::table::unguard;
use crate::tags::TagSet;

/// The right tags of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The line of the file it is on, counted from 1.
    pub line: usize,
    /// The document's id.
    pub id: String,
    /// Its tags, by their places in the list.
    pub tags: Vec<usize>,
    reviewed: bool,
}

/// Reads what was reviewed, each with as many tags as `count` allows.
///
/// In JSON that is every record, or, if some have `"reviewed":true`, these alone. In a table it
/// is each row whose cell `reviewed` is filled, or whose `tags` are others than those `given`;
/// without these columns it is every row.
///
/// # Errors
/// [`RecordsError`] if nothing of it can be used.
pub fn read_corrections(
    path: &Path,
    tags: &TagSet,
    count: &DecideOptions,
) -> Result<RecordsFile<Correction>, RecordsError> {
    let mut file = read(path, tags, parse_json, parse_table)?;
    let (corrections, errors) = &mut file.parsed;
    corrections.retain(|correction| correction.reviewed);
    let allowed = count.min_tags..=count.max_tags;
    corrections.retain(|correction| {
        let (line, tags) = (correction.line, correction.tags.len());
        let is_allowed = allowed.contains(&tags);
        if !is_allowed {
            let allowed = allowed.clone();
            let problem = RecordProblem::TagCount { tags, allowed };
            errors.push(RecordError { line, problem });
        }
        is_allowed
    });
    errors.sort_by_key(|error| error.line);
    Ok(file)
}

fn parse_json(values: Vec<JsonRecord<'_>>, tags: &TagSet) -> Parsed<Correction> {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        reviewed: Option<Box<RawValue>>,
    }
    let ids = Ids::new(tags);
    let (mut corrections, errors) = parse_values(values, |line, wire: Wire| {
        let id = document_id(&wire.id)?;
        let correction = Correction {
            line,
            id: id.clone(),
            tags: ids.places(&wire.tags)?,
            reviewed: is_reviewed(wire.reviewed.as_deref()),
        };
        Ok((id, correction))
    });
    let has_marks = corrections.iter().any(|correction| correction.reviewed);
    for correction in &mut corrections {
        correction.reviewed |= !has_marks;
    }
    (corrections, errors)
}

/// What a cell `reviewed` has where nobody has reviewed the row.
fn parse_table(bytes: &[u8], tsv: bool, tags: &TagSet) -> Result<Parsed<Correction>, TableError> {
    let ids = Ids::new(tags);
    let record = |cells: &Cells, line| -> Result<(String, Correction), RecordProblem> {
        let id = unguard(&cells.id()?).to_owned();
        let is_filled = says_reviewed(&cells.get("reviewed"));
        let is_changed = cells.has("given") && cells.get("tags") != cells.get("given");
        // What nobody has looked at need not be right.
        let reviewed = is_filled || is_changed || !(cells.has("given") || cells.has("reviewed"));
        let tags = if reviewed {
            tags_in(unguard(&cells.get("tags")), &ids)?
        } else {
            Vec::new()
        };
        let correction = Correction {
            line,
            id: id.clone(),
            tags,
            reviewed,
        };
        Ok((id, correction))
    };
    parse_rows(bytes, tsv, tsv, record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> TagSet {
        TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"-5","name":"=web"},{"id":3,"name":"db"}]"#)
            .unwrap()
    }

    fn read(name: &str, text: &str) -> (Vec<(String, Vec<usize>)>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let count = DecideOptions {
            max_tags: 2,
            ..DecideOptions::default()
        };
        let (read, errors) = read_corrections(&path, &tags(), &count).unwrap().parsed;
        let read = read.into_iter().map(|c| (c.id, c.tags));
        let errors = errors.iter().map(ToString::to_string);
        (read.collect(), errors.collect())
    }

    #[test]
    fn of_a_table_what_was_filled_or_changed_is_taken() {
        let text = "id,reviewed,tags,given\n'=a,,ai,ai\nb,x,ai,ai\nc,,ai;db,ai\nd,,,ai\ne,,what,ai\n\
                    f,,'=web,ai\ng,false,ai,ai\ni,No,ai,ai\nh,,ai;db;-5,ai\n";
        let (read, errors) = read("a.csv", text);
        let read: Vec<_> = read
            .iter()
            .map(|(id, tags)| (id.as_str(), &tags[..]))
            .collect();
        assert_eq!(
            read,
            [("b", &[0][..]), ("c", &[0, 2]), ("d", &[]), ("f", &[1])]
        );
        let expected = [
            "line 6: the tag `what` is not in the tag list",
            "line 10: the number of its tags, 3, is not from 0 to 2",
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn of_records_those_that_are_marked_are_taken_or_else_all() {
        let one = r#"{"id":1,"tags":[17]}"#;
        let two = r#"{"id":"2","tags":["db"],"reviewed":true}"#;
        let (read_two, errors) = read("a.jsonl", &format!("{one}\n{two}\n"));
        assert_eq!(
            (read_two, errors.len()),
            (vec![("2".to_owned(), vec![2])], 0)
        );
        let (read_one, _) = read("a.jsonl", one);
        assert_eq!(read_one, [("1".to_owned(), vec![0])]);
    }
}
