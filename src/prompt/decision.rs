//! The prompt of a decision model: questions about a document, as the file's template has them.
//!
//! The template is Jinja, like a chat template, and gets what llama.cpp's server gives it:
//! `state` is the document. It is rendered once for each question with signs of every kind as
//! the document, so that what it does to them is known: one template writes a document as it
//! is, another one as JSON. So no document is ever seen by a template.

use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::models::{DecisionKind, DecisionModel};
use crate::prompt::escaping::Escaping;
use crate::prompt::jinja::{in_words, rendered};
use crate::prompt::scaffold::{Scaffold, neutralise};
use crate::vocab::{Specials, Token, Tokenizer};

/// The longest prompt beside the document, in bytes.
const LONGEST: usize = 1 << 20;

/// The most options of a question.
const MAX_LABELS: usize = 255;

/// How many ratings lev's scale from no to yes has.
pub const RATINGS: usize = 9;

/// Why questions cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionPromptError {
    /// The template is no Jinja that can be rendered.
    #[error("the decision model's template fails: {0}")]
    Fails(String),
    /// The document does not stand in it as it has to.
    #[error("the decision model's template {0}")]
    Document(&'static str),
    /// The vocabulary cannot answer.
    #[error("the decision model's vocabulary has no token `{0}` to answer with")]
    NoLabel(String),
}

/// An option of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionOf {
    /// Its name.
    pub key: String,
    /// What it means.
    pub description: Option<String>,
}

/// A question about the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it is called.
    pub id: String,
    /// Of which type it is: `choice`, `noul` or `score`.
    pub kind: &'static str,
    /// What is asked.
    pub instructions: String,
    /// What can be answered.
    pub options: Vec<OptionOf>,
}

/// A question as the template gets it.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    instructions: &'a str,
    options: Vec<Labelled<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<&'a [Entry<'a>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<[(); 0]>,
}

#[derive(Serialize)]
struct Labelled<'a> {
    key: &'a str,
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
}

/// Questions as a template writes them around a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What stands before the document, and behind it without anything from outside.
    pub(super) scaffold: Scaffold,
    pub(super) escaping: Escaping,
    /// For each question what stands behind the document.
    pub behind: Vec<String>,
}

/// Asks a decision model.
#[derive(Clone, Debug)]
pub struct DecisionPrompt<'m> {
    model: &'m DecisionModel,
    labels: Vec<(Token, String)>,
}

impl<'m> DecisionPrompt<'m> {
    /// Looks up what the model answers with.
    ///
    /// # Errors
    /// [`DecisionPromptError`] if its vocabulary has too little of it.
    pub fn new(
        tokenizer: &(impl Tokenizer + ?Sized),
        model: &'m DecisionModel,
    ) -> Result<Self, DecisionPromptError> {
        let own = |label: &String| match tokenizer.tokenize(label, Specials::AsText)[..] {
            [token] => Some(token),
            _ => None,
        };
        let letters = || (b'A'..=b'Z').map(char::from);
        let mut labels = Vec::new();
        if model.kind == DecisionKind::OpenJev {
            for label in letters().chain((b'a'..=b'z').map(char::from)) {
                let label = label.to_string();
                let token = own(&label);
                labels.push((
                    token.ok_or(DecisionPromptError::NoLabel(label.clone()))?,
                    label,
                ));
            }
        } else {
            let pairs = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
            let codes = letters().map(|letter| letter.to_string()).chain(pairs);
            labels.extend(codes.filter_map(|code| Some((own(&code)?, code))));
            labels.truncate(MAX_LABELS);
            if labels.len() < RATINGS {
                return Err(DecisionPromptError::NoLabel("I".to_owned()));
            }
        }
        Ok(Self { model, labels })
    }

    /// What is answered with, for the first option, the second one, and so on.
    #[must_use]
    pub fn labels(&self) -> Vec<Token> {
        self.labels.iter().map(|&(token, _)| token).collect()
    }

    /// Writes questions, one at least, that are each asked of a document by itself. No chat
    /// token of the template is spelled in what they say.
    ///
    /// # Errors
    /// [`DecisionPromptError`] if the template cannot be used so.
    pub fn sheet(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        questions: &[Asked],
    ) -> Result<Sheet, DecisionPromptError> {
        // What the template writes by itself, without a word from outside.
        let bare = without_words(&questions[0]);
        let (open, close, escaping) = self.around(&bare)?;
        let scaffold = Scaffold::new(&open, &close);
        let is_token = |mark: &str| tokenizer.tokenize(mark, Specials::Parse).len() == 1;
        let scaffold = scaffold.with_others_in([self.model.template.as_str()], &is_token);
        let specials = scaffold.specials();
        let mut behind = Vec::with_capacity(questions.len());
        for question in questions {
            let (before, after, written) = self.around(&harmless(question, &specials))?;
            if before != open || written != escaping {
                let problem = "asks before it shows the document, which is not done here";
                return Err(DecisionPromptError::Document(problem));
            }
            behind.push(after);
        }
        Ok(Sheet {
            scaffold,
            escaping,
            behind,
        })
    }

    /// What stands around a document that a question is asked of, and how the document is
    /// written.
    fn around(&self, question: &Asked) -> Result<(String, String, Escaping), DecisionPromptError> {
        let state = Escaping::sample();
        // Each question is asked by itself: it is all of them.
        let all = [self.entry(question)];
        let lists_all = self.model.kind == DecisionKind::Nimble;
        let values = Entry {
            state: Some(&state),
            questions: lists_all.then_some(&all),
            images: Some([]),
            ..self.entry(question)
        };
        let text = rendered(&self.model.template, Value::from(Serde(&values)), LONGEST);
        let text = text.map_err(|error| DecisionPromptError::Fails(in_words(&error)))?;
        let read = Escaping::read(&text);
        let (before, after, escaping) = read.map_err(DecisionPromptError::Document)?;
        Ok((before.to_owned(), after.to_owned(), escaping))
    }

    fn entry<'a>(&'a self, question: &'a Asked) -> Entry<'a> {
        // The letters of this type stand in its template.
        let has_labels = self.model.kind != DecisionKind::OpenJev;
        let options = question.options.iter().zip(&self.labels);
        let options = options.map(|(option, (_, label))| Labelled {
            key: &option.key,
            description: option.description.as_deref(),
            label: has_labels.then_some(label),
        });
        Entry {
            id: &question.id,
            kind: question.kind,
            instructions: &question.instructions,
            options: options.collect(),
            state: None,
            questions: None,
            images: None,
        }
    }
}

/// A question of this type whose words are all the same one.
fn without_words(question: &Asked) -> Asked {
    let word = || "x".to_owned();
    let option = |option: &OptionOf| OptionOf {
        key: word(),
        description: option.description.as_ref().map(|_| word()),
    };
    Asked {
        id: word(),
        instructions: word(),
        options: question.options.iter().map(option).collect(),
        kind: question.kind,
    }
}

/// A question in which no chat token is spelled.
fn harmless(question: &Asked, specials: &[&str]) -> Asked {
    let option = |option: &OptionOf| OptionOf {
        key: neutralise(&option.key, specials),
        description: option.description.as_ref().map(|d| neutralise(d, specials)),
    };
    Asked {
        id: neutralise(&question.id, specials),
        kind: question.kind,
        instructions: neutralise(&question.instructions, specials),
        options: question.options.iter().map(option).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One token a sign, and one for the end of a turn; no lower case.
    struct Signs;

    impl Tokenizer for Signs {
        fn tokenize(&self, text: &str, specials: Specials) -> Vec<Token> {
            let signs = |text: &str| -> Vec<Token> {
                text.chars()
                    .map(|sign| i32::try_from(u32::from(sign)).unwrap())
                    .flat_map(|sign| vec![Token(sign); 1 + usize::from(sign == i32::from(b'z'))])
                    .collect()
            };
            match text {
                "<end>" if specials == Specials::Parse => vec![Token(-1)],
                _ => signs(text),
            }
        }

        fn piece(&self, _: Token) -> Vec<u8> {
            Vec::new()
        }

        fn is_control(&self, token: Token) -> bool {
            token.0 < 0
        }

        fn bos(&self) -> Option<Token> {
            None
        }
    }

    fn model(kind: &str, template: &str) -> DecisionModel {
        let metadata = |key: &str| {
            let value = match key {
                "general.architecture" => "x",
                "x.decision.type" => kind,
                crate::models::DECISION_TEMPLATE => template,
                _ => return None,
            };
            Some(value.to_owned())
        };
        DecisionModel::read(&metadata).unwrap()
    }

    fn asked(id: &str) -> Asked {
        let option = |key: &str| OptionOf {
            key: key.to_owned(),
            description: None,
        };
        Asked {
            id: id.to_owned(),
            kind: "noul",
            instructions: format!("{id}?"),
            options: vec![option("false"), option("true")],
        }
    }

    fn sheet(template: &str) -> Result<Sheet, DecisionPromptError> {
        let model = model("nimble", template);
        let prompt = DecisionPrompt::new(&Signs, &model)?;
        prompt.sheet(&Signs, &[asked("one"), asked("<end>")])
    }

    #[test]
    fn each_question_stands_behind_the_document() {
        let sheet = sheet(
            "<u>{{ state }}|{% for q in questions %}{{ q.id }},{% endfor %}{{ type }} {{ id }}: \
             {{ instructions }}{% for o in options %} {{ o.label }}={{ o.key }}{% endfor %}<end>",
        );
        let sheet = sheet.unwrap();
        assert_eq!(sheet.scaffold.open(), "<u>");
        assert_eq!(
            sheet.behind,
            [
                "|one,noul one: one? A=false B=true<end>",
                "|< end>,noul < end>: < end>? A=false B=true<end>",
            ]
        );
        assert_eq!(sheet.escaping.write("a <b> \"c\"\n"), "a <b> \"c\"\n");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let error = |template: &str| sheet(template).unwrap_err().to_string();
        assert_eq!(
            error("{% if %}"),
            "the decision model's template fails: line 1: unexpected end of block"
        );
        assert_eq!(
            error("{{ id }} {{ state }}"),
            "the decision model's template asks before it shows the document, which is not done \
             here"
        );
        for template in [
            "{{ state | replace('é', 'e') }}",
            "{{ state | truncate(9) }}",
        ] {
            let error = error(template);
            assert!(
                error.starts_with("the decision model's template "),
                "{error}"
            );
        }
        let model = model("openjev", "{{ state }}");
        assert_eq!(
            DecisionPrompt::new(&Signs, &model).unwrap_err().to_string(),
            "the decision model's vocabulary has no token `z` to answer with"
        );
    }

    #[test]
    fn codes_are_those_that_are_one_token() {
        let model = model("lev", "{{ state }}");
        let prompt = DecisionPrompt::new(&Signs, &model).unwrap();
        assert_eq!(prompt.labels().len(), 26);
    }
}
