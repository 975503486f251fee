//! Whether a row of several lines is rather several rows, with a quote in the wrong place.

use std::str;

use memchr::memchr_iter;

use crate::table::row::Row;

/// So many characters that two cells begin with make them of one kind: `http`.
const SAME: usize = 4;

/// Whether a row that has the wrong number of cells hides others: most lines behind its first
/// have the right number by themselves.
pub(super) fn hides_rows<'l>(
    columns: usize,
    delimiter: u8,
    lines: impl Iterator<Item = &'l [u8]>,
) -> bool {
    let (mut right, mut all) = (0, 0);
    for line in lines {
        all += 1;
        right += usize::from(memchr_iter(delimiter, line).count() + 1 == columns);
    }
    right * 2 > all
}

/// Whether a row that has the right number of cells has swallowed others: each line behind its
/// first has that number by itself, and begins with what goes on from the row's first cell, a
/// higher number or a text with the same beginning.
pub(super) fn swallows<'l>(
    row: &Row,
    delimiter: u8,
    lines: impl Iterator<Item = &'l [u8]>,
) -> bool {
    let mut lines = lines.peekable();
    if row.len() < 2 || lines.peek().is_none() {
        return false;
    }
    let mut before = row.get(0).as_bytes();
    lines.all(|line| {
        let mut cells = line.split(|&byte| byte == delimiter);
        let first = cells.next().unwrap_or_default();
        let goes_on = goes_on(before, first) && cells.count() + 1 == row.len();
        before = first;
        goes_on
    })
}

/// Whether a row's first cell can stand below another one: as a higher number, or as a text that
/// begins as that does.
fn goes_on(before: &[u8], cell: &[u8]) -> bool {
    let number = |cell: &[u8]| {
        let is_number = cell.iter().all(u8::is_ascii_digit);
        let number = || str::from_utf8(cell).ok()?.parse::<u64>().ok();
        is_number.then(number)?
    };
    match (number(before), number(cell)) {
        (Some(before), Some(cell)) => cell > before,
        (None, None) => {
            let pairs = before.iter().zip(cell);
            let same = pairs.take_while(|(a, b)| a == b).count();
            same >= SAME && before != cell && !cell.iter().any(u8::is_ascii_whitespace)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::table::Dialect;
    use crate::table::rows::rows;

    #[test]
    fn a_quote_that_is_closed_rows_later_swallows_none() {
        let fault = |first: u64, last: u64| {
            format!(
                "{first}: its quote is closed on line {last}, and the lines between look like rows"
            )
        };
        let lone = |line: u64| {
            format!("{line}: it has a lone quote and follows a row that cannot be read")
        };
        let text = "1,\"A game\n2,A database\n3,A diary\"\n4,x\n";
        let expected = [
            fault(1, 3),
            "2|A database".to_owned(),
            lone(3),
            "4|x".to_owned(),
        ];
        assert_eq!(rows(text, Dialect::CSV, Some(2)), expected);
        let text = "http://a,\"A game,x\nhttp://b,y\",z\nhttp://c,z,w\n";
        let expected = [fault(1, 2), lone(2), "http://c|z|w".to_owned()];
        assert_eq!(rows(text, Dialect::CSV, Some(3)), expected);
        // What people write in several lines stays what it is.
        for text in [
            "7,\"Dear all,\nyours, me\"\n",
            "7,\"1, stir\n2, boil\"\n",
            "http://a,\"see, here\nhttp://b, there\nor, not\"\n",
        ] {
            assert_eq!(rows(text, Dialect::CSV, Some(2)).len(), 1, "{text}");
        }
    }
}
