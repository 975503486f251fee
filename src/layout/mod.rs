//! How what a person reads is laid out: sizes, columns, lines, pages, remarks.

#[cfg(feature = "reports")]
mod page;
mod remark;
mod table;
mod wrap;

use bytesize::ByteSize;

#[cfg(feature = "reports")]
pub use crate::layout::page::{is_page, page, page_with_script};
pub use crate::layout::remark::Remark;
pub use crate::layout::table::Table;
pub use crate::layout::wrap::wrapped;

/// Bytes in words: `2.3 GiB`.
///
/// One notation for files and for memory, so that they can be compared.
#[must_use]
pub fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

/// A text that steers no terminal, for what comes from a file: with `·` for control characters,
/// and for those that would turn the direction of what stands beside them.
#[must_use]
pub fn printable(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let steers = |c: char| c.is_control() && c != '\n' || turns(c);
    let shown = |c| if steers(c) { '·' } else { c };
    text.chars().map(shown).collect()
}

/// Text that Markdown shows as it stands.
#[must_use]
pub fn markdown(text: &str) -> String {
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

    #[test]
    fn nothing_steers_the_terminal() {
        let text = "a\u{1b}[1mb\nc\u{202e}d\u{2069} ه\u{200d}";
        assert_eq!(printable(text), "a·[1mb\nc·d· ه\u{200d}");
    }

    #[test]
    fn sizes_have_one_notation() {
        let sizes = [0, 1_023, 7 << 20, 2_469_791_584].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "7.0 MiB", "2.3 GiB"]);
    }
}
