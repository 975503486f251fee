//! `minitag batch`: a catalogue in, one line a record out, stopped and resumed at will.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use glob::Pattern;
use minitag::TagSet;
use minitag::runner::{
    Fields, InputFormat, Journal, JournalError, Keep, Key, Layout, Limits, LineFile, Outcome,
    Outputs, RunError, Settings, Source, Stop, Summary, answer_tags, feed, run,
};
use minitag::tags::TagsDiff;

use crate::cli::args::{BatchArgs, Errors, InputFormatArg, OutputFormat, Redo, Shard};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::mass::Masses;
use crate::cli::memory::Task;
use crate::cli::output::{Details, answer_json};
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
    check_paths(args)?;
    #[cfg(unix)]
    if suspects().is_none() && supervise::can_be_begun_again(args) {
        return supervise::run(&Journal::path_for(&args.output), screen);
    }
    work(args, screen)
}

/// Runs the command in this process.
fn work(args: &BatchArgs, screen: &Screen) -> Result<Status, Failure> {
    let source = source(args)?;
    let layout = layout(args, &source)?;
    let is_live = source.path == Path::new("-");
    let mut limits = limits(args)?;
    let tags = session::tag_set(&args.tags)?;
    let shape = session::shape(&args.answer, &args.decide)?;
    let decide = session::decide(&args.decide, shape.needs_scores(), &tags)?;
    let mut outputs = outputs(args, layout)?;
    let feed = feed(source).map_err(input_failure)?;
    let mut journal = match &mut outputs.answers {
        Some(file) => Some(open_journal(file, args)?),
        None => None,
    };
    let task = Task {
        tags: Some(&tags),
        wording: &args.wording,
        decide: &decide,
        longest: None,
        together: limits.parallel,
    };
    let model = session::model(&args.model, &task, screen)?;
    // Where the next record may be long in coming, none waits for it by default.
    if args.parallel.is_none() && !is_live {
        limits.parallel = model.best_parallel();
    }
    let mut classifier = session::classifier(
        &model,
        tags.clone(),
        &args.wording,
        decide,
        &args.model,
        screen,
    )?;
    let calibration = session::apply_calibration(&mut classifier, &args.calibration)?;
    if let Some(journal) = &mut journal {
        let mut settings = session::settings(&classifier)
            .map_err(Failure::model)?
            .with("scores", args.answer.scores.map_or("none", |s| s.name()))
            .with("details", args.answer.details.to_string());
        if let Some(hash) = calibration {
            settings = settings.with("calibration", hash);
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
        answer_json(classification, shape, details.as_ref())
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
    session::tell_of_engine(classifier.engine(), args.model.verbose, screen);
    let summary = result.map_err(run_failure)?;
    Ok(report(&summary, &outputs, args, screen))
}

/// Refuses to write over what is read, or twice to one file.
fn check_paths(args: &BatchArgs) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut seen = vec![("IN", real(&args.input))];
    for (what, path) in [("OUT", Some(&args.output)), ("--diff", args.diff.as_ref())] {
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            continue;
        };
        let real = real(path);
        if let Some((other, _)) = seen.iter().find(|(_, known)| *known == real) {
            let message = format!("`{}` is both {other} and {what}", path.display());
            return Err(wrong_usage(message));
        }
        if real.is_dir() {
            return Err(wrong_usage(format!(
                "`{}` is a folder; {what} has to be a file",
                path.display()
            )));
        }
        seen.push((what, real));
    }
    Ok(())
}

fn source(args: &BatchArgs) -> Result<Source, Failure> {
    let format = match args.input_format {
        Some(InputFormatArg::Jsonl) => Some(InputFormat::Jsonl),
        Some(InputFormatArg::Csv) => Some(InputFormat::Csv),
        Some(InputFormatArg::Tsv) => Some(InputFormat::Tsv),
        None => InputFormat::of(&args.input),
    };
    let format = format.ok_or_else(|| {
        let message = format!(
            "the name of `{}` does not tell its format",
            args.input.display()
        );
        wrong_usage(message).hint("`--input-format jsonl`, `csv` or `tsv` does")
    })?;
    if !args.glob.is_empty() && format != InputFormat::Folder {
        return Err(wrong_usage(format!(
            "`--glob` is for folders, and `{}` is none",
            args.input.display()
        )));
    }
    let pattern = |glob: &String| {
        Pattern::new(glob)
            .with_context(|| format!("`--glob {glob}` is no pattern"))
            .map_err(Failure::usage)
    };
    let keep = if args.keep.iter().any(|name| name == "all") {
        Keep::All
    } else {
        Keep::Named(args.keep.clone())
    };
    let fields = Fields {
        id: args.id_field.clone(),
        text: args.text_field.clone(),
        path: args.path_field.clone(),
        keep,
    };
    if let Some(name) = fields.reserved() {
        return Err(wrong_usage(format!(
            "`--keep {name}` cannot be: the program writes a `{name}` of its own"
        )));
    }
    Ok(Source {
        path: args.input.clone(),
        format,
        fields,
        globs: args.glob.iter().map(pattern).collect::<Result<_, _>>()?,
    })
}

/// Whether a path stands for stdin or stdout.
fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

fn layout(args: &BatchArgs, source: &Source) -> Result<Layout, Failure> {
    let is_csv = match args.output_format {
        Some(format) => format == OutputFormat::Csv,
        None => args
            .output
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv")),
    };
    if !is_csv {
        return Ok(Layout::Json);
    }
    if args.failing.errors == Some(Errors::Inline)
        || args.failing.errors.is_none() && is_standard(&args.output)
    {
        return Err(
            wrong_usage("errors are JSON and cannot stand between rows of CSV")
                .hint("`-o FILE.csv` puts them into `FILE.csv.errors.jsonl`"),
        );
    }
    match &source.fields.keep {
        Keep::All => Err(
            wrong_usage("`--keep all` does not tell which columns CSV has")
                .hint("name the fields: `--keep title,url`"),
        ),
        Keep::Named(kept) => Ok(Layout::Csv {
            scores: args.answer.scores.is_some(),
            review: args.answer.review_below.is_some(),
            kept: kept.clone(),
        }),
    }
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

fn outputs(args: &BatchArgs, layout: Layout) -> Result<Outputs, Failure> {
    let stdout = is_standard(&args.output);
    if stdout && args.failing.errors == Some(Errors::File) {
        return Err(
            wrong_usage("`--errors file` needs a file beside which they go")
                .hint("`-o FILE` instead of `-o -`"),
        );
    }
    let beside = |ending: &str| {
        let mut name = args.output.as_os_str().to_owned();
        name.push(ending);
        LineFile::new(&PathBuf::from(name))
    };
    let inline = args
        .failing
        .errors
        .map_or(stdout, |errors| errors == Errors::Inline);
    let changes = args.diff.as_deref().map(LineFile::new);
    if changes.is_some() && stdout {
        return Err(
            wrong_usage("`--diff` needs a journal of the run before, and `-o -` has none")
                .hint("`-o FILE` instead of `-o -`"),
        );
    }
    Ok(Outputs {
        answers: (!stdout).then(|| LineFile::new(&args.output)),
        errors: (!inline).then(|| beside(".errors.jsonl")),
        changes,
        layout,
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
        .hint("another `-o`, or `--redo` to write it anew"));
    }
    file.open().map_err(|e| cannot_write(&output, e))?;
    Journal::open(&path).map_err(journal_failure)
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
            let other: Vec<_> = differences.iter().filter(|d| d.0 != "tags").collect();
            if let Some(difference) = other.first() {
                return Err(wrong_usage(format!(
                    "`--redo changed-tags` is for another tag list, but {}",
                    session::describe(difference)
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
            let differences: Vec<String> = differences.iter().map(session::describe).collect();
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

/// Says how the run ended.
fn report(summary: &Summary, outputs: &Outputs, args: &BatchArgs, screen: &Screen) -> Status {
    let Summary {
        tagged,
        failed,
        known,
        changed,
        review,
        ..
    } = summary;
    let mut parts = vec![format!("{tagged} tagged")];
    match &outputs.errors {
        Some(file) if *failed > 0 => {
            parts.push(format!(
                "{failed} failed (`{}` says why)",
                file.path().display()
            ));
        }
        _ => parts.push(format!("{failed} failed")),
    }
    if args.answer.review_below.is_some() {
        parts.push(format!("{review} to review"));
    }
    if *known > 0 {
        parts.push(format!("{known} of them known already"));
    }
    if args.redo.is_some() || *changed > 0 {
        parts.push(format!("{changed} with other tags than before"));
    }
    let parts = parts.join(", ");
    let without: Vec<&str> = [
        (args.redo.is_some(), "`--redo`"),
        (summary.stop == Some(Stop::Errors), "this limit"),
    ]
    .into_iter()
    .filter_map(|(is_given, option)| is_given.then_some(option))
    .collect();
    let again = match (&outputs.answers, without.is_empty()) {
        (None, _) => String::new(),
        (_, true) => "; the same command goes on from here".to_owned(),
        (_, false) => format!(
            "; the same command without {} goes on from here",
            without.join(" and ")
        ),
    };
    match summary.stop {
        Some(Stop::Asked) => {
            screen.warning(&format!("stopped: {parts}{again}"));
            Status::Interrupted
        }
        Some(Stop::Errors) => {
            screen.error(&format!("too many errors: {parts}{again}"), None);
            Status::SomeFailed
        }
        None => {
            screen.note(&parts);
            if tagged + failed == 0 && args.shard.is_none() {
                let input = args.input.display();
                screen.warning(&format!("there is no record in `{input}`"));
            }
            if *failed > 0 {
                Status::SomeFailed
            } else {
                Status::Success
            }
        }
    }
}

fn cannot_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(
        anyhow::Error::new(error).context(format!("cannot write to `{}`", path.display())),
    )
}

fn input_failure(error: minitag::runner::InputError) -> Failure {
    Failure::usage(error)
}

fn journal_failure(error: JournalError) -> Failure {
    let hint = match &error {
        JournalError::InUse { .. } => "wait for it, or take another `-o`",
        JournalError::Sqlite { .. } => KEEPS,
        _ => "what is in the output stays as it is; another `-o` begins anew",
    };
    Failure::usage(error).hint(hint)
}

fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Classify(error) => error.into(),
        RunError::Journal(error) => journal_failure(error),
        RunError::Output { path: Some(_), .. } => Failure::usage(error).hint(KEEPS),
        error => Failure::usage(error),
    }
}
