//! Raw HTML in Markdown that lasts until a mark ends it, and not until a blank line.
//!
//! Where the mark never comes, CommonMark takes the rest of the document for HTML: a line
//! that begins with `<script>` and is about scripts would be its last.

/// What begins such a block, and what ends it, in lower case.
const KINDS: [(&str, &str); 8] = [
    ("<script", "</script>"),
    ("<pre", "</pre>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
    ("<!--", "-->"),
    ("<![cdata[", "]]>"),
    ("<?", "?>"),
    ("<!", ">"),
];

/// Where such blocks end.
#[derive(Debug)]
pub(super) struct RawBlocks<'t> {
    text: &'t str,
    /// The next end of each kind that is known.
    ends: [Option<usize>; KINDS.len()],
}

impl<'t> RawBlocks<'t> {
    /// Those of a text.
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            ends: [None; KINDS.len()],
        }
    }

    /// Whether a block begins at a place that nothing ends. Places are asked in order.
    pub(super) fn never_ends(&mut self, at: usize) -> bool {
        let line = &self.text[at..];
        let begins = |mark: &str| {
            let head = line.as_bytes().get(..mark.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()))
        };
        let Some(kind) = KINDS.iter().position(|(begin, _)| begins(begin)) else {
            return false;
        };
        if self.ends[kind].is_none_or(|end| end < at) {
            let end = find(line, KINDS[kind].1).map_or(usize::MAX, |found| at + found);
            self.ends[kind] = Some(end);
        }
        self.ends[kind] == Some(usize::MAX)
    }
}

/// Where a mark is, in lower or in upper case.
fn find(text: &str, mark: &str) -> Option<usize> {
    let first = mark.chars().next()?;
    let places = text.match_indices(first).map(|(at, _)| at);
    let is_it = |at: &usize| {
        let here = text.as_bytes().get(*at..at + mark.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(mark.as_bytes()))
    };
    places.into_iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_found() {
        let text = "<script>\n<pre>\n<!-- -->\n</SCRIPT>\n<script>\n<!-- <?\n<div>\n<!X>";
        let mut blocks = RawBlocks::of(text);
        let starts = text
            .split('\n')
            .map(|line| line.as_ptr().addr() - text.as_ptr().addr());
        let never: Vec<bool> = starts.map(|at| blocks.never_ends(at)).collect();
        assert_eq!(never, [false, true, false, false, true, true, false, false]);
    }
}
