//! A gold record with its text.

use std::path::{Path, PathBuf};

use crate::classifier::Document;
use crate::document::{self, Format, ReadError};
use crate::eval::metrics::Judged;
use crate::eval::records::{AnswerRecord, GoldRecord, Source};
use crate::layout::Remark;

/// A gold record with its text, if it has one.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it should get.
    pub record: GoldRecord,
    /// The text, and its markup.
    pub text: Option<(String, Format)>,
}

/// Why a record's text cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{}`", path.display())]
pub struct ItemError {
    /// The file with the text.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: ReadError,
}

impl Item {
    /// Reads the text of a record, whose path is one from this folder on; with what is wrong
    /// with a text that could be read all the same.
    ///
    /// # Errors
    /// [`ItemError`] if it cannot be read.
    pub fn read(record: GoldRecord, folder: &Path) -> Result<(Self, Vec<Remark>), ItemError> {
        let (text, path) = match &record.source {
            Source::Text(text) => (document::clean(text), None),
            Source::Path(path) => {
                let path = folder.join(path);
                match document::open(&path) {
                    Ok(text) => (text, Some(path)),
                    Err(source) => return Err(ItemError { path, source }),
                }
            }
            Source::None => return Ok((Self { record, text: None }, Vec::new())),
        };
        let format = Format::of(path.as_deref(), &text.text);
        let name = path.map(|path| path.display().to_string());
        let remarks = name.map(|name| text.remarks(&name, format));
        let text = Some((text.text, format));
        Ok((Self { record, text }, remarks.unwrap_or_default()))
    }

    /// The document; `None` without a text.
    #[must_use]
    pub fn document(&self) -> Option<Document<'_>> {
        let (text, format) = self.text.as_ref()?;
        let (text, format) = (text.as_str(), *format);
        Some(Document { text, format })
    }

    /// What it should get, and what it got.
    #[must_use]
    pub fn judged(&self, answer: &AnswerRecord) -> Judged {
        Judged {
            gold: self.record.tags.clone(),
            ok: self.record.ok.clone(),
            found: answer.tags.clone(),
            scores: answer.scores.clone(),
        }
    }
}
