//! The run: records in, lines out, in groups that are computed together.
//!
//! A group is a function of the records alone, and what came of it is kept as a whole;
//! so a run that was stopped anywhere and goes on computes the same groups, and gets the
//! same bytes, as one that was not.

use std::time::{Duration, Instant};

use crate::classifier::{Document, Prepared};
use crate::engine::Engine;
use crate::runner::content::Content;
use crate::runner::input::{Feed, Next};
use crate::runner::journal::{Entry, Journal, SeenIds};
use crate::runner::key::{Key, shard_of};
use crate::runner::outcome::{Failure, Outcome};
use crate::runner::outputs::{Outputs, cannot_write};
use crate::runner::queue::{Place, Queue, State, Waiting};
use crate::runner::record::Record;
use crate::runner::terms::{Limits, Repeated, RunError, Stop, Summary, Watch};
use crate::runner::voices::{Read, Voices};
use crate::wire::{Change, ErrorLine, Known, Reading, Writing};

/// Records on their way at most, however few of them wait.
const QUEUE: usize = 256;

/// How long is waited for a record before somebody looks whether the run has to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How long documents that could be computed wait for company, where more may come.
const COMPANY: Duration = Duration::from_millis(20);

/// A run on its way.
struct Run<'a, E> {
    voices: Voices<'a, E>,
    feed: &'a Feed,
    journal: Option<Journal>,
    outputs: &'a mut Outputs,
    writing: &'a Writing<'a>,
    limits: &'a Limits,
    watch: &'a mut dyn Watch,
    queue: Queue,
    /// The ids so far, where the input has an end.
    ids: Option<SeenIds>,
    ended: bool,
    summary: Summary,
}

/// Classifies the records of a feed. Without a journal, every record is done.
///
/// # Errors
/// [`RunError`] where it cannot go on. What was written stays, and so does the journal.
pub fn run<E: Engine>(
    voices: Voices<'_, E>,
    feed: &Feed,
    journal: Option<Journal>,
    outputs: &mut Outputs,
    writing: &Writing,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Result<Summary, RunError> {
    let summary = Summary {
        length: feed.length,
        ..Summary::default()
    };
    let mut run = Run {
        voices,
        feed,
        journal,
        outputs,
        writing,
        limits,
        watch,
        queue: Queue::default(),
        // A pipe has no end, and who asks twice gets two answers.
        ids: if feed.is_live { None } else { SeenIds::new() },
        ended: false,
        summary,
    };
    run.outputs.open(&run.writing.layout.head())?;
    loop {
        run.fill()?;
        run.summary.stop = run.stop();
        if run.summary.stop.is_some() {
            run.outputs.pause()?;
            return Ok(run.summary);
        }
        if run.queue.waiting().next().is_some() {
            run.classify()?;
        } else if run.ended && run.queue.len() == 0 {
            run.outputs.finish()?;
            return Ok(run.summary);
        }
    }
}

impl<E: Engine> Run<'_, E> {
    /// Whether the run ends here, and why.
    fn stop(&self) -> Option<Stop> {
        if self.has_too_many_errors() {
            return Some(Stop::Errors);
        }
        // What a pipe gave cannot be read again: it is still answered. From a file, a
        // group that is not full would not be the group of a run that goes on.
        let owes = self.feed.is_live && self.queue.waiting().next().is_some();
        (self.watch.must_stop() && !owes).then_some(Stop::Asked)
    }

    fn has_too_many_errors(&self) -> bool {
        let max = self.limits.max_errors;
        max.is_some_and(|max| self.summary.failed >= max)
    }

    /// Takes records until enough documents wait for the model, and writes what is done.
    fn fill(&mut self) -> Result<(), RunError> {
        loop {
            // First of all: what is done takes no place away from those that come.
            self.write_done()?;
            self.watch.tell(&self.summary);
            let waiting = self.queue.waiting().count();
            let is_full =
                waiting >= self.voices.at_once(self.limits.parallel) || self.queue.len() >= QUEUE;
            if self.ended || is_full || self.watch.must_stop() || self.has_too_many_errors() {
                return Ok(());
            }
            let company = self.feed.is_live && waiting > 0;
            match self.feed.next(if company { COMPANY } else { LOOK })? {
                Next::Item(item) => {
                    self.summary.position = item.position;
                    let place = match item.record {
                        Ok(record) => self.receive(record)?,
                        Err(error) => {
                            self.is_mine(error.id.as_deref(), error.line)
                                .then(|| Place {
                                    line: error.line,
                                    state: State::Done(Outcome::from(&error)),
                                    id: error.id,
                                    kept: Vec::new(),
                                    reading: None,
                                })
                        }
                    };
                    if let Some(place) = place {
                        self.queue.push(place);
                    }
                }
                Next::NothingYet if company => return Ok(()),
                Next::NothingYet => {}
                Next::End => {
                    self.ended = true;
                    self.summary.told = Some(self.feed.told());
                }
            }
        }
    }

    /// Whether a record belongs to this run's part of them; one without an id goes by its
    /// line.
    fn is_mine(&self, id: Option<&str>, line: u64) -> bool {
        self.limits.shard.is_none_or(|(mine, all)| {
            let line = line.to_string();
            shard_of(id.unwrap_or(&line), all) == mine
        })
    }

    /// Takes a record in; `None` where it is another run's, and its file is not read.
    fn receive(&mut self, record: Record) -> Result<Option<Place>, RunError> {
        let Record {
            line,
            id,
            content,
            kept,
        } = record;
        if !self.is_mine(Some(&id), line) {
            return Ok(None);
        }
        if let Some(first) = self.ids.as_mut().and_then(|ids| ids.add(&id, line)) {
            self.summary.repeated += 1;
            let repeated = || Repeated {
                id: id.clone(),
                line,
                first,
            };
            self.summary.first_repeated.get_or_insert_with(repeated);
        }
        let (mut state, reading) = self.begin(&id, content)?;
        if let Some(ids) = &mut self.ids {
            match &mut state {
                State::Waiting(_) | State::Recorded { is_new: true, .. } => ids.set_new(&id),
                // The same record came before in this run.
                State::Recorded { is_new, .. } => *is_new = ids.is_new(&id),
                State::Done(_) => {}
            }
        }
        let id = Some(id);
        Ok(Some(Place {
            line,
            id,
            kept,
            reading,
            state,
        }))
    }

    /// Reads a record's document, and looks whether it was done before.
    fn begin(&mut self, id: &str, content: Content) -> Result<(State, Option<Reading>), RunError> {
        let (text, format) = match content.read() {
            Ok(read) => read,
            Err(failure) => return Ok((State::Done(Outcome::Failure(failure)), None)),
        };
        let key = Key::of(id, &text.text, format.name());
        let reading = self.writing.shape.details.then(|| {
            self.watch.begins(&[key]);
            let tokens = self.voices.main.count(&text.text);
            self.watch.begins(&[]);
            Reading::new(&text, tokens)
        });
        if let Some(journal) = &self.journal {
            let in_work = self.queue.waiting().any(|waiting| waiting.key == key);
            if in_work || journal.get(key)?.is_some() {
                let is_new = false;
                return Ok((State::Recorded { key, is_new }, reading));
            }
        }
        let document = Document {
            text: &text.text,
            format,
        };
        self.watch.begins(&[key]);
        let read = self.voices.read(id, document, self.limits.timeout);
        self.watch.begins(&[]);
        let state = match read.map_err(RunError::Classify)? {
            Read::Answered(known) => self.keep(key, Outcome::Answer(known))?,
            Read::Prepared(prepared) => State::Waiting(Box::new(Waiting { key, prepared })),
            Read::Failed(error) => State::Done(Outcome::Failure(Failure::from(&error))),
        };
        Ok((state, reading))
    }

    /// Keeps what came of a document before the others were asked.
    fn keep(&mut self, key: Key, outcome: Outcome) -> Result<State, RunError> {
        let Some(journal) = &mut self.journal else {
            return Ok(State::Done(outcome));
        };
        journal.put(&[(key, outcome)])?;
        let is_new = true;
        Ok(State::Recorded { key, is_new })
    }

    /// Classifies the first documents that wait, as many as go together.
    fn classify(&mut self) -> Result<(), RunError> {
        self.voices.load()?;
        let most = self.voices.at_once(self.limits.parallel);
        let mut waiting: Vec<&Waiting> = self.queue.waiting().take(most).collect();
        let suspects = &self.limits.suspects;
        if let Some(first) = waiting.iter().position(|w| suspects.contains(&w.key)) {
            waiting.truncate(first.max(1));
        }
        let prepared: Vec<&Prepared> = waiting.iter().map(|waiting| &waiting.prepared).collect();
        let group = self.voices.group(&prepared);
        let keys: Vec<Key> = waiting[..group].iter().map(|w| w.key).collect();
        self.watch.begins(&keys);
        let started = Instant::now();
        let results = self
            .voices
            .classify_each(&prepared[..group], self.limits.timeout)
            .map_err(RunError::Classify)?;
        let time = started.elapsed() / u32::try_from(group).unwrap_or(1);
        let mut outcomes = Vec::with_capacity(group);
        for (key, result) in keys.into_iter().zip(&results) {
            let outcome = match result {
                Ok(answer) => {
                    self.summary.tokens += answer.usage.used as u64;
                    self.watch.answered(answer);
                    Outcome::Answer(Box::new(Known::new(answer, time)))
                }
                Err(error) => Outcome::Failure(Failure::from(error)),
            };
            outcomes.push((key, outcome));
        }
        self.watch.begins(&[]);
        let is_new = true;
        if let Some(journal) = &mut self.journal {
            journal.put(&outcomes)?;
            let states = outcomes
                .iter()
                .map(|&(key, _)| State::Recorded { key, is_new });
            self.queue.settle(states);
        } else {
            let states = outcomes
                .into_iter()
                .map(|(_, outcome)| State::Done(outcome));
            self.queue.settle(states);
        }
        Ok(())
    }

    /// Writes the lines of the first records that are done.
    fn write_done(&mut self) -> Result<(), RunError> {
        while !self.has_too_many_errors()
            && let Some(place) = self.queue.pop_done()
        {
            let mut before = None;
            let outcome = match (place.state, &self.journal) {
                (State::Recorded { key, is_new }, Some(journal)) => {
                    self.summary.known += u64::from(!is_new);
                    let Some(entry) = journal.get(key)? else {
                        continue;
                    };
                    let Entry { outcome, before: b } = entry;
                    before = b;
                    outcome
                }
                (State::Done(outcome), _) => outcome,
                // Neither can be: the one is not done, the other needs a journal.
                (State::Waiting(_) | State::Recorded { .. }, _) => continue,
            };
            let id = place.id.as_deref();
            let known = match &outcome {
                Outcome::Failure(Failure { kind, message }) => {
                    let line = ErrorLine::new(id, place.line, kind, message).to_line();
                    self.summary.failed += 1;
                    match &mut self.outputs.errors {
                        Some(file) => file.write(&line).map_err(|e| cannot_write(file, e))?,
                        None => self.outputs.answer(&line)?,
                    }
                    continue;
                }
                Outcome::Answer(known) => known,
            };
            let id = id.unwrap_or_default();
            let answer = self.writing.answer(id, known, place.reading.as_ref());
            self.summary.tagged += 1;
            self.summary.review += u64::from(answer.review);
            self.summary.first += u64::from(known.first);
            self.summary.untagged += u64::from(answer.tags.is_empty());
            self.outputs
                .answer(&self.writing.layout.line(&answer, &place.kept))?;
            let change = before.as_ref().and_then(|before| change(id, before, known));
            if let Some(change) = change {
                self.summary.changed += 1;
                if let Some(file) = &mut self.outputs.changes {
                    file.write(&change.to_line())
                        .map_err(|e| cannot_write(file, e))?;
                }
            }
        }
        Ok(())
    }
}

/// How the tags changed; `None` if they are the same, or there were none because it failed.
fn change(id: &str, before: &Outcome, now: &Known) -> Option<Change> {
    let before = before.tags().filter(|&tags| tags != now.tags)?;
    Some(Change {
        id: id.to_owned(),
        before: before.to_vec(),
        after: now.tags.clone(),
    })
}
