//! Records in files: what a document should get (gold), and what it got (answers).
//!
//! Both are JSON, a record a line or an array of them, or a table with a header. A line that cannot be used is
//! reported with its number and stops nothing. A tag is named by its id or by its name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::eval::error::{RecordError, RecordProblem};
use crate::eval::ids::Ids;
use crate::eval::marks::is_reviewed;
use crate::tags::{TagId, TagSet, half_problem, shorten};
use crate::wire::{Answer, Object};

/// A document whose right tags are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldRecord {
    /// On which line of the file it stands, counted from 1.
    pub line: usize,
    /// Its id.
    pub id: String,
    /// Where its text is.
    pub source: Source,
    /// The tags it should get, by their places in the list.
    pub tags: Vec<usize>,
    /// Tags that would be right as well; none of `tags`.
    pub ok: Vec<usize>,
    /// Whether it says that a person has reviewed it.
    pub reviewed: bool,
}

/// Where a record's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the record.
    Text(String),
    /// In a file, as the record names it.
    Path(PathBuf),
    /// Nowhere: enough where the answers are there already.
    None,
}

/// What a document got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswerRecord {
    /// Its id.
    pub id: String,
    /// Its tags, best first, by their places in the list.
    pub tags: Vec<usize>,
    /// The probability of each; empty where the file has none.
    pub scores: Vec<f64>,
}

/// A record as JSON with the line it begins on, or what is wrong with its text.
pub type JsonRecord<'t> = (usize, Result<Cow<'t, str>, String>);

/// Gold records or answers, and which lines cannot be used.
pub type Parsed<R> = (Vec<R>, Vec<RecordError>);

impl Source {
    /// Of a text and a path, the one that is there.
    pub(super) fn of(text: Option<String>, path: Option<PathBuf>) -> Result<Self, RecordProblem> {
        match (text, path) {
            (Some(_), Some(_)) => Err(RecordProblem::TextAndPath),
            (Some(text), None) => Ok(Self::Text(text)),
            (None, Some(path)) => Ok(Self::Path(path)),
            (None, None) => Ok(Self::None),
        }
    }
}

impl GoldRecord {
    pub(super) fn new(
        line: usize,
        id: String,
        source: Source,
        tags: Vec<usize>,
        mut ok: Vec<usize>,
        reviewed: bool,
    ) -> Self {
        ok.retain(|tag| !tags.contains(tag));
        Self {
            line,
            id,
            source,
            tags,
            ok,
            reviewed,
        }
    }
}

impl AnswerRecord {
    /// An answer that was just given from this list.
    #[must_use]
    pub fn of(answer: &Answer, tags: &TagSet) -> Self {
        let place = |id: &TagId| tags.iter().position(|tag| tag.id == *id);
        Self {
            id: answer.id.clone(),
            tags: answer.tags.iter().filter_map(place).collect(),
            scores: answer.scores.clone().unwrap_or_default(),
        }
    }

    /// An answer with a score for each tag, or with none.
    pub(crate) fn new(
        id: String,
        tags: Vec<usize>,
        scores: Option<Vec<f64>>,
    ) -> Result<Self, RecordProblem> {
        if let Some(scores) = scores.as_ref().filter(|s| s.len() != tags.len()) {
            let (tags, scores) = (tags.len(), scores.len());
            return Err(RecordProblem::ScoreCount { tags, scores });
        }
        let scores = scores.unwrap_or_default();
        if let Some(&score) = scores.iter().find(|score| !(0.0..=1.0).contains(*score)) {
            return Err(RecordProblem::Score(score));
        }
        Ok(Self { id, tags, scores })
    }
}

/// Reads gold records, and says which lines cannot be used.
#[must_use]
pub fn parse_gold(values: Vec<JsonRecord>, tags: &TagSet) -> Parsed<GoldRecord> {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        text: Option<String>,
        path: Option<PathBuf>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        ok: Vec<Box<RawValue>>,
        #[serde(default)]
        reviewed: Option<Box<RawValue>>,
    }
    let ids = Ids::new(tags);
    parse(values, |line, wire: Wire| {
        let source = Source::of(wire.text, wire.path)?;
        let (tags, ok) = (ids.places(&wire.tags)?, ids.places(&wire.ok)?);
        let id = document_id(&wire.id)?;
        let reviewed = is_reviewed(wire.reviewed.as_deref());
        let record = GoldRecord::new(line, id.clone(), source, tags, ok, reviewed);
        Ok((id, record))
    })
}

/// A parser's message that is longer than this repeats what it was given.
const LONGEST: usize = 160;

/// Reads the answers of an earlier run, and says which lines cannot be used.
#[must_use]
pub fn parse_answers(values: Vec<JsonRecord>, tags: &TagSet) -> Parsed<AnswerRecord> {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        scores: Option<Vec<f64>>,
    }
    let ids = Ids::new(tags);
    parse(values, |_, wire: Wire| {
        let tags = ids.places(&wire.tags)?;
        let id = document_id(&wire.id)?;
        Ok((id.clone(), AnswerRecord::new(id, tags, wire.scores)?))
    })
}

/// The records of a text with one a line, each with its line.
#[must_use]
pub fn lines(text: &str) -> Vec<JsonRecord<'_>> {
    let lines = text.lines().map(|line| Ok(Cow::Borrowed(line)));
    (1..).zip(lines).collect()
}

/// Reads values as `W`, makes records of them, and lets no id in twice.
pub(crate) fn parse<W: DeserializeOwned, R>(
    values: Vec<JsonRecord>,
    mut record: impl FnMut(usize, W) -> Result<(String, R), RecordProblem>,
) -> (Vec<R>, Vec<RecordError>) {
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (line, content) in values {
        let is_empty = |text: &Cow<str>| text.trim_matches(is_mark).trim().is_empty();
        if content.as_ref().is_ok_and(is_empty) {
            continue;
        }
        let parsed = content
            .map_err(RecordProblem::Element)
            .and_then(|content| {
                let content = content.trim_start_matches(is_mark);
                serde_json::from_str(content).map_err(|error| json_problem(&error, content))
            })
            .and_then(|Object(wire)| record(line, wire))
            .and_then(|(id, record)| match seen.insert(id.clone(), line) {
                Some(first) => Err(RecordProblem::IdTwice { id, first }),
                None => Ok(record),
            });
        match parsed {
            Ok(record) => records.push(record),
            Err(problem) => errors.push(RecordError { line, problem }),
        }
    }
    (records, errors)
}

/// A byte order mark, which files put together have inside.
fn is_mark(c: char) -> bool {
    c == '\u{feff}'
}

/// The parser's words without its own line number.
fn json_problem(error: &serde_json::Error, content: &str) -> RecordProblem {
    if let Some(half) = half_problem(content) {
        return RecordProblem::Element(format!("it {half}"));
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    RecordProblem::Json {
        // A value of the record may stand in it.
        reason: if reason.len() > LONGEST {
            shorten(reason)
        } else {
            reason.to_owned()
        },
        column: error.column(),
    }
}

/// A document's id: a text, or a number as it was typed.
pub(crate) fn document_id(literal: &RawValue) -> Result<String, RecordProblem> {
    let literal = literal.get();
    match serde_json::from_str::<String>(literal) {
        Ok(text) if text.trim().is_empty() => Err(RecordProblem::NoId),
        Ok(text) => Ok(text),
        Err(_) if serde_json::from_str::<f64>(literal).is_ok() => Ok(literal.to_owned()),
        Err(_) => Err(RecordProblem::Id(shorten(literal))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::json_records;

    fn tags() -> TagSet {
        TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"web","name":"web app"},{"id":"9","name":"x"},{"id":9,"name":"y"}]"#)
            .unwrap()
    }

    #[track_caller]
    fn problem(line: &str) -> String {
        let (records, errors) = parse_gold(json_records(line), &tags());
        assert_eq!(records, []);
        errors[0].to_string()
    }

    #[test]
    fn a_record_has_an_id_a_text_and_tags() {
        let text = "\u{feff}{\"id\":7,\"text\":\"a\",\"tags\":[17],\"ok\":[\"web\",17],\"lang\":\"en\"}\n\n\
                    {\"id\":\"b\",\"path\":\"b.md\",\"tags\":[]}\n{\"id\":\"c\",\"tags\":[]}";
        let (records, errors) = parse_gold(json_records(text), &tags());
        assert_eq!(errors, []);
        let ids: Vec<&str> = records.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, ["7", "b", "c"]);
        assert_eq!(records[0].source, Source::Text("a".into()));
        assert_eq!(
            (&records[0].tags[..], &records[0].ok[..]),
            (&[0][..], &[1][..])
        );
        assert_eq!(records[1].source, Source::Path("b.md".into()));
        assert_eq!((records[1].line, &records[2].source), (3, &Source::None));
    }

    #[test]
    fn a_tags_id_is_found_as_a_number_and_as_a_text() {
        let places = |line: &str| parse_gold(json_records(line), &tags()).0[0].tags.clone();
        assert_eq!(places(r#"{"id":1,"tags":["17"]}"#), [0]);
        assert_eq!(places(r#"{"id":1,"tags":["\u0077eb"]}"#), [1]);
        assert_eq!(places(r#"{"id":1,"tags":["9",9]}"#), [2, 3]);
    }

    #[test]
    fn a_tag_is_found_by_its_name_where_no_id_is_that() {
        let list = TagSet::parse(
            r#"[{"id":1,"name":"ai "},{"id":"ai","name":"x"},{"id":2,"name":"web app"}]"#,
        );
        let list = list.unwrap();
        let places = |line: &str| parse_gold(json_records(line), &list).0[0].tags.clone();
        assert_eq!(places(r#"{"id":1,"tags":["web app","x"]}"#), [2, 1]);
        assert_eq!(places(r#"{"id":1,"tags":["ai",1]}"#), [1, 0]);
        let twice = parse_gold(lines(r#"{"id":1,"tags":["web app",2]}"#), &list).1;
        assert_eq!(twice[0].to_string(), "line 1: the tag `2` is there twice");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (line, message) in [
            (
                "\n{\"id\":1",
                "line 2: EOF while parsing an object (column 7)",
            ),
            (r#"{"id":1}"#, "line 1: missing field `tags` (column 8)"),
            (
                r#"{"id":[],"tags":[]}"#,
                "line 1: `id` is `[]`; it must be a text or a number",
            ),
            (r#"{"id":" ","tags":[]}"#, "line 1: it has no `id`"),
            (
                r#"{"id":1,"tags":[],"text":"\ud83d"}"#,
                "line 1: it has half a surrogate pair, `\\ud83d`, which is no character",
            ),
            (
                r#"{"id":1,"tags":[18]}"#,
                "line 1: the tag `18` is not in the tag list",
            ),
            (
                r#"{"id":1,"tags":[17,"17"]}"#,
                "line 1: the tag `\"17\"` is there twice",
            ),
            (
                r#"{"id":1,"tags":[],"text":"","path":""}"#,
                "line 1: there is a `text` and a `path`; one of them is enough",
            ),
        ] {
            assert_eq!(problem(line), message);
        }
        let fields = parse_gold(lines(r#"["q1","a game",null,[17]]"#), &tags()).1;
        assert_eq!(
            fields[0].to_string(),
            "line 1: invalid type: sequence, expected a JSON object (column 0)"
        );
        let twice = "{\"id\":1,\"tags\":[]}\n{\"id\":\"1\",\"tags\":[]}";
        let (records, errors) = parse_gold(json_records(twice), &tags());
        assert_eq!(records.len(), 1);
        assert_eq!(
            errors[0].to_string(),
            "line 2: the id `1` stands on line 1 already"
        );
    }

    #[test]
    fn an_array_is_read_as_lines_are() {
        let one = r#"{"id":1,"tags":[17]}"#;
        for (text, lines) in [
            (format!("[{one},\n{{\"id\":2,\"tags\":[]}}]"), [1, 2]),
            (
                format!("{{\"all\":[\n{one},\n{{\"id\":2,\"tags\":[]}}]}}"),
                [2, 3],
            ),
            (format!("{one}\n\u{feff}{{\"id\":2,\"tags\":[]}}"), [1, 2]),
        ] {
            let (records, errors) = parse_gold(json_records(&text), &tags());
            assert_eq!(errors, []);
            let found: Vec<usize> = records.iter().map(|record| record.line).collect();
            assert_eq!(found, lines, "{text}");
        }
        let (records, errors) =
            parse_gold(json_records(&format!("[5,\n{one},\n{{\"id\":2")), &tags());
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let expected = [
            "line 1: invalid type: integer `5`, expected a JSON object (column 1)",
            "line 3: it is not closed before the end, on line 3",
        ];
        assert_eq!(
            (records.len(), errors),
            (1, expected.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn answers_have_a_score_for_each_tag_or_none() {
        let text = "{\"id\":\"a\",\"tags\":[17],\"scores\":[0.5]}\n{\"id\":\"b\",\"tags\":[17]}\n\
                    {\"id\":\"c\",\"tags\":[17],\"scores\":[]}\n{\"id\":\"d\",\"tags\":[17],\"scores\":[2]}";
        let (answers, errors) = parse_answers(json_records(text), &tags());
        assert_eq!(answers[0].scores, [0.5]);
        assert_eq!(answers[1].scores, [0.0; 0]);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            [
                "line 3: there are 1 tags, but 0 scores",
                "line 4: the score `2` is not a probability; it must be from 0 to 1"
            ]
        );
    }
}
