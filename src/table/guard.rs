//! Cells of a table that is made for a spreadsheet, which would take some of them for formulas.

use std::borrow::Cow;

/// What a formula begins with, or what a spreadsheet skips before it looks.
const BEGINS: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}'];

/// Whether a spreadsheet may calculate a cell, or there is a mark already that says it must not.
fn is_taken(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(BEGINS)
}

/// A cell that no spreadsheet takes for a formula: with a `'` before what may be one.
#[must_use]
pub fn guard(cell: &str) -> Cow<'_, str> {
    if is_taken(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// What was [guarded](guard). A spreadsheet may have taken the mark away.
#[must_use]
pub fn unguard(cell: &str) -> &str {
    let bare = cell.strip_prefix('\'').filter(|bare| is_taken(bare));
    bare.unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guarded_comes_back() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("'90s", "'90s"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded);
            assert_eq!(unguard(guarded), cell);
        }
        assert_eq!(unguard("=1"), "=1");
    }
}
