//! The side that has the model: one request after the other, lists kept warm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use minitag::classifier::List;
use minitag::engine::Limit;
use minitag::engine::llama::{LlamaEngine, Model};
use minitag::explain::{ExplainError, ExplainOptions, explain, report, runs};
use minitag::wire::{ExplanationRecord, Layout, Scores, Shape, Writing};
use minitag::{Classifier, DecideOptions, TagSet};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::explain::place;
use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::learned;
use crate::cli::mcp::reading::{Source, cannot, tag};
use crate::cli::mcp::reply::{Many, Reply};
use crate::cli::mcp::request::{
    ChoiceArg, ExplainDocument, Request, ScoresArg, ShapeArg, TagDocument, TagMany,
};
use crate::cli::mcp::shelf::Shelf;
use crate::cli::plan::{Plan, Task};
use crate::cli::screen::Screen;
use crate::cli::session;

/// So many lists are kept beside the model's states of them: an agent may write many.
const LISTS: usize = 16;

/// Something to do for the model.
pub(super) struct Job {
    pub(super) request: Request,
    /// Set once nobody wants the answer any more.
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) tell: UnboundedSender<Event>,
}

/// What becomes of a job.
pub(super) enum Event {
    Progress { done: u32, all: u32 },
    Done(Result<Reply, Failure>),
}

/// What is settled before there is a model.
pub(super) struct Office<'a> {
    pub(super) plan: &'a Plan,
    /// How tags are chosen where a call does not say.
    pub(super) decide: DecideOptions,
    pub(super) shelf: &'a Shelf,
    pub(super) screen: &'a Screen,
}

/// Does jobs until nobody is there who could send one. The model is loaded for the first.
pub(super) fn work(office: &Office, jobs: &Receiver<Job>) {
    while let Some(job) = next(jobs) {
        match office.load(&job) {
            Ok(model) => {
                let mut desk = Desk::new(office, &model);
                desk.answer(&job);
                while let Some(job) = next(jobs) {
                    desk.answer(&job);
                }
            }
            // The next job may find more memory, or another list.
            Err(failure) => job.end(Err(failure)),
        }
    }
}

/// The next job that somebody still waits for.
fn next(jobs: &Receiver<Job>) -> Option<Job> {
    jobs.iter().find(|job| !job.is_cancelled())
}

impl Job {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn end(&self, outcome: Result<Reply, Failure>) {
        // Whoever asked may have left.
        let _ = self.tell.send(Event::Done(outcome));
    }

    fn progress(&self, done: usize, all: usize) {
        if let (Ok(done), Ok(all)) = (u32::try_from(done), u32::try_from(all)) {
            let _ = self.tell.send(Event::Progress { done, all });
        }
    }
}

impl Office<'_> {
    fn load(&self, job: &Job) -> Result<Model, Failure> {
        let tags = self.shelf.find(job.request.choice().tags.as_ref())?;
        self.plan.load(&Task::one_by_one(&tags), self.screen)
    }

    /// How a call wants tags to be chosen.
    fn decide(&self, choice: &ChoiceArg, scores: bool) -> DecideOptions {
        DecideOptions {
            min_tags: choice.min_tags.unwrap_or(self.decide.min_tags),
            max_tags: choice.max_tags.unwrap_or(self.decide.max_tags),
            scores,
            ..self.decide.clone()
        }
    }
}

/// A model, and the lists that it was asked for last.
struct Desk<'a> {
    office: &'a Office<'a>,
    model: &'a Model,
    classifier: Option<Classifier<LlamaEngine<'a>>>,
    /// Last used last.
    lists: Vec<Arc<List>>,
    told: bool,
}

impl<'a> Desk<'a> {
    fn new(office: &'a Office<'a>, model: &'a Model) -> Self {
        Self {
            office,
            model,
            classifier: None,
            lists: Vec::new(),
            told: false,
        }
    }

    fn answer(&mut self, job: &Job) {
        let outcome = match &job.request {
            Request::One(asked) => self.tag_document(asked, job),
            Request::Many(asked) => self.tag_many(asked, job),
            Request::Explain(asked) => self.explain(asked, job),
        };
        job.end(outcome);
        if let Some(classifier) = &self.classifier
            && !std::mem::replace(&mut self.told, true)
        {
            let Office { plan, screen, .. } = self.office;
            session::tell_of_engine(classifier.engine(), plan.verbose, screen);
        }
    }

    /// The list of a call.
    fn tags(&self, choice: &ChoiceArg) -> Result<TagSet, Failure> {
        self.office.shelf.find(choice.tags.as_ref())
    }

    /// The classifier for it.
    fn classifier(
        &mut self,
        tags: &TagSet,
        decide: DecideOptions,
        job: &Job,
    ) -> Result<&mut Classifier<LlamaEngine<'a>>, Failure> {
        decide.check(tags.len()).map_err(Failure::usage)?;
        self.take(tags)?;
        let Some(classifier) = &mut self.classifier else {
            return Err(wrong_usage("there is no list"));
        };
        classifier.set_decide(decide)?;
        classifier.set_limit(Limit {
            cancelled: Some(Arc::clone(&job.cancelled)),
            ..Limit::default()
        });
        Ok(classifier)
    }

    /// Lets the classifier use a list, made ready or kept from before.
    fn take(&mut self, tags: &TagSet) -> Result<(), Failure> {
        let Office { plan, .. } = self.office;
        let Some(classifier) = &mut self.classifier else {
            let classifier = plan.classifier(self.model, tags)?;
            self.lists.push(Arc::clone(classifier.list()));
            self.classifier = Some(classifier);
            return Ok(());
        };
        let known = self.lists.iter().position(|list| list.tags() == tags);
        let list = if let Some(at) = known {
            self.lists.remove(at)
        } else {
            if let Some((path, file)) = &plan.learned {
                learned::check_length(file, path, tags)?;
            }
            Arc::new(List::new(self.model, tags.clone(), &plan.options)?)
        };
        classifier.turn_to(Arc::clone(&list), plan.options.decide.clone())?;
        if let Some((path, file)) = &plan.learned {
            learned::check(file, path, classifier)?;
        }
        self.lists.push(list);
        let over = self.lists.len().saturating_sub(LISTS);
        self.lists.drain(..over);
        Ok(())
    }

    fn writing<'t>(&self, shape: ShapeArg, tags: &'t TagSet) -> Writing<'t> {
        let shape = Shape {
            names: shape.names,
            scores: shape.scores.map(|scores| match scores {
                ScoresArg::Chosen => Scores::Chosen,
                ScoresArg::All => Scores::All,
            }),
            ..Shape::default()
        };
        session::writing(shape, Layout::Json, tags, self.model, self.office.plan)
    }

    fn tag_document(&mut self, asked: &TagDocument, job: &Job) -> Result<Reply, Failure> {
        let source = Source::read(&asked.document(), "-").map_err(|unread| unread.failure)?;
        let tags = self.tags(&asked.choice)?;
        let writing = self.writing(asked.shape, &tags);
        let decide = self
            .office
            .decide(&asked.choice, writing.shape.needs_scores());
        let classifier = self.classifier(&tags, decide, job)?;
        let mut report = |done, all| job.progress(done, all);
        let (known, notes) = tag(classifier, &source, &mut report)
            .map_err(|error| cannot("tag", &source.id, &error))?;
        let answer = writing.answer(&source.id, &known, None);
        Reply::new(&answer, &tags, notes)
    }

    fn tag_many(&mut self, asked: &TagMany, job: &Job) -> Result<Reply, Failure> {
        let tags = self.tags(&asked.choice)?;
        let writing = self.writing(asked.shape, &tags);
        let decide = self
            .office
            .decide(&asked.choice, writing.shape.needs_scores());
        let classifier = self.classifier(&tags, decide, job)?;
        let mut many = Many::default();
        let mut notes = Vec::new();
        for (place, document) in (1..).zip(&asked.documents) {
            match Source::read(document, &place.to_string()) {
                Ok(source) => match tag(classifier, &source, &mut |_, _| {}) {
                    Ok((known, more)) => {
                        notes.extend(more);
                        many.tagged(writing.answer(&source.id, &known, None));
                    }
                    Err(error) if error.concerns_all() || job.is_cancelled() => {
                        return Err(error.into());
                    }
                    Err(error) => many.failed(&source.id, place, error.kind(), &error.to_string()),
                },
                Err(unread) => {
                    many.failed(&unread.id, place, unread.kind, &unread.failure.in_words());
                }
            }
            job.progress(place, asked.documents.len());
        }
        Reply::new(&many, &tags, notes)
    }

    fn explain(&mut self, asked: &ExplainDocument, job: &Job) -> Result<Reply, Failure> {
        let source = Source::read(&asked.document(), "-").map_err(|unread| unread.failure)?;
        let tags = self.tags(&asked.choice)?;
        let explained = asked.explained.iter().map(|id| match id {
            Value::String(id) => place(id, &tags),
            id => place(&id.to_string(), &tags),
        });
        let options = ExplainOptions {
            pieces: asked.pieces.unwrap_or(ExplainOptions::default().pieces),
            lanes: self.model.best_parallel(),
            tags: explained.collect::<Result<_, _>>()?,
        };
        if options.pieces == 0 {
            return Err(wrong_usage("`pieces` is 0; it must be at least 1"));
        }
        let decide = self.office.decide(&asked.choice, false);
        let classifier = self.classifier(&tags, decide, job)?;
        let mut report = |sentences, done| job.progress(done, runs(sentences, &options));
        let (id, document) = (&source.id, source.document());
        let explanation = explain(classifier, id, document, &options, &mut report);
        let explanation = explanation.map_err(|error| match &error {
            ExplainError::Classify(error) => cannot("explain", id, error),
            _ => wrong_usage(format!("cannot explain `{id}`: {error}")),
        })?;
        let mut notes = source.notes();
        notes.extend(session::left_out(&explanation.classification, id));
        let (candidates, alternatives) = (report::CANDIDATES, report::ALTERNATIVES);
        let record = ExplanationRecord::new(&explanation, &tags, candidates, alternatives);
        Reply::new(&record, &tags, notes)
    }
}
