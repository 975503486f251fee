//! Who answers: a classifier, or a cheap one before it that answers what it can promise.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use crate::classifier::{Classification, Classifier, ClassifyError, Document, Prepared, Workers};
use crate::engine::Engine;
use crate::runner::terms::RunError;
use crate::wire::Known;

/// Who answers.
#[derive(Debug)]
pub struct Voices<'a, E> {
    /// Reads the documents, and answers those that nobody answered before it.
    pub main: &'a mut Classifier<E>,
    /// Who is asked before it.
    pub first: Option<First<'a, E>>,
    /// Threads that answer beside it.
    pub workers: Option<Workers>,
}

/// A cheap voice before an expensive one: a cascade, as in Chen, Zaharia and Zou, *`FrugalGPT`*,
/// 2023. What it can promise is its answer; all else is asked of the other.
pub struct First<'a, E> {
    /// Who is asked first, of one document after the other.
    pub classifier: &'a mut Classifier<E>,
    /// An answer with tags, none of which has a lower score, stands.
    pub least: f64,
    /// Loads what answers the rest, the first time that there is any; `None` if it is loaded.
    pub load: Option<Load<'a, E>>,
}

/// Loads a classifier that only read until then.
pub type Load<'a, E> =
    Box<dyn FnOnce() -> Result<Classifier<E>, Box<dyn Error + Send + Sync>> + 'a>;

/// A document, after it was read.
pub(super) enum Read {
    /// The first voice answered it.
    Answered(Box<Known>),
    /// The other one has to.
    Prepared(Prepared),
    /// Nobody can.
    Failed(ClassifyError),
}

impl<E: Engine> Voices<'_, E> {
    /// Reads a document, and asks the first voice. What fails there is asked of the other.
    ///
    /// # Errors
    /// [`ClassifyError`] if it concerns all documents.
    pub(super) fn read(
        &mut self,
        id: &str,
        document: Document,
        timeout: Option<Duration>,
    ) -> Result<Read, ClassifyError> {
        let started = Instant::now();
        if let Some(First {
            classifier, least, ..
        }) = &mut self.first
            && let Ok(prepared) = classifier.prepare(id, document)
            && let Ok(answer) = classifier.classify_each(&[&prepared], timeout)?.remove(0)
        {
            let known = Known::new(&answer, started.elapsed());
            if known.stands(*least) {
                let first = true;
                return Ok(Read::Answered(Box::new(Known { first, ..known })));
            }
        }
        Ok(match self.main.prepare(id, document) {
            Ok(prepared) => Read::Prepared(prepared),
            Err(error) => Read::Failed(error),
        })
    }

    /// How many documents wait for each other, if so many are computed together.
    pub(super) fn at_once(&self, together: usize) -> usize {
        self.workers.as_ref().map_or(together, Workers::at_once)
    }

    /// How many of these documents, from the first on, are computed next.
    pub(super) fn group(&self, documents: &[&Prepared]) -> usize {
        match &self.workers {
            Some(_) => documents.len(),
            None => self.main.group(documents),
        }
    }

    /// Answers documents.
    ///
    /// # Errors
    /// [`ClassifyError`] if it concerns all documents.
    pub(super) fn classify_each(
        &mut self,
        group: &[&Prepared],
        timeout: Option<Duration>,
    ) -> Result<Vec<Result<Classification, ClassifyError>>, ClassifyError> {
        match &self.workers {
            Some(workers) => workers.classify_each(self.main, group, timeout),
            None => self.main.classify_each(group, timeout),
        }
    }

    /// Loads what answers the rest, if it is not there yet.
    pub(super) fn load(&mut self) -> Result<(), RunError> {
        let load = self.first.as_mut().and_then(|first| first.load.take());
        if let Some(load) = load {
            *self.main = load().map_err(RunError::Load)?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug> fmt::Debug for First<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("First")
            .field("classifier", &self.classifier)
            .field("least", &self.least)
            .finish_non_exhaustive()
    }
}
