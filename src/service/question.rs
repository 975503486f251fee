//! Typed questions: what is asked of a document, and the closed list of its answers.

use crate::service::fault::Fault;
use crate::service::fields::{Fields, text};
use crate::service::json::Json;
use crate::service::ordered::Ordered;

/// The most options of a choice.
pub const MAX_OPTIONS: usize = 255;

/// The most levels of a score.
pub const MAX_LEVELS: usize = 10;

/// At most so many labels, unless a question says otherwise: as many as tags.
const LABELS: usize = 3;

/// A question with a closed list of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked, in words.
    pub instructions: Option<String>,
    /// What can be answered.
    pub answers: Answers,
}

/// What can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Yes or no, `noul` on the wire.
    YesNo {
        /// What "yes" means.
        yes: Option<String>,
        /// What "no" means.
        no: Option<String>,
    },
    /// One of several options, two at least.
    Choice(Vec<Described>),
    /// A level, from the lowest on; two at least.
    Score(Vec<String>),
    /// Several labels, or none.
    MultiLabel {
        /// The labels.
        labels: Vec<Described>,
        /// At least so many.
        min: usize,
        /// At most so many.
        max: usize,
    },
}

/// A name, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The name.
    pub name: String,
    /// What it means.
    pub description: Option<String>,
}

impl Question {
    /// Reads a question: `{"type":"noul","instructions":"Is it urgent?"}`.
    ///
    /// # Errors
    /// [`Fault`] with the first thing that is wrong with it.
    pub fn read(json: &Json) -> Result<Self, Fault> {
        let fields = Fields::of(json)?;
        let kind = match fields.need("type")? {
            Json::Text(kind) => kind.as_str(),
            other => {
                let problem = format!("expected a string, found {}", other.kind());
                return Err(Fault::new("string_type", problem).within("type"));
            }
        };
        let read = match kind {
            "noul" => yes_no,
            "choice" => choice,
            "score" => score,
            "multi_label" => multi_label,
            other => {
                let problem = format!(
                    "`{other}` is no type of question; expected `noul`, `choice`, `score` or `multi_label`"
                );
                return Err(Fault::new("union_tag_invalid", problem).within("type"));
            }
        };
        let of_kind = |fault: Fault| fault.within(kind);
        let instructions = fields.text("instructions").map_err(of_kind)?;
        let question = Self {
            answers: read(fields).map_err(of_kind)?,
            instructions: instructions.filter(|text| !text.trim().is_empty()),
        };
        if question.is_empty() {
            let problem = "there is nothing to say yes or no to: neither instructions nor criteria";
            return Err(of_kind(Fault::new("missing", problem)));
        }
        Ok(question)
    }

    /// Whether nothing is asked.
    fn is_empty(&self) -> bool {
        let nothing = Answers::YesNo {
            yes: None,
            no: None,
        };
        self.instructions.is_none() && self.answers == nothing
    }
}

/// Reads several questions by their ids, in their order.
///
/// # Errors
/// [`Fault`] for each question that is none, or for all of them.
pub fn read_questions(json: &Json) -> Result<Vec<(String, Question)>, Vec<Fault>> {
    let fields = Fields::of(json).map_err(|fault| vec![fault])?;
    if fields.len() == 0 {
        return Err(vec![Fault::new("too_short", "there is no question")]);
    }
    let (mut questions, mut faults) = (Vec::new(), Vec::new());
    for (id, question) in fields.iter() {
        match Question::read(question) {
            Ok(question) => questions.push((id.clone(), question)),
            Err(fault) => faults.push(fault.within(id)),
        }
    }
    if faults.is_empty() {
        Ok(questions)
    } else {
        Err(faults)
    }
}

fn yes_no(fields: Fields) -> Result<Answers, Fault> {
    fields.only(&["type", "instructions", "criteria"])?;
    let Some(criteria) = fields.get("criteria") else {
        let (yes, no) = (None, None);
        return Ok(Answers::YesNo { yes, no });
    };
    let read = || {
        let criteria = Fields::of(criteria)?;
        criteria.only(&["true", "false"])?;
        let (yes, no) = (criteria.text("true")?, criteria.text("false")?);
        Ok(Answers::YesNo { yes, no })
    };
    read().map_err(|fault: Fault| fault.within("criteria"))
}

fn choice(fields: Fields) -> Result<Answers, Fault> {
    fields.only(&["type", "instructions", "criteria"])?;
    let criteria = fields.need("criteria")?;
    let read = || {
        let criteria = Fields::of(criteria)?;
        bounded(criteria.len(), MAX_OPTIONS, "options")?;
        let options = criteria.iter().map(|(name, _)| described(name, criteria));
        Ok(Answers::Choice(options.collect::<Result<_, _>>()?))
    };
    read().map_err(|fault: Fault| fault.within("criteria"))
}

fn score(fields: Fields) -> Result<Answers, Fault> {
    fields.only(&["type", "instructions", "criteria"])?;
    let criteria = fields.need("criteria")?;
    let read = || {
        let levels = list(criteria)?;
        bounded(levels.len(), MAX_LEVELS, "levels")?;
        let level = |(at, level)| text(level).map_err(|fault| fault.within(at_place(at)));
        let levels: Result<_, _> = levels.iter().enumerate().map(level).collect();
        Ok(Answers::Score(levels?))
    };
    read().map_err(|fault: Fault| fault.within("criteria"))
}

fn multi_label(fields: Fields) -> Result<Answers, Fault> {
    fields.only(&[
        "type",
        "instructions",
        "labels",
        "descriptions",
        "min",
        "max",
    ])?;
    let names = list(fields.need("labels")?).map_err(|fault| fault.within("labels"))?;
    let nothing = Json::Object(Ordered(Vec::new()));
    let descriptions = fields.get("descriptions").unwrap_or(&nothing);
    let descriptions = Fields::of(descriptions).map_err(|fault| fault.within("descriptions"))?;
    let mut labels = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let Json::Text(name) = name else {
            let problem = format!("expected a string, found {}", name.kind());
            let fault = Fault::new("string_type", problem).within(at_place(at));
            return Err(fault.within("labels"));
        };
        let label = described(name, descriptions).map_err(|fault| fault.within("descriptions"))?;
        labels.push(label);
    }
    let is_label = |name: &str| labels.iter().any(|label| label.name == name);
    if let Some((name, _)) = descriptions.iter().find(|(name, _)| !is_label(name)) {
        let fault = Fault::new("extra_forbidden", "it is none of the labels").within(name);
        return Err(fault.within("descriptions"));
    }
    let min = fields.count("min")?.unwrap_or(0);
    let max = fields.count("max")?.unwrap_or(LABELS.max(min));
    if max == 0 {
        let problem = "0 leaves nothing to decide; it must be at least 1";
        return Err(Fault::new("greater_than_equal", problem).within("max"));
    }
    if min > max.min(labels.len()) {
        let problem = format!("{min} is more than there can be: {}", max.min(labels.len()));
        return Err(Fault::new("less_than_equal", problem).within("min"));
    }
    Ok(Answers::MultiLabel { labels, min, max })
}

/// A name, with the description that a field of that name is.
fn described(name: &str, descriptions: Fields) -> Result<Described, Fault> {
    Ok(Described {
        name: name.to_owned(),
        description: descriptions.text(name)?,
    })
}

/// The values of an array.
fn list(json: &Json) -> Result<&[Json], Fault> {
    match json {
        Json::List(values) => Ok(values),
        other => {
            let problem = format!("expected an array, found {}", other.kind());
            Err(Fault::new("list_type", problem))
        }
    }
}

/// Checks that there are from two to so many.
fn bounded(count: usize, most: usize, what: &str) -> Result<(), Fault> {
    let kind = match count {
        0..2 => "too_short",
        _ if count > most => "too_long",
        _ => return Ok(()),
    };
    let problem = format!("expected 2 to {most} {what}, found {count}");
    Err(Fault::new(kind, problem))
}

/// A place in an array, counted from 0 as on the wire.
fn at_place(at: usize) -> String {
    at.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Question, Fault> {
        Question::read(&Json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn questions_of_each_type_are_read() {
        let described = |name: &str, description: Option<&str>| Described {
            name: name.to_owned(),
            description: description.map(str::to_owned),
        };
        let noul = read(r#"{"type":"noul","instructions":["Is it?"],"criteria":null}"#).unwrap();
        assert_eq!(noul.instructions.as_deref(), Some(r#"["Is it?"]"#));
        let one = read(r#"{"type":"noul","criteria":{"false":"no"}}"#).unwrap();
        let no = Some("no".to_owned());
        assert_eq!(one.answers, Answers::YesNo { yes: None, no });
        let choice = read(r#"{"type":"choice","criteria":{"b":null,"a":{"x":1}}}"#).unwrap();
        let options = vec![described("b", None), described("a", Some(r#"{"x":1}"#))];
        assert_eq!(choice.answers, Answers::Choice(options));
        let score = read(r#"{"type":"score","criteria":["low",{"l":2}],"x_more":1}"#).unwrap();
        let levels = vec!["low".to_owned(), r#"{"l":2}"#.to_owned()];
        assert_eq!(score.answers, Answers::Score(levels));
        let labels =
            read(r#"{"type":"multi_label","labels":["a","b"],"descriptions":{"b":"B"},"max":2}"#);
        let expected = Answers::MultiLabel {
            labels: vec![described("a", None), described("b", Some("B"))],
            min: 0,
            max: 2,
        };
        assert_eq!(labels.unwrap().answers, expected);
    }

    #[test]
    fn what_is_no_question_says_where_and_why() {
        let many: Vec<String> = (0..256).map(|n| format!("\"{n}\":null")).collect();
        let many = format!(r#"{{"type":"choice","criteria":{{{}}}}}"#, many.join(","));
        for (text, message) in [
            ("3", "expected an object, found a number"),
            ("{}", "`type`: the field is missing"),
            (
                r#"{"type":"boolean"}"#,
                "`type`: `boolean` is no type of question; expected `noul`, `choice`, `score` or `multi_label`",
            ),
            (
                r#"{"type":"noul"}"#,
                "`noul`: there is nothing to say yes or no to: neither instructions nor criteria",
            ),
            (
                r#"{"type":"noul","instruction":"x"}"#,
                "`noul.instruction`: there is no such field; expected `type`, `instructions`, `criteria`",
            ),
            (
                r#"{"type":"choice","criteria":{"a":null}}"#,
                "`choice.criteria`: expected 2 to 255 options, found 1",
            ),
            (
                many.as_str(),
                "`choice.criteria`: expected 2 to 255 options, found 256",
            ),
            (
                r#"{"type":"choice","criteria":{"a":1,"b":2}}"#,
                "`choice.criteria.a`: expected a string, an object or an array, found a number",
            ),
            (
                r#"{"type":"score","criteria":{"0":"a"}}"#,
                "`score.criteria`: expected an array, found an object",
            ),
            (
                r#"{"type":"score","criteria":["a",null]}"#,
                "`score.criteria.1`: expected a string, an object or an array, found null",
            ),
            (
                r#"{"type":"multi_label","labels":["a"],"min":2}"#,
                "`multi_label.min`: 2 is more than there can be: 1",
            ),
            (
                r#"{"type":"multi_label","labels":["a"],"max":0}"#,
                "`multi_label.max`: 0 leaves nothing to decide; it must be at least 1",
            ),
            (
                r#"{"type":"multi_label","labels":["a"],"descriptions":{"b":"x"}}"#,
                "`multi_label.descriptions.b`: it is none of the labels",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn each_question_that_is_none_is_named() {
        let json =
            Json::parse(br#"{"a":{"type":"x"},"b":5,"c":{"type":"noul","instructions":"?"}}"#);
        let faults = read_questions(&json.unwrap()).unwrap_err();
        let places: Vec<String> = faults.iter().map(|fault| fault.place.join(".")).collect();
        assert_eq!(places, ["a.type", "b"]);
        let none = read_questions(&Json::parse(b"{}").unwrap()).unwrap_err();
        assert_eq!(none[0].kind, "too_short");
    }
}
