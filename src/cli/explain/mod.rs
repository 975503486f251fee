//! `minitag explain`: why a document gets its tags.

mod html;
mod text;

use std::io::Write;

use minitag::TagSet;
use minitag::constraint::Candidate;
use minitag::explain::{ExplainError, ExplainOptions, Explanation, explain, runs};
use minitag::tags::Tag;
use minitag::whole_file::{self, Readers};
use minitag::wire::ExplanationRecord;

use crate::cli::args::{ExplainArgs, LongArg};
use crate::cli::failure::{Failure, Status, cannot_write, classify_hint, wrong_usage};
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// So many candidates of each slot are shown.
const CANDIDATES: usize = 5;
/// So many tags that were not chosen.
const ALTERNATIVES: usize = 10;

/// An explanation with what is needed to show it.
struct Shown<'a> {
    explanation: &'a Explanation,
    tags: &'a TagSet,
}

impl<'a> Shown<'a> {
    fn tag(&self, place: usize) -> &'a Tag {
        self.tags.get(place)
    }

    /// A candidate in words: a tag's name, and its id where that is another.
    fn name(&self, candidate: Candidate) -> String {
        match candidate {
            Candidate::Stop => "no further tag".to_owned(),
            Candidate::Tag(place) => tag_name(self.tag(place)),
        }
    }

    /// The answer in words.
    fn answer(&self) -> String {
        let names = self
            .explanation
            .tags
            .iter()
            .map(|&tag| tag_name(self.tag(tag)));
        match names.collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => "no tag".to_owned(),
            names => names,
        }
    }

    /// The text of a piece on one line.
    fn piece(&self, place: usize) -> String {
        let range = self.explanation.pieces[place].range.clone();
        let words: Vec<&str> = self.explanation.text[range].split_whitespace().collect();
        words.join(" ")
    }

    /// The largest effect of a piece, for or against, above 0.
    fn largest(&self) -> f64 {
        let effects = self
            .explanation
            .pieces
            .iter()
            .map(|piece| piece.effect().abs());
        effects.fold(f64::MIN_POSITIVE, f64::max)
    }
}

fn tag_name(tag: &Tag) -> String {
    let (name, id) = (tag.name.trim(), tag.id.to_text());
    if name == id {
        id
    } else {
        format!("{name} ({id})")
    }
}

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
    let mut report = |sentences: usize, done: usize| {
        if done == 0 {
            screen.note(&cost(sentences, &options));
        }
        progress.tell(done, runs(sentences, &options));
    };
    let parsed = session::document(&args.file, &document);
    let explained = explain(&mut classifier, &id, parsed, &options, &mut report);
    drop(progress);
    session::tell_of_engine(classifier.engine(), plan.verbose, screen);
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(ExplainError::Classify(error)) if error.concerns_all() => return Err(error.into()),
        Err(error) => {
            let hint = match &error {
                ExplainError::Classify(error) => classify_hint(error),
                _ => None,
            };
            let name = args.file.display();
            screen.error(&format!("cannot explain `{name}`: {error}"), hint);
            return Ok(Status::SomeFailed);
        }
    };
    let shown = Shown {
        explanation: &explanation,
        tags: &tags,
    };
    if let Some(page) = &args.html {
        let path = model.path();
        let model = path.file_name().unwrap_or_default().to_string_lossy();
        let written = whole_file::write(page, html::page(&shown, &model), Readers::Owner);
        written.map_err(|error| cannot_write(page, error))?;
    }
    if args.format.is_json() {
        print::json(&ExplanationRecord::new(
            &explanation,
            &tags,
            CANDIDATES,
            ALTERNATIVES,
        ))?;
    } else {
        let text = text::text(&shown, print::width());
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
        return format!("{sentences} {noun}, each left out once: {runs} runs of the model");
    }
    let pieces = options.pieces;
    format!(
        "{sentences} sentences in {pieces} pieces, each left out once: {runs} runs of the model; \
         `--pieces {sentences}` looks at each sentence"
    )
}

/// The tag with an id, by its place in the list.
fn place(id: &str, tags: &TagSet) -> Result<usize, Failure> {
    let mut known = tags.iter();
    known.position(|tag| tag.id.to_text() == id).ok_or_else(|| {
        let failure = wrong_usage(format!("`--tag {id}` is not an id of the list"));
        match tags.iter().find(|tag| tag.name.trim() == id) {
            Some(tag) => failure.hint(format!("the id of `{id}` is {}", tag.id.to_text())),
            None => failure,
        }
    })
}
