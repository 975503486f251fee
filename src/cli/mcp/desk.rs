//! The side that has the model: one request after the other, lists kept warm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use anyhow::anyhow;
use minitag::engine::Limit;
use minitag::engine::llama::{LlamaEngine, Model};
use minitag::explain::{ExplainError, ExplainOptions, explain, report, runs};
use minitag::layout::size;
use minitag::service::{Decider, Decision, Ordered};
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
    ChoiceArg, DecideDocument, ExplainDocument, Request, ScoresArg, ShapeArg, TagDocument, TagMany,
};
use crate::cli::mcp::shelf::Shelf;
use crate::cli::plan::{Plan, Task};
use crate::cli::questions;
use crate::cli::screen::Screen;
use crate::cli::session;

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
        let Some(choice) = job.request.choice() else {
            return questions::load(self.plan, self.screen);
        };
        let tags = self.shelf.find(choice.tags.as_ref())?;
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

/// A model, with what it was asked lately.
struct Desk<'a> {
    office: &'a Office<'a>,
    model: &'a Model,
    decider: Option<Decider<LlamaEngine<'a>>>,
    told: bool,
}

impl<'a> Desk<'a> {
    fn new(office: &'a Office<'a>, model: &'a Model) -> Self {
        Self {
            office,
            model,
            decider: None,
            told: false,
        }
    }

    fn answer(&mut self, job: &Job) {
        let outcome = match &job.request {
            Request::One(asked) => self.tag_document(asked, job),
            Request::Many(asked) => self.tag_many(asked, job),
            Request::Explain(asked) => self.explain(asked, job),
            Request::Decide(asked) => self.decide(asked, job),
        };
        job.end(outcome);
        if let Some(decider) = &self.decider
            && !std::mem::replace(&mut self.told, true)
        {
            let Office { plan, screen, .. } = self.office;
            session::tell_of_engine(decider.engine(), plan.verbose, screen);
        }
    }

    /// The list of a call.
    fn tags(&self, choice: &ChoiceArg) -> Result<TagSet, Failure> {
        self.office.shelf.find(choice.tags.as_ref())
    }

    /// What answers a job.
    fn decider(&mut self, job: &Job) -> Result<&mut Decider<LlamaEngine<'a>>, Failure> {
        let decider = match self.decider.take() {
            Some(decider) => decider,
            None => questions::decider(self.office.plan, self.model)?,
        };
        let decider = self.decider.insert(decider);
        decider.set_limit(Limit {
            cancelled: Some(Arc::clone(&job.cancelled)),
            ..Limit::default()
        });
        Ok(decider)
    }

    /// The classifier for a list.
    fn classifier(
        &mut self,
        tags: &TagSet,
        decide: DecideOptions,
        job: &Job,
    ) -> Result<&mut Classifier<LlamaEngine<'a>>, Failure> {
        decide.check(tags.len()).map_err(Failure::usage)?;
        let learned = self.office.plan.learned.as_ref();
        if let Some((path, file)) = learned {
            learned::check_length(file, path, tags)?;
        }
        let classifier = self.decider(job)?.classifier(tags, decide)?;
        if let Some((path, file)) = learned {
            learned::check(file, path, classifier)?;
        }
        Ok(classifier)
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
        let source = Source::read(&asked.document.arg(), "-").map_err(|unread| unread.failure)?;
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
        Reply::of_list(&answer, &tags, notes)
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
        Reply::of_list(&many, &tags, notes)
    }

    fn explain(&mut self, asked: &ExplainDocument, job: &Job) -> Result<Reply, Failure> {
        let source = Source::read(&asked.document.arg(), "-").map_err(|unread| unread.failure)?;
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
        let usage = &explanation.classification.usage;
        notes.extend(session::left_out(usage.used, usage.left_out, id));
        let (candidates, alternatives) = (report::CANDIDATES, report::ALTERNATIVES);
        let record = ExplanationRecord::new(&explanation, &tags, candidates, alternatives);
        Reply::of_list(&record, &tags, notes)
    }

    fn decide(&mut self, asked: &DecideDocument, job: &Job) -> Result<Reply, Failure> {
        let source = Source::read(&asked.document.arg(), "-").map_err(|unread| unread.failure)?;
        let questions = questions::of(&asked.questions)?;
        let decider = self.decider(job)?;
        let mut left_out = 0;
        let mut answers = Vec::new();
        for (done, (id, question)) in (1..).zip(&questions) {
            let answered = decider.answer(question, source.document());
            let answered = answered.map_err(|error| {
                let message = format!("cannot answer `{id}` of `{}`: {error}", source.id);
                Failure::model(anyhow!(message)).hint_if(error.hint())
            })?;
            left_out = left_out.max(answered.left_out);
            answers.push((id.clone(), answered.answer));
            job.progress(done, questions.len());
        }
        let mut notes = source.notes();
        if left_out > 0 {
            let size = size(left_out as u64);
            notes.push(format!("the budget left out {size} of the text"));
        }
        let (id, answers) = (source.id, Ordered(answers));
        Reply::new(&Decision { id, answers }, notes)
    }
}
