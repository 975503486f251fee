//! The reader: lines to rows, a faulty one apart from those behind it.

use std::io::{self, BufRead};
use std::str;

use memchr::{memchr, memchr_iter};

use crate::table::doubt::{hides_rows, swallows};
use crate::table::lines::{Lines, Taken};
use crate::table::row::{Dialect, Fault, Row};

/// A byte order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Rows, as they come.
#[derive(Debug)]
pub struct Rows<R> {
    lines: Lines<R>,
    /// How they are written.
    pub dialect: Dialect,
    limit: u64,
    /// Up to this line a row went that could not be read.
    doubtful: u64,
    /// As many cells each row has, where that is known.
    pub(super) columns: Option<usize>,
    text: Vec<u8>,
    /// Where the lines in `text` end.
    ends: Vec<usize>,
}

/// How far a row was read in the text that is there.
#[derive(Clone, Copy)]
enum State {
    /// At the beginning of a cell.
    Cell(usize),
    /// In quotes.
    Quoted(usize),
    /// Behind its end.
    Done,
}

impl<R: BufRead> Rows<R> {
    /// Rows of an input, none of them longer than so many bytes.
    #[must_use]
    pub fn new(input: R, dialect: Dialect, limit: u64) -> Self {
        Self {
            lines: Lines::new(input, limit),
            dialect,
            limit,
            doubtful: 0,
            columns: None,
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The line that was taken last, counted from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.lines.taken()
    }

    /// Reads the next row; `None` at the end. A row that is faulty has its line all the same.
    /// Empty lines are none.
    ///
    /// # Errors
    /// [`io::Error`] where the input cannot be read.
    pub fn read(&mut self, row: &mut Row) -> io::Result<Option<Result<(), Fault>>> {
        loop {
            self.text.clear();
            self.ends.clear();
            match self.take_line()? {
                Taken::End => return Ok(None),
                Taken::TooLong => {
                    row.line = self.lines.taken();
                    return Ok(Some(Err(Fault::TooLong { limit: self.limit })));
                }
                Taken::Line if self.text.trim_ascii().is_empty() && self.is_blank() => {}
                Taken::Line => break,
            }
        }
        // Files that were joined have a mark at the beginning of each.
        if self.text.starts_with(MARK) {
            self.text.drain(..MARK.len());
        }
        row.line = self.lines.taken();
        let fault = match self.cells(row)? {
            None if self.columns == Some(row.len())
                && swallows(row, self.dialect.delimiter, self.further_lines()) =>
            {
                let last = self.lines.taken();
                self.give_back();
                Fault::Swallowed { last }
            }
            None if self.columns.is_none_or(|columns| columns == row.len()) => {
                return Ok(Some(if str::from_utf8(&row.bytes).is_ok() {
                    Ok(())
                } else {
                    Err(Fault::Encoding)
                }));
            }
            None => {
                let (found, expected) = (row.len(), self.columns.unwrap_or_default());
                if hides_rows(expected, self.dialect.delimiter, self.further_lines()) {
                    self.give_back();
                }
                Fault::Columns { found, expected }
            }
            Some(fault) => {
                self.give_back();
                fault
            }
        };
        Ok(Some(Err(fault)))
    }

    /// Lets rows have another number of cells than the header.
    pub fn allow_any_length(&mut self) {
        self.columns = None;
    }

    /// Takes back the row that was read last: it is read once more.
    pub(super) fn unread(&mut self) {
        self.ends.insert(0, 0);
        self.return_lines();
    }

    /// Takes back the row that was read last and is faulty.
    pub(super) fn unread_faulty(&mut self) {
        self.unread();
        self.doubtful = 0;
    }

    /// Whether a line without text is no row: of tabs alone, it may be one of empty cells.
    fn is_blank(&self) -> bool {
        !self.text.contains(&self.dialect.delimiter)
    }

    /// Reads the cells of the row that begins with the line in `text`, with as many lines more
    /// as it takes.
    fn cells(&mut self, row: &mut Row) -> io::Result<Option<Fault>> {
        row.clear();
        let mut state = State::Cell(0);
        let mut lone = 0;
        if !self.dialect.quotes || !self.text.contains(&b'"') {
            let end = content_end(&self.text);
            for cell in self.text[..end].split(|&byte| byte == self.dialect.delimiter) {
                row.bytes.extend_from_slice(cell);
                row.end_cell();
            }
            return Ok(None);
        }
        loop {
            match self.cell(state, row, &mut lone) {
                Ok(State::Done) => break,
                Ok(next @ State::Cell(_)) => state = next,
                Ok(next @ State::Quoted(_)) => {
                    state = next;
                    let cell = row.len() + 1;
                    self.ends.push(self.text.len());
                    match self.take_line()? {
                        Taken::Line if self.text.len() as u64 <= self.limit => {}
                        Taken::End => {
                            self.ends.pop();
                            return Ok(Some(Fault::Unclosed { cell }));
                        }
                        _ => return Ok(Some(Fault::TooLong { limit: self.limit })),
                    }
                }
                Err(fault) => return Ok(Some(fault)),
            }
        }
        let is_doubtful = row.line <= self.doubtful;
        Ok((is_doubtful && lone % 2 == 1).then_some(Fault::LoneQuote))
    }

    /// Reads a cell, or the rest of one that is in quotes.
    fn cell(&self, state: State, row: &mut Row, lone: &mut usize) -> Result<State, Fault> {
        let text = &self.text;
        let mut at = match state {
            State::Cell(at) if text.get(at) == Some(&b'"') => at + 1,
            State::Cell(at) => {
                let end = content_end(text);
                let rest = &text[at..end.max(at)];
                let length = memchr(self.dialect.delimiter, rest);
                let cell = &rest[..length.unwrap_or(rest.len())];
                *lone += memchr_iter(b'"', cell).count();
                row.bytes.extend_from_slice(cell);
                row.end_cell();
                return Ok(length.map_or(State::Done, |length| State::Cell(at + length + 1)));
            }
            State::Quoted(at) => at,
            State::Done => return Ok(State::Done),
        };
        loop {
            let rest = &text[at..];
            let Some(quote) = memchr(b'"', rest) else {
                row.bytes.extend_from_slice(rest);
                return Ok(State::Quoted(text.len()));
            };
            row.bytes.extend_from_slice(&rest[..quote]);
            at += quote + 1;
            match text.get(at) {
                Some(b'"') => {
                    row.bytes.push(b'"');
                    at += 1;
                }
                Some(&byte) if byte == self.dialect.delimiter => {
                    row.end_cell();
                    return Ok(State::Cell(at + 1));
                }
                _ => {
                    row.end_cell();
                    let is_end = at >= content_end(text);
                    let cell = row.len();
                    return if is_end {
                        Ok(State::Done)
                    } else {
                        Err(Fault::BehindQuote { cell })
                    };
                }
            }
        }
    }

    /// The lines of the row that was read last, without the first.
    fn further_lines(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.iter().copied().chain([self.text.len()]);
        let lines = self.ends.iter().zip(ends.skip(1));
        lines.map(|(&start, end)| &self.text[start..end])
    }

    /// Gives the lines behind a faulty row's first one back: they are read as rows.
    fn give_back(&mut self) {
        self.doubtful = self.doubtful.max(self.lines.taken());
        self.return_lines();
    }

    fn return_lines(&mut self) {
        let mut end = self.text.len();
        while let Some(start) = self.ends.pop() {
            self.lines.give_back(&self.text[start..end]);
            end = start;
        }
        self.text.truncate(end);
    }

    /// Adds the next line to `text`, its end included.
    fn take_line(&mut self) -> io::Result<Taken> {
        self.lines.take(&mut self.text)
    }
}

/// Where the content of lines ends: before the last one's end.
fn content_end(text: &[u8]) -> usize {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text).len()
}

/// What is given for a text, for tests: cells joined by `|`, or the line and the fault.
#[cfg(test)]
pub(super) fn rows(text: &str, dialect: Dialect, columns: Option<usize>) -> Vec<String> {
    let mut rows = Rows::new(text.as_bytes(), dialect, 1000);
    rows.columns = columns;
    let (mut row, mut all) = (Row::default(), Vec::new());
    while let Some(result) = rows.read(&mut row).unwrap() {
        all.push(match result {
            Ok(()) => row.iter().collect::<Vec<_>>().join("|"),
            Err(fault) => format!("{}: {fault}", row.line),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_quotes_can_have_anything_in_them() {
        let text = "a,\"b, c\",\"d\n\"\"e\"\"\"\r\n\n,\"\"\r\n1,say \"x\",\n";
        let expected = ["a|b, c|d\n\"e\"", "|", "1|say \"x\"|"];
        assert_eq!(rows(text, Dialect::CSV, None), expected);
        assert_eq!(rows("a,b\rc,\"d\"\r", Dialect::CSV, None), ["a|b", "c|d"]);
        assert_eq!(rows("a", Dialect::CSV, None), ["a"]);
    }

    #[test]
    fn in_tsv_a_quote_is_a_character() {
        let text = "1\t\"chart\" tool\n2\t\"A game\n3\tx\r\n\t\n";
        let expected = ["1|\"chart\" tool", "2|\"A game", "3|x", "|"];
        assert_eq!(rows(text, Dialect::TSV, Some(2)), expected);
    }

    #[test]
    fn no_row_is_lost_behind_a_faulty_one() {
        let behind = "1: there is text behind the quote that closes its cell 2";
        let open = "1: the quote that opens its cell 2 is never closed";
        for (text, expected) in [
            ("1,\"a\n2,\"b\"\n3,c\n", &[behind, "2|b", "3|c"][..]),
            ("1,\"a\n2,b\n3,c\n", &[open, "2|b", "3|c"]),
            ("1,\"a\" b\n2,b\n", &[behind, "2|b"]),
            ("1,\"a\n2,b \"x\" y\n3,c", &[behind, "2|b \"x\" y", "3|c"]),
            // The rest of a cell that had a line end in it is no row.
            (
                "1,\"a\nb, c\" d\n3,c",
                &[
                    behind,
                    "2: it has a lone quote and follows a row that cannot be read",
                    "3|c",
                ],
            ),
        ] {
            assert_eq!(rows(text, Dialect::CSV, Some(2)), expected, "{text}");
        }
    }

    #[test]
    fn a_row_with_another_number_of_cells_is_one_fault_or_hides_rows() {
        let text = "1,\"a\nb\nc\",x\n2,b\n";
        let three = "1: it has 3 columns, the header has 2";
        assert_eq!(rows(text, Dialect::CSV, Some(2)), [three, "2|b"]);
        let text = "1,\"a\n2,b\n3,c\n4,d\",x\n";
        let last = "4: it has a lone quote and follows a row that cannot be read";
        let found = rows(text, Dialect::CSV, Some(2));
        assert_eq!(found[..3], [three, "2|b", "3|c"]);
        assert!(
            found[3] == last || found[3].starts_with("4: it has 3"),
            "{found:?}"
        );
    }

    #[test]
    fn a_mark_between_joined_files_is_no_text() {
        let text = "1,a\n\u{feff}\"2\",b\n";
        assert_eq!(rows(text, Dialect::CSV, Some(2)), ["1|a", "2|b"]);
    }

    #[test]
    fn what_is_too_long_is_told_and_the_rest_is_read() {
        let long = "x".repeat(2000);
        let text = format!("1,{long}\n2,\"a\n3,{long}\n4,b");
        let too_long = "it is longer than 0 MiB";
        let expected = [
            format!("1: {too_long}"),
            format!("2: {too_long}"),
            format!("3: {too_long}"),
            "4|b".to_owned(),
        ];
        assert_eq!(rows(&text, Dialect::CSV, Some(2)), expected);
    }
}
