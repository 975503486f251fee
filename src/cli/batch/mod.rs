//! `minitag batch`: a catalogue in, one line a record out, stopped and resumed at will.

mod outputs;
mod report;
mod source;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use minitag::TagSet;
use minitag::classifier::Settings;
use minitag::runner::{
    InputError, Journal, JournalError, Key, Limits, LineFile, Outcome, RunError, answer_tags, feed,
    run,
};
use minitag::tags::TagsDiff;

use crate::cli::args::{BatchArgs, Redo, Shard};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::mass::Masses;
use crate::cli::output::{Details, answer_json};
use crate::cli::plan::{Plan, Task};
use crate::cli::progress::BatchWatch;
use crate::cli::screen::Screen;
use crate::cli::session;
#[cfg(unix)]
use crate::cli::supervise;

/// What there is to say where a disk is full.
const KEEPS: &str = "nothing that was done is lost; the same command goes on from here";

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
    let layout = outputs::layout(args, &source, &tags)?;
    let shape = session::shape(&args.answer, &args.decide)?;
    let decide = session::decide(&args.decide, shape.needs_scores(), &tags)?;
    let mut outputs = outputs::outputs(args, layout)?;
    let feed = feed(source).map_err(input_failure)?;
    let mut journal = match &mut outputs.answers {
        Some(file) => Some(open_journal(file, args)?),
        None => None,
    };
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    let task = Task {
        tags: Some(&tags),
        longest: None,
        together: limits.parallel,
    };
    let model = plan.load(&task, screen)?;
    // Where the next record may be long in coming, none waits for it by default.
    if args.parallel.is_none() && !is_live {
        limits.parallel = model.best_parallel();
    }
    let mut classifier = plan.classifier(&model, &tags)?;
    let calibration = session::apply_calibration(&mut classifier, &args.calibration)?;
    if let Some(journal) = &mut journal {
        let mut settings = classifier
            .settings()
            .map_err(|error| session::unknown_model(&model, error))?
            .with("scores", args.answer.scores.map_or("none", |s| s.name()))
            .with("details", args.answer.details.to_string());
        if let Some(hash) = calibration {
            settings = settings.with("calibration", hash);
        }
        if shape.names {
            settings = settings.with("names", "true");
        }
        if let Some(below) = shape.review_below {
            settings = settings.with("review-below", below.to_string());
        }
        agree(journal, &settings, &tags, args)?;
    }
    let wants_details = args.answer.details;
    let masses = RefCell::new(Masses::default());
    let encode = |classification: &_, details: Option<(&_, usize, Duration)>| {
        masses.borrow_mut().add(classification);
        let details = details.map(|(text, tokens, time)| Details {
            model: &model,
            time,
            text,
            tokens,
        });
        answer_json(classification, shape, &tags, details.as_ref())
    };
    let mut watch = BatchWatch::new(screen, wants_details, suspects().is_some(), &encode);
    watch.handle_signals()?;
    let result = run(
        &mut classifier,
        &feed,
        journal,
        &mut outputs,
        &limits,
        &mut watch,
    );
    drop(watch);
    masses.into_inner().tell(screen);
    session::tell_of_engine(classifier.engine(), plan.verbose, screen);
    let summary = result.map_err(run_failure)?;
    Ok(report::report(&summary, &outputs, args, screen))
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

/// Opens the journal beside an output, unless the output is something of another origin
/// or cannot be written.
fn open_journal(file: &mut LineFile, args: &BatchArgs) -> Result<Journal, Failure> {
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
    file.open().map_err(|e| cannot_write(&output, e))?;
    Journal::open(&path).map_err(journal_failure)
}

/// Whether a path stands for stdin or stdout.
fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Where the errors go that have a file of their own.
fn errors_path(output: &Path) -> PathBuf {
    let mut path = output.as_os_str().to_owned();
    path.push(".errors.jsonl");
    path.into()
}

/// In a process that may crash: the documents at which another one did.
fn suspects() -> Option<Vec<Key>> {
    #[cfg(unix)]
    return supervise::suspects();
    #[cfg(not(unix))]
    None
}

/// Sees to it that the journal's records were come to in the way that was asked for.
fn agree(
    journal: &mut Journal,
    settings: &Settings,
    tags: &TagSet,
    args: &BatchArgs,
) -> Result<(), Failure> {
    // Where another process crashed, what it had begun again is not begun once more.
    let goes_on = suspects().is_some_and(|suspects| !suspects.is_empty());
    let redo = args.redo.filter(|_| !goes_on);
    let retry_errors = args.failing.retry_errors && !goes_on;
    let before = journal.settings().map_err(journal_failure)?;
    let differences = before.as_ref().map(|before| settings.differences(before));
    let differences = differences.unwrap_or_default();
    let retry = |outcome: &Outcome| retry_errors && matches!(outcome, Outcome::Failure { .. });
    let renewed = match (redo, before.as_ref().and_then(Settings::tags)) {
        (Some(Redo::All), _) => journal
            .forget_changes()
            .and_then(|()| journal.renew(settings, &|_| true)),
        (Some(Redo::ChangedTags), Some(old)) => {
            let other: Vec<_> = differences.iter().filter(|d| d.name != "tags").collect();
            if let Some(difference) = other.first() {
                return Err(wrong_usage(format!(
                    "`--redo changed-tags` is for another tag list, but {difference}"
                ))
                .hint("`--redo` does everything again"));
            }
            let old = TagSet::parse(old)
                .context("the journal's tag list cannot be read")
                .map_err(Failure::usage)?;
            let diff = TagsDiff::new(&old, tags);
            // The same list again goes on with what was begun for it.
            if !diff.is_empty() {
                journal.forget_changes().map_err(journal_failure)?;
            }
            journal.renew(settings, &|outcome| {
                retry(outcome) || answer_tags(outcome).is_none_or(|tags| diff.concerns(&tags))
            })
        }
        _ if !differences.is_empty() => {
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            return Err(wrong_usage(format!(
                "`{}` was begun with other settings: {}",
                args.output.display(),
                differences.join("; ")
            ))
            .hint("`--redo` does everything again, `--redo changed-tags` what another tag list concerns; or take another `-o`"));
        }
        _ if retry_errors => journal.renew(settings, &retry),
        _ => journal.set_settings(settings),
    };
    renewed.map_err(journal_failure)
}

fn cannot_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(
        anyhow::Error::new(error).context(format!("cannot write to `{}`", path.display())),
    )
}

fn input_failure(error: InputError) -> Failure {
    let hint = error.hint();
    let failure = Failure::usage(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn journal_failure(error: JournalError) -> Failure {
    let hint = match &error {
        JournalError::InUse { .. } => "wait for it, or take another `-o`",
        JournalError::Sqlite { .. } => KEEPS,
        _ => "what is in the output stays as it is; another `-o` starts a new run",
    };
    Failure::usage(error).hint(hint)
}

fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Classify(error) => error.into(),
        RunError::Journal(error) => journal_failure(error),
        RunError::Input(error) => input_failure(error),
        RunError::Output { path: Some(_), .. } => Failure::usage(error).hint(KEEPS),
        error => Failure::usage(error),
    }
}
