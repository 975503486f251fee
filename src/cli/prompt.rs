//! `minitag prompt`: exactly what the model sees.

use std::io::{self, Write};

use anyhow::Context;
use minitag::classifier::Prompt;
use minitag::constraint::Spelling;
use minitag::tags::{TagId, TagSet};
use minitag::vocab::Token;
use serde::Serialize;

use crate::cli::args::PromptArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::session;

#[derive(Serialize)]
struct Record<'a> {
    text: String,
    /// As fed, BOS and answer head included.
    tokens: Vec<i32>,
    prefix_tokens: usize,
    document_tokens: usize,
    candidates: Vec<Candidate<'a>>,
    /// What ends the answer, as one token after the other.
    stop_tokens: Vec<i32>,
    /// What stands before every tag but the first.
    comma_tokens: Vec<i32>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    id: &'a TagId,
    name: &'a str,
    /// One after the other; a score is the sum of their log-probabilities.
    tokens: Vec<i32>,
    /// Where another tag begins with these tokens: one of these has to follow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terminators: Vec<i32>,
}

/// Runs the command.
pub(crate) fn run(args: &PromptArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set(&args.tags)?;
    let decide = session::count(&args.count, &tags)?;
    let document = session::read_document(&args.file, screen).map_err(Failure::usage)?;
    let model = session::vocabulary(args.model.model.as_deref())?;
    let classifier = session::classifier(
        &model,
        tags.clone(),
        &args.wording,
        decide,
        &args.model,
        screen,
    )?;
    let id = session::id(args.id.as_deref(), &args.file);
    let prompt = classifier.prompt(&id, session::document(&args.file, &document));
    let mut out = io::stdout().lock();
    if args.json {
        let record = record(&prompt, classifier.spelling(), &tags);
        let json = serde_json::to_string(&record).context("cannot write the prompt as JSON");
        writeln!(out, "{}", json.map_err(Failure::usage)?)?;
    } else {
        writeln!(out, "{}", text(&prompt))?;
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
    let open_ended = spelling.open_ended();
    let candidate = |(place, tag): (usize, &'a minitag::tags::Tag)| Candidate {
        id: &tag.id,
        name: &tag.name,
        tokens: ids(&spelling.tags[place]),
        terminators: if open_ended[place] {
            ids(&spelling.terminators())
        } else {
            Vec::new()
        },
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
        stop_tokens: ids(&spelling.close),
        comma_tokens: ids(&spelling.comma),
    }
}
