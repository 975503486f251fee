//! Answers as lines: JSON, CSV or TSV.

use serde_json::value::RawValue;

use crate::table;
use crate::tags::{TagId, json_string};
use crate::wire::answer::Answer;
use crate::wire::shape::Shape;

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

impl Layout {
    /// Rows with columns for what is shown, and for fields that are kept.
    #[must_use]
    pub fn rows(tsv: bool, shape: Shape, kept: Vec<String>) -> Self {
        Self::Rows {
            tsv,
            names: shape.names,
            scores: shape.scores.is_some(),
            review: shape.review_below.is_some(),
            kept,
        }
    }

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

    /// An answer's line with its end, and what is carried along with it: names, and values as
    /// JSON.
    #[must_use]
    pub fn line(&self, answer: &Answer, carried: &[(String, Box<RawValue>)]) -> Vec<u8> {
        match self {
            Self::Json => {
                // Texts and finite numbers: there is nothing that could fail.
                let mut json = serde_json::to_string(answer).unwrap_or_default();
                json.pop();
                for (name, value) in carried {
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
                let tags = answer.tags.iter().map(TagId::to_text);
                let mut cells = vec![answer.id.clone(), table::join(tags)];
                if *names {
                    cells.push(table::join(answer.names.iter().flatten()));
                }
                if *scores {
                    let scores = answer.scores.iter().flatten().map(f64::to_string);
                    cells.push(scores.collect::<Vec<_>>().join(";"));
                }
                if *review {
                    cells.push(answer.review.to_string());
                }
                for name in kept {
                    let value = carried.iter().find(|(known, _)| known == name);
                    cells.push(value.map(|(_, value)| plain(value)).unwrap_or_default());
                }
                row(&cells, *tsv)
            }
        }
    }
}

fn row(cells: &[impl AsRef<str>], tsv: bool) -> Vec<u8> {
    if tsv {
        let cells = cells.iter().map(|cell| table::escape(cell.as_ref()));
        let mut row = cells.collect::<Vec<_>>().join("\t");
        row.push('\n');
        return row.into_bytes();
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: there is nothing that could fail.
    let _ = writer.write_record(cells.iter().map(AsRef::as_ref));
    writer.into_inner().unwrap_or_default()
}

/// A JSON value as a CSV cell: a text without its quotes, the rest as it stands.
fn plain(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried() -> Vec<(String, Box<RawValue>)> {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        vec![
            ("title".to_owned(), raw("\"a, b\"")),
            ("n".to_owned(), raw("1.50")),
        ]
    }

    fn answer(json: &str) -> Answer {
        serde_json::from_str(&json.replacen('{', r#"{"id":"a\"b","#, 1)).unwrap()
    }

    fn line(layout: &Layout, json: &str) -> String {
        String::from_utf8(layout.line(&answer(json), &carried())).unwrap()
    }

    fn rows(tsv: bool, names: bool, review_below: Option<f64>) -> Layout {
        let shape = Shape {
            names,
            review_below,
            ..Shape::default()
        };
        Layout::rows(tsv, shape, Vec::new())
    }

    #[test]
    fn answers_carry_id_tags_and_what_was_kept() {
        let json = r#"{"tags":[12345678901234567890123,"x"],"scores":[0.5,0.25]}"#;
        assert_eq!(
            line(&Layout::Json, json),
            "{\"id\":\"a\\\"b\",\"tags\":[12345678901234567890123,\"x\"],\"scores\":[0.5,0.25],\"title\":\"a, b\",\"n\":1.50}\n"
        );
        let kept = vec!["n".to_owned(), "title".to_owned(), "none".to_owned()];
        let csv = Layout::Rows {
            tsv: false,
            names: false,
            scores: true,
            review: false,
            kept,
        };
        assert_eq!(
            line(&csv, json),
            "\"a\"\"b\",12345678901234567890123;x,0.5;0.25,1.50,\"a, b\",\n"
        );
        let head = String::from_utf8(csv.head()).unwrap();
        assert_eq!(head, "id,tags,scores,n,title,none\n");
    }

    #[test]
    fn what_to_review_has_a_column() {
        let layout = rows(false, false, Some(0.5));
        assert_eq!(layout.head(), b"id,tags,review\n");
        let row = line(&layout, r#"{"tags":[1],"review":true}"#);
        assert_eq!(row, "\"a\"\"b\",1,true\n");
        assert_eq!(line(&layout, r#"{"tags":[1,2]}"#), "\"a\"\"b\",1;2,false\n");
    }

    #[test]
    fn names_have_a_column_and_no_two_lists_look_the_same() {
        let one = r#"{"tags":["Health; Safety"],"names":["Health; Safety"]}"#;
        let two = r#"{"tags":["Health","Safety"],"names":["a\tb","c"]}"#;
        let layout = |tsv| rows(tsv, true, None);
        assert_eq!(layout(true).head(), b"id\ttags\tnames\n");
        let quoted = "\"a\"\"b\",\"\"\"Health; Safety\"\"\",\"\"\"Health; Safety\"\"\"\n";
        assert_eq!(line(&layout(false), one), quoted);
        let csv = "\"a\"\"b\",Health;Safety,a\tb;c\n";
        assert_eq!(line(&layout(false), two), csv);
        let literal = "a\"b\t\"Health; Safety\"\t\"Health; Safety\"\n";
        assert_eq!(line(&layout(true), one), literal);
        assert_eq!(line(&layout(true), two), "a\"b\tHealth;Safety\ta\\tb;c\n");
    }
}
