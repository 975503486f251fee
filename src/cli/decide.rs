//! `minitag decide`: typed questions to each document of a catalogue.

use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use minitag::Document;
use minitag::engine::Engine;
use minitag::runner;
use minitag::service::{Decider, Decision, Ordered, Question};
use minitag::wire::ErrorLine;

use crate::cli::args::DecisionArgs;
use crate::cli::catalogue;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::overwrite::check_lines;
use crate::cli::progress::stop_at_signals;
use crate::cli::questions;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &DecisionArgs, screen: &Screen) -> Result<Status, Failure> {
    check_ending(&args.output)?;
    check_lines(
        &args.output,
        "output of `minitag decide`",
        &["answers", "error"],
        &[],
    )?;
    let fields = catalogue::fields(&args.fields)?;
    let questions = questions::read(&args.questions)?;
    let plan = questions::plan(&args.asking, screen)?;
    let model = questions::load(&plan, screen)?;
    let mut decider = questions::decider(&plan, &model)?;
    for (id, question) in &questions {
        decider.prepare(question).map_err(|error| {
            let file = args.questions.display();
            Failure::usage(anyhow!("cannot ask `{id}` of `{file}`: {error}"))
        })?;
    }
    let mut out = Output::new(&args.output)?;
    let (mut done, mut failed) = (0, 0);
    let stop: Arc<AtomicBool> = Arc::default();
    let warning = "stopping after this document; once more stops at once";
    stop_at_signals(&stop, screen, None, warning, false)?;
    let is_stopped = catalogue::every(&args.documents, fields, |record| {
        let (id, line, answers) = match record {
            Ok(record) => {
                let answers = record.content.read();
                let answers = answers.map(|(text, format)| {
                    let text = text.text.as_str();
                    answers_to(&questions, Document { text, format }, &mut decider)
                });
                let answers = match answers {
                    Ok(answers) => answers?,
                    Err(failure) => Err(failure),
                };
                (Some(record.id), record.line, answers)
            }
            Err(error) => {
                let failure = runner::Failure::new(error.kind, error.message);
                (error.id, error.line, Err(failure))
            }
        };
        let id = id.as_deref();
        match answers {
            Ok(answers) => {
                done += 1;
                let id = id.unwrap_or_default().to_owned();
                out.write(&Decision { id, answers }.to_line())?;
            }
            Err(runner::Failure { kind, message }) => {
                failed += 1;
                out.write(&ErrorLine::new(id, line, &kind, &message).to_line())?;
            }
        }
        Ok(if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    session::tell_of_engine(decider.engine(), plan.verbose, screen);
    let counts = format!("{done} decided, {failed} failed");
    if is_stopped.is_break() {
        screen.note(&format!(
            "{counts}; stopped: the documents after these were not asked about"
        ));
        return Ok(Status::Interrupted);
    }
    if done + failed == 0 {
        let input = args.documents.display();
        screen.warning(&format!("there is no record in `{input}`"));
    }
    screen.note(&counts);
    Ok(if failed == 0 {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// What is answered to each question, or the failure of the first that cannot be answered of
/// this document.
type Answers = Result<Ordered<minitag::service::Answer>, runner::Failure>;

/// Asks each question of a document.
fn answers_to<E: Engine>(
    questions: &[(String, Question)],
    document: Document,
    decider: &mut Decider<E>,
) -> Result<Answers, Failure> {
    let mut answers = Vec::new();
    for (id, question) in questions {
        match decider.answer(question, document) {
            Ok(answered) => answers.push((id.clone(), answered.answer)),
            Err(error) if questions::concerns_all(&error) => return Err(error.into()),
            Err(error) => {
                let failure = runner::Failure::new(error.kind(), error.to_string());
                return Ok(Err(failure));
            }
        }
    }
    Ok(Ok(Ordered(answers)))
}

/// Refuses names that promise another format.
fn check_ending(output: &Path) -> Result<(), Failure> {
    let ending = output.extension().unwrap_or_default().to_ascii_lowercase();
    if ["csv", "tsv", "tab", "gz"]
        .iter()
        .any(|other| ending == *other)
    {
        let message = format!("`{}`: lines of JSON are written", output.display());
        return Err(wrong_usage(message).hint("`-o FILE.jsonl`"));
    }
    Ok(())
}

/// Where lines go, each at once.
struct Output<'a> {
    path: &'a Path,
    to: Box<dyn Write>,
}

impl<'a> Output<'a> {
    fn new(path: &'a Path) -> Result<Self, Failure> {
        let to: Box<dyn Write> = if path == Path::new("-") {
            Box::new(io::stdout().lock())
        } else {
            Box::new(File::create(path).map_err(|error| cannot_write(path, error))?)
        };
        Ok(Self { path, to })
    }

    fn write(&mut self, line: &[u8]) -> Result<(), Failure> {
        let written = self.to.write_all(line).and_then(|()| self.to.flush());
        written.map_err(|error| {
            if self.path == Path::new("-") {
                error.into()
            } else {
                cannot_write(self.path, error)
            }
        })
    }
}
