//! Markdown: CommonMark with GitHub's tables, front matter, and the HTML inside.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::front_matter;
use crate::document::parse::html::Html;

/// Reads a Markdown document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::new();
    let text = front_matter::read(text, &mut builder);
    let text = prepared(text);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut reader = Reader {
        builder,
        html: Html::fragment(),
        raw: String::new(),
        notes: 0,
    };
    for event in Parser::new_ext(&text, options) {
        reader.event(event);
    }
    reader.builder.finish()
}

/// A text as CommonMark has to get it, so that nothing is lost and nothing takes long.
///
/// - A blank line where one was forgotten: an HTML block lasts until there is one, and a
///   table as well, so that all headings behind `</div>` would be text inside HTML.
/// - At most so many containers on a line: each line is held against all that are open.
fn prepared(text: &str) -> Cow<'_, str> {
    let mut fixed = String::new();
    let mut copied = 0;
    let mut at = 0;
    let mut before = "";
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let blank = misses_blank(before, trimmed);
        let too_deep = excess(line);
        if blank || !too_deep.is_empty() {
            fixed.push_str(&text[copied..at]);
            fixed.push_str(if blank { "\n" } else { "" });
            fixed.push_str(&line[..too_deep.start]);
            copied = at + too_deep.end;
        }
        at += line.len();
        before = trimmed;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    fixed.push_str(&text[copied..]);
    Cow::Owned(fixed)
}

/// The part of a line's indentation and of its container marks, `>` or `-`, that is
/// deeper than any reader could follow.
fn excess(line: &str) -> Range<usize> {
    const MAX_DEPTH: usize = 48;
    let mut depth = 0;
    let mut start = None;
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next_is_space = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        match byte {
            b' ' | b'>' => depth += 1,
            b'\t' => depth += 4,
            b'-' | b'+' | b'*' | b'.' | b')' if next_is_space => depth += 1,
            b'0'..=b'9'
                if bytes
                    .get(at + 1)
                    .is_some_and(|next| next.is_ascii_digit() || b".)".contains(next)) => {}
            _ => break,
        }
        at += 1;
        if depth > MAX_DEPTH && start.is_none() {
            start = Some(at);
        }
    }
    start.unwrap_or(at)..at
}

fn misses_blank(before: &str, line: &str) -> bool {
    if before.is_empty() || line.is_empty() {
        return false;
    }
    let after_html = before.starts_with('<') && before.ends_with('>');
    let after_row = before.starts_with('|') && before.ends_with('|');
    let begins_table = line.starts_with('|') && !before.starts_with(['|', '>']);
    is_heading(line)
        || begins_table
        || after_html && begins_markdown(line)
        || after_row && !line.contains('|')
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(' ')
}

fn begins_markdown(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    ["- ", "* ", "+ ", "> ", "```", "~~~", "|", "**", "!["]
        .iter()
        .any(|mark| line.starts_with(mark))
        || number.len() < line.len() && number.starts_with(". ")
}

/// Turns events into calls of the builder.
struct Reader {
    builder: Builder,
    html: Html,
    /// The HTML block being read: a tag may span its lines.
    raw: String,
    /// Depth in footnotes.
    notes: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Html(text) => self.raw.push_str(&text),
            Event::InlineHtml(text) => self.html.feed(&text, &mut self.builder),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            _ if self.notes > 0 || self.html.is_hidden() => {}
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                self.builder.text(&text);
            }
            Event::SoftBreak => self.builder.soft_break(),
            Event::HardBreak => self.builder.line_break(),
            Event::Rule => self.builder.boundary(),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let builder = &mut self.builder;
        match tag {
            Tag::Heading { level, .. } => {
                self.html.reset();
                builder.reset();
                builder.heading(*level as u8);
            }
            Tag::Paragraph => builder.boundary(),
            Tag::BlockQuote(_) => builder.quote(),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{', ':']).next().unwrap_or_default()
                    }
                    CodeBlockKind::Indented => "",
                };
                builder.code(language);
            }
            Tag::List(_) => builder.list(),
            Tag::Item => builder.item(),
            Tag::Table(_) => builder.table(),
            Tag::TableHead | Tag::TableRow => builder.row(),
            Tag::TableCell => builder.cell(),
            Tag::Link { dest_url, .. } => builder.link(dest_url),
            Tag::Image { dest_url, .. } => builder.image(dest_url),
            Tag::FootnoteDefinition(_) => self.notes += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let builder = &mut self.builder;
        match tag {
            TagEnd::Heading(_) => builder.end_heading(),
            TagEnd::Paragraph => builder.boundary(),
            TagEnd::BlockQuote(_) => builder.end_quote(),
            TagEnd::CodeBlock => builder.end_code(),
            TagEnd::List(_) => builder.end_list(),
            TagEnd::Item => builder.end_item(),
            TagEnd::Table => builder.end_table(),
            TagEnd::Link => builder.end_link(),
            TagEnd::Image => builder.end_image(),
            TagEnd::FootnoteDefinition => self.notes = self.notes.saturating_sub(1),
            TagEnd::HtmlBlock => {
                let raw = std::mem::take(&mut self.raw);
                self.html.feed(&raw, builder);
            }
            _ => {}
        }
    }
}
