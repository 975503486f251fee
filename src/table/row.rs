//! A row, and why lines are none.

use std::str;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What separates cells.
    pub delimiter: u8,
    /// Whether a cell can be in quotes.
    pub quotes: bool,
}

impl Dialect {
    /// Comma-separated values.
    pub const CSV: Self = Self {
        delimiter: b',',
        quotes: true,
    };
    /// Tab-separated values, whose cells are literal.
    pub const TSV: Self = Self {
        delimiter: b'\t',
        quotes: false,
    };
}

/// A row: its cells, and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub(super) bytes: Vec<u8>,
    /// Where each cell ends in `bytes`.
    ends: Vec<usize>,
    /// The line it begins on, counted from 1.
    pub line: u64,
}

impl Row {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell at a place, counted from 0; empty where there is none.
    #[must_use]
    pub fn get(&self, place: usize) -> &str {
        let Some(&end) = self.ends.get(place) else {
            return "";
        };
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        // Rows that are given out are UTF-8, cut at characters of ASCII.
        str::from_utf8(&self.bytes[start..end]).unwrap_or_default()
    }

    /// Its cells.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.get(place))
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(super) fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// Why lines are no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A quote that nothing ends.
    #[error("the quote that opens its cell {cell} is never closed")]
    Unclosed {
        /// The cell, counted from 1.
        cell: usize,
    },
    /// A quote that is closed in a later row.
    #[error("its quote is closed on line {last}, and the lines between look like rows")]
    Swallowed {
        /// The line of its last cell.
        last: u64,
    },
    /// A cell goes on behind its end.
    #[error("there is text behind the quote that closes its cell {cell}")]
    BehindQuote {
        /// The cell, counted from 1.
        cell: usize,
    },
    /// A quote that belongs to a row which could not be read.
    #[error("it has a lone quote and follows a row that cannot be read")]
    LoneQuote,
    /// Not as many cells as the header.
    #[error("it has {found} columns, the header has {expected}")]
    Columns {
        /// How many it has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// Bytes that are no text.
    #[error("it cannot be decoded: there are bytes that are no text in its encoding")]
    Encoding,
    /// More than can be read.
    #[error("it is longer than {} MiB", limit >> 20)]
    TooLong {
        /// The most bytes that a row may have.
        limit: u64,
    },
}
