//! The names of the columns, and what separates them.

use std::io::{self, BufRead};

use crate::table::row::{Dialect, Fault, Row};
use crate::table::rows::Rows;

/// What can separate cells where nobody says it, the likeliest first.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A delimiter as it is said.
#[must_use]
pub fn delimiter_name(delimiter: u8) -> String {
    if delimiter == b'\t' {
        "tab".to_owned()
    } else {
        char::from(delimiter).to_string()
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads the names of the columns, without the spaces around them, and holds the rows that
    /// follow to their number; `None` where the input is empty. Where `find` says so, the
    /// delimiter is the one that Excel's line `sep=;` names, or else the first of
    /// [`DELIMITERS`] with which the columns are what `fits`, or else the one that gives most
    /// columns.
    ///
    /// # Errors
    /// [`io::Error`] where the input cannot be read.
    pub fn header(
        &mut self,
        find: bool,
        fits: impl Fn(&[String]) -> bool,
    ) -> io::Result<Option<Result<Vec<String>, Fault>>> {
        let mut row = Row::default();
        let said = self.excels_line(&mut row)?;
        if let Some(delimiter) = said.filter(|_| find) {
            self.dialect.delimiter = delimiter;
        } else if find {
            let (quotes, mut best) = (self.dialect.quotes, (0, self.dialect.delimiter));
            for delimiter in DELIMITERS {
                self.dialect = Dialect { delimiter, quotes };
                let Some(read) = self.read(&mut row)? else {
                    return Ok(None);
                };
                if read.is_err() {
                    self.unread_faulty();
                    continue;
                }
                let (columns, names) = (row.len(), names(&row));
                self.unread();
                if fits(&names) {
                    best = (usize::MAX, delimiter);
                    break;
                }
                if columns > best.0 {
                    best = (columns, delimiter);
                }
            }
            self.dialect.delimiter = best.1;
        }
        let Some(read) = self.read(&mut row)? else {
            return Ok(None);
        };
        if let Err(fault) = read {
            return Ok(Some(Err(fault)));
        }
        self.columns = Some(row.len());
        Ok(Some(Ok(names(&row))))
    }

    /// The delimiter that a first line such as `sep=;` names; any other line is put back.
    fn excels_line(&mut self, row: &mut Row) -> io::Result<Option<u8>> {
        let dialect = self.dialect;
        // With a delimiter that no line has, the line is one cell.
        self.dialect = Dialect {
            delimiter: 0,
            quotes: false,
        };
        let read = self.read(row)?;
        self.dialect = dialect;
        let Some(read) = read else {
            return Ok(None);
        };
        // A spreadsheet that saves it again puts it in quotes, and delimiters behind it.
        let named = row.get(0).trim().trim_start_matches('"');
        let named = named
            .get(..4)
            .filter(|head| head.eq_ignore_ascii_case("sep="))
            .and(named.get(4..));
        match named.map(str::as_bytes) {
            Some([delimiter, more @ ..])
                if read.is_ok() && more.iter().all(|byte| byte == delimiter || *byte == b'"') =>
            {
                return Ok(Some(*delimiter));
            }
            Some([]) if read.is_ok() => return Ok(Some(b'\t')),
            _ => {}
        }
        if read.is_ok() {
            self.unread();
        } else {
            self.unread_faulty();
        }
        Ok(None)
    }
}

fn names(row: &Row) -> Vec<String> {
    row.iter().map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(text: &str, fits: &str) -> (Vec<String>, u8, u64) {
        let mut rows = Rows::new(text.as_bytes(), Dialect::CSV, 1000);
        let header = rows.header(true, |names| names.iter().any(|name| name == fits));
        let names = header.unwrap().unwrap().unwrap();
        (names, rows.dialect.delimiter, rows.line())
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_the_columns() {
        for (text, delimiter) in [
            ("id,text;x\n", b','),
            ("x;id;a,b\n", b';'),
            ("\"x;y\"\tid\r\n", b'\t'),
            ("x|id", b'|'),
        ] {
            assert_eq!(found(text, "id").1, delimiter, "{text}");
        }
        assert_eq!(found("a;b;c,d\n", "id").0, ["a", "b", "c,d"]);
        assert_eq!(found("id\n", "id").0, ["id"]);
    }

    #[test]
    fn excels_line_says_it() {
        assert_eq!(
            found("sep=;\r\nid;a,b\r\n", "x"),
            (vec!["id".into(), "a,b".into()], b';', 2)
        );
        assert_eq!(found("SEP=|\nid|b\n", "x").1, b'|');
        assert_eq!(found("sep=\t\nid\tb\n", "x").1, b'\t');
        for line in ["\"sep=;\"", "sep=;;;", "\"sep=;\";;"] {
            assert_eq!(found(&format!("{line}\nid;b,c\n"), "x").1, b';', "{line}");
        }
        assert_eq!(found("separate,id\n", "id").1, b',');
    }

    #[test]
    fn a_header_of_several_lines_is_read_as_a_whole() {
        let text = "id;\"a\nb\"\n1;2\n";
        let mut rows = Rows::new(text.as_bytes(), Dialect::CSV, 1000);
        let names = rows.header(true, |names| names.len() == 2);
        assert_eq!(names.unwrap().unwrap().unwrap(), ["id", "a\nb"]);
        let mut row = Row::default();
        rows.read(&mut row).unwrap().unwrap().unwrap();
        assert_eq!((row.get(1), row.line), ("2", 3));
    }
}
