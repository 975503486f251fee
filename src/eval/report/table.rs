//! A part of a report: a title, sentences, a table; drawn as text or as Markdown.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

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

/// Rows of cells. The first columns are words, the others figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// What stands above the columns.
    pub(super) head: Vec<String>,
    /// As many cells each as the head has.
    pub(super) rows: Vec<Vec<String>>,
    /// How many columns are words.
    pub(super) words: usize,
}

impl Table {
    /// A table without rows, the first of its columns being words.
    pub(super) fn new(head: &[&str], words: usize) -> Self {
        Self {
            head: head.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
            words,
        }
    }

    fn widths(&self) -> Vec<usize> {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let widest = |column: usize| lines().map(|line| line[column].width()).max().unwrap_or(0);
        (0..self.head.len()).map(widest).collect()
    }

    /// A line with its cells on their places: words to the left, figures to the right.
    fn aligned(&self, line: &[String], widths: &[usize]) -> Vec<String> {
        let columns = line.iter().zip(widths).enumerate();
        let cells = columns.map(|(column, (cell, &width))| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            if column < self.words {
                format!("{cell}{space}")
            } else {
                format!("{space}{cell}")
            }
        });
        cells.collect()
    }
}

impl Section {
    /// Indented columns under a title.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for note in &self.notes {
            let _ = writeln!(text, "  {note}");
        }
        if let Some(table) = &self.table {
            let widths = table.widths();
            for line in std::iter::once(&table.head).chain(&table.rows) {
                let line = table.aligned(line, &widths).join("  ");
                let _ = writeln!(text, "  {}", line.trim_end());
            }
        }
        text
    }

    /// A heading, paragraphs and a table.
    pub(super) fn to_markdown(&self) -> String {
        let mut text = format!("## {}\n", escaped(&self.title));
        for note in &self.notes {
            let _ = write!(text, "\n{}\n", escaped(note));
        }
        if let Some(table) = &self.table {
            let cells = |line: &[String]| {
                let cells: Vec<String> = line.iter().map(|cell| escaped(cell)).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            let rule = (0..table.head.len()).map(|column| {
                let rule = if column < table.words { ":--" } else { "--:" };
                rule.to_owned()
            });
            text.push('\n');
            text += &cells(&table.head);
            text += &cells(&rule.collect::<Vec<_>>());
            for row in &table.rows {
                text += &cells(row);
            }
        }
        text
    }
}

/// Text that Markdown shows as it stands.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => safe.extend(['\\', c]),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let mut table = Table::new(&["tag", "F1"], 1);
        for (name, figure) in [("检索", "0.5"), ("web|<b>", "0.25")] {
            table.rows.push(vec![name.into(), figure.into()]);
        }
        Section {
            title: "By tag".into(),
            notes: vec!["A remark.".into()],
            table: Some(table),
        }
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let expected = "By tag\n  A remark.\n  tag        F1\n  检索      0.5\n  web|<b>  0.25\n";
        assert_eq!(section().to_text(), expected);
    }

    #[test]
    fn markdown_is_escaped() {
        let expected = "## By tag\n\nA remark.\n\n| tag | F1 |\n| :-- | --: |\n| 检索 | 0.5 |\n| web\\|&lt;b> | 0.25 |\n";
        assert_eq!(section().to_markdown(), expected);
    }
}
