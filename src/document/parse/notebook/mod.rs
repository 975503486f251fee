//! Jupyter notebooks: Markdown, and the first lines of code. What the code printed is not read.
//!
//! Broken ones are read as far as they go, and fields are looked at one by one: a cell that is
//! odd costs nothing but itself.

mod mended;

use serde_json::Value;

use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::markdown;
use crate::document::parse::notebook::mended::mended;
use crate::document::piece::Reason;

/// Reads a notebook; nothing where it is none.
pub(super) fn blocks(text: &str) -> Option<Vec<Block>> {
    let whole = serde_json::from_str(text).ok();
    let notebook: Value = whole.or_else(|| serde_json::from_str(&mended(text)).ok())?;
    let language = notebook
        .pointer("/metadata/kernelspec/language")
        .or_else(|| notebook.pointer("/metadata/language_info/name"));
    let language = language.and_then(Value::as_str).unwrap_or_default();
    let mut builder = Builder::new();
    // Before the fourth format cells stood in sheets.
    let sheets = notebook.get("worksheets").and_then(Value::as_array);
    let sheets = sheets.into_iter().flatten();
    let lists = std::iter::once(&notebook).chain(sheets);
    let mut lists = lists
        .filter_map(|list| list.get("cells")?.as_array())
        .peekable();
    lists.peek()?;
    for cell in lists.flatten() {
        read(cell, language, &mut builder);
    }
    lose(Reason::Metadata, &notebook["metadata"], &mut builder);
    Some(builder.finish())
}

fn read(cell: &Value, language: &str, builder: &mut Builder) {
    let source = cell.get("source").or_else(|| cell.get("input"));
    let source = source.map(text).unwrap_or_default();
    match cell["cell_type"].as_str().unwrap_or_default() {
        "markdown" => builder.append(markdown::blocks(&source)),
        "heading" => {
            let level = cell["level"]
                .as_u64()
                .and_then(|level| u8::try_from(level).ok());
            builder.heading(level.unwrap_or(1));
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
    lose(Reason::Output, &cell["outputs"], builder);
    lose(Reason::Attachment, &cell["attachments"], builder);
    lose(Reason::Metadata, &cell["metadata"], builder);
}

/// A text, whole or in lines.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
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
    fn broken_ones_are_read_as_far_as_they_go() {
        let whole = "{\"cells\": [{\"cell_type\": \"markdown\", \"outputs\": null, \"source\": [\"# Tides\\n\", \"High\"]},\n\
            {\"cell_type\": \"code\", \"source\": \"a\"}], \"nbformat\": 4}";
        let tides = [
            (BlockKind::Heading(1), "Tides".to_owned()),
            (BlockKind::Paragraph, "High".to_owned()),
        ];
        for text in [
            whole.to_owned(),
            whole.replace("},\n", "},\n<<<<<<< HEAD\n"),
            whole.replace("\"a\"}", "\"a\"},"),
            whole.replace("\\n", "\n"),
            whole.replace("\"a\"", "\"\\ud800\""),
        ] {
            assert_eq!(kinds(&text)[..2], tides, "{text}");
        }
        // Cut off anywhere, it is still what it was.
        for end in whole.find("# Tides").unwrap() + 7..whole.len() {
            assert_eq!(kinds(&whole[..end])[0].1, "Tides", "{}", &whole[..end]);
        }
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
