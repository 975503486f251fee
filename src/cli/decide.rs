//! `minitag decide`: typed questions to each document of a catalogue.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::anyhow;
use minitag::Document;
use minitag::engine::Engine;
use minitag::runner;
use minitag::service::{Decider, Decision, Ordered, Question};
use minitag::wire::ErrorLine;

use crate::cli::args::DecisionArgs;
use crate::cli::catalogue;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::questions;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &DecisionArgs, screen: &Screen) -> Result<Status, Failure> {
    check_paths(&args.documents, &args.output)?;
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
    catalogue::every(&args.documents, |record| {
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
                out.write(&Decision { id, answers }.to_line())
            }
            Err(runner::Failure { kind, message }) => {
                failed += 1;
                out.write(&ErrorLine::new(id, line, &kind, &message).to_line())
            }
        }
    })?;
    session::tell_of_engine(decider.engine(), plan.verbose, screen);
    screen.note(&format!("{done} decided, {failed} failed"));
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

/// Refuses to write over what is read.
fn check_paths(input: &Path, output: &Path) -> Result<(), Failure> {
    let is_same = match (fs::canonicalize(input), fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if is_same {
        let path = output.display();
        return Err(wrong_usage(format!(
            "`{path}` is the input and cannot be the output"
        )));
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
