//! Records in files: what a document should get (gold), and what it got (answers).
//!
//! Both are JSON, a record a line. A line that cannot be used is reported with its
//! number and stops nothing.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::tags::{TagId, TagSet};

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

/// A line that cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RecordError {
    /// Its number, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: RecordProblem,
}

/// Why a line cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordProblem {
    /// No JSON, or without a field that is needed.
    #[error("{reason} (column {column})")]
    Json {
        /// What the parser says.
        reason: String,
        /// Where it stopped.
        column: usize,
    },
    /// The id is a list, say.
    #[error("`id` is `{0}`; it must be a text or a number")]
    Id(String),
    /// Two records with one id.
    #[error("the id `{id}` stands on line {first} already")]
    IdTwice {
        /// The id.
        id: String,
        /// The line that has it first.
        first: usize,
    },
    /// A tag that the list does not have.
    #[error("the tag `{0}` is not in the tag list")]
    UnknownTag(String),
    /// A tag that the record has already.
    #[error("the tag `{0}` is there twice")]
    TagTwice(String),
    /// It is not clear which text counts.
    #[error("there is a `text` and a `path`; one of them is enough")]
    TextAndPath,
    /// Not one score for each tag.
    #[error("there are {tags} tags, but {scores} scores")]
    ScoreCount {
        /// How many tags there are.
        tags: usize,
        /// How many scores.
        scores: usize,
    },
    /// A score that is no probability.
    #[error("the score `{0}` is not a probability; it must be from 0 to 1")]
    Score(f64),
}

/// Reads gold records, and says which lines cannot be used.
#[must_use]
pub fn parse_gold(text: &str, tags: &TagSet) -> (Vec<GoldRecord>, Vec<RecordError>) {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        text: Option<String>,
        path: Option<PathBuf>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        ok: Vec<Box<RawValue>>,
    }
    let ids = Ids::new(tags);
    parse(text, |line, wire: Wire| {
        let source = match (wire.text, wire.path) {
            (Some(_), Some(_)) => return Err(RecordProblem::TextAndPath),
            (Some(text), None) => Source::Text(text),
            (None, Some(path)) => Source::Path(path),
            (None, None) => Source::None,
        };
        let tags = ids.places(&wire.tags)?;
        let mut ok = ids.places(&wire.ok)?;
        ok.retain(|tag| !tags.contains(tag));
        let id = document_id(&wire.id)?;
        let record = GoldRecord {
            line,
            id: id.clone(),
            source,
            tags,
            ok,
        };
        Ok((id, record))
    })
}

/// Reads the answers of an earlier run, and says which lines cannot be used.
#[must_use]
pub fn parse_answers(text: &str, tags: &TagSet) -> (Vec<AnswerRecord>, Vec<RecordError>) {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        scores: Option<Vec<f64>>,
    }
    let ids = Ids::new(tags);
    parse(text, |_, wire: Wire| {
        let tags = ids.places(&wire.tags)?;
        if let Some(scores) = wire.scores.as_ref().filter(|s| s.len() != tags.len()) {
            let (tags, scores) = (tags.len(), scores.len());
            return Err(RecordProblem::ScoreCount { tags, scores });
        }
        let scores = wire.scores.unwrap_or_default();
        if let Some(&score) = scores.iter().find(|score| !(0.0..=1.0).contains(*score)) {
            return Err(RecordProblem::Score(score));
        }
        let id = document_id(&wire.id)?;
        let record = AnswerRecord {
            id: id.clone(),
            tags,
            scores,
        };
        Ok((id, record))
    })
}

/// Reads lines as `W`, makes records of them, and lets no id in twice.
fn parse<W: DeserializeOwned, R>(
    text: &str,
    mut record: impl FnMut(usize, W) -> Result<(String, R), RecordProblem>,
) -> (Vec<R>, Vec<RecordError>) {
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let text = text.trim_start_matches('\u{feff}');
    for (line, content) in (1..).zip(text.lines()) {
        if content.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str(content)
            .map_err(|error| json_problem(&error))
            .and_then(|wire| record(line, wire))
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

/// The parser's words without its own line number, which is always 1.
fn json_problem(error: &serde_json::Error) -> RecordProblem {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    RecordProblem::Json {
        reason: reason.to_owned(),
        column: error.column(),
    }
}

/// A document's id: a text, or a number as it was typed.
fn document_id(literal: &RawValue) -> Result<String, RecordProblem> {
    let literal = literal.get();
    match serde_json::from_str::<String>(literal) {
        Ok(text) => Ok(text),
        Err(_) if serde_json::from_str::<f64>(literal).is_ok() => Ok(literal.to_owned()),
        Err(_) => Err(RecordProblem::Id(literal.to_owned())),
    }
}

/// Finds a tag by its id.
struct Ids(HashMap<String, usize>);

impl Ids {
    fn new(tags: &TagSet) -> Self {
        let mut places = HashMap::new();
        for (place, tag) in tags.iter().enumerate() {
            // `"17"` also finds 17, unless there is a tag of that very id.
            places
                .entry(TagId::from_text(&tag.id.to_text()).as_json().to_owned())
                .or_insert(place);
        }
        let exact = tags.iter().enumerate();
        places.extend(exact.map(|(place, tag)| (tag.id.as_json().to_owned(), place)));
        Self(places)
    }

    fn places(&self, literals: &[Box<RawValue>]) -> Result<Vec<usize>, RecordProblem> {
        let mut places = Vec::new();
        for literal in literals {
            let literal = literal.get();
            let text = serde_json::from_str::<String>(literal).ok();
            let id = text.map_or_else(
                || literal.to_owned(),
                |text| TagId::from_text(&text).as_json().to_owned(),
            );
            // A list from CSV may hold as a text what the gold file holds as a number.
            let place = self
                .0
                .get(&id)
                .or_else(|| self.0.get(TagId::from_text(&id).as_json()));
            let &place = place.ok_or_else(|| RecordProblem::UnknownTag(literal.to_owned()))?;
            if places.contains(&place) {
                return Err(RecordProblem::TagTwice(literal.to_owned()));
            }
            places.push(place);
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> TagSet {
        TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"web","name":"web app"},{"id":"9","name":"x"},{"id":9,"name":"y"}]"#)
            .unwrap()
    }

    #[track_caller]
    fn problem(line: &str) -> String {
        let (records, errors) = parse_gold(line, &tags());
        assert_eq!(records, []);
        errors[0].to_string()
    }

    #[test]
    fn a_record_has_an_id_a_text_and_tags() {
        let text = "\u{feff}{\"id\":7,\"text\":\"a\",\"tags\":[17],\"ok\":[\"web\",17],\"lang\":\"en\"}\n\n\
                    {\"id\":\"b\",\"path\":\"b.md\",\"tags\":[]}\n{\"id\":\"c\",\"tags\":[]}";
        let (records, errors) = parse_gold(text, &tags());
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
        let places = |line: &str| parse_gold(line, &tags()).0[0].tags.clone();
        assert_eq!(places(r#"{"id":1,"tags":["17"]}"#), [0]);
        assert_eq!(places(r#"{"id":1,"tags":["\u0077eb"]}"#), [1]);
        assert_eq!(places(r#"{"id":1,"tags":["9",9]}"#), [2, 3]);
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
        let twice = "{\"id\":1,\"tags\":[]}\n{\"id\":\"1\",\"tags\":[]}";
        let (records, errors) = parse_gold(twice, &tags());
        assert_eq!(records.len(), 1);
        assert_eq!(
            errors[0].to_string(),
            "line 2: the id `1` stands on line 1 already"
        );
    }

    #[test]
    fn answers_have_a_score_for_each_tag_or_none() {
        let text = "{\"id\":\"a\",\"tags\":[17],\"scores\":[0.5]}\n{\"id\":\"b\",\"tags\":[17]}\n\
                    {\"id\":\"c\",\"tags\":[17],\"scores\":[]}\n{\"id\":\"d\",\"tags\":[17],\"scores\":[2]}";
        let (answers, errors) = parse_answers(text, &tags());
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
