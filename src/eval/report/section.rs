//! A part of a report: a title, sentences, a table; drawn as text or as Markdown.

use std::fmt::Write;

use crate::layout::{Table, markdown};

/// A titled part of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// What it is about.
    pub(super) title: String,
    /// What there is to say about it, above the table.
    pub(super) notes: Vec<String>,
    /// The figures.
    pub(super) table: Option<Table>,
}

impl Section {
    /// Indented columns under a title.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for note in &self.notes {
            let _ = writeln!(text, "  {note}");
        }
        if let Some(table) = &self.table {
            text += &table.to_text(2, usize::MAX);
        }
        text
    }

    /// A heading, paragraphs and a table.
    pub(super) fn to_markdown(&self) -> String {
        let mut text = format!("## {}\n", markdown(&self.title));
        for note in &self.notes {
            let _ = write!(text, "\n{}\n", markdown(note));
        }
        if let Some(table) = &self.table {
            text.push('\n');
            text += &table.to_markdown();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_text_or_markdown() {
        let mut table = Table::new("lr").with_head(["tag", "F1"]);
        table.push(["web", "0.25"]);
        let section = Section {
            title: "By <tag>".into(),
            notes: vec!["A remark.".into()],
            table: Some(table),
        };
        let text = "By <tag>\n  A remark.\n  tag    F1\n  web  0.25\n";
        assert_eq!(section.to_text(), text);
        let markdown =
            "## By &lt;tag>\n\nA remark.\n\n| tag | F1 |\n| :-- | --: |\n| web | 0.25 |\n";
        assert_eq!(section.to_markdown(), markdown);
    }
}
