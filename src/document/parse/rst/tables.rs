//! Tables in reStructuredText: drawn, as lists, and as lines of values.

use crate::document::parse::lines::{row, unmarked};
use crate::document::parse::rst::{Reader, is_table_line, option_value};

impl Reader {
    /// A table drawn with lines.
    pub(super) fn table(&mut self, lines: &[&str]) -> usize {
        self.builder.table();
        let rows = lines.iter().take_while(|line| is_table_line(line.trim()));
        let mut used = 0;
        for line in rows {
            used += 1;
            if line.trim().starts_with('|') {
                row(&mut self.builder, &unmarked(line, &['*', '`']));
            }
        }
        self.builder.end_table();
        used
    }

    /// A table as lists in a list, or as lines of values.
    pub(super) fn list_table(&mut self, options: &[&str], lines: &[&str]) {
        let header = options.iter().filter(|line| is_header(line));
        let header = header.filter_map(|line| option_value(line));
        let is_list = lines.iter().any(|line| line.trim().starts_with("* - "));
        self.builder.table();
        for line in header.chain(lines.iter().map(|line| line.trim())) {
            let cells = match line.strip_prefix("* - ") {
                Some(cell) => vec![cell],
                None if is_list => vec![line],
                None => line.split(',').collect(),
            };
            if !is_list && !line.is_empty() || line.starts_with("* - ") {
                self.builder.row();
            }
            for cell in cells {
                let begins = cell.strip_prefix("- ");
                if begins.is_some() || cell.len() < line.len() || !is_list {
                    self.builder.cell();
                }
                self.builder
                    .text(&unmarked(begins.unwrap_or(cell), &['*', '`', '"']));
                self.builder.text(" ");
            }
        }
        self.builder.end_table();
    }
}

/// Whether an option of a table is its first row.
pub(super) fn is_header(line: &str) -> bool {
    line.trim_start().starts_with(":header:")
}
