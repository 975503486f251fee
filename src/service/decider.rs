//! Questions to one model, whose lists take turns.

use std::sync::Arc;

use crate::classifier::{Classifier, ClassifierOptions, ClassifyError, Document, List, SetupError};
use crate::decide::DecideOptions;
use crate::engine::{Engine, Limit};
use crate::service::answer::{Answer, Answered};
use crate::service::fault::Fault;
use crate::service::question::{Answers, Question};

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

/// A loaded model that answers questions. A question that was asked lately costs the document
/// alone.
#[derive(Debug)]
pub struct Decider<E> {
    classifier: Classifier<E>,
    options: ClassifierOptions,
    /// The lists that are ready, used last at the end.
    lists: Vec<(Question, Arc<List>)>,
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
        self.turn_to(question)?;
        let said = self.classifier.classify("", document)?;
        let (before, _) = self.classifier.tokens_around("");
        Ok(Answered {
            answer: Answer::new(question, self.classifier.tags(), &said),
            tokens: before + said.usage.used,
            left_out: said.usage.left_out,
        })
    }

    /// Checks that a question can be asked, and makes its list ready.
    ///
    /// # Errors
    /// [`DecideError`] if it cannot.
    pub fn prepare(&mut self, question: &Question) -> Result<(), DecideError> {
        self.list(question).map(drop)
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

    /// Lets the classifier answer a question from now on.
    fn turn_to(&mut self, question: &Question) -> Result<(), DecideError> {
        let list = self.list(question)?;
        let decide = question.options(&self.options).decide;
        let is_new = !Arc::ptr_eq(&list, self.classifier.list());
        if is_new {
            // How many answers there are has to suit the list before and the list to come.
            let any = DecideOptions {
                min_tags: 0,
                max_tags: 1,
                ..decide.clone()
            };
            self.classifier.set_decide(any).map_err(SetupError::from)?;
            self.classifier.set_list(list).map_err(SetupError::from)?;
        }
        self.classifier
            .set_decide(decide)
            .map_err(|error| SetupError::from(error).into())
    }

    /// The list of a question, which is made if it is not there.
    fn list(&mut self, question: &Question) -> Result<Arc<List>, DecideError> {
        let known = self.lists.iter().position(|(known, _)| known == question);
        let entry = if let Some(at) = known {
            self.lists.remove(at)
        } else {
            let options = question.options(&self.options);
            let list = List::new(self.classifier.engine(), question.tag_set()?, &options)?;
            (question.clone(), Arc::new(list))
        };
        let list = Arc::clone(&entry.1);
        self.lists.push(entry);
        if self.lists.len() > LISTS {
            self.lists.remove(0);
        }
        Ok(list)
    }
}
