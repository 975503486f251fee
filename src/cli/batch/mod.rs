//! `minitag batch`: a catalogue in, one line a record out, stopped and resumed at will.

mod first;
mod outputs;
mod report;
mod source;

use std::cell::OnceCell;
use std::path::Path;
use std::thread;
use std::time::Duration;

use minitag::Classifier;
use minitag::classifier::{Settings, Workers};
use minitag::decide::is_exact;
use minitag::engine::llama::{LlamaEngine, Model};
use minitag::review::is_reviewed;
use minitag::runner::{
    self, First, InputError, Journal, JournalError, Key, Limits, LineFile, Load, Resume,
    ResumeError, RunError, Voices, agree, feed, has_scores, run,
};
use minitag::whole_file;
use minitag::wire::Writing;

use crate::cli::args::{BatchArgs, Redo, Shard};
use crate::cli::batch::first::{FirstVoice, wording_of_main};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::plan::{Plan, Task};
use crate::cli::progress::BatchWatch;
use crate::cli::screen::Screen;
use crate::cli::session;
#[cfg(unix)]
use crate::cli::supervise;

/// So many documents are answered together if no model is asked: they are kept on disk
/// together, which takes longer than answering them.
const WITHOUT_MODEL: usize = 64;

/// Runs the command. Where it can be begun again, that is in a process of its own, which
/// may crash.
pub(crate) fn run_batch(args: &BatchArgs, screen: &Screen) -> Result<Status, Failure> {
    outputs::check_paths(args)?;
    #[cfg(unix)]
    if suspects().is_none() && supervise::can_be_begun_again(args) {
        return supervise::run(&Journal::path_for(&args.output), screen);
    }
    work(args, screen)
}

/// Runs the command in this process.
fn work(args: &BatchArgs, screen: &Screen) -> Result<Status, Failure> {
    let source = source::source(args)?;
    let is_live = source.path == Path::new("-");
    let mut limits = limits(args)?;
    let tags = session::tag_set(&args.tags, screen)?;
    let shape = session::shape(&args.answer, &args.calibration)?;
    let layout = outputs::layout(args, &source, &tags, shape)?;
    let mut decide = session::decide(&args.decide, shape.needs_scores(), &tags)?;
    let mut outputs = outputs::outputs(args)?;
    let feed = feed(source).map_err(input_failure)?;
    let mut journal = None;
    let resume = resume(args);
    if let Some(file) = &mut outputs.answers {
        journal = earlier_journal(file, args)?;
        if let Some(journal) = &journal {
            decide.scores |= has_scores(journal, resume).map_err(journal_failure)?;
        }
        // What is computed anyway is kept.
        decide.scores |= is_exact(&decide) || args.calibration.calibration.is_some();
    }
    let first = FirstVoice::new(args, &decide, &tags, screen)?;
    let plan = Plan::new(&args.model, &wording_of_main(args), decide, screen)?;
    let task = Task {
        tags: Some(&tags),
        longest: None,
        together: limits.parallel,
        workers: args.workers.unwrap_or(1),
    };
    let how = plan.check(&task, screen)?;
    // What is asked second may not be needed at all; to read documents, its vocabulary is
    // enough. What adapters are on it is only known of the whole.
    let waits = first.is_some() && args.model.lora.is_empty();
    let later = OnceCell::new();
    let model = if waits {
        plan.load_vocabulary()?
    } else {
        plan.load_checked(&how)?
    };
    let first_classifier = first.as_ref().map(|first| first.classifier(&tags));
    let mut first_classifier = first_classifier.transpose()?;
    let mut classifier = plan.classifier(&model, &tags)?;
    screen.remarks(first::doubts(first.as_ref(), &classifier).as_slice());
    let best = best_parallel(&classifier, args, is_live);
    limits.parallel = best.unwrap_or(limits.parallel);
    let calibration = session::apply_calibration(&mut classifier, &args.calibration)?;
    if let Some(file) = &mut outputs.answers {
        let asked_first = first_classifier.as_ref().map(|(_, hash)| hash.as_str());
        let settings = settings(&classifier, &model, calibration.as_deref(), asked_first)?;
        // Files are made when nothing is refused any more.
        let mut agreed = journal.take().map_or_else(|| open_journal(file), Ok)?;
        agree(&mut agreed, &settings, &tags, resume)
            .map_err(|error| resume_failure(error, args))?;
        let opened = file.open();
        opened.map_err(|error| cannot_write(file.path(), error))?;
        journal = Some(agreed);
    }
    let writing = Writing {
        first: first.as_ref().map(FirstVoice::name),
        ..session::writing(shape, layout, &tags, &model, &plan)
    };
    let mut watch = BatchWatch::new(screen, suspects().is_some());
    watch.handle_signals()?;
    let load = || -> Result<Classifier<LlamaEngine<'_>>, Failure> {
        let model = plan.load_checked(&how)?;
        let mut classifier = plan.classifier(later.get_or_init(|| model), &tags)?;
        session::apply_calibration(&mut classifier, &args.calibration)?;
        Ok(classifier)
    };
    let load: Load<_> = Box::new(|| load().map_err(Failure::into_error));
    let least = first.as_ref().map_or(1.0, |first| first.least);
    // Where the next record may be long in coming, or documents go another way, one by one.
    let one_by_one = is_live || first.is_some() || args.parallel.is_some();
    let best = if one_by_one {
        1
    } else {
        classifier.best_workers()
    };
    let workers = args.workers.unwrap_or(best);
    let result = thread::scope(|scope| {
        let twins = classifier.twins();
        let voices = Voices {
            main: &mut classifier,
            first: first_classifier.as_mut().map(|(classifier, _)| First {
                classifier,
                least,
                load: waits.then_some(load),
            }),
            workers: (workers > 1).then(|| Workers::begin(scope, workers, twins)),
        };
        run(
            voices,
            &feed,
            journal,
            &mut outputs,
            &writing,
            &limits,
            &mut watch,
        )
    });
    screen.note_if(watch.end().note());
    session::tell_of_engine(classifier.engine(), plan.verbose, screen);
    let summary = result.map_err(run_failure)?;
    Ok(report::report(&summary, &outputs, args, screen))
}

/// What the answers of this run depend on.
fn settings(
    classifier: &Classifier<LlamaEngine>,
    model: &Model,
    calibration: Option<&str>,
    asked_first: Option<&str>,
) -> Result<Settings, Failure> {
    let settings = classifier.settings();
    let settings = settings.map_err(|error| session::unknown_model(model, error))?;
    let mut settings = settings.with_scores(classifier.options().decide.scores);
    for (name, hash) in [("calibration", calibration), ("first", asked_first)] {
        if let Some(hash) = hash {
            settings = settings.with(name, hash);
        }
    }
    Ok(settings)
}

/// How many documents are computed together if nobody says. Where the next record may be long
/// in coming, none waits for it.
fn best_parallel(
    classifier: &Classifier<LlamaEngine>,
    args: &BatchArgs,
    is_live: bool,
) -> Option<usize> {
    let best = || {
        if classifier.is_alone() {
            WITHOUT_MODEL
        } else {
            classifier.engine().model().best_parallel()
        }
    };
    (args.parallel.is_none() && !is_live).then(best)
}

fn limits(args: &BatchArgs) -> Result<Limits, Failure> {
    if args.parallel == Some(0) {
        return Err(wrong_usage(
            "`--parallel 0` is not possible; it must be at least 1",
        ));
    }
    let timeout = match args.failing.timeout_per_document {
        Some(seconds) => Some(
            Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|time| !time.is_zero())
                .ok_or_else(|| {
                    wrong_usage(format!(
                        "`--timeout-per-document {seconds}` must be a number of seconds above 0"
                    ))
                })?,
        ),
        None => None,
    };
    Ok(Limits {
        parallel: args.parallel.unwrap_or(1),
        max_errors: if args.failing.fail_fast {
            Some(1)
        } else {
            args.failing.max_errors
        },
        timeout,
        shard: args.shard.map(|Shard { mine, all }| (mine - 1, all)),
        suspects: suspects().unwrap_or_default(),
    })
}

/// The journal beside an output, if there is one; unless the output is something of another
/// origin or cannot be written.
fn earlier_journal(file: &LineFile, args: &BatchArgs) -> Result<Option<Journal>, Failure> {
    let output = file.path().to_owned();
    let path = Journal::path_for(&output);
    let has_content = output.metadata().is_ok_and(|m| m.is_file() && m.len() > 0);
    if has_content && !path.exists() && args.redo.is_none() {
        return Err(wrong_usage(format!(
            "`{}` is there already, and `{}`, which would say how it came about, is not",
            output.display(),
            path.display()
        ))
        .hint("another `-o`, or `--redo` to write it again"));
    }
    if has_content && args.redo.is_none() && is_reviewed(&output).unwrap_or_default() {
        let message = format!(
            "`{}` has records that a person has reviewed, and would be written over",
            output.display()
        );
        return Err(wrong_usage(message).hint(
            "another `-o`; or `--redo`, after which `minitag review OUT --apply FILE` puts the corrections in again",
        ));
    }
    if has_content && !path.exists() {
        outputs::check_answers(&output)?;
    }
    let is_device = output.metadata().is_ok_and(|there| !there.is_file());
    if !is_device {
        whole_file::check(&output).map_err(|error| cannot_write(&output, error))?;
    }
    path.exists().then(|| open_journal(file)).transpose()
}

/// Opens the journal beside an output, and makes it if it is not there.
fn open_journal(file: &LineFile) -> Result<Journal, Failure> {
    Journal::open(&Journal::path_for(file.path())).map_err(journal_failure)
}

/// Whether a path stands for stdin or stdout.
fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// In a process that may crash: the documents at which another one did.
fn suspects() -> Option<Vec<Key>> {
    #[cfg(unix)]
    return supervise::suspects();
    #[cfg(not(unix))]
    None
}

/// What is done again.
fn resume(args: &BatchArgs) -> Resume {
    // Where another process crashed, what it had begun again is not begun once more.
    if suspects().is_some_and(|suspects| !suspects.is_empty()) {
        return Resume::default();
    }
    Resume {
        redo: args.redo.map(|redo| match redo {
            Redo::All => runner::Redo::All,
            Redo::ChangedTags => runner::Redo::ChangedTags,
        }),
        retry_errors: args.failing.retry_errors,
    }
}

fn resume_failure(error: ResumeError, args: &BatchArgs) -> Failure {
    let output = args.output.display();
    match error {
        ResumeError::Journal(error) => journal_failure(error),
        ResumeError::MoreThanTags(difference) => wrong_usage(format!(
            "`--redo changed-tags` is for another tag list, but {difference}"
        ))
        .hint("`--redo` does everything again"),
        ResumeError::OtherSettings(_) => wrong_usage(format!("`{output}` was {error}"))
            .hint("`--redo` does everything again, `--redo changed-tags` what another tag list concerns; or take another `-o`"),
        error => Failure::usage(error),
    }
}

fn cannot_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(
        anyhow::Error::new(error).context(format!("cannot write to `{}`", path.display())),
    )
}

fn input_failure(error: InputError) -> Failure {
    let hint = error.hint();
    Failure::usage(error).hint_if(hint)
}

fn journal_failure(error: JournalError) -> Failure {
    let hint = error.hint();
    Failure::usage(error).hint(hint)
}

fn run_failure(error: RunError) -> Failure {
    let hint = error.hint();
    match error {
        RunError::Classify(error) => error.into(),
        RunError::Load(error) => Failure::model(anyhow::Error::from_boxed(error)),
        error => Failure::usage(error).hint_if(hint),
    }
}
