//! `minitag explain`: why a document gets its tags.

use std::io::Write;

use minitag::TagSet;
use minitag::explain::{ExplainError, ExplainOptions, explain, report, runs};
use minitag::whole_file::{self, Readers};
use minitag::wire::ExplanationRecord;

use crate::cli::args::{ExplainArgs, LongArg};
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::overwrite::check_page;
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs, screen: &Screen) -> Result<Status, Failure> {
    for (name, value) in [("pieces", Some(args.pieces)), ("parallel", args.parallel)] {
        if value == Some(0) {
            let message = format!("`--{name} 0` is not possible; it must be at least 1");
            return Err(wrong_usage(message));
        }
    }
    if args.wording.reading.long == LongArg::Windows {
        let message = "`--long windows` shows a document in several prompts; one is explained";
        return Err(wrong_usage(message).hint("`--long condense` or `--long head`"));
    }
    let tags = session::tag_set(&args.tags, screen)?;
    let asked = args.tag.iter().map(|id| place(id, &tags));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    let decide = session::decide(&args.decide, false, &tags)?;
    let document = session::read_document(&args.file, screen).map_err(Failure::usage)?;
    if let Some(path) = &args.html {
        check_page(path)?;
        whole_file::check(path).map_err(|error| cannot_write(path, error))?;
    }
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    let options = ExplainOptions {
        pieces: args.pieces,
        lanes: args.parallel.unwrap_or_else(|| model.best_parallel()),
        tags: asked,
    };
    let mut classifier = plan.classifier(&model, &tags)?;
    session::apply_calibration(&mut classifier, &args.calibration)?;
    let id = session::id(args.id.as_deref(), &args.file);
    let mut progress = Progress::new(screen, "runs");
    let mut tell = |sentences: usize, done: usize| {
        if done == 0 {
            screen.note(&cost(sentences, &options));
        }
        progress.tell(done, runs(sentences, &options));
    };
    let parsed = session::document(&args.file, &document);
    let explained = explain(&mut classifier, &id, parsed, &options, &mut tell);
    drop(progress);
    session::tell_of_engine(classifier.engine(), plan.verbose, screen);
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(ExplainError::Classify(error)) if error.concerns_all() => return Err(error.into()),
        Err(error) => {
            let hint = match &error {
                ExplainError::Classify(error) => error.hint(),
                _ => None,
            };
            let name = args.file.display();
            screen.error(&format!("cannot explain `{name}`: {error}"), hint);
            return Ok(Status::SomeFailed);
        }
    };
    if let Some(page) = &args.html {
        let path = model.path();
        let model = path.file_name().unwrap_or_default().to_string_lossy();
        let written = whole_file::write(
            page,
            report::html(&explanation, &tags, &model),
            Readers::Owner,
        );
        written.map_err(|error| cannot_write(page, error))?;
    }
    if args.format.is_json() {
        print::json(&ExplanationRecord::new(
            &explanation,
            &tags,
            report::CANDIDATES,
            report::ALTERNATIVES,
        ))?;
    } else {
        let text = report::text(&explanation, &tags, print::width());
        // Without colours where they are not wanted.
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
    }
    Ok(Status::Success)
}

/// What it will cost, before it is begun.
fn cost(sentences: usize, options: &ExplainOptions) -> String {
    let runs = runs(sentences, options);
    if sentences <= options.pieces {
        let noun = if sentences == 1 {
            "sentence"
        } else {
            "sentences"
        };
        return format!("{sentences} {noun}, each left out once: {runs} runs");
    }
    let pieces = options.pieces;
    format!(
        "{sentences} sentences in {pieces} pieces, each left out once: {runs} runs; \
         `--pieces {sentences}` looks at each sentence"
    )
}

/// The tag with an id, by its place in the list.
pub(crate) fn place(id: &str, tags: &TagSet) -> Result<usize, Failure> {
    let mut known = tags.iter();
    known.position(|tag| tag.id.to_text() == id).ok_or_else(|| {
        let failure = wrong_usage(format!("`{id}` is not the id of a tag on the list"));
        match tags.iter().find(|tag| tag.name.trim() == id) {
            Some(tag) => failure.hint(format!("the id of `{id}` is {}", tag.id.to_text())),
            None => failure,
        }
    })
}
