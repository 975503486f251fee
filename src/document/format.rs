//! Which markup a document is written in.

use std::path::Path;

/// As much of a text is looked at, in bytes.
const SAMPLE: usize = 16 << 10;

/// A markup that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Format {
    /// CommonMark with GitHub's extensions, HTML included.
    #[default]
    Markdown,
    /// A page, or a piece of one.
    Html,
    /// reStructuredText.
    Rst,
    /// AsciiDoc.
    AsciiDoc,
    /// Emacs' org mode.
    Org,
    /// No markup.
    Plain,
}

impl Format {
    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Rst => "rst",
            Self::AsciiDoc => "asciidoc",
            Self::Org => "org",
            Self::Plain => "plain",
        }
    }

    /// Tells a document's format by its name, and where that says nothing, by its text.
    #[must_use]
    pub fn of(path: Option<&Path>, text: &str) -> Self {
        let extension = path
            .and_then(Path::extension)
            .map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("md" | "markdown" | "mdown" | "mkd" | "mdx" | "qmd" | "rmd") => Self::Markdown,
            Some("html" | "htm" | "xhtml") => Self::Html,
            Some("rst" | "rest") => Self::Rst,
            Some("adoc" | "asciidoc" | "asc") => Self::AsciiDoc,
            Some("org") => Self::Org,
            _ => Self::by_content(text),
        }
    }

    fn by_content(text: &str) -> Self {
        let sample = &text[..text.floor_char_boundary(SAMPLE)];
        let lines = || sample.lines().map(str::trim);
        let begins =
            |marks: &[&str]| lines().any(|line| marks.iter().any(|mark| line.starts_with(mark)));
        let head = sample
            .trim_start()
            .get(..200.min(sample.trim_start().len()))
            .unwrap_or(sample);
        let head = head.to_lowercase();
        if ["<!doctype html", "<html", "<?xml", "<head", "<body"]
            .iter()
            .any(|mark| head.starts_with(mark))
        {
            return Self::Html;
        }
        if begins(&[
            "#+title",
            "#+TITLE",
            "#+begin_",
            "#+BEGIN_",
            "#+options",
            "#+OPTIONS",
        ]) {
            return Self::Org;
        }
        let first = lines().find(|line| !line.is_empty()).unwrap_or_default();
        if first.starts_with("= ") || begins(&["[source,", "image::", "ifdef::", "|==="]) {
            return Self::AsciiDoc;
        }
        let is_markdown = sample.contains("](")
            || begins(&["# ", "## ", "```", "<p", "<div", "<img", "<h1", "**"]);
        let is_rst = lines().any(|line| {
            line.starts_with(".. ") && (line.contains("::") || line.starts_with(".. _"))
        });
        if is_rst || !is_markdown && sample.contains("`_") {
            return Self::Rst;
        }
        // Bullets are no sign of it: they are typed and read in plain text as well.
        if is_markdown || sample.contains("**") {
            Self::Markdown
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        for (name, format) in [
            ("README.md", Format::Markdown),
            ("page.HTM", Format::Html),
            ("a.rst", Format::Rst),
            ("a.adoc", Format::AsciiDoc),
            ("a.org", Format::Org),
        ] {
            assert_eq!(Format::of(Some(Path::new(name)), "= x"), format, "{name}");
        }
    }

    #[test]
    fn without_one_the_text_does() {
        for (text, format) in [
            ("# Quokka\n\nSmall.", Format::Markdown),
            ("See [this](that).", Format::Markdown),
            ("\n<!DOCTYPE html><title>x</title>", Format::Html),
            ("Quokka\n======\n\n.. image:: a.png\n", Format::Rst),
            ("Quokka\n======\n\nSee `this <that>`_.\n", Format::Rst),
            ("= Quokka\n:toc:\n\nSmall.", Format::AsciiDoc),
            ("#+TITLE: Quokka\n\n* One", Format::Org),
            ("Quokka\n\nA small animal.", Format::Plain),
            ("QUOKKA\n\n- small\n- round", Format::Plain),
            ("", Format::Plain),
        ] {
            assert_eq!(Format::of(None, text), format, "{text}");
            assert_eq!(
                Format::of(Some(Path::new("notes.txt")), text),
                format,
                "{text}"
            );
        }
    }
}
