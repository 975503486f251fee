//! `minitag document`: what would be read of a document.

use std::io::{self, Write};

use minitag::Budget;
use minitag::document::{DocumentReport, condense, windows};
use minitag::vocab::Continuation;

use crate::cli::args::{DocumentArgs, LongArg};
use crate::cli::failure::{Failure, Status};
use crate::cli::plan;
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

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
            let report = DocumentReport::new(&condensed, document.format, text.encoding);
            print::json(&report)?;
        }
        _ if document.text.trim().is_empty() => screen.note("the document is empty"),
        (None, _) => {
            writeln!(out, "{}", document.text.trim_end())?;
            let how = format!("as it stands, {} tokens", count(document.text));
            screen.note(&format!("{}: {how}", text.origin(document.format)));
        }
        (Some(budget), LongArg::Condense) => {
            let condensed = condense(document.text, document.format, Some(budget), &count);
            writeln!(out, "{}", condensed.text)?;
            let how = condensed.summary(count(document.text));
            screen.note(&format!("{}: {how}", text.origin(document.format)));
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
            screen.note(&format!("{}: {how}", text.origin(document.format)));
        }
    }
    Ok(Status::Success)
}
