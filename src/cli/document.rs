//! `minitag document`: what would be read of a document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use minitag::Budget;
use minitag::document::{Condensed, Fate, Format, Text, condense, windows};
use minitag::vocab::Continuation;
use serde::Serialize;

use crate::cli::args::{DocumentArgs, LongArg};
use crate::cli::failure::{Failure, Status};
use crate::cli::plan;
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

#[derive(Serialize)]
struct Record<'a> {
    format: &'a str,
    encoding: &'a str,
    tokens: usize,
    used: usize,
    pieces: Vec<PieceRecord<'a>>,
}

#[derive(Serialize)]
struct PieceRecord<'a> {
    kind: &'a str,
    text: &'a str,
    tokens: usize,
    kept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Runs the command.
pub(crate) fn run(args: &DocumentArgs, screen: &Screen) -> Result<Status, Failure> {
    let text = session::read_document(&args.file, screen).map_err(Failure::usage)?;
    let (model, made_for) = plan::vocabulary(args.model.model.as_deref())?;
    let budget = match plan::budget(&args.reading, &made_for)? {
        Budget::Tokens(tokens) => Some(tokens),
        Budget::Full => None,
    };
    let document = session::document(&args.file, &text);
    let continuation = Continuation::default();
    let count = |part: &str| continuation.tokenize(&model, part).len();
    let mut out = io::stdout().lock();
    match (budget, args.reading.long) {
        _ if args.format.is_json() => {
            let condensed = condense(document.text, document.format, budget, &count);
            let record = record(&condensed, document.format, text.encoding);
            print::json(&record)?;
        }
        _ if document.text.trim().is_empty() => screen.note("the document is empty"),
        (None, _) => {
            writeln!(out, "{}", document.text.trim_end())?;
            let how = format!("as it stands, {} tokens", count(document.text));
            screen.note(&format!("{}: {how}", origin(&text, document.format)));
        }
        (Some(budget), LongArg::Condense) => {
            let condensed = condense(document.text, document.format, Some(budget), &count);
            writeln!(out, "{}", condensed.text)?;
            let how = summary(&condensed, count(document.text));
            screen.note(&format!("{}: {how}", origin(&text, document.format)));
        }
        (Some(budget), LongArg::Head | LongArg::Windows) => {
            let first = windows(document.text, budget, 0, &count).into_iter().next();
            let head = &document.text[first.unwrap_or_default()];
            writeln!(out, "{}", head.trim_end())?;
            let (used, total) = (count(head), count(document.text));
            let which = match args.reading.long {
                LongArg::Windows => "the first window",
                _ => "the beginning",
            };
            let how = format!("{which}, {used} of {total} tokens");
            screen.note(&format!("{}: {how}", origin(&text, document.format)));
        }
    }
    Ok(Status::Success)
}

/// What a document was taken for, and what was taken out of it.
fn origin(text: &Text, format: Format) -> String {
    let removed = match text.removed {
        0 => String::new(),
        1 => ", without 1 invisible character".to_owned(),
        n => format!(", without {n} invisible characters"),
    };
    format!("{} in {}{removed}", format.name(), text.encoding)
}

fn record<'a>(condensed: &'a Condensed, format: Format, encoding: &'a str) -> Record<'a> {
    let pieces = condensed.pieces.iter().map(|piece| PieceRecord {
        kind: piece.kind.name(),
        text: &piece.text,
        tokens: piece.tokens,
        kept: piece.fate == Fate::Kept,
        reason: match piece.fate {
            Fate::Kept => None,
            Fate::Dropped(reason) => Some(reason.name()),
        },
    });
    Record {
        format: format.name(),
        encoding,
        tokens: condensed.tokens,
        used: condensed.used,
        pieces: pieces.collect(),
    }
}

/// How much was kept of what, and why the rest was not.
fn summary(condensed: &Condensed, total: usize) -> String {
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
    for piece in &condensed.pieces {
        match piece.fate {
            Fate::Kept => *kept.entry(piece.kind.name()).or_default() += 1,
            Fate::Dropped(reason) => *dropped.entry(reason.name()).or_default() += 1,
        }
    }
    let list = |counts: &BTreeMap<&str, usize>| {
        let parts: Vec<String> = counts
            .iter()
            .map(|(name, n)| format!("{n} {name}"))
            .collect();
        if parts.is_empty() {
            "nothing".to_owned()
        } else {
            parts.join(", ")
        }
    };
    format!(
        "{} of {} tokens; kept: {}; dropped: {}",
        condensed.used,
        // Written without its markup, a short text can take a token more than as it stood.
        total.max(condensed.used),
        list(&kept),
        list(&dropped)
    )
}
