//! `minitag eval`: records whose right tags are known in, figures out.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use minitag::classifier::Masses;
use minitag::eval::{self, AnswerRecord, Answers, Case, Evaluation, Item, Judged, Names, report};
use minitag::whole_file::{self, Readers};
use minitag::{TagSet, wire};

use crate::cli::args::{Baseline, CalibrationArgs, EvalArgs, EvalFormat};
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::{gold, place, tell_without_text, told};
use crate::cli::overwrite::{check_lines, check_page};
use crate::cli::plan::{Plan, Task};
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &EvalArgs, screen: &Screen) -> Result<Status, Failure> {
    if let Some(path) = &args.save_answers {
        check_lines(path, "file of answers", &["tags"], &["text", "path"])?;
    }
    let tags = session::tag_set(&args.tags, screen)?;
    let most = session::count(&args.decide.count, &tags)?.max_tags;
    let (items, all) = gold(&args.gold, &tags, screen)?;
    if let Some(path) = &args.report {
        check_page(path)?;
        whole_file::check(path).map_err(|error| cannot_write(path, error))?;
    }
    let (ours, other) = if let [a, b] = args.compare.as_slice() {
        let read = |path| read_answers(path, &items, &tags, screen);
        (read(a)?, Some(read(b)?))
    } else {
        let ours = match &args.answers {
            Some(path) => read_answers(path, &items, &tags, screen)?,
            None => classify(&items, &tags, args, screen)?,
        };
        let baseline = args
            .baseline
            .map(|Baseline::Keyword| Answers::of_keywords(&items, &tags, most));
        (ours, baseline)
    };
    let names = Names {
        gold: file_name(&args.gold),
        ours: ours.name.clone(),
        other: other.as_ref().map(|other| other.name.clone()),
    };
    let cases = items
        .into_iter()
        .filter_map(|item| Case::of(item, &ours, other.as_ref()));
    let cases: Vec<Case> = cases.collect();
    if cases.is_empty() {
        let message = format!("no record of `{}` could be evaluated", args.gold.display());
        return Err(wrong_usage(message));
    }
    if args.answers.is_none() && args.compare.is_empty() {
        let judged: Vec<Judged> = cases.iter().map(|case| case.judged.clone()).collect();
        tell_of_promise(&judged, &args.calibration, screen)?;
    }
    let left_out = all - cases.len();
    let evaluation = Evaluation::new(names, tags, cases, left_out);
    if let Some(path) = &args.report {
        let written = whole_file::write(path, report::html(&evaluation), Readers::Owner);
        written.map_err(|error| cannot_write(path, error))?;
    }
    let text = match args.format {
        EvalFormat::Text => report::text(&evaluation),
        EvalFormat::Json => report::json(&evaluation),
        EvalFormat::Markdown => report::markdown(&evaluation),
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(if left_out == 0 {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// Whether what the calibration promises is kept on these documents.
fn tell_of_promise(
    judged: &[Judged],
    args: &CalibrationArgs,
    screen: &Screen,
) -> Result<(), Failure> {
    let Some(promise) = session::promise(args)? else {
        return Ok(());
    };
    let kept = promise.kept(judged);
    let precision = promise.precision;
    if kept.holds {
        screen.note(&format!(
            "the promise of {precision} can still be true: {kept}"
        ));
    } else {
        screen.warning(&format!(
            "the promise of {precision} does not hold on these documents: {kept}; calibrate again"
        ));
    }
    Ok(())
}

/// Reads the answers of an earlier run, and says which are missing.
fn read_answers(
    path: &Path,
    items: &[Item],
    tags: &TagSet,
    screen: &Screen,
) -> Result<Answers, Failure> {
    let (answers, _) = told(eval::read_answers(path, tags), path, screen)?;
    let answers = Answers::new(path.display().to_string(), answers);
    let name = &answers.name;
    for item in answers.missing(items) {
        let id = &item.record.id;
        screen.error(&format!("`{name}` has no answer to `{id}`"), None);
    }
    let strange = answers.strange(items);
    if strange > 0 {
        screen.note(&format!(
            "{strange} of the answers in `{name}` are to documents without gold tags"
        ));
    }
    Ok(answers)
}

/// Lets the model tag all documents.
fn classify(
    items: &[Item],
    tags: &TagSet,
    args: &EvalArgs,
    screen: &Screen,
) -> Result<Answers, Failure> {
    let decide = session::decide(&args.decide, true, tags)?;
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.hold_out(screen);
    let model = plan.load(&Task::one_by_one(tags), screen)?;
    let mut classifier = plan.classifier(&model, tags)?;
    session::apply_calibration(&mut classifier, &args.calibration)?;
    let mut save = args.save_answers.as_deref().map(Save::new).transpose()?;
    let mut progress = Progress::new(screen, "documents");
    let mut masses = Masses::default();
    let mut answers = Vec::new();
    let hint = "`--answers OUT` measures answers that are there already";
    tell_without_text(items, &args.gold, Some(hint), screen);
    let documents = items.iter().enumerate().filter_map(|(done, item)| {
        progress.tell(done, items.len());
        Some((item, item.record.id.as_str(), item.document()?))
    });
    let workers = classifier.best_workers();
    classifier.classify_many(workers, documents, |item, answer| {
        let id = &item.record.id;
        match answer {
            Ok(answer) => {
                masses.add(&answer);
                let answer = wire::Answer::with_scores(&answer);
                if let Some(save) = &mut save {
                    save.write(&answer)?;
                }
                answers.push(AnswerRecord::of(&answer, tags));
            }
            Err(error) => screen.error(
                &format!("{}: cannot tag `{id}`: {error}", place(&args.gold, item)),
                error.hint(),
            ),
        }
        Ok::<(), Failure>(())
    })?;
    drop(progress);
    screen.note_if(masses.note());
    let mut name = if plan.has_model {
        model.name()
    } else {
        plan.name(&model)
    };
    if plan.learned.is_some() {
        name.push_str(" + learned");
    }
    Ok(Answers::new(name, answers))
}

/// A file of answers, each in it before the next document is begun.
struct Save {
    path: PathBuf,
    file: File,
}

impl Save {
    fn new(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| cannot_write(path, error))?;
        let path = path.to_owned();
        Ok(Self { path, file })
    }

    fn write(&mut self, answer: &wire::Answer) -> Result<(), Failure> {
        let line = serde_json::to_string(answer).map_err(io::Error::from);
        let written = line.and_then(|line| writeln!(self.file, "{line}"));
        written.map_err(|error| cannot_write(&self.path, error))
    }
}

/// A path's last part, for headings.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
