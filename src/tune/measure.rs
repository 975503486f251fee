//! One configuration measured: a model answers with it.

use std::cell::Cell;
use std::io;

use crate::classifier::{Classifier, ClassifierOptions, ClassifyError};
use crate::engine::llama::{ContextOptions, LlamaEngine, Model};
use crate::eval::{AnswerRecord, Item, Judged};
use crate::tags::TagSet;
use crate::tune::levers::Lever;
use crate::tune::saved::{Folder, SaveError};
use crate::tune::search::Configuration;
use crate::wire::Answer;

/// What all configurations have in common.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The model.
    pub model: &'a Model,
    /// The tags that documents get.
    pub tags: &'a TagSet,
    /// The documents, which all have a text, and the tags that they should get.
    pub items: &'a [Item],
    /// How the model computes.
    pub context: ContextOptions,
    /// How documents are classified where no lever says otherwise.
    pub options: ClassifierOptions,
    /// Where answers are kept.
    pub folder: Option<Folder>,
}

/// How the measuring of a configuration ended.
#[derive(Debug)]
pub enum Measured {
    /// All documents were asked about.
    All {
        /// What each got, in their order.
        judged: Vec<Judged>,
        /// How many failed; they count as without tags.
        failed: usize,
    },
    /// Somebody stopped it.
    Stopped,
    /// The configuration cannot be, for a reason.
    Impossible(String),
}

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// The model cannot answer as the options are.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
    /// It cannot be told what the model is.
    #[error(transparent)]
    Model(io::Error),
    /// Answers cannot be kept.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl Bench<'_> {
    /// Lets the model answer with a configuration, as far as it has not before. `goes_on` is
    /// told before each document how many are done, and says whether to go on; `failed` hears
    /// of documents without an answer.
    ///
    /// # Errors
    /// [`MeasureError`] if no configuration could be measured.
    pub fn measure(
        &self,
        levers: &[Lever],
        configuration: &Configuration,
        goes_on: &mut dyn FnMut(usize) -> bool,
        failed: &mut dyn FnMut(&str, &ClassifyError),
    ) -> Result<Measured, MeasureError> {
        let mut options = self.options.clone();
        configuration.apply(levers, &mut options);
        let engine = LlamaEngine::new(self.model, self.context.clone());
        let mut classifier = match Classifier::with_engine(engine, self.tags.clone(), options) {
            Ok(classifier) => classifier,
            Err(error) => return Ok(Measured::Impossible(error.to_string())),
        };
        let mut saved = match &self.folder {
            Some(folder) => {
                let name = configuration.file_name(levers);
                let settings = classifier.settings().map_err(MeasureError::Model)?;
                Some(folder.open(&name, &settings, self.items, self.tags)?)
            }
            None => None,
        };
        let known = |item: &Item| saved.as_ref()?.get(&item.record.id).cloned();
        let mut answers: Vec<Option<AnswerRecord>> = self.items.iter().map(known).collect();
        let open: Vec<usize> = (0..answers.len())
            .filter(|&place| answers[place].is_none())
            .collect();
        let stopped = Cell::new(false);
        let open = open.into_iter().take_while(|&place| {
            stopped.set(!goes_on(place));
            !stopped.get()
        });
        let documents = open.filter_map(|place| {
            let item = &self.items[place];
            Some((place, item.record.id.as_str(), item.document()?))
        });
        let mut failures = 0;
        let workers = classifier.best_workers();
        let asked = classifier.classify_many(workers, documents, |place: usize, answer| {
            answers[place] = Some(match answer {
                Ok(answer) => {
                    let line = Answer::with_scores(&answer);
                    if let Some(saved) = &mut saved {
                        saved.add(&line)?;
                    }
                    AnswerRecord::of(&line, self.tags)
                }
                Err(error) => {
                    failed(&self.items[place].record.id, &error);
                    failures += 1;
                    AnswerRecord::default()
                }
            });
            Ok(())
        });
        match asked {
            Err(MeasureError::Classify(error)) if !configuration.is_default() => {
                return Ok(Measured::Impossible(error.to_string()));
            }
            asked => asked?,
        }
        if stopped.get() {
            return Ok(Measured::Stopped);
        }
        let answers = answers.into_iter().map(Option::unwrap_or_default);
        let judged = self.items.iter().zip(answers);
        Ok(Measured::All {
            judged: judged.map(|(item, answer)| item.judged(&answer)).collect(),
            failed: failures,
        })
    }
}
