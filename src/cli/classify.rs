//! `minitag classify`: documents in, one answer each.

use std::time::Instant;

use minitag::classifier::Masses;
use minitag::wire::{Known, Layout, Reading};

use crate::cli::args::{ClassifyArgs, Format};
use crate::cli::each::{Told, Untold, each};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::output::Writer;
use crate::cli::plan::{Plan, Task};
use crate::cli::screen::{Progress, Screen};
#[cfg(feature = "serve")]
use crate::cli::served;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &ClassifyArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.id.is_some() && args.files.len() > 1 {
        let message = format!(
            "`--id` is for one document, but there are {}",
            args.files.len()
        );
        return Err(wrong_usage(message).hint("without `--id`, each document's id is its path"));
    }
    let tags = session::tag_set(&args.tags, screen)?;
    if args.output.format == Format::Csv
        && let Some((one, other)) = tags.look_alike()
    {
        let message = format!("the ids {one} and {other} look the same in CSV");
        return Err(wrong_usage(message).hint("`--format json` tells a number from a text"));
    }
    let shape = session::shape(&args.output.answer, &args.calibration)?;
    let decide = session::decide(&args.decide, shape.needs_scores(), &tags)?;
    #[cfg(feature = "serve")]
    if let Some(server) = &args.server {
        return served::run(args, server, &tags, shape, &decide, screen);
    }
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    let mut classifier = plan.classifier(&model, &tags)?;
    session::apply_calibration(&mut classifier, &args.calibration)?;
    let writing = session::writing(shape, Layout::Json, &tags, &model, &plan);
    let mut writer = Writer::new(args.output.format, writing);
    let mut told = false;
    let mut masses = Masses::default();
    let status = each(args, &mut writer, screen, |file, id, text, _| {
        let started = Instant::now();
        let mut progress = Progress::new(screen, &format!("windows of `{}`", file.display()));
        let mut report = |done, all| progress.tell(done, all);
        let document = session::document(file, text);
        let answer = classifier
            .prepare(id, document)
            .and_then(|prepared| classifier.classify_prepared(&prepared, &mut report));
        drop(progress);
        if !std::mem::replace(&mut told, true) {
            session::tell_of_engine(classifier.engine(), plan.verbose, screen);
        }
        match answer {
            Ok(answer) => {
                masses.add(&answer);
                let reading = || Reading::new(text, classifier.count(&text.text));
                Ok(Ok(Told {
                    known: Known::new(&answer, started.elapsed()),
                    reading: shape.details.then(reading),
                    left_out: answer.usage.left_out,
                }))
            }
            Err(error) if error.concerns_all() => Err(error.into()),
            Err(error) => Ok(Err(Untold {
                problem: error.to_string(),
                hint: error.hint(),
            })),
        }
    })?;
    screen.note_if(masses.note());
    Ok(status)
}
