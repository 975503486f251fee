//! stdout, for what is no answer: JSON, or text that fits the terminal.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use minitag::layout::Table;
use serde::Serialize;

use crate::cli::failure::Failure;

/// Prints one JSON object on a line.
pub(crate) fn json(report: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string(report).context("cannot write the report as JSON");
    text(&(json.map_err(Failure::usage)? + "\n"))
}

/// Prints columns that fit the terminal.
pub(crate) fn table(table: &Table) -> Result<(), Failure> {
    text(&table.to_text(0, width()))
}

/// Prints text as it stands.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// The columns that there are: `COLUMNS` or the terminal's. Into a file or a pipe no line is too
/// long.
pub(crate) fn width() -> usize {
    let set = std::env::var("COLUMNS").ok();
    let set = set.and_then(|columns| columns.parse().ok());
    let drawn = || {
        let stdout = io::stdout();
        let size = stdout
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(stdout))??;
        Some(usize::from(size.0.0))
    };
    set.or_else(drawn)
        .filter(|&columns| columns > 0)
        .unwrap_or(usize::MAX)
}
