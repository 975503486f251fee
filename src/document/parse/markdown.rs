//! Markdown: CommonMark with GitHub's tables, front matter, and the HTML inside.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::front_matter;
use crate::document::parse::hidden::Reach;
use crate::document::parse::html::Html;
use crate::document::parse::lines::{Fences, is_heading};
use crate::document::parse::raw::RawBlocks;
use crate::document::parse::text::has_letters;
use crate::document::piece::Reason;

/// Reads a Markdown document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::new();
    let text = front_matter::read(text, &mut builder);
    body(text, builder, true)
}

/// Reads Markdown without front matter. Not everywhere is code what is indented.
pub(super) fn body(text: &str, builder: Builder, has_indented_code: bool) -> Vec<Block> {
    let text = prepared(text);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut reader = Reader {
        text: &text,
        at: 0,
        builder,
        html: Html::fragment(&text),
        raw: String::new(),
        raw_at: 0,
        notes: 0,
        has_indented_code,
    };
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        reader.event(event, range);
    }
    reader.skip_to(text.len());
    reader.builder.finish()
}

/// A text as CommonMark has to get it, so that nothing is lost and nothing takes long.
///
/// - A blank line where one was forgotten: an HTML block lasts until there is one, and a
///   table as well, so that all headings behind `</div>` would be text inside HTML.
/// - A mark that would make raw HTML of all the rest, because nothing ends it, is text.
/// - At most so many containers on a line: each line is held against all that are open.
fn prepared(text: &str) -> Cow<'_, str> {
    let mut fixed = String::new();
    let mut copied = 0;
    let mut at = 0;
    let mut before = "";
    let mut fences = Fences::default();
    let mut raw = RawBlocks::of(text);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let is_code = fences.is_code(line);
        let blank = misses_blank(before, trimmed);
        let too_deep = excess(line);
        if blank || !too_deep.is_empty() {
            fixed.push_str(&text[copied..at]);
            fixed.push_str(if blank { "\n" } else { "" });
            fixed.push_str(&line[..too_deep.start]);
            copied = at + too_deep.end;
        }
        if trimmed.starts_with('<') && !is_code {
            let tag = at + (line.len() - line.trim_start().len());
            if raw.never_ends(tag) && tag >= copied {
                fixed.push_str(&text[copied..tag]);
                fixed.push('\\');
                copied = tag;
            }
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

fn begins_markdown(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    ["- ", "* ", "+ ", "> ", "```", "~~~", "|", "**", "!["]
        .iter()
        .any(|mark| line.starts_with(mark))
        || number.len() < line.len() && number.starts_with(". ")
}

/// Turns events into calls of the builder.
struct Reader<'t> {
    text: &'t str,
    /// So far everything was read, or noted as not read.
    at: usize,
    builder: Builder,
    html: Html<'t>,
    /// The HTML block being read: a tag may span its lines.
    raw: String,
    raw_at: usize,
    /// Depth in footnotes.
    notes: usize,
    has_indented_code: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                self.skip_to(range.start);
                self.start(&tag, range);
            }
            Event::End(tag) => {
                self.skip_to(range.end);
                self.end(tag);
            }
            leaf => {
                self.skip_to(range.start);
                self.at = self.at.max(range.end);
                self.leaf(leaf, range.start);
            }
        }
    }

    /// What stands between two events is markup: targets of links, their titles, what
    /// references refer to.
    fn skip_to(&mut self, end: usize) {
        let Some(skipped) = self.text.get(self.at..end) else {
            return;
        };
        self.at = end;
        if has_letters(skipped) {
            let is_address = ["](", "]:", "://"]
                .iter()
                .any(|mark| skipped.contains(mark));
            let reason = if is_address {
                Reason::Address
            } else {
                Reason::Markup
            };
            let is_mark = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '#');
            self.builder.lose(reason, skipped.trim_matches(is_mark));
        }
    }

    fn leaf(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Html(text) => {
                if self.raw.is_empty() {
                    self.raw_at = at;
                }
                self.raw.push_str(&text);
            }
            Event::InlineHtml(text) => {
                self.html
                    .feed(&text, at, Reach::Paragraph, &mut self.builder);
            }
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => match self.html.hides() {
                Some(reason) => self.builder.lose(reason, &text),
                None => self.builder.text(&text),
            },
            Event::FootnoteReference(label) => self.builder.lose(Reason::Markup, &label),
            _ if self.notes > 0 || self.html.hides().is_some() => {}
            Event::SoftBreak => self.builder.soft_break(),
            Event::HardBreak => self.builder.line_break(),
            Event::Rule => self.builder.boundary(),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        let text = &self.text[range.clone()];
        let builder = &mut self.builder;
        match tag {
            Tag::Heading { level, .. } => {
                self.html.reset();
                builder.reset();
                builder.heading(*level as u8);
            }
            Tag::Paragraph => builder.boundary(),
            Tag::BlockQuote(_) => builder.quote(),
            Tag::CodeBlock(CodeBlockKind::Indented) if !self.has_indented_code => {
                builder.boundary();
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{', ':']).next().unwrap_or_default()
                    }
                    CodeBlockKind::Indented => "",
                };
                // Its language is shown.
                if let Some(place) = text.find(language).filter(|_| !language.is_empty()) {
                    self.at = self.at.max(range.start + place + language.len());
                }
                builder.code(language);
            }
            Tag::List(_) => builder.list(),
            Tag::Item => {
                let digits =
                    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                self.at = self.at.max(range.start + digits);
                builder.item();
            }
            Tag::Table(_) => builder.table(),
            Tag::TableHead | Tag::TableRow => builder.row(),
            Tag::TableCell => builder.cell(),
            Tag::Link { dest_url, .. } => builder.link(dest_url),
            Tag::Image { dest_url, .. } => builder.image(dest_url),
            Tag::FootnoteDefinition(_) => {
                self.notes += 1;
                builder.boundary();
                builder.losing(Some(Reason::Footnote));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let builder = &mut self.builder;
        match tag {
            TagEnd::Heading(_) => builder.end_heading(),
            TagEnd::Paragraph => {
                self.html.end_paragraph();
                builder.boundary();
            }
            TagEnd::BlockQuote(_) => builder.end_quote(),
            TagEnd::CodeBlock => {
                builder.end_code();
                builder.boundary();
            }
            TagEnd::List(_) => builder.end_list(),
            TagEnd::Item => {
                self.html.end_paragraph();
                builder.end_item();
            }
            TagEnd::Table => builder.end_table(),
            TagEnd::Link => builder.end_link(),
            TagEnd::Image => builder.end_image(),
            TagEnd::FootnoteDefinition => {
                self.notes = self.notes.saturating_sub(1);
                if self.notes == 0 {
                    builder.boundary();
                    builder.losing(None);
                }
            }
            TagEnd::HtmlBlock => {
                let raw = std::mem::take(&mut self.raw);
                self.html.feed(&raw, self.raw_at, Reach::Section, builder);
            }
            _ => {}
        }
    }
}
