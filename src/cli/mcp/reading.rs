//! The documents of calls: a text that stands there, or a file that is named.

use std::path::Path;
use std::time::Instant;

use anyhow::anyhow;
use minitag::classifier::ClassifyError;
use minitag::document::{self, Format, ReadError, Text};
use minitag::engine::llama::LlamaEngine;
use minitag::layout::Remark;
use minitag::wire::Known;
use minitag::{Classifier, Document};

use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::mcp::request::DocumentArg;
use crate::cli::mcp::shelf::check_file;
use crate::cli::session;

/// A document that was read.
pub(super) struct Source {
    pub(super) id: String,
    text: Text,
    format: Format,
}

/// Why one was not.
pub(super) struct Unread {
    pub(super) id: String,
    /// One word for scripts.
    pub(super) kind: &'static str,
    pub(super) failure: Failure,
}

impl Source {
    /// Reads a document; `unnamed` is the id of a text without one.
    pub(super) fn read(asked: &DocumentArg, unnamed: &str) -> Result<Self, Unread> {
        let path = asked.path.as_deref();
        let id = asked.id.clone();
        let id = id.or_else(|| path.map(|path| path.display().to_string()));
        let id = id.unwrap_or_else(|| unnamed.to_owned());
        let text = match (&asked.text, path) {
            (Some(text), None) => Ok(document::clean(text)),
            (None, Some(path)) => open(path).map_err(|error| {
                let kind = error.kind();
                let context = format!("cannot use `{}`", path.display());
                (
                    kind,
                    Failure::usage(anyhow::Error::new(error).context(context)),
                )
            }),
            (text, _) => {
                let there_is = if text.is_some() { "both" } else { "neither" };
                let message = format!("a document is a `text` or a `path`; there is {there_is}");
                Err(("no_text", wrong_usage(message)))
            }
        };
        match text {
            Ok(text) => {
                let format = Format::of(path, &text.text);
                Ok(Self { id, text, format })
            }
            Err((kind, failure)) => Err(Unread { id, kind, failure }),
        }
    }

    pub(super) fn document(&self) -> Document<'_> {
        let (text, format) = (self.text.text.as_str(), self.format);
        Document { text, format }
    }

    /// What had to be replaced in it.
    pub(super) fn notes(&self) -> Vec<String> {
        let remarks = self.text.remarks(&self.id, self.format);
        let text = |remark| match remark {
            Remark::Note(text) | Remark::Warning(text) => text,
        };
        remarks.into_iter().map(text).collect()
    }
}

/// Reads a file, and nothing that could make everybody wait.
fn open(path: &Path) -> Result<Text, ReadError> {
    check_file(path).map_err(ReadError::Io)?;
    document::open(path)
}

/// Tags a document; with what there is to say of it.
pub(super) fn tag(
    classifier: &mut Classifier<LlamaEngine>,
    source: &Source,
    report: &mut dyn FnMut(usize, usize),
) -> Result<(Known, Vec<String>), ClassifyError> {
    let started = Instant::now();
    let prepared = classifier.prepare(&source.id, source.document())?;
    let answer = classifier.classify_prepared(&prepared, report)?;
    let mut notes = source.notes();
    notes.extend(session::left_out(
        answer.usage.used,
        answer.usage.left_out,
        &source.id,
    ));
    Ok((Known::new(&answer, started.elapsed()), notes))
}

/// A document for which something cannot be done.
pub(super) fn cannot(what: &str, id: &str, error: &ClassifyError) -> Failure {
    Failure::model(anyhow!("cannot {what} `{id}`: {error}")).hint_if(error.hint())
}
