//! Answers of `classify` as they are asked for: JSON lines, indented JSON, CSV, a table.

use std::io::{self, Write};

use minitag::tags::TagId;
use minitag::wire::{self, Known, Layout, Reading, Writing};

use crate::cli::args::{Format, Scores};

impl From<Scores> for wire::Scores {
    fn from(scores: Scores) -> Self {
        match scores {
            Scores::Chosen => Self::Chosen,
            Scores::All => Self::All,
        }
    }
}

/// Writes answers in one format, each flushed before the next is begun.
pub(crate) struct Writer<'a> {
    format: Format,
    writing: Writing<'a>,
    begun: bool,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(format: Format, writing: Writing<'a>) -> Self {
        let layout = match format {
            Format::Csv => Layout::rows(false, writing.shape, Vec::new()),
            Format::Json | Format::Pretty | Format::Table => Layout::Json,
        };
        Self {
            format,
            writing: Writing { layout, ..writing },
            begun: false,
        }
    }

    /// Says whose the answers to come are.
    #[cfg(feature = "serve")]
    pub(crate) fn by(&mut self, model: String, loras: Vec<String>) {
        (self.writing.model, self.writing.loras) = (model, loras);
    }

    /// Writes an answer; for details, with how its document was read.
    pub(crate) fn write(
        &mut self,
        id: &str,
        known: &Known,
        reading: Option<&Reading>,
    ) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let answer = self.writing.answer(id, known, reading);
        match self.format {
            Format::Json | Format::Csv => {
                if !std::mem::replace(&mut self.begun, true) {
                    out.write_all(&self.writing.layout.head())?;
                }
                out.write_all(&self.writing.layout.line(&answer, &[]))?;
            }
            Format::Pretty => writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?,
            Format::Table => {
                let mark = if answer.review { " (to review)" } else { "" };
                writeln!(out, "{id:<40} {}{mark}", self.in_words(known))?;
            }
        }
        out.flush()
    }

    /// The tags by their names.
    fn in_words(&self, known: &Known) -> String {
        let computed = known.computed.as_ref();
        let computed = computed.filter(|_| self.writing.shape.scores.is_some());
        let scores = computed.map_or(&[][..], |computed| &computed.scores);
        let in_words = |(place, id): (usize, &TagId)| {
            let mut tags = self.writing.tags.iter();
            let name = tags.find(|tag| tag.id == *id);
            let name = name.map_or("", |tag| tag.name.trim());
            let score = scores.get(place).map(|p| format!(" {:.0} %", p * 100.0));
            let id = id.to_text();
            let shown = if id == name {
                id
            } else {
                format!("{name} ({id})")
            };
            shown + &score.unwrap_or_default()
        };
        let tags: Vec<String> = known.tags.iter().enumerate().map(in_words).collect();
        if tags.is_empty() {
            "none".to_owned()
        } else {
            tags.join(", ")
        }
    }
}
