//! What was read of a document, for programs and for people.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::format::Format;
use crate::document::piece::{Condensed, Fate};
use crate::document::read::Text;
use crate::layout::Remark;

/// A document with all its pieces, kept or dropped.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentReport<'a> {
    format: &'a str,
    encoding: &'a str,
    tokens: usize,
    used: usize,
    pieces: Vec<PieceReport<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct PieceReport<'a> {
    kind: &'a str,
    text: &'a str,
    tokens: usize,
    kept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> DocumentReport<'a> {
    /// Of a document in this markup and encoding.
    #[must_use]
    pub fn new(condensed: &'a Condensed, format: Format, encoding: &'a str) -> Self {
        let pieces = condensed.pieces.iter().map(|piece| PieceReport {
            kind: piece.kind.name(),
            text: &piece.text,
            tokens: piece.tokens,
            kept: piece.fate == Fate::Kept,
            reason: match piece.fate {
                Fate::Kept => None,
                Fate::Dropped(reason) => Some(reason.name()),
            },
        });
        Self {
            format: format.name(),
            encoding,
            tokens: condensed.tokens,
            used: condensed.used,
            pieces: pieces.collect(),
        }
    }
}

impl Condensed {
    /// How much was kept of what, and why the rest was not; the document has `total` tokens as
    /// it stands.
    #[must_use]
    pub fn summary(&self, total: usize) -> String {
        let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
        let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
        for piece in &self.pieces {
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
            self.used,
            // Written without its markup, a short text can take a token more than as it stood.
            total.max(self.used),
            list(&kept),
            list(&dropped)
        )
    }
}

impl Text {
    /// What it was taken for, and what was taken out of it.
    #[must_use]
    pub fn origin(&self, format: Format) -> String {
        let removed = match self.removed {
            0 => String::new(),
            1 => ", without 1 invisible character".to_owned(),
            n => format!(", without {n} invisible characters"),
        };
        format!("{} in {}{removed}", format.name(), self.encoding)
    }

    /// What is wrong with a document of this name that could be read all the same.
    #[must_use]
    pub fn remarks(&self, name: &str, format: Format) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.replaced > 0 {
            let n = self.replaced;
            let places = if n == 1 { "place was" } else { "places were" };
            remarks.push(format!(
                "`{name}` is not valid {}: {n} {places} replaced by U+FFFD",
                self.encoding
            ));
        }
        if format.is_broken(&self.text) {
            remarks.push(format!(
                "`{name}` is a broken notebook: it is read as far as it goes"
            ));
        }
        remarks.into_iter().map(Remark::Warning).collect()
    }
}
