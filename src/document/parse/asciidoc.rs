//! AsciiDoc.

use std::collections::HashMap;

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{item_text, row, unmarked};
use crate::document::piece::Reason;

/// An attribute's value is cut to this: attributes that contain others could grow
/// without end.
const MAX_VALUE: usize = 300;

/// Lines that begin like this are no text.
const DIRECTIVES: [&str; 7] = [
    "ifdef::",
    "ifndef::",
    "ifeval::",
    "endif::",
    "include::",
    "toc::",
    "<<<",
];

/// Reads an AsciiDoc document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader {
        builder: Builder::new(),
        attributes: HashMap::new(),
        fence: None,
        language: String::new(),
        header: false,
        paragraph: false,
    };
    for line in text.lines() {
        reader.line(line.trim_end());
    }
    let mut unused: Vec<_> = reader.attributes.into_iter().collect();
    unused.retain(|(_, attribute)| !attribute.is_used);
    unused.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (name, Attribute { value, .. }) in unused {
        let field = format!("{name}: {value}");
        reader.builder.lose(Reason::Metadata, &field);
    }
    reader.builder.finish()
}

/// What an attribute stands for, and whether it was put anywhere.
struct Attribute {
    value: String,
    is_used: bool,
}

/// What is between two lines of the same marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fenced {
    Code,
    Table,
    Comment,
    Hidden,
}

struct Reader {
    builder: Builder,
    attributes: HashMap<String, Attribute>,
    /// The block that is open, and the line that ends it.
    fence: Option<(Fenced, String)>,
    language: String,
    /// Between the title and the first blank line: author and revision.
    header: bool,
    /// Within a paragraph, where less begins a new block.
    paragraph: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if let Some((kind, end)) = &self.fence {
            let (kind, ends) = (*kind, end == line);
            return self.fenced(kind, ends, line);
        }
        if line.is_empty() {
            self.builder.boundary();
            (self.header, self.paragraph) = (false, false);
            return;
        }
        if self.attribute(line) || self.opens_fence(line) || self.skips(line) {
            return;
        }
        let text = self.expanded(line);
        let marks = text.len() - text.trim_start_matches('=').len();
        if (1..=6).contains(&marks) && text[marks..].starts_with(' ') {
            self.builder.reset();
            self.builder.heading(u8::try_from(marks).unwrap_or(6));
            inline(&text[marks..], &mut self.builder);
            self.builder.end_heading();
            self.header = marks == 1;
        } else if self.header {
            // The author, the revision.
            self.builder.lose(Reason::Metadata, &text);
        } else if let Some(target) = text.strip_prefix("image::") {
            let (source, alt) = macro_parts(target);
            self.image(source, alt);
        } else if let Some(item) = item(&text) {
            self.builder.list();
            self.builder.item();
            inline(item, &mut self.builder);
            // Lines that follow belong to the item.
            self.builder.soft_break();
            self.paragraph = true;
        } else {
            if !self.paragraph {
                self.builder.reset();
            }
            self.paragraph = true;
            inline(&text, &mut self.builder);
            self.builder.soft_break();
        }
    }

    fn fenced(&mut self, kind: Fenced, ends: bool, line: &str) {
        match kind {
            Fenced::Code if ends => self.builder.end_code(),
            Fenced::Table if ends => self.builder.end_table(),
            Fenced::Code => {
                self.builder.text(line);
                self.builder.soft_break();
            }
            Fenced::Table if line.contains('|') => {
                let text = self.expanded(line);
                row(&mut self.builder, &unmarked(&text, &['*', '_', '`']));
            }
            Fenced::Table => self.builder.lose(Reason::Table, line),
            Fenced::Comment => self.builder.lose(Reason::Comment, line),
            Fenced::Hidden => self.builder.lose(Reason::Hidden, line),
        }
        if ends {
            self.fence = None;
            self.language.clear();
        }
    }

    /// `:name: value`
    fn attribute(&mut self, line: &str) -> bool {
        let Some((name, value)) = line.strip_prefix(':').and_then(|rest| rest.split_once(':'))
        else {
            return false;
        };
        if name.is_empty() || name.contains(' ') {
            return false;
        }
        let whole = self.expanded(value.trim());
        let end = whole.char_indices().nth(MAX_VALUE).map(|(at, _)| at);
        let (value, rest) = whole.split_at(end.unwrap_or(whole.len()));
        self.builder.lose(Reason::Metadata, rest);
        let is_used = matches!(name, "description" | "keywords");
        if is_used {
            self.builder.push(BlockKind::Paragraph, value);
        }
        let value = value.to_owned();
        let attribute = Attribute { value, is_used };
        if let Some(before) = self.attributes.insert(name.to_owned(), attribute)
            && !before.is_used
        {
            self.builder.lose(Reason::Metadata, &before.value);
        }
        true
    }

    fn opens_fence(&mut self, line: &str) -> bool {
        let first = line.chars().next().unwrap_or_default();
        let is_run = line.len() >= 4 && line.chars().all(|c| c == first);
        let kind = match first {
            '-' | '.' if is_run => Fenced::Code,
            '`' if line.starts_with("```") => Fenced::Code,
            '/' if is_run => Fenced::Comment,
            '+' if is_run => Fenced::Hidden,
            '|' | ',' | '!' if line[1..].starts_with("===") => Fenced::Table,
            _ => return false,
        };
        self.builder.reset();
        match kind {
            Fenced::Code => {
                let language = line.trim_start_matches('`').trim();
                let language = if first == '`' {
                    language
                } else {
                    &self.language
                };
                self.builder.code(language);
            }
            Fenced::Table => self.builder.table(),
            Fenced::Comment | Fenced::Hidden => {}
        }
        let end = if first == '`' { "```" } else { line };
        self.fence = Some((kind, end.to_owned()));
        true
    }

    /// Lines that are no text: comments, conditions, block attributes, delimiters.
    fn skips(&mut self, line: &str) -> bool {
        if let Some(list) = line
            .strip_prefix("[")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let mut parts = list.split(',');
            if parts.next() == Some("source") {
                let language = parts.next().unwrap_or_default();
                language.trim().clone_into(&mut self.language);
                parts.for_each(|part| self.builder.lose(Reason::Markup, part));
            } else {
                self.builder.lose(Reason::Markup, list);
            }
            return true;
        }
        let delimiter = matches!(line, "--" | "+" | "'''")
            || ["====", "****", "____"]
                .iter()
                .any(|d| line.starts_with(d) && line.trim_start_matches(&d[..1]).is_empty());
        if delimiter {
            self.builder.boundary();
            self.paragraph = false;
        }
        let reason = if line.starts_with("//") {
            Some(Reason::Comment)
        } else {
            let directive = DIRECTIVES.iter().find(|name| line.starts_with(**name));
            directive.map(|_| Reason::Markup)
        };
        if let Some(reason) = reason {
            let said = line.split_once("::").map_or(line, |(_, said)| said);
            self.builder.lose(
                reason,
                if reason == Reason::Comment {
                    line
                } else {
                    said
                },
            );
        }
        delimiter || reason.is_some()
    }

    /// A line with its `{attributes}` put in. Braces around anything else are text.
    fn expanded(&mut self, line: &str) -> String {
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(open) = rest.find('{') {
            let Some(len) = rest[open..].find('}') else {
                break;
            };
            text.push_str(&rest[..open]);
            let name = &rest[open + 1..open + len];
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
            if let Some(attribute) = self.attributes.get_mut(name) {
                attribute.is_used = true;
                text.push_str(&attribute.value);
            } else if name.chars().all(is_name) {
                self.builder.lose(Reason::Markup, name);
            } else {
                text.push('{');
                rest = &rest[open + 1..];
                continue;
            }
            rest = &rest[open + len + 1..];
        }
        text.push_str(rest);
        text
    }

    fn image(&mut self, source: &str, alt: &str) {
        image(source, alt, &mut self.builder);
    }
}

fn image(source: &str, label: &str, builder: &mut Builder) {
    let (alt, options) = label.split_once(',').unwrap_or((label, ""));
    builder.image(source);
    builder.text(alt);
    builder.end_image();
    builder.lose(Reason::Address, source);
    builder.lose(Reason::Markup, options);
}

/// The text of a list item, or a term with its definition.
fn item(line: &str) -> Option<&str> {
    let deep = line.trim_start().trim_start_matches(['*', '.', '-']);
    let marks = line.trim_start().len() - deep.len();
    if (1..=6).contains(&marks) && deep.starts_with(' ') {
        return Some(deep);
    }
    item_text(line).or_else(|| line.contains(":: ").then_some(line))
}

/// `target[text]` taken apart.
fn macro_parts(text: &str) -> (&str, &str) {
    match text.split_once('[') {
        Some((target, text)) => (target, text.trim_end_matches(']')),
        None => (text, ""),
    }
}

/// Text with its links and marks read.
fn inline(text: &str, builder: &mut Builder) {
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let Some(len) = rest[open..].find(']') else {
            break;
        };
        let before = &rest[..open];
        let target = before.rsplit(char::is_whitespace).next().unwrap_or("");
        let target_at = open - target.len();
        let label = &rest[open + 1..open + len];
        let is_link = target.contains("://")
            || ["link:", "xref:", "mailto:"]
                .iter()
                .any(|name| target.contains(name));
        if let Some(source) = target.strip_prefix("image:") {
            plain(&before[..target_at], builder);
            image(source, label, builder);
        } else if is_link {
            plain(&before[..target_at], builder);
            builder.link(target.trim_start_matches("xref:"));
            plain(label.trim_end_matches('^'), builder);
            builder.end_link();
            builder.lose(Reason::Address, target);
        } else {
            plain(&rest[..=open + len], builder);
        }
        rest = &rest[open + len + 1..];
    }
    plain(rest, builder);
}

fn plain(text: &str, builder: &mut Builder) {
    let mut text = text.replace("::", ":");
    for sign in ["(R)", "(TM)"] {
        if text.contains(sign) {
            text = text.replace(sign, "");
            builder.lose(Reason::Markup, sign);
        }
    }
    builder.text(&unmarked(&text, &['*', '_', '`', '#', '+']));
}
