//! Emacs' org mode.

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{item_text, row, unmarked};
use crate::document::parse::text::has_letters;
use crate::document::piece::Reason;

/// Keywords that a heading may begin with, and that say how far a task is.
const STATES: [&str; 2] = ["TODO ", "DONE "];
/// A drawer has at most so many lines.
const MAX_DRAWER: usize = 64;

/// Reads an org document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = Builder::new();
    let mut lines = text.lines();
    let mut paragraph = false;
    let mut table = false;
    while let Some(line) = lines.next() {
        let text = line.trim();
        let is_row = text.starts_with('|');
        if table && !is_row {
            builder.end_table();
        }
        if is_row && !table {
            builder.table();
        }
        table = is_row;
        if let Some(keyword) = text.strip_prefix("#+") {
            builder.reset();
            paragraph = false;
            setting(keyword, &mut lines, &mut builder);
        } else if let Some((level, heading, tags)) = heading(line) {
            builder.reset();
            builder.heading(level);
            inline(heading, &mut builder);
            builder.lose(Reason::Markup, tags);
            builder.end_heading();
            paragraph = false;
        } else if is_row {
            if !text.starts_with("|-") || has_letters(text) {
                row(&mut builder, &unmarked(text, &['*', '=', '~']));
            }
        } else if is_drawer(text) && ends(lines.clone()) {
            builder.lose(Reason::Metadata, text);
            for line in lines.by_ref().take_while(|line| !is_end(line)) {
                builder.lose(Reason::Metadata, line);
            }
        } else if text.is_empty() {
            builder.boundary();
            paragraph = false;
        } else if let Some(item) = item_text(line).filter(|_| !line.starts_with('*')) {
            builder.list();
            builder.item();
            inline(
                item.trim_start_matches("[ ]").trim_start_matches("[X]"),
                &mut builder,
            );
            paragraph = true;
        } else if text.starts_with("# ") {
            builder.lose(Reason::Comment, text);
        } else {
            if !paragraph {
                builder.reset();
            }
            paragraph = true;
            builder.soft_break();
            inline(text, &mut builder);
        }
    }
    builder.finish()
}

/// `#+KEY: value`, or a block that `#+END_…` ends.
fn setting<'t>(keyword: &str, lines: &mut impl Iterator<Item = &'t str>, builder: &mut Builder) {
    let lower = keyword.to_lowercase();
    if let Some(begin) = lower.strip_prefix("begin_") {
        let mut words = begin.split(' ');
        let name = words.next().unwrap_or_default();
        let hides = match name {
            "src" | "example" => None,
            "comment" => Some(Reason::Comment),
            "export" => Some(Reason::Hidden),
            // Its lines are read as text; the end line is skipped as a setting.
            _ => return words.for_each(|word| builder.lose(Reason::Markup, word)),
        };
        if hides.is_none() {
            builder.code(words.next().unwrap_or_default());
        }
        for line in lines.by_ref() {
            if line.trim().to_lowercase().starts_with("#+end_") {
                break;
            }
            if let Some(reason) = hides {
                builder.lose(reason, line);
            } else {
                builder.text(line);
                builder.soft_break();
            }
        }
        builder.end_code();
        return words.for_each(|word| builder.lose(Reason::Markup, word));
    }
    if let Some(end) = lower.strip_prefix("end_") {
        let behind = end.split_once(' ').map_or("", |(_, behind)| behind);
        return builder.lose(Reason::Markup, behind);
    }
    let Some((key, value)) = keyword.split_once(':') else {
        return builder.lose(Reason::Metadata, keyword);
    };
    match key.to_lowercase().as_str() {
        "title" => {
            builder.heading(1);
            builder.text(value);
            builder.end_heading();
        }
        "subtitle" | "description" | "keywords" | "filetags" => {
            builder.push(BlockKind::Paragraph, value);
        }
        _ => builder.lose(Reason::Metadata, keyword),
    }
}

/// Whether a drawer that has begun also ends.
fn ends<'t>(lines: impl Iterator<Item = &'t str>) -> bool {
    let in_reach = lines.take(MAX_DRAWER);
    let mut inside = in_reach.take_while(|line| heading(line).is_none());
    inside.any(is_end)
}

fn is_end(line: &str) -> bool {
    line.trim().eq_ignore_ascii_case(":END:")
}

/// A heading's level and text without its state and its tags, and these.
fn heading(line: &str) -> Option<(u8, &str, &str)> {
    let rest = line.trim_start_matches('*');
    let level = line.len() - rest.len();
    if level == 0 || !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim();
    let rest = STATES
        .iter()
        .find_map(|state| rest.strip_prefix(state))
        .unwrap_or(rest);
    let (text, tags) = match rest.rsplit_once(" :") {
        Some((text, tags)) if tags.ends_with(':') && !tags.contains(' ') => (text, tags),
        _ => (rest, ""),
    };
    // Level one is a section: the document's name is its `#+TITLE`.
    Some((u8::try_from(level).unwrap_or(6).min(6), text, tags))
}

/// `:PROPERTIES:` and the like.
fn is_drawer(line: &str) -> bool {
    let name = line
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'));
    name.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

/// Text with its links and marks read.
fn inline(text: &str, builder: &mut Builder) {
    let mut rest = text;
    while let Some(open) = rest.find("[[") {
        let Some(len) = rest[open..].find("]]") else {
            break;
        };
        plain(&rest[..open], builder);
        let link = &rest[open + 2..open + len];
        if let Some((target, label)) = link.split_once("][") {
            builder.link(target);
            plain(label, builder);
            builder.end_link();
            builder.lose(Reason::Address, target);
        } else {
            // Without a text: an image, or a bare address.
            builder.image(link);
            builder.end_image();
            builder.lose(Reason::Address, link);
        }
        rest = &rest[open + len + 2..];
    }
    plain(rest, builder);
}

fn plain(text: &str, builder: &mut Builder) {
    builder.text(&unmarked(text, &['*', '/', '=', '~', '+', '_']));
}
