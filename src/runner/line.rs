//! Lines as they are written: an answer or an error, as JSON, CSV or TSV.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::runner::record::{Outcome, RecordError};
use crate::table;
use crate::tags::{TagId, json_string};

/// How a line is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One JSON object.
    Json,
    /// One row: id, tags, their names, scores and whether to review where asked for, then the
    /// named fields.
    Rows {
        /// Whether the cells are separated by tabs and [escaped](table::escape), instead of CSV.
        tsv: bool,
        /// Whether there is a column for the tags' names.
        names: bool,
        /// Whether there is a column for scores.
        scores: bool,
        /// Whether there is a column that says what to review.
        review: bool,
        /// The names of the fields that are kept.
        kept: Vec<String>,
    },
}

/// What a line tells of.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The record's place in the input, counted from 1.
    pub line: u64,
    /// The record's id, where it has one.
    pub id: Option<&'a str>,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// What is carried to the output.
    pub kept: &'a [(String, Box<RawValue>)],
}

/// The parts of a kept answer that scripts look at.
#[derive(Deserialize)]
struct Answer {
    tags: Vec<TagId>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    scores: Vec<f64>,
    #[serde(default)]
    review: bool,
}

impl Answer {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    id: Option<&'a str>,
    line: u64,
    error: ErrorDetail<'a>,
}

#[derive(Serialize)]
struct ErrorDetail<'a> {
    kind: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    id: &'a str,
    before: Vec<TagId>,
    after: Vec<TagId>,
}

impl Layout {
    /// What stands before the first line: nothing, or the names of the columns.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Json => Vec::new(),
            Self::Rows {
                tsv,
                names,
                scores,
                review,
                kept,
            } => {
                let mut columns = vec!["id", "tags"];
                columns.extend(names.then_some("names"));
                columns.extend(scores.then_some("scores"));
                columns.extend(review.then_some("review"));
                columns.extend(kept.iter().map(String::as_str));
                row(&columns, *tsv)
            }
        }
    }

    /// A line with its newline. A failure is always a JSON object.
    #[must_use]
    pub fn line(&self, line: &Line) -> Vec<u8> {
        let answer = match line.outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Failure { kind, message } => return error_line(line, kind, message),
        };
        match self {
            Self::Json => {
                let mut json = format!("{{\"id\":{}", json_string(line.id.unwrap_or_default()));
                let fields = answer
                    .strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'));
                json.push(',');
                json.push_str(fields.unwrap_or(answer));
                for (name, value) in line.kept {
                    json.push(',');
                    json.push_str(&json_string(name));
                    json.push(':');
                    json.push_str(value.get());
                }
                json.push_str("}\n");
                json.into_bytes()
            }
            Self::Rows {
                tsv,
                names,
                scores,
                review,
                kept,
            } => {
                let answer = Answer::read(answer);
                let tags = answer.iter().flat_map(|a| &a.tags);
                let mut fields = vec![
                    line.id.unwrap_or_default().to_owned(),
                    table::join(tags.map(TagId::to_text)),
                ];
                if *names {
                    fields.push(table::join(answer.iter().flat_map(|a| &a.names)));
                }
                if *scores {
                    let scores = answer.iter().flat_map(|a| &a.scores).map(f64::to_string);
                    fields.push(scores.collect::<Vec<_>>().join(";"));
                }
                if *review {
                    fields.push(answer.is_some_and(|a| a.review).to_string());
                }
                for name in kept {
                    let value = line.kept.iter().find(|(known, _)| known == name);
                    fields.push(value.map(|(_, value)| plain(value)).unwrap_or_default());
                }
                row(&fields, *tsv)
            }
        }
    }
}

/// The tags of an answer; `None` of a failure.
#[must_use]
pub fn answer_tags(outcome: &Outcome) -> Option<Vec<TagId>> {
    match outcome {
        Outcome::Answer(answer) => Answer::read(answer).map(|answer| answer.tags),
        Outcome::Failure { .. } => None,
    }
}

/// Whether an answer is marked for review.
pub(super) fn is_marked(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Answer(answer) => Answer::read(answer).is_some_and(|answer| answer.review),
        Outcome::Failure { .. } => false,
    }
}

/// The line that tells how an answer changed; `None` where it did not.
pub(super) fn change_line(id: &str, before: &Outcome, after: &Outcome) -> Option<Vec<u8>> {
    let (before, after) = (answer_tags(before)?, answer_tags(after)?);
    (before != after).then(|| json_line(&Change { id, before, after }))
}

fn error_line(line: &Line, kind: &str, message: &str) -> Vec<u8> {
    json_line(&ErrorLine {
        id: line.id,
        line: line.line,
        error: ErrorDetail { kind, message },
    })
}

fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

fn row(fields: &[impl AsRef<str>], tsv: bool) -> Vec<u8> {
    if tsv {
        let cells = fields.iter().map(|field| table::escape(field.as_ref()));
        let mut row = cells.collect::<Vec<_>>().join("\t");
        row.push('\n');
        return row.into_bytes();
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(fields.iter().map(AsRef::as_ref));
    writer.into_inner().unwrap_or_default()
}

/// A JSON value as a CSV field: a text without its quotes, the rest as it stands.
fn plain(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

/// A record that cannot be read is an outcome like any other.
impl From<&RecordError> for Outcome {
    fn from(error: &RecordError) -> Self {
        Self::Failure {
            kind: error.kind.to_owned(),
            message: error.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Vec<(String, Box<RawValue>)> {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        vec![
            ("title".to_owned(), raw("\"a, b\"")),
            ("n".to_owned(), raw("1.50")),
        ]
    }

    fn line(layout: &Layout, outcome: &Outcome) -> String {
        let line = Line {
            line: 3,
            id: Some("a\"b"),
            outcome,
            kept: &kept(),
        };
        String::from_utf8(layout.line(&line)).unwrap()
    }

    fn csv(scores: bool) -> Layout {
        let kept = vec!["n".to_owned(), "title".to_owned(), "none".to_owned()];
        Layout::Rows {
            tsv: false,
            names: false,
            scores,
            review: false,
            kept,
        }
    }

    #[test]
    fn answers_carry_id_tags_and_what_was_kept() {
        let answer = Outcome::Answer(
            r#"{"tags":[12345678901234567890123,"x"],"scores":[0.5,0.25]}"#.to_owned(),
        );
        assert_eq!(
            line(&Layout::Json, &answer),
            "{\"id\":\"a\\\"b\",\"tags\":[12345678901234567890123,\"x\"],\"scores\":[0.5,0.25],\"title\":\"a, b\",\"n\":1.50}\n"
        );
        assert_eq!(
            line(&csv(true), &answer),
            "\"a\"\"b\",12345678901234567890123;x,0.5;0.25,1.50,\"a, b\",\n"
        );
        assert_eq!(
            String::from_utf8(csv(true).head()).unwrap(),
            "id,tags,scores,n,title,none\n"
        );
    }

    #[test]
    fn what_to_review_has_a_column() {
        let layout = Layout::Rows {
            tsv: false,
            names: false,
            scores: false,
            review: true,
            kept: Vec::new(),
        };
        assert_eq!(layout.head(), b"id,tags,review\n");
        for (json, row) in [
            (r#"{"tags":[1],"review":true}"#, "\"a\"\"b\",1,true\n"),
            (r#"{"tags":[1,2]}"#, "\"a\"\"b\",1;2,false\n"),
        ] {
            let answer = Outcome::Answer(json.to_owned());
            assert_eq!(line(&layout, &answer), row);
            assert_eq!(is_marked(&answer), row.contains("true"));
        }
    }

    #[test]
    fn names_have_a_column_and_no_two_lists_look_the_same() {
        let answer = |json: &str| Outcome::Answer(json.to_owned());
        let one = answer(r#"{"tags":["Health; Safety"],"names":["Health; Safety"]}"#);
        let two = answer(r#"{"tags":["Health","Safety"],"names":["a\tb","c"]}"#);
        let layout = |tsv| Layout::Rows {
            tsv,
            names: true,
            scores: false,
            review: false,
            kept: Vec::new(),
        };
        assert_eq!(layout(true).head(), b"id\ttags\tnames\n");
        let quoted = "\"a\"\"b\",\"\"\"Health; Safety\"\"\",\"\"\"Health; Safety\"\"\"\n";
        assert_eq!(line(&layout(false), &one), quoted);
        assert_eq!(
            line(&layout(false), &two),
            "\"a\"\"b\",Health;Safety,a\tb;c\n"
        );
        let literal = "a\"b\t\"Health; Safety\"\t\"Health; Safety\"\n";
        assert_eq!(line(&layout(true), &one), literal);
        assert_eq!(line(&layout(true), &two), "a\"b\tHealth;Safety\ta\\tb;c\n");
    }

    #[test]
    fn failures_carry_their_line() {
        let failure = Outcome::Failure {
            kind: "empty".to_owned(),
            message: "the document is empty".to_owned(),
        };
        let expected = "{\"id\":\"a\\\"b\",\"line\":3,\"error\":{\"kind\":\"empty\",\"message\":\"the document is empty\"}}\n";
        assert_eq!(line(&Layout::Json, &failure), expected);
        assert_eq!(line(&csv(false), &failure), expected);
    }

    #[test]
    fn only_other_tags_are_a_change() {
        let answer = |json: &str| Outcome::Answer(json.to_owned());
        let one = answer(r#"{"tags":[1],"scores":[0.5]}"#);
        assert_eq!(
            change_line("a", &one, &answer(r#"{"tags":[1],"scores":[0.6]}"#)),
            None
        );
        let two = change_line("a", &one, &answer(r#"{"tags":[2]}"#)).unwrap();
        assert_eq!(
            String::from_utf8(two).unwrap(),
            "{\"id\":\"a\",\"before\":[1],\"after\":[2]}\n"
        );
    }
}
