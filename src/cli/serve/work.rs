//! The model's thread: one request after the other, in the order they came.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use minitag::Document;
use minitag::document::{self, Format};
use minitag::engine::{Engine, Limit};
use minitag::service::{Answer, Decider, Ordered, Question, TagRequest, Usage};
use minitag::wire::Known;
use tokio::sync::oneshot;

use crate::cli::failure::Failure;
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::reply::Refusal;

/// What waits for its answer.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) asked: Asked,
    /// When it is given up.
    pub(super) limit: Limit,
    /// Where the answers go.
    pub(super) reply: oneshot::Sender<Result<Said, Refusal>>,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// Questions about a state.
    Questions {
        state: String,
        questions: Vec<(String, Question)>,
    },
    /// The tags of a document.
    Tags(Box<TagRequest>),
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Said {
    Answers(Answers),
    Tags(Box<Tagged>),
}

/// The tags of a document.
#[derive(Debug)]
pub(super) struct Tagged {
    pub(super) answer: Known,
    pub(super) tokens: usize,
    pub(super) left_out: usize,
}

/// The answers to a request.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) answers: Ordered<Answer>,
    pub(super) usage: Usage,
}

/// Answers jobs until nobody can send any more. What panics is made anew, and costs one
/// request its answer.
pub(super) fn run<D>(
    jobs: &Receiver<Job>,
    mut decider: D,
    make: impl Fn() -> Result<D, Failure>,
    answer: impl Fn(&mut D, &Job) -> Result<Said, Refusal>,
    metrics: &Metrics,
) -> Result<(), Failure> {
    while let Ok(job) = jobs.recv() {
        let started = Instant::now();
        let answered = catch_unwind(AssertUnwindSafe(|| answer(&mut decider, &job)));
        metrics.worked(started.elapsed());
        metrics.waiting.fetch_sub(1, Ordering::Relaxed);
        let (answered, is_broken) = match answered {
            Ok(answered) => (answered, false),
            Err(_) => (
                Err(Refusal::internal("this request ended in a panic")),
                true,
            ),
        };
        if let Ok(said) = &answered {
            let (questions, tokens) = match said {
                Said::Answers(said) => (said.answers.0.len(), said.usage.input_tokens),
                Said::Tags(said) => (1, said.answer.used),
            };
            let counters = [(&metrics.questions, questions), (&metrics.tokens, tokens)];
            for (counter, more) in counters {
                counter.fetch_add(more as u64, Ordering::Relaxed);
            }
        }
        // Whoever asked may have gone away.
        let _ = job.reply.send(answered);
        if is_broken {
            metrics.panics.fetch_add(1, Ordering::Relaxed);
            decider = make()?;
        }
    }
    Ok(())
}

/// Answers a job.
pub(super) fn answer<E: Engine>(decider: &mut Decider<E>, job: &Job) -> Result<Said, Refusal> {
    decider.set_limit(job.limit.clone());
    match &job.asked {
        Asked::Questions { state, questions } => {
            questioned(decider, state, questions, &job.limit).map(Said::Answers)
        }
        Asked::Tags(request) => tagged(decider, request, &job.limit)
            .map(Box::new)
            .map(Said::Tags),
    }
}

fn questioned<E: Engine>(
    decider: &mut Decider<E>,
    state: &str,
    questions: &[(String, Question)],
    limit: &Limit,
) -> Result<Answers, Refusal> {
    let state = document::clean(state);
    let mut answers = Vec::with_capacity(questions.len());
    let mut usage = Usage::default();
    for (id, question) in questions {
        // What is answered without the model looks at no clock.
        limit.check().map_err(|_| Refusal::timed_out())?;
        let answered = decider.answer(question, &state.text);
        let answered = answered.map_err(|error| Refusal::of(id, &error))?;
        usage.input_tokens += answered.tokens;
        answers.push((id.clone(), answered.answer));
    }
    let answers = Ordered(answers);
    Ok(Answers { answers, usage })
}

fn tagged<E: Engine>(
    decider: &mut Decider<E>,
    request: &TagRequest,
    limit: &Limit,
) -> Result<Tagged, Refusal> {
    let started = Instant::now();
    limit.check().map_err(|_| Refusal::timed_out())?;
    let invalid = |fault| Refusal::Invalid(vec![fault]);
    let tags = request.tag_set().map_err(invalid)?;
    let base = &decider.options().decide;
    let decide = request.decide(base, tags.len()).map_err(invalid)?;
    let text = document::clean(&request.text).text;
    let format = request.format.unwrap_or_else(|| Format::of(None, &text));
    let document = Document {
        text: &text,
        format,
    };
    let classifier = decider.classifier(&tags, decide);
    let classifier = classifier.map_err(|error| Refusal::of_tags(&error))?;
    let answer = classifier.classify(&request.id, document);
    let answer = answer.map_err(|error| Refusal::of_tags(&error.into()))?;
    Ok(Tagged {
        tokens: classifier.count(&text),
        left_out: answer.usage.left_out,
        answer: Known::new(&answer, started.elapsed()),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn job(state: &str) -> (Job, oneshot::Receiver<Result<Said, Refusal>>) {
        let (reply, answered) = oneshot::channel();
        let job = Job {
            asked: Asked::Questions {
                state: state.to_owned(),
                questions: Vec::new(),
            },
            limit: Limit::default(),
            reply,
        };
        (job, answered)
    }

    #[test]
    fn a_panic_costs_one_request_its_answer() {
        let (sender, jobs) = sync_channel(9);
        let metrics = Metrics::default();
        let mut answered = Vec::new();
        for state in ["a", "panic", "b"] {
            let (job, receiver) = job(state);
            sender.send(job).unwrap();
            metrics.waiting.fetch_add(1, Ordering::Relaxed);
            answered.push(receiver);
        }
        // Nobody waits for this one.
        sender.send(job("c").0).unwrap();
        metrics.waiting.fetch_add(1, Ordering::Relaxed);
        drop(sender);
        let times = Cell::new(0);
        let make = || {
            times.set(times.get() + 1);
            Ok(())
        };
        let answer = |(): &mut (), job: &Job| {
            let Asked::Questions { state, .. } = &job.asked else {
                return Err(Refusal::internal("there are none of these"));
            };
            assert_ne!(state, "panic", "as it has to");
            Ok(Said::Answers(Answers {
                answers: Ordered(Vec::new()),
                usage: Usage::default(),
            }))
        };
        run(&jobs, (), make, answer, &metrics).unwrap();
        let is_answer = |mut receiver: oneshot::Receiver<Result<Said, Refusal>>| {
            receiver.try_recv().unwrap().is_ok()
        };
        let is_answer: Vec<bool> = answered.into_iter().map(is_answer).collect();
        assert_eq!((is_answer, times.get()), (vec![true, false, true], 1));
        assert_eq!(metrics.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(metrics.panics.load(Ordering::Relaxed), 1);
    }
}
