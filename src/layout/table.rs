//! Columns, as text or as Markdown.

use unicode_width::UnicodeWidthStr;

use crate::layout::{markdown, printable, wrapped};

/// What stands between two columns.
const GAP: &str = "  ";

/// The last column is never wrapped to fewer columns of the terminal than this.
const NARROW: usize = 20;

/// Rows of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// A letter for each column, as in LaTeX: `l` for words, `r` for figures.
    columns: String,
    /// What stands above the columns.
    head: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. `columns` has a letter for each column: `l` for words, which begin
    /// on the left, `r` for figures, which end on the right.
    #[must_use]
    pub fn new(columns: impl Into<String>) -> Self {
        Self {
            columns: columns.into(),
            ..Self::default()
        }
    }

    /// The same with a cell above each column.
    #[must_use]
    pub fn with_head<S: Into<String>>(mut self, cells: impl IntoIterator<Item = S>) -> Self {
        self.head = Some(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a row, with a cell for each column.
    pub fn push<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells = cells.into_iter().map(|cell| printable(&cell.into()));
        self.rows.push(cells.collect());
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What stands above the columns, if anything does.
    pub fn head(&self) -> impl Iterator<Item = &str> {
        self.head.iter().flatten().map(String::as_str)
    }

    /// All rows, the head not among them.
    #[must_use]
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Whether a column holds figures.
    #[must_use]
    pub fn has_figures(&self, column: usize) -> bool {
        self.columns.as_bytes().get(column) == Some(&b'r')
    }

    /// The lines of each row, the head before them.
    ///
    /// If the table is wider than `width` columns of the terminal, the last column is wrapped.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<Vec<String>> {
        let widths = self.widths();
        let Some((_, others)) = widths.split_last() else {
            return Vec::new();
        };
        let before: usize = others.iter().map(|width| width + GAP.len()).sum();
        let room = width.saturating_sub(before).max(NARROW);
        let wraps = !self.has_figures(others.len());
        self.head
            .iter()
            .chain(&self.rows)
            .map(|row| self.row(row, &widths, wraps.then_some(room)))
            .collect()
    }

    /// The table as text, each line behind some spaces.
    #[must_use]
    pub fn to_text(&self, indent: usize, width: usize) -> String {
        let lines = self.lines(width.saturating_sub(indent));
        let indent = " ".repeat(indent);
        let lines = lines.iter().flatten().map(|line| format!("{indent}{line}"));
        lines
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect()
    }

    /// The table as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let escaped =
            |cells: &Vec<String>| line(&cells.iter().map(|c| markdown(c)).collect::<Vec<_>>());
        let rule = (0..self.columns.len()).map(|column| {
            let rule = if self.has_figures(column) {
                "--:"
            } else {
                ":--"
            };
            rule.to_owned()
        });
        let head: String = self.head.iter().map(escaped).collect();
        let rows: String = self.rows.iter().map(escaped).collect();
        head + &line(&rule.collect::<Vec<_>>()) + &rows
    }

    fn widths(&self) -> Vec<usize> {
        let rows = || self.head.iter().chain(&self.rows);
        let widest = |column: usize| rows().map(|row| row[column].width()).max().unwrap_or(0);
        (0..self.columns.len()).map(widest).collect()
    }

    /// The lines of one row; the last cell in a room of its own, if it is to be wrapped.
    fn row(&self, cells: &[String], widths: &[usize], room: Option<usize>) -> Vec<String> {
        let Some((last, others)) = cells.split_last() else {
            return Vec::new();
        };
        let mut first = String::new();
        for (column, (cell, &width)) in others.iter().zip(widths).enumerate() {
            first += &self.aligned(column, cell, width);
            first += GAP;
        }
        let parts = match room {
            Some(room) if last.width() > room => wrapped(last, room),
            _ => vec![self.aligned(others.len(), last, *widths.last().unwrap_or(&0))],
        };
        let space = " ".repeat(first.width());
        let before = std::iter::once(first).chain(std::iter::repeat(space));
        let lines = before.zip(parts).map(|(before, part)| before + &part);
        lines.map(|line| line.trim_end().to_owned()).collect()
    }

    fn aligned(&self, column: usize, cell: &str, width: usize) -> String {
        let space = " ".repeat(width.saturating_sub(cell.width()));
        if self.has_figures(column) {
            space + cell
        } else {
            cell.to_owned() + &space
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("lr").with_head(["tag", "F1"]);
        table.push(["检索", "0.5"]);
        table.push(["web|<b>", "0.25"]);
        table
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let expected = "  tag        F1\n  检索      0.5\n  web|<b>  0.25\n";
        assert_eq!(table().to_text(2, 80), expected);
    }

    #[test]
    fn markdown_is_escaped() {
        let expected = "| tag | F1 |\n| :-- | --: |\n| 检索 | 0.5 |\n| web\\|&lt;b> | 0.25 |\n";
        assert_eq!(table().to_markdown(), expected);
    }

    #[test]
    fn the_last_column_is_wrapped_to_what_there_is_room_for() {
        let mut table = Table::new("rl");
        table.push(["0.50", "An embedded key-value database with transactions."]);
        table.push(["-0.50", "短"]);
        let expected =
            " 0.50  An embedded key-value\n       database with\n       transactions.\n-0.50  短\n";
        assert_eq!(table.to_text(0, 30), expected);
        assert_eq!(table.to_text(0, usize::MAX).lines().count(), 2);
    }
}
