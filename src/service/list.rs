//! A question as a tag list with a wording of its own.

use serde::Serialize;

use crate::classifier::{Asking, ClassifierOptions, EvidenceOptions};
use crate::decide::DecideOptions;
use crate::prompt::Template;
use crate::service::fault::Fault;
use crate::service::question::{Answers, Described, Question};
use crate::tags::{TagError, TagSet};

/// What is asked if there are no instructions.
const WHICH: &str = "Which of the answers fits the document?";

/// Stands behind the question of a score.
const LEVELS: &str = "The answers are levels, from the lowest to the highest.";

/// An answer as it stands in a tag list.
#[derive(Serialize)]
struct Entry<'a, I> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<I>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl Question {
    /// What can be answered, as tags in the order of the question.
    ///
    /// # Errors
    /// [`Fault`] if two answers are the same, or one is empty.
    pub fn tag_set(&self) -> Result<TagSet, Fault> {
        let json = match &self.answers {
            Answers::YesNo { yes, no } => {
                let entry = |name, description: &'_ Option<String>| {
                    let description = description.clone();
                    let name = String::from(name);
                    Described { name, description }
                };
                entries(&[entry("yes", yes), entry("no", no)], |_, name| Some(name))
            }
            // A number is as long as any other, however long its option is.
            Answers::Choice(options) => entries(options, |place, _| Some(place + 1)),
            Answers::Score(levels) => {
                let level = |name: &String| Described {
                    name: name.clone(),
                    description: None,
                };
                let levels: Vec<_> = levels.iter().map(level).collect();
                entries(&levels, |place, _| Some(place))
            }
            // As a list of names is everywhere.
            Answers::MultiLabel { labels, .. } => entries(labels, |_, _| None::<usize>),
        };
        TagSet::parse(&json).map_err(|error| self.fault(&error))
    }

    /// How it is asked, beside how a model is asked otherwise.
    #[must_use]
    pub fn options(&self, base: &ClassifierOptions) -> ClassifierOptions {
        let instructions = self.instructions.as_deref();
        let template = match &self.answers {
            Answers::MultiLabel { .. } => instructions.map(str::to_owned),
            Answers::Score(_) => Some(format!("{}\n{LEVELS}", instructions.unwrap_or(WHICH))),
            Answers::YesNo { .. } | Answers::Choice(_) => {
                Some(instructions.unwrap_or(WHICH).to_owned())
            }
        };
        let which = || instructions.unwrap_or(WHICH).to_owned();
        ClassifierOptions {
            asking: match (&self.answers, instructions) {
                (Answers::MultiLabel { .. }, None) => Asking::Tags,
                (Answers::MultiLabel { .. }, Some(question)) => Asking::Labels(question.to_owned()),
                (Answers::YesNo { .. }, _) => Asking::YesNo(which()),
                (Answers::Choice(_), _) => Asking::Choice(which()),
                (Answers::Score(_), _) => Asking::Score(which()),
            },
            template: match template {
                Some(question) => Template::asking(base.answer, &question),
                // The same as any other tag list.
                None => base.template.clone(),
            },
            decide: self.decide(&base.decide),
            // What was learned is about the tags of one list.
            evidence: base.evidence.clone().map(|evidence| EvidenceOptions {
                learned: None,
                ..evidence
            }),
            ..base.clone()
        }
    }

    /// How many answers there are, beside how they are chosen otherwise.
    fn decide(&self, base: &DecideOptions) -> DecideOptions {
        let (min_tags, max_tags) = match self.answers {
            Answers::MultiLabel { min, max, .. } => (min, max),
            _ => (1, 1),
        };
        DecideOptions {
            min_tags,
            max_tags,
            scores: true,
            ..base.clone()
        }
    }

    /// What is wrong with the answers.
    fn fault(&self, error: &TagError) -> Fault {
        let (kind, field) = match self.answers {
            Answers::YesNo { .. } => ("noul", "criteria"),
            Answers::Choice(_) => ("choice", "criteria"),
            Answers::Score(_) => ("score", "criteria"),
            Answers::MultiLabel { .. } => ("multi_label", "labels"),
        };
        let fault = Fault::new("value_error", error.to_string());
        fault.within(field).within(kind)
    }
}

/// A tag list as JSON.
fn entries<'a, I: Serialize>(
    answers: &'a [Described],
    id: impl Fn(usize, &'a str) -> Option<I>,
) -> String {
    let entry = |(place, answer): (usize, &'a Described)| Entry {
        id: id(place, &answer.name),
        name: &answer.name,
        description: answer.description.as_deref(),
    };
    let entries: Vec<_> = answers.iter().enumerate().map(entry).collect();
    // Texts and numbers: there is nothing that could fail.
    serde_json::to_string(&entries).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::json::Json;

    fn question(text: &str) -> Question {
        Question::read(&Json::parse(text.as_bytes()).unwrap()).unwrap()
    }

    #[track_caller]
    fn assert_list(text: &str, list: &str) {
        assert_eq!(question(text).tag_set().unwrap().to_json(), list);
    }

    #[test]
    fn the_answers_are_a_tag_list() {
        assert_list(
            r#"{"type":"noul","criteria":{"true":"It is."}}"#,
            r#"[{"id":"yes","name":"yes","description":"It is."},{"id":"no","name":"no"}]"#,
        );
        assert_list(
            r#"{"type":"choice","criteria":{"b":null,"a":"A"}}"#,
            r#"[{"id":1,"name":"b"},{"id":2,"name":"a","description":"A"}]"#,
        );
        assert_list(
            r#"{"type":"score","criteria":["low","high"]}"#,
            r#"[{"id":0,"name":"low"},{"id":1,"name":"high"}]"#,
        );
        assert_list(
            r#"{"type":"multi_label","labels":["b","a"],"descriptions":{"a":"A"}}"#,
            r#"[{"id":"b","name":"b"},{"id":"a","name":"a","description":"A"}]"#,
        );
        let names = TagSet::parse(r#"["b","a"]"#).unwrap();
        let labels = question(r#"{"type":"multi_label","labels":["b","a"]}"#);
        assert_eq!(labels.tag_set().unwrap(), names);
    }

    #[test]
    fn answers_that_are_the_same_are_no_list() {
        let fault = question(r#"{"type":"score","criteria":["low","low "]}"#);
        assert_eq!(
            fault.tag_set().unwrap_err().to_string(),
            "`score.criteria`: entry 2: the name `low` stands already at entry 1"
        );
        let fault = question(r#"{"type":"choice","criteria":{"":null,"a":null}}"#);
        let fault = fault.tag_set().unwrap_err();
        assert_eq!((fault.kind, fault.place.len()), ("value_error", 2));
    }
}
