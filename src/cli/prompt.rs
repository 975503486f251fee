//! `minitag prompt`: exactly what the model sees.

use minitag::classifier::Prompt;
use minitag::constraint::{Candidate as Choice, Spelling};
use minitag::tags::{TagId, TagSet};
use minitag::vocab::Token;
use serde::Serialize;

use crate::cli::args::PromptArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::plan::Plan;
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

#[derive(Serialize)]
struct Record<'a> {
    text: String,
    /// As fed, from BOS to the forced part of the answer's head.
    tokens: Vec<i32>,
    prefix_tokens: usize,
    document_tokens: usize,
    /// What can be written at the first slot.
    candidates: Vec<Candidate<'a>>,
    /// What ends the answer there, without any tag.
    stop_tokens: Vec<i32>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    id: &'a TagId,
    name: &'a str,
    /// The ways to write it; its probability is the sum of theirs.
    paths: Vec<Vec<i32>>,
    /// What is fed once it is decided, whatever follows.
    tokens: Vec<i32>,
}

/// Runs the command.
pub(crate) fn run(args: &PromptArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::count(&args.count, &tags)?;
    let document = session::read_document(&args.file, screen).map_err(Failure::usage)?;
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.tell_of_template(screen);
    let model = plan.load_vocabulary()?;
    let classifier = plan.classifier(&model, &tags)?;
    let id = session::id(args.id.as_deref(), &args.file);
    let prompt = classifier.prompt(&id, session::document(&args.file, &document));
    if args.format.is_json() {
        print::json(&record(&prompt, classifier.spelling(), &tags))?;
    } else {
        print::text(&(text(&prompt) + "\n"))?;
    }
    Ok(Status::Success)
}

fn text(prompt: &Prompt) -> String {
    [&prompt.prefix, &prompt.document, &prompt.suffix]
        .map(|s| s.text.as_str())
        .concat()
}

fn record<'a>(prompt: &Prompt, spelling: &Spelling, tags: &'a TagSet) -> Record<'a> {
    let ids = |tokens: &[Token]| tokens.iter().map(|token| token.0).collect::<Vec<_>>();
    let segments = [&prompt.prefix, &prompt.document, &prompt.suffix];
    let first = spelling.first();
    let candidate = |(place, tag): (usize, &'a minitag::tags::Tag)| Candidate {
        id: &tag.id,
        name: &tag.name,
        paths: (first.paths(Choice::Tag(place)).iter())
            .map(|path| ids(path))
            .collect(),
        tokens: ids(first.stable(place)),
    };
    Record {
        text: text(prompt),
        tokens: segments
            .iter()
            .flat_map(|segment| ids(&segment.tokens))
            .collect(),
        prefix_tokens: prompt.prefix.tokens.len(),
        document_tokens: prompt.document.tokens.len(),
        candidates: tags.iter().enumerate().map(candidate).collect(),
        stop_tokens: ids(first.stop()),
    }
}
