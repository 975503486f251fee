//! The documents of `classify`, one after the other, whoever answers.

use std::path::Path;

use minitag::document::Text;
use minitag::wire::{Known, Reading};

use crate::cli::args::ClassifyArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::output::Writer;
use crate::cli::screen::Screen;
use crate::cli::session;

/// What came of a document.
pub(crate) struct Told {
    pub(crate) known: Known,
    /// How it was read; for details.
    pub(crate) reading: Option<Reading>,
    /// Bytes that the budget left out.
    pub(crate) left_out: usize,
}

/// Why a document has no answer, and what there is to do about it.
pub(crate) struct Untold {
    pub(crate) problem: String,
    pub(crate) hint: Option<&'static str>,
}

/// Reads one document after the other, and writes what `answer` says of it.
pub(crate) fn each(
    args: &ClassifyArgs,
    writer: &mut Writer,
    screen: &Screen,
    mut answer: impl FnMut(&Path, &str, &Text, &mut Writer) -> Result<Result<Told, Untold>, Failure>,
) -> Result<Status, Failure> {
    let mut status = Status::Success;
    if let Some(file) = args.files.iter().find(|file| is_catalogue(file)) {
        let file = file.display();
        screen.warning(&format!(
            "`{file}` is tagged as one document; `minitag batch {file}` tags its records"
        ));
    }
    for (done, file) in args.files.iter().enumerate() {
        let id = session::id(args.id.as_deref(), file);
        let text = match session::read_document(file, screen) {
            Ok(text) => text,
            Err(error) => {
                screen.error(&format!("{error:#}"), None);
                status = Status::SomeFailed;
                continue;
            }
        };
        let shown = file.display();
        let told = answer(file, &id, &text, writer).inspect_err(|_| {
            let (all, left) = (args.files.len(), args.files.len() - done);
            if done > 0 {
                let message =
                    format!("`{shown}` and those after it have no answer: {left} of {all}");
                screen.error(&message, None);
            }
        })?;
        match told {
            Ok(told) => {
                let (used, left_out) = (told.known.used, told.left_out);
                screen.note_if(session::left_out(used, left_out, &shown.to_string()));
                writer.write(&id, &told.known, told.reading.as_ref())?;
            }
            Err(Untold { problem, hint }) => {
                screen.error(&format!("cannot tag `{shown}`: {problem}"), hint);
                status = Status::SomeFailed;
            }
        }
    }
    Ok(status)
}

/// Whether a file's name says that it has records. JSON can be a document.
fn is_catalogue(file: &Path) -> bool {
    let ending = file.extension().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.to_str(), Some("jsonl" | "ndjson" | "csv" | "tsv"))
}
