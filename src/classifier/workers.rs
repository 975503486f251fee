//! Classifiers in threads of their own, for models so small that one thread is best for them:
//! then each further core takes a document.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use crate::classifier::{Classification, Classifier, ClassifyError, Document, Prepared};
use crate::engine::Engine;
use crate::engine::llama::LlamaEngine;

impl<'m> Classifier<LlamaEngine<'m>> {
    /// How many documents are best computed at the same time: one, if a number of threads was
    /// asked for, or nothing is computed.
    #[must_use]
    pub fn best_workers(&self) -> usize {
        if self.is_alone() || self.engine.options().threads.is_some() {
            1
        } else {
            self.engine.model().best_workers()
        }
    }

    /// Chooses the tags of documents, so many at the same time, and hands each answer on, in their
    /// order, with what the document was given with.
    ///
    /// # Errors
    /// [`ClassifyError`] if it concerns all documents, and whatever `each` returns.
    pub fn classify_many<'a, T, F: From<ClassifyError>>(
        &mut self,
        workers: usize,
        documents: impl IntoIterator<Item = (T, &'a str, Document<'a>)>,
        mut each: impl FnMut(T, Result<Classification, ClassifyError>) -> Result<(), F>,
    ) -> Result<(), F> {
        if workers < 2 {
            for (item, id, document) in documents {
                match self.classify(id, document) {
                    Err(error) if error.concerns_all() => return Err(error.into()),
                    answer => each(item, answer)?,
                }
            }
            return Ok(());
        }
        let mut documents = documents.into_iter();
        thread::scope(|scope| {
            let workers = Workers::begin(scope, workers, self.twins());
            loop {
                let some = documents.by_ref().take(workers.at_once());
                let some: Vec<_> = some
                    .map(|(item, id, document)| (item, self.prepare(id, document)))
                    .collect();
                if some.is_empty() {
                    return Ok(());
                }
                let prepared: Vec<&Prepared> = some
                    .iter()
                    .filter_map(|(_, read)| read.as_ref().ok())
                    .collect();
                let mut answers = workers.classify_each(self, &prepared, None)?.into_iter();
                for (item, read) in some {
                    let answer =
                        read.and_then(|_| answers.next().unwrap_or(Err(ClassifyError::Empty)));
                    each(item, answer)?;
                }
            }
        })
    }

    /// Makes others like this one, on the same model and the same list.
    pub fn twins(&self) -> impl Fn() -> Self + Send + Sync + Clone + use<'m> {
        let (model, context) = (self.engine.model(), self.engine.options().clone());
        let (list, options) = (Arc::clone(&self.list), self.options.clone());
        move || Self {
            engine: LlamaEngine::new(model, context.clone()),
            list: Arc::clone(&list),
            options: options.clone(),
            suffix: OnceLock::new(),
        }
    }
}

/// Documents that a thread is given at once.
const EACH: usize = 4;

/// Threads that classify documents beside the one that asks them to.
pub struct Workers {
    queue: Arc<Queue>,
    done: Receiver<Done>,
    count: usize,
}

/// Documents that nobody has begun.
#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    changed: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

struct Job {
    place: usize,
    prepared: Prepared,
    timeout: Option<Duration>,
}

/// The answer to one document; an outer error concerns all documents.
type Answered = Result<Result<Classification, ClassifyError>, ClassifyError>;

/// A document's place and what came of it: an answer, or a panic.
type Done = (usize, Result<Answered, Box<dyn Any + Send>>);

impl Workers {
    /// Begins so many threads less one, since the one that asks works, too. Each makes its own
    /// classifier when it gets its first document.
    pub fn begin<'scope, E: Engine>(
        scope: &'scope Scope<'scope, '_>,
        count: usize,
        make: impl Fn() -> Classifier<E> + Send + Clone + 'scope,
    ) -> Self {
        let queue = Arc::<Queue>::default();
        let (sender, done) = channel();
        for _ in 1..count {
            let (queue, sender, make) = (Arc::clone(&queue), sender.clone(), make.clone());
            scope.spawn(move || work(&queue, &sender, &make));
        }
        Self { queue, done, count }
    }

    /// How many documents are best given at once: so many for each thread that none has long to
    /// wait for the last one.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.count * EACH
    }

    /// Classifies documents, each by itself; with this classifier in this thread, and the others.
    ///
    /// # Errors
    /// [`ClassifyError`] if it concerns all documents.
    ///
    /// # Panics
    /// If a thread does.
    pub fn classify_each<E: Engine>(
        &self,
        own: &mut Classifier<E>,
        group: &[&Prepared],
        timeout: Option<Duration>,
    ) -> Result<Vec<Result<Classification, ClassifyError>>, ClassifyError> {
        let job = |(place, &prepared): (usize, &&Prepared)| Job {
            place,
            prepared: prepared.clone(),
            timeout,
        };
        self.queue.lock().waiting = group.iter().enumerate().map(job).collect();
        self.queue.changed.notify_all();
        let mut all: Vec<Done> = Vec::with_capacity(group.len());
        while let Some(job) = self.queue.next() {
            all.push((job.place, Ok(job.run(own))));
        }
        all.extend(self.done.iter().take(group.len() - all.len()));
        all.sort_by_key(|&(place, _)| place);
        let answer = |(_, done): Done| done.unwrap_or_else(|panic| resume_unwind(panic));
        all.into_iter().map(answer).collect()
    }
}

/// The threads end.
impl Drop for Workers {
    fn drop(&mut self) {
        let mut jobs = self.queue.lock();
        jobs.waiting.clear();
        jobs.closed = true;
        self.queue.changed.notify_all();
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = &self.count;
        f.debug_struct("Workers")
            .field("count", count)
            .finish_non_exhaustive()
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next document, if there is one now.
    fn next(&self) -> Option<Job> {
        self.lock().waiting.pop_front()
    }

    /// The next document; `None` if there will be none.
    fn wait(&self) -> Option<Job> {
        let idle = |jobs: &mut Jobs| jobs.waiting.is_empty() && !jobs.closed;
        let jobs = self.changed.wait_while(self.lock(), idle);
        let mut jobs = jobs.unwrap_or_else(PoisonError::into_inner);
        jobs.waiting.pop_front()
    }
}

impl Job {
    fn run<E: Engine>(&self, classifier: &mut Classifier<E>) -> Answered {
        let answers = classifier.classify_each(&[&self.prepared], self.timeout);
        answers.map(|mut answers| answers.remove(0))
    }
}

fn work<E: Engine>(queue: &Queue, done: &Sender<Done>, make: &impl Fn() -> Classifier<E>) {
    let mut own = None;
    while let Some(job) = queue.wait() {
        let classifier = own.get_or_insert_with(make);
        // A panic must not leave somebody waiting.
        let answered = catch_unwind(AssertUnwindSafe(|| job.run(classifier)));
        if done.send((job.place, answered)).is_err() {
            return;
        }
    }
}
