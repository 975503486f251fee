//! Jupyter notebooks: Markdown, and the first lines of code. What the code printed is not read.

use serde::Deserialize;
use serde_json::Value;

use crate::document::condense::Reason;
use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::markdown;

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
    /// Where the cells were before the fourth format.
    #[serde(default)]
    worksheets: Vec<Sheet>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Sheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default, rename = "cell_type")]
    kind: String,
    #[serde(default, alias = "input")]
    source: Source,
    /// Of a heading, in the third format.
    #[serde(default)]
    level: Option<u8>,
    #[serde(default)]
    outputs: Vec<Value>,
    #[serde(default)]
    attachments: Value,
    #[serde(default)]
    metadata: Value,
}

/// A text, whole or in lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Whole(String),
    Lines(Vec<String>),
    /// Anything else is none.
    None(serde::de::IgnoredAny),
}

impl Default for Source {
    fn default() -> Self {
        Self::Whole(String::new())
    }
}

impl Source {
    fn text(self) -> String {
        match self {
            Self::Whole(text) => text,
            Self::Lines(lines) => lines.concat(),
            Self::None(_) => String::new(),
        }
    }
}

/// Reads a notebook; nothing where it is none.
pub(super) fn blocks(text: &str) -> Option<Vec<Block>> {
    // A list would be one with nothing in it.
    let object = Some(text.trim_start()).filter(|text| text.starts_with('{'))?;
    let notebook: Notebook = serde_json::from_str(object).ok()?;
    let language = notebook.metadata.pointer("/kernelspec/language");
    let language = language.or_else(|| notebook.metadata.pointer("/language_info/name"));
    let language = language.and_then(Value::as_str).unwrap_or_default();
    let mut builder = Builder::new();
    let sheets = notebook
        .worksheets
        .into_iter()
        .flat_map(|sheet| sheet.cells);
    for cell in notebook.cells.into_iter().chain(sheets) {
        read(cell, language, &mut builder);
    }
    lose(Reason::Metadata, &notebook.metadata, &mut builder);
    Some(builder.finish())
}

fn read(cell: Cell, language: &str, builder: &mut Builder) {
    let source = cell.source.text();
    match cell.kind.as_str() {
        "markdown" => builder.append(markdown::blocks(&source)),
        "heading" => {
            builder.heading(cell.level.unwrap_or(1));
            builder.text(&source);
            builder.end_heading();
        }
        "code" => {
            builder.code(language);
            builder.text(&source);
            builder.end_code();
        }
        _ => builder.lose(Reason::Hidden, &source),
    }
    for output in &cell.outputs {
        lose(Reason::Output, output, builder);
    }
    lose(Reason::Attachment, &cell.attachments, builder);
    lose(Reason::Metadata, &cell.metadata, builder);
}

/// Notes all texts in a value; of what is no text but looks like one, only what it is.
fn lose(reason: Reason, value: &Value, builder: &mut Builder) {
    match value {
        Value::String(text) => builder.lose(reason, text),
        Value::Array(values) => values.iter().for_each(|value| lose(reason, value, builder)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_text = name.starts_with("text/") || !name.contains('/');
                match value {
                    _ if is_text => lose(reason, value, builder),
                    // An image, as letters.
                    _ => builder.lose(reason, name),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse::block::BlockKind;

    fn kinds(text: &str) -> Vec<(BlockKind, String)> {
        let blocks = blocks(text).unwrap().into_iter();
        blocks.map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn cells_are_read() {
        let text = r##"{"nbformat": 4, "cells": [
            {"cell_type": "markdown", "source": ["# Tides\n", "\n", "High *water*."]},
            {"cell_type": "code", "source": "a\nb", "outputs": [
                {"output_type": "x", "data": {"image/png": "iVBOR", "text/plain": ["<Figure>"]}}]},
            {"cell_type": "raw", "source": "raw"}, {"source": 7}],
            "metadata": {"kernelspec": {"language": "julia"}}}"##;
        assert_eq!(
            kinds(text),
            [
                (BlockKind::Heading(1), "Tides".to_owned()),
                (BlockKind::Paragraph, "High water.".to_owned()),
                (BlockKind::Code("julia".to_owned()), "a\nb".to_owned()),
                (
                    BlockKind::Lost(Reason::Output),
                    "image/png\n<Figure>\nx".to_owned()
                ),
                (BlockKind::Lost(Reason::Hidden), "raw".to_owned()),
                (BlockKind::Lost(Reason::Metadata), "julia".to_owned()),
            ]
        );
    }

    #[test]
    fn older_ones_are_too_and_others_are_none() {
        let text = r#"{"worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "A"},
            {"cell_type": "code", "input": ["b"]}]}]}"#;
        assert_eq!(
            kinds(text),
            [
                (BlockKind::Heading(2), "A".to_owned()),
                (BlockKind::Code(String::new()), "b".to_owned())
            ]
        );
        assert!(blocks("no").is_none() && blocks("[]").is_none());
        assert!(blocks(&"[".repeat(100_000)).is_none());
    }
}
