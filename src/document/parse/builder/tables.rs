//! Tables: their rows, and the cells that are more than that.

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::layout::Layout;
use crate::document::parse::text::has_letters;

impl Builder {
    /// A table begins.
    pub(in crate::document::parse) fn table(&mut self) {
        self.end_cell();
        self.flush();
        self.tables += 1;
        self.layout = Layout::Data;
        // One in another counts its own rows.
        self.row = None;
    }

    /// A table begins of which nobody knows whether it holds data or a page's parts.
    pub(in crate::document::parse) fn html_table(&mut self) {
        self.table();
        self.layout = Layout::Unknown { cell: 0 };
    }

    /// What tells that a table holds data: the head of a column.
    pub(in crate::document::parse) fn is_data(&mut self) {
        self.layout = Layout::Data;
    }

    /// A table ends.
    pub(in crate::document::parse) fn end_table(&mut self) {
        self.end_row();
        self.tables = self.tables.saturating_sub(1);
        if self.tables == 0 {
            self.row = None;
            self.layout = Layout::Data;
        } else {
            // Around another table there is no data.
            self.row = Some(0);
            self.layout = Layout::Unknown { cell: 0 };
        }
    }

    /// A row is over. One with words in it is no table's body: it counts as a first one.
    fn end_row(&mut self) {
        self.end_cell();
        if self.row.is_some() && self.layout.has_words(&self.open.text) {
            self.open.kind = BlockKind::Row(0);
        }
        self.flush();
    }

    /// A table's row begins.
    pub(in crate::document::parse) fn row(&mut self) {
        self.end_row();
        self.row = Some(self.row.map_or(0, |row| row + 1));
    }

    /// A row's cell begins.
    pub(in crate::document::parse) fn cell(&mut self) {
        self.take_prose(false);
        if !self.open.text.is_empty() && !self.open.text.ends_with("| ") {
            self.open.text.push_str(" | ");
            self.space = false;
        }
        self.layout.begin(self.open.text.len());
    }

    /// A cell, or a paragraph in it, ends: text that could stand anywhere is a paragraph.
    pub(super) fn end_cell(&mut self) {
        let is_only = !self.open.text.contains(" | ");
        self.take_prose(is_only);
    }

    /// Takes the last part of a row out of it, where it is running text.
    fn take_prose(&mut self, stands_alone: bool) {
        if self.row.is_none() || self.heading.is_some() || self.code.is_some() {
            return;
        }
        let Some(from) = self.layout.prose(&self.open.text, stands_alone) else {
            return;
        };
        let text = self.open.text.split_off(from);
        // Beside other cells it may be data after all: it leads nothing.
        let kind = if stands_alone {
            BlockKind::Paragraph
        } else {
            BlockKind::Continuation
        };
        let mut prose = Block::new(kind, text);
        if !has_letters(&self.open.text) {
            prose.links = self.open.links;
            prose.linked = self.open.linked;
            prose.inner = self.open.inner;
            self.open.text.clear();
            (self.open.links, self.open.linked, self.open.inner) = (0, 0, 0);
        }
        let rest = std::mem::replace(&mut self.open, prose);
        if has_letters(&rest.text) {
            let prose = std::mem::replace(&mut self.open, rest);
            self.flush();
            self.open = prose;
        }
        self.flush();
        self.layout.begin(0);
    }
}
