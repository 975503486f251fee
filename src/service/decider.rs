//! Questions to one model, whose lists take turns.

use std::sync::Arc;

use crate::classifier::{Classifier, ClassifierOptions, ClassifyError, Document, List, SetupError};
use crate::decide::DecideOptions;
use crate::engine::{Engine, Limit};
use crate::service::answer::{Answer, Answered};
use crate::service::fault::Fault;
use crate::service::question::{Answers, Question};
use crate::tags::TagSet;

/// So many lists are kept ready. The states of their prefixes are the engine's matter
/// ([`parked_bytes`](crate::engine::llama::ContextOptions::parked_bytes)).
const LISTS: usize = 64;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// Two of its answers are the same, or one is empty.
    #[error(transparent)]
    Question(#[from] Fault),
    /// The model cannot be asked it.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// It cannot be answered of this document.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
}

impl DecideError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Classify(error) => error.hint(),
            _ => None,
        }
    }

    /// One word for scripts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Question(_) | Self::Setup(_) => "question",
            Self::Classify(error) => error.kind(),
        }
    }
}

/// A loaded model that answers questions, and tags documents from any list. What was asked
/// lately costs the document alone.
#[derive(Debug)]
pub struct Decider<E> {
    classifier: Classifier<E>,
    options: ClassifierOptions,
    /// The lists that are ready, used last at the end.
    lists: Vec<(Asked, Arc<List>)>,
}

/// What a list was made for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Question(Question),
    Tags(TagSet),
}

impl<E: Engine> Decider<E> {
    /// Questions to an engine, asked and read as these options say.
    ///
    /// # Errors
    /// [`DecideError`] if the model cannot be asked anything like that.
    pub fn new(engine: E, options: ClassifierOptions) -> Result<Self, DecideError> {
        let any = Question {
            instructions: None,
            answers: Answers::YesNo {
                yes: None,
                no: None,
            },
        };
        let classifier = Classifier::with_engine(engine, any.tag_set()?, any.options(&options))?;
        Ok(Self {
            classifier,
            options,
            lists: Vec::new(),
        })
    }

    /// Answers a question of a document.
    ///
    /// # Errors
    /// [`DecideError`] if it cannot; the next one can be answered all the same.
    pub fn answer<'d>(
        &mut self,
        question: &Question,
        document: impl Into<Document<'d>>,
    ) -> Result<Answered, DecideError> {
        let list = self.list(question)?;
        let decide = question.options(&self.options).decide;
        self.turn_to(list, decide)?;
        let said = self.classifier.classify("", document)?;
        let (before, _) = self.classifier.tokens_around("");
        Ok(Answered {
            answer: Answer::new(question, self.classifier.tags(), &said),
            tokens: before + said.usage.used,
            left_out: said.usage.left_out,
        })
    }

    /// The classifier for any list, until the next question or list.
    ///
    /// # Errors
    /// [`DecideError`] if there can be none of this list.
    pub fn classifier(
        &mut self,
        tags: &TagSet,
        decide: DecideOptions,
    ) -> Result<&mut Classifier<E>, DecideError> {
        let is_known = |asked: &Asked| matches!(asked, Asked::Tags(known) if known == tags);
        let list = self.ready(is_known, |engine, options| {
            let list = List::new(engine, tags.clone(), options)?;
            Ok((Asked::Tags(tags.clone()), list))
        })?;
        self.turn_to(list, decide)?;
        Ok(&mut self.classifier)
    }

    /// Checks that a question can be asked, and makes its list ready.
    ///
    /// # Errors
    /// [`DecideError`] if it cannot.
    pub fn prepare(&mut self, question: &Question) -> Result<(), DecideError> {
        self.list(question).map(drop)
    }

    /// How it is asked and read otherwise.
    #[must_use]
    pub fn options(&self) -> &ClassifierOptions {
        &self.options
    }

    /// When the questions from now on are given up.
    pub fn set_limit(&mut self, limit: Limit) {
        self.classifier.set_limit(limit);
    }

    /// What computes the probabilities.
    #[must_use]
    pub fn engine(&self) -> &E {
        self.classifier.engine()
    }

    /// Lets the classifier choose from a list like this from now on.
    fn turn_to(&mut self, list: Arc<List>, decide: DecideOptions) -> Result<(), SetupError> {
        if Arc::ptr_eq(&list, self.classifier.list()) {
            self.classifier.set_decide(decide)?;
        } else {
            self.classifier.turn_to(list, decide)?;
        }
        Ok(())
    }

    /// The list of a question.
    fn list(&mut self, question: &Question) -> Result<Arc<List>, DecideError> {
        let is_known = |asked: &Asked| matches!(asked, Asked::Question(known) if known == question);
        self.ready(is_known, |engine, base| {
            let list = List::new(engine, question.tag_set()?, &question.options(base))?;
            Ok((Asked::Question(question.clone()), list))
        })
    }

    /// A list that is ready, or is made.
    fn ready(
        &mut self,
        is_known: impl Fn(&Asked) -> bool,
        make: impl Fn(&E, &ClassifierOptions) -> Result<(Asked, List), DecideError>,
    ) -> Result<Arc<List>, DecideError> {
        let known = self.lists.iter().position(|(asked, _)| is_known(asked));
        let entry = if let Some(at) = known {
            self.lists.remove(at)
        } else {
            let (asked, list) = make(self.classifier.engine(), &self.options)?;
            (asked, Arc::new(list))
        };
        let list = Arc::clone(&entry.1);
        self.lists.push(entry);
        if self.lists.len() > LISTS {
            self.lists.remove(0);
        }
        Ok(list)
    }
}
