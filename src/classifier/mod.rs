//! One document to one [`Classification`]: prompt, engine and decision together.

mod acquaintance;
mod builder;
mod decide;
mod each;
mod evidence;
mod fingerprint;
mod follow;
mod list;
mod list_report;
mod made_for;
mod masses;
mod mismatch;
mod options;
mod prepare;
mod questions;
mod result;
mod room;
mod sample;
mod settings;
mod windows;
mod workers;

pub use crate::classifier::builder::Builder;
pub use crate::classifier::evidence::EvidenceOptions;
use crate::classifier::evidence::ListEvidence;
pub use crate::classifier::list::List;
pub use crate::classifier::list_report::{ListReport, ListTokens};
pub use crate::classifier::made_for::MadeFor;
pub use crate::classifier::masses::Masses;
pub use crate::classifier::mismatch::Mismatch;
pub use crate::classifier::options::{
    Asking, Budget, BudgetError, ClassifierOptions, Document, Long,
};
pub use crate::classifier::prepare::Prepared;
use crate::classifier::prepare::Reading;
pub use crate::classifier::result::{Classification, ClassifyError, Prompt, SetupError, Usage};
pub use crate::classifier::sample::Sample;
pub use crate::classifier::settings::{Difference, NO_MODEL, Settings};
pub use crate::classifier::workers::Workers;
use std::sync::{Arc, OnceLock};

use crate::constraint::{Candidate, Language, Spelling};
use crate::decide::{Correction, DecideOptions, Decision, OptionsError, ranked};
use crate::engine::{Engine, MAX_LANES};
use crate::prompt::{Segment, answer_head};
use crate::tags::TagSet;

/// Documents are computed together up to so many tokens. More would save little, since
/// this many fill the processor, and every token would have to pass over the others'.
pub const GROUP_TOKENS: usize = 1024;

/// A model, a tag list and a wording, ready for documents.
#[derive(Debug)]
pub struct Classifier<E> {
    engine: E,
    list: Arc<List>,
    options: ClassifierOptions,
    /// What stands behind every document, if all have one id for the model.
    suffix: OnceLock<Segment>,
}

impl<E: Engine> Classifier<E> {
    /// A classifier on an engine of any kind. Checks that the model can read the prompt and
    /// write every answer.
    ///
    /// # Errors
    /// [`SetupError`] if it cannot, or an option cannot be.
    pub fn with_engine(
        engine: E,
        tags: TagSet,
        options: ClassifierOptions,
    ) -> Result<Self, SetupError> {
        let list = Arc::new(List::new(&engine, tags, &options)?);
        Ok(Self {
            engine,
            list,
            options,
            suffix: OnceLock::new(),
        })
    }

    /// The list that documents get tags of.
    #[must_use]
    pub fn list(&self) -> &Arc<List> {
        &self.list
    }

    /// Lets documents get tags of another list from now on, which was made for this model,
    /// with the wording that it was made with.
    /// If its turn comes again, nothing of it is computed again, as long as there is memory
    /// ([`ContextOptions::parked_bytes`](crate::engine::llama::ContextOptions)). A correction
    /// goes with the list that it was made for, and is dropped.
    ///
    /// # Errors
    /// [`OptionsError`] if documents of this list cannot be classified like this.
    pub fn set_list(&mut self, list: Arc<List>) -> Result<(), OptionsError> {
        let mut decide = self.options.decide.clone();
        decide.correction = None;
        self.turn_to(list, decide)
    }

    /// The same, with tags chosen in another way.
    ///
    /// # Errors
    /// [`OptionsError`] if documents of this list cannot be classified like that.
    pub fn turn_to(&mut self, list: Arc<List>, decide: DecideOptions) -> Result<(), OptionsError> {
        check_decide(&decide, &list)?;
        self.options = ClassifierOptions {
            budget: self.options.budget,
            long: self.options.long,
            decide,
            ..list.options.clone()
        };
        self.list = list;
        self.suffix = OnceLock::new();
        Ok(())
    }

    /// Lets tags be chosen in another way from now on.
    ///
    /// # Errors
    /// [`OptionsError`] if they cannot, or the list was not made for as many permutations.
    pub fn set_decide(&mut self, decide: DecideOptions) -> Result<(), OptionsError> {
        check_decide(&decide, &self.list)?;
        self.options.decide = decide;
        self.suffix = OnceLock::new();
        Ok(())
    }

    /// The tags that documents get.
    #[must_use]
    pub fn tags(&self) -> &TagSet {
        &self.list.tags
    }

    /// What computes the probabilities.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The same, for measuring. What is decoded with it is forgotten with the next document;
    /// a prefix that is put into it has to be the one of these documents.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// How documents are classified.
    #[must_use]
    pub fn options(&self) -> &ClassifierOptions {
        &self.options
    }

    /// Corrects what the model says of documents from now on.
    ///
    /// # Errors
    /// [`OptionsError`] if it was made for a list of another length.
    pub fn set_correction(&mut self, correction: Correction) -> Result<(), OptionsError> {
        correction.check(self.list.tags.len())?;
        self.options.decide.correction = Some(correction);
        Ok(())
    }

    /// Whether the evidence decides alone: the model knows too few names of the list, or there
    /// is none.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.list
            .evidence
            .as_ref()
            .is_some_and(ListEvidence::is_alone)
    }

    /// How the model writes each part of an answer.
    #[must_use]
    pub fn spelling(&self) -> &Spelling {
        &self.list.spelling
    }

    /// Chooses the tags of a document.
    ///
    /// # Errors
    /// [`ClassifyError`] where the document is empty, does not fit, or the model
    /// fails. The next document can be classified all the same.
    pub fn classify<'d>(
        &mut self,
        id: &str,
        document: impl Into<Document<'d>>,
    ) -> Result<Classification, ClassifyError> {
        let prepared = self.prepare(id, document)?;
        self.classify_prepared(&prepared, &mut |_, _| {})
    }

    /// The same for a document that was prepared, telling before its windows are
    /// computed how many are done and how many there are.
    ///
    /// # Errors
    /// As [`Classifier::classify`].
    pub fn classify_prepared(
        &mut self,
        prepared: &Prepared,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        match &prepared.reading {
            Reading::Whole(prompt) => Ok(self.classify_whole(&[(&prepared.id, prompt)])?.remove(0)),
            Reading::Windows { combining, .. } => {
                self.classify_windows(prepared, *combining, report)
            }
        }
    }

    /// How many of these documents, from the first on, are best computed together.
    /// Depends on them alone, and is at least 1 where there are any.
    #[must_use]
    pub fn group(&self, documents: &[&Prepared]) -> usize {
        // Where the model is not asked, no lane is needed.
        if self.is_alone() {
            return documents.len();
        }
        let mut tokens: usize = 0;
        let most = MAX_LANES / self.list.permutations();
        let fit = documents.iter().take(most).take_while(|document| {
            tokens = tokens.saturating_add(document.tokens());
            tokens <= GROUP_TOKENS
        });
        fit.count().max(documents.len().min(1))
    }

    /// Chooses the tags of several documents, computing them together. The tags are
    /// those that each would get by itself; scores can differ in the fourth digit.
    ///
    /// # Errors
    /// [`ClassifyError`] where one of them is at fault: which, only
    /// [`Classifier::classify_prepared`] on each can tell.
    pub fn classify_group(
        &mut self,
        group: &[&Prepared],
    ) -> Result<Vec<Classification>, ClassifyError> {
        let mut prompts = Vec::new();
        for prepared in group {
            match &prepared.reading {
                Reading::Whole(prompt) => prompts.push((prepared.id.as_str(), prompt)),
                Reading::Windows { .. } => {
                    let one = |p: &&Prepared| self.classify_prepared(p, &mut |_, _| {});
                    return group.iter().map(one).collect();
                }
            }
        }
        self.classify_whole(&prompts)
    }

    /// Classifies documents that each have one prompt.
    fn classify_whole(
        &mut self,
        prompts: &[(&str, &Prompt)],
    ) -> Result<Vec<Classification>, ClassifyError> {
        let options = self.options.decide.clone();
        let all: Vec<&Prompt> = prompts.iter().map(|&(_, prompt)| prompt).collect();
        let decisions = self.decide(&all, &options)?;
        let classifications = prompts
            .iter()
            .zip(decisions)
            .map(|(&(id, prompt), decision)| {
                debug_assert!(self.is_valid(id, &decision));
                let first = decision.slots.first().map(|slot| ranked(slot));
                let usage = Usage {
                    used: prompt.document.tokens.len(),
                    left_out: prompt.left_out,
                    windows: 1,
                    spoke: Vec::new(),
                };
                self.classification(id, decision, &first.unwrap_or_default(), usage)
            });
        Ok(classifications.collect())
    }

    /// Puts the list's ids in the place of places in the list.
    fn classification(
        &self,
        id: &str,
        decision: Decision,
        ranking: &[(Candidate, f64)],
        usage: Usage,
    ) -> Classification {
        let tag_id = |tag: usize| self.list.tags.get(tag).id.clone();
        let candidate = |&(candidate, log_prob): &(Candidate, f64)| match candidate {
            Candidate::Tag(tag) => (Some(tag_id(tag)), log_prob),
            Candidate::Stop => (None, log_prob),
        };
        Classification {
            id: id.to_owned(),
            tags: decision.tags.iter().map(|&tag| tag_id(tag)).collect(),
            log_probs: decision.log_probs,
            certainty: decision.certainty,
            one_order: decision.agree.len() < self.options.decide.permutations,
            agreeing: decision.agree.iter().filter(|&&agrees| agrees).count(),
            ranking: ranking.iter().map(candidate).collect(),
            usage,
        }
    }

    /// Whether what was decided is a word of the language, as written by the model.
    fn is_valid(&self, id: &str, decision: &Decision) -> bool {
        let DecideOptions {
            min_tags, max_tags, ..
        } = self.options.decide;
        let head = answer_head(id);
        let language = Language::new(&head, self.list.spelling.literals(), min_tags, max_tags);
        let literals: Vec<&str> = decision
            .tags
            .iter()
            .map(|&t| self.list.spelling.literals()[t].as_str())
            .collect();
        let answer = format!("{head}{}]}}", literals.join(","));
        language.read(answer.as_bytes()).as_deref() == Some(&decision.tags)
    }
}

/// Whether documents can be classified like this with a list.
fn check_decide(decide: &DecideOptions, list: &List) -> Result<(), OptionsError> {
    decide.check(list.tags.len())?;
    let (permutations, made_for) = (decide.permutations, list.permutations());
    let (seed, drawn_with) = (decide.seed, list.options.decide.seed);
    if let Some(questions) = &list.questions
        && !questions.suit(decide)
    {
        return Err(OptionsError {
            option: "max_tags",
            value: decide.max_tags.to_string(),
            problem: "does not go with a question that has exactly one answer".to_owned(),
        });
    }
    let (option, value, other) = if permutations != made_for {
        (
            "permutations",
            permutations.to_string(),
            made_for.to_string(),
        )
    } else if permutations > 1 && seed != drawn_with {
        ("seed", seed.to_string(), drawn_with.to_string())
    } else {
        return Ok(());
    };
    Err(OptionsError {
        option,
        value,
        problem: format!("does not go with a list that was made for {other}"),
    })
}
