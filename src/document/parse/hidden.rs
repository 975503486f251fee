//! Elements that hide what is in them, and where they end.
//!
//! People write `<select>` in running text and mean the word. An element hides only what
//! stands before its own end: in the same paragraph, or before the next heading.

use std::cell::OnceCell;
use std::ops::Range;

use crate::document::parse::lines::{Fences, is_heading};
use crate::document::parse::text::{is_letter, is_wide};

/// Elements whose content is not text of the document.
const HIDDEN: [&str; 14] = [
    "script", "style", "svg", "template", "noscript", "iframe", "object", "canvas", "select",
    "textarea", "math", "audio", "video", "dialog",
];

/// Elements that stand in those, and nowhere else.
const INSIDE: [&str; 14] = [
    "title", "g", "path", "rect", "circle", "defs", "source", "track", "option", "optgroup",
    "param", "embed", "mi", "mrow",
];

/// Elements that hold code.
const CODE: [&str; 2] = ["script", "style"];

/// How far an element may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the end of its paragraph.
    Paragraph,
    /// To the next heading.
    Section,
    /// To the end of the page.
    Page,
}

/// Where in a text elements that hide are closed, looked up when the first is opened.
#[derive(Debug)]
pub(super) struct Ends<'t> {
    text: &'t str,
    found: OnceCell<Found>,
    in_markdown: bool,
}

#[derive(Debug, Default)]
struct Found {
    closers: [Vec<usize>; HIDDEN.len()],
    headings: Vec<usize>,
    blanks: Vec<usize>,
}

impl<'t> Ends<'t> {
    /// Those of a Markdown document, where code is no markup, or of a page.
    pub(super) fn of(text: &'t str, in_markdown: bool) -> Self {
        Self {
            text,
            found: OnceCell::new(),
            in_markdown,
        }
    }

    /// Whether an element that begins at a place hides what is in it: its name is one of those
    /// that do, and its end tag is in reach.
    pub(super) fn hides(&self, name: &str, at: usize, reach: Reach) -> bool {
        let Some(kind) = HIDDEN.iter().position(|hidden| *hidden == name) else {
            return false;
        };
        let found = self.found.get_or_init(|| self.find());
        let after = |places: &[usize]| {
            let next = places.partition_point(|&place| place <= at);
            places.get(next).copied()
        };
        let limit = match reach {
            Reach::Paragraph => after(&found.blanks),
            Reach::Section => after(&found.headings),
            Reach::Page => None,
        };
        after(&found.closers[kind]).is_some_and(|end| limit.is_none_or(|limit| end < limit))
    }

    /// Whether a tag without attributes, at a place, is a word of a sentence, though an end tag
    /// follows: the sentence goes on behind it, on its line, and what it says is no code.
    pub(super) fn is_mention(&self, name: &str, tag: Range<usize>) -> bool {
        let (before, after) = (self.text.get(..tag.start), self.text.get(tag.end..));
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let word = after.strip_prefix([' ', '\u{a0}']).unwrap_or_default();
        let goes_on = word.starts_with(is_letter)
            || after.starts_with([
                ',', '.', ';', ':', ')', '?', '!', '"', '、', '，', '。', '）', '；',
            ])
            || before.ends_with(is_wide) && after.starts_with(is_wide);
        let inner = after.split("</").next().unwrap_or_default();
        goes_on && !(CODE.contains(&name) && inner.contains(['{', '=', ';']))
    }

    /// Whether what such an element has in it follows: it is one, though nothing closes it.
    pub(super) fn has_inside(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default().trim_start();
        let inner = rest.strip_prefix('<').unwrap_or_default();
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric());
        INSIDE.contains(&&inner[..end.unwrap_or(inner.len())])
    }

    fn find(&self) -> Found {
        let mut found = Found::default();
        let mut fences = Fences::default();
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let is_code = self.in_markdown && fences.is_code(line);
            if line.trim().is_empty() {
                found.blanks.push(at);
            } else if !is_code {
                if is_heading(line.trim()) {
                    found.headings.push(at);
                }
                for (place, _) in line.match_indices("</") {
                    let is_quoted = self.in_markdown && line[..place].ends_with('`');
                    if let Some(kind) = closed(&line[place + 2..]).filter(|_| !is_quoted) {
                        found.closers[kind].push(at + place);
                    }
                }
            }
            at += line.len();
        }
        found
    }
}

/// Whether an element may hide what is in it.
pub(super) fn may_hide(name: &str) -> bool {
    HIDDEN.contains(&name)
}

/// Which element an end tag closes, behind `</`.
fn closed(tag: &str) -> Option<usize> {
    HIDDEN.iter().position(|name| {
        let (head, rest) = tag.as_bytes().split_at(name.len().min(tag.len()));
        head.eq_ignore_ascii_case(name.as_bytes())
            && rest
                .first()
                .is_none_or(|next| !next.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_hides_what_stands_before_its_end() {
        let text =
            "a <select> b\n\n<Select>c</SELECT>\n\n```\n</video>\n```\n`</dialog>`\n# d\n</svg>";
        let ends = Ends::of(text, true);
        let place = |tag: &str| text.find(tag).unwrap();
        for (name, at, reach, hides) in [
            ("select", 2, Reach::Paragraph, false),
            ("select", 2, Reach::Section, true),
            ("select", place("<Select"), Reach::Paragraph, true),
            ("select", place("</SELECT"), Reach::Page, false),
            ("video", 0, Reach::Page, false),
            ("dialog", 0, Reach::Page, false),
            ("svg", 0, Reach::Section, false),
            ("svg", 0, Reach::Page, true),
            ("div", 0, Reach::Page, false),
        ] {
            assert_eq!(
                ends.hides(name, at, reach),
                hides,
                "{name} at {at}, {reach:?}"
            );
        }
        assert!(Ends::of(text, false).hides("video", 0, Reach::Page));
    }

    #[test]
    fn a_tag_in_a_sentence_is_a_word() {
        for (text, is) in [
            ("a <select> is slow, </select> ends", true),
            ("<select>, </select>", true),
            ("a <select>b</select>", false),
            ("<select> <option>b</select>", false),
            ("<select>\nb</select>", false),
            ("<script> tags load late, </script> ends", true),
            ("<script> let a = 1 </script>", false),
            ("在<script>标签中</script>", true),
        ] {
            let at = text.find('<').unwrap();
            let tag = at..at + text[at..].find('>').unwrap() + 1;
            let name = &text[tag.start + 1..tag.end - 1];
            assert_eq!(
                Ends::of(text, true).is_mention(name, tag.clone()),
                is,
                "{text}"
            );
        }
    }
}
