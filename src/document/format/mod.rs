//! Which markup a document is written in.

mod content;

use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::document::format::content::{by_content, is_notebook};

/// A markup that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// CommonMark with GitHub's extensions, HTML included.
    #[default]
    Markdown,
    /// Markdown with JSX in it.
    Mdx,
    /// A page, or a piece of one; XHTML as well.
    Html,
    /// reStructuredText.
    Rst,
    /// AsciiDoc.
    AsciiDoc,
    /// Emacs' org mode.
    Org,
    /// A manual page, in the macros `man` or `mdoc`.
    Man,
    /// A Jupyter notebook.
    Notebook,
    /// A mail.
    Mail,
    /// No markup.
    Plain,
}

/// How documents' names end, in lower case, and the markup that this tells; nothing where
/// the text has to.
const ENDINGS: [(&str, Option<Format>); 33] = [
    ("md", Some(Format::Markdown)),
    ("markdown", Some(Format::Markdown)),
    ("mdown", Some(Format::Markdown)),
    ("mdwn", Some(Format::Markdown)),
    ("mkd", Some(Format::Markdown)),
    ("mkdn", Some(Format::Markdown)),
    ("qmd", Some(Format::Markdown)),
    ("rmd", Some(Format::Markdown)),
    ("mdx", Some(Format::Mdx)),
    ("html", Some(Format::Html)),
    ("htm", Some(Format::Html)),
    ("xhtml", Some(Format::Html)),
    ("rst", Some(Format::Rst)),
    ("rest", Some(Format::Rst)),
    ("adoc", Some(Format::AsciiDoc)),
    ("asciidoc", Some(Format::AsciiDoc)),
    ("asc", Some(Format::AsciiDoc)),
    ("org", Some(Format::Org)),
    ("ipynb", Some(Format::Notebook)),
    ("eml", Some(Format::Mail)),
    ("man", Some(Format::Man)),
    ("mdoc", Some(Format::Man)),
    ("1", None),
    ("2", None),
    ("3", None),
    ("4", None),
    ("5", None),
    ("6", None),
    ("7", None),
    ("8", None),
    ("9", None),
    ("txt", None),
    ("text", None),
];

/// Names of documents that have no ending, in lower case.
const NAMES: [&str; 4] = ["readme", "read.me", "about", "description"];

impl Format {
    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Mdx => "mdx",
            Self::Html => "html",
            Self::Rst => "rst",
            Self::AsciiDoc => "asciidoc",
            Self::Org => "org",
            Self::Man => "man",
            Self::Notebook => "notebook",
            Self::Mail => "mail",
            Self::Plain => "plain",
        }
    }

    /// The endings of documents' names, in lower case and without the dot.
    pub fn endings() -> impl Iterator<Item = &'static str> {
        ENDINGS.iter().map(|(ending, _)| *ending)
    }

    /// Whether a file is a document by its name: it has one of the [endings](Self::endings), or
    /// is a `README` without any. The section of a manual counts for one where nothing else
    /// stands between dots: `tide.1`, but not `libtide.so.1` or `notes-1.2.3`.
    #[must_use]
    pub fn is_document(path: &Path) -> bool {
        let Some(name) = path.file_name() else {
            return false;
        };
        let name = name.to_string_lossy().to_lowercase();
        if NAMES.contains(&name.as_str()) {
            return true;
        }
        let Some((stem, ending)) = name.rsplit_once('.') else {
            return false;
        };
        let is_section = ending.len() == 1;
        let version = stem.rsplit('-').next().unwrap_or_default();
        let is_version = stem.contains('.') || version.bytes().all(|byte| byte.is_ascii_digit());
        let is_known = ENDINGS.iter().any(|(known, _)| *known == ending);
        is_known && !stem.is_empty() && !(is_section && is_version)
    }

    /// The format that a document's name tells.
    #[must_use]
    pub fn by_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_string_lossy().to_lowercase();
        let known = ENDINGS.iter().find(|(ending, _)| *ending == extension)?;
        known.1
    }

    /// Tells a document's format by its name, and where that says nothing, by its text. What is
    /// named like a notebook and has no cells in it is something else.
    #[must_use]
    pub fn of(path: Option<&Path>, text: &str) -> Self {
        match path.and_then(Self::by_name) {
            Some(Self::Notebook) if !(text.contains("\"cell_type\"") || is_notebook(text)) => {
                by_content(text)
            }
            Some(format) => format,
            None => by_content(text),
        }
    }

    /// Whether a text breaks the rules of its format and is read as far as it goes: a notebook that
    /// was cut off, or has the marks of a merge in it.
    #[must_use]
    pub fn is_broken(self, text: &str) -> bool {
        self == Self::Notebook && serde_json::from_str::<IgnoredAny>(text).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        for (name, format) in [
            ("README.md", Format::Markdown),
            ("a.Rmd", Format::Markdown),
            ("a.mdx", Format::Mdx),
            ("page.HTM", Format::Html),
            ("a.rst", Format::Rst),
            ("a.rest", Format::Rst),
            ("a.adoc", Format::AsciiDoc),
            ("a.org", Format::Org),
            ("a.eml", Format::Mail),
        ] {
            assert_eq!(Format::of(Some(Path::new(name)), "= x"), format, "{name}");
        }
    }

    #[test]
    fn a_notebook_has_cells() {
        for (text, format, is_broken) in [
            ("{\"cells\": [], \"nbformat\": 4}", Format::Notebook, false),
            (
                "{\"cells\": [{\"cell_type\": \"mark",
                Format::Notebook,
                true,
            ),
            ("# Quokka", Format::Markdown, false),
            ("<!DOCTYPE html><p>Not found", Format::Html, false),
            ("{\"a\": 1}", Format::Plain, false),
        ] {
            let found = Format::of(Some(Path::new("a.ipynb")), text);
            assert_eq!(
                (found, found.is_broken(text)),
                (format, is_broken),
                "{text}"
            );
        }
    }

    #[test]
    fn documents_are_known_by_name() {
        for name in [
            "a.md", "b/README", "readme", "a.MKD", "tide.1", "a.TXT", "x.asc",
        ] {
            assert!(Format::is_document(Path::new(name)), "{name}");
        }
        for name in [
            "a.rs",
            ".md",
            "lib.so.1",
            "notes-1.2",
            "",
            "a.mp4",
            "md",
            "a.44",
        ] {
            assert!(!Format::is_document(Path::new(name)), "{name}");
        }
        assert!(Format::endings().all(|ending| ending == ending.to_lowercase()));
    }

    #[test]
    fn without_one_the_text_does() {
        for (text, format) in [
            ("# Quokka\n\nSmall.", Format::Markdown),
            ("See [this](that).", Format::Markdown),
            ("\n<!DOCTYPE html><title>x</title>", Format::Html),
            ("<!-- a --> <!-- b -->\n<html>", Format::Html),
            ("<article><h2>Quokka</h2></article>", Format::Html),
            ("<h2 class=a>Quokka</h2>\nSmall.", Format::Html),
            (
                "<!-- a -->\n<table><tr><td>x</td></tr></table>",
                Format::Html,
            ),
            ("Small.<br/>And round &amp; soft.", Format::Html),
            ("<p>It is <b>small</b>.</p>", Format::Html),
            ("<title>Quokka</title>\n<p>Small.</p>", Format::Html),
            (
                "<script>\n/*\n * a\n */\nb[0](c)\n</script>\n<p>Small.</p>",
                Format::Html,
            ),
            ("<link rel=a href=b>\n<p>Small.", Format::Html),
            ("<svg><path/></svg><p>Small.</p>", Format::Html),
            ("<qk-card name=\"x\">Small.</qk-card>", Format::Html),
            ("<qk-card>Small.</qk-card>", Format::Html),
            ("<rss version=\"2.0\"><channel>", Format::Html),
            ("<ul><li>a<li>b</ul>", Format::Html),
            ("<script> tags load late.", Format::Plain),
            ("<title> is an element.", Format::Plain),
            ("<your-name> goes here.", Format::Plain),
            ("<T> is a type.", Format::Plain),
            (
                "<div align=center>\n<h1>Quokka</h1>\n</div>\n\nSmall.\n\nRound.",
                Format::Markdown,
            ),
            (
                "<center><h1>Quokka</h1></center>\n\nSmall.",
                Format::Markdown,
            ),
            ("<img src=a>\n\nSmall.", Format::Markdown),
            ("<p align=center>a</p>\n\n# Quokka", Format::Markdown),
            ("<!-- a -->\n# Quokka", Format::Markdown),
            ("<div>\n\n- small\n\n</div>", Format::Markdown),
            ("The <select> element and a < b", Format::Plain),
            ("Quokka\n======\n\n.. image:: a.png\n", Format::Rst),
            ("Quokka\n======\n\nSee `this <that>`_.\n", Format::Rst),
            ("= Quokka\n:toc:\n\nSmall.", Format::AsciiDoc),
            ("#+TITLE: Quokka\n\n* One", Format::Org),
            (".\\\" c\n.TH QUOKKA 1\n.SH NAME\n", Format::Man),
            (".Dd May 1\n.Dt QUOKKA 1\n", Format::Man),
            ("From: a\nTo: b\n c\nSubject: d\n\nText", Format::Mail),
            ("Note: a\nFrom: b\n\nText", Format::Plain),
            ("{\"cells\": [], \"nbformat\": 4}", Format::Notebook),
            ("Quokka\n\nA small animal.", Format::Plain),
            ("QUOKKA\n\n- small\n- round", Format::Plain),
            ("", Format::Plain),
        ] {
            assert_eq!(Format::of(None, text), format, "{text}");
            let named = |name: &str| Format::of(Some(Path::new(name)), text);
            assert_eq!(named("notes.txt"), format, "{text}");
            assert_eq!(named("notes.1"), format, "{text}");
        }
    }
}
