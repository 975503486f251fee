//! The model's thread: one request after the other, in the order they came.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use minitag::document;
use minitag::engine::{Engine, Limit};
use minitag::service::{Answer, Decider, Ordered, Question, Usage};
use tokio::sync::oneshot;

use crate::cli::failure::Failure;
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::reply::Refusal;

/// Questions that wait for their answers.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) state: String,
    pub(super) questions: Vec<(String, Question)>,
    /// When it is given up.
    pub(super) limit: Limit,
    /// Where the answers go.
    pub(super) reply: oneshot::Sender<Result<Answers, Refusal>>,
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
    answer: impl Fn(&mut D, &Job) -> Result<Answers, Refusal>,
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
        if let Ok(answers) = &answered {
            let (questions, tokens) = (answers.answers.0.len(), answers.usage.input_tokens);
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

/// Answers the questions of a job.
pub(super) fn answer<E: Engine>(decider: &mut Decider<E>, job: &Job) -> Result<Answers, Refusal> {
    decider.set_limit(job.limit.clone());
    let state = document::clean(&job.state);
    let mut answers = Vec::with_capacity(job.questions.len());
    let mut usage = Usage::default();
    for (id, question) in &job.questions {
        // What is answered without the model looks at no clock.
        job.limit.check().map_err(|_| Refusal::timed_out())?;
        let answered = decider.answer(question, &state.text);
        let answered = answered.map_err(|error| Refusal::of(id, &error))?;
        usage.input_tokens += answered.tokens;
        answers.push((id.clone(), answered.answer));
    }
    let answers = Ordered(answers);
    Ok(Answers { answers, usage })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn job(state: &str) -> (Job, oneshot::Receiver<Result<Answers, Refusal>>) {
        let (reply, answered) = oneshot::channel();
        let job = Job {
            state: state.to_owned(),
            questions: Vec::new(),
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
            assert_ne!(job.state, "panic", "as it has to");
            Ok(Answers {
                answers: Ordered(Vec::new()),
                usage: Usage::default(),
            })
        };
        run(&jobs, (), make, answer, &metrics).unwrap();
        let is_answer = |mut receiver: oneshot::Receiver<Result<Answers, Refusal>>| {
            receiver.try_recv().unwrap().is_ok()
        };
        let is_answer: Vec<bool> = answered.into_iter().map(is_answer).collect();
        assert_eq!((is_answer, times.get()), (vec![true, false, true], 1));
        assert_eq!(metrics.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(metrics.panics.load(Ordering::Relaxed), 1);
    }
}
