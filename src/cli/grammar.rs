//! `minitag grammar`: the language of all answers as GBNF.

use std::io::{self, Write};

use minitag::AnswerStyle;
use minitag::constraint::gbnf;

use crate::cli::args::GrammarArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &GrammarArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set(&args.tags, screen)?;
    let count = session::count(&args.count, &tags)?;
    let literals = AnswerStyle::from(args.answer).literals(&tags);
    let grammar = gbnf(
        args.id.as_deref(),
        &literals,
        count.min_tags,
        count.max_tags,
    );
    if !grammar.exact {
        screen.warning(
            "a grammar that forbids repeated tags would be too large for this list; this one allows them",
        );
    }
    io::stdout().lock().write_all(grammar.text.as_bytes())?;
    Ok(Status::Success)
}
