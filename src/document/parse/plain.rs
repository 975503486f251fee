//! Plain text: paragraphs, and the little markup that everyone types anyway.

use crate::document::parse::block::Block;
use crate::document::parse::builder::Builder;
use crate::document::parse::lines::{indent, item_text};

/// The longest line that can be a heading, in characters.
const MAX_HEADING: usize = 80;

/// Reads plain text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    body(text, true)
}

/// Reads plain text; whether its first line may be its title, which elsewhere it has.
pub(super) fn body(text: &str, may_have_title: bool) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut builder = Builder::new();
    let mut is_first = may_have_title;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        let next = lines.get(at + 1).map_or("", |line| line.trim());
        let blank_before = at == 0 || lines[at - 1].trim().is_empty();
        if line.is_empty() || is_ruler(line) {
            builder.reset();
            at += 1;
            continue;
        }
        let underlined = is_ruler(next) && line.chars().count() <= MAX_HEADING;
        let stands_alone = blank_before && next.is_empty() && indent(lines[at]) == 0;
        if underlined || stands_alone && (is_first && is_short(line) || is_shouted(line)) {
            builder.reset();
            builder.heading(if is_first { 1 } else { 2 });
            builder.text(line);
            builder.end_heading();
            at += usize::from(underlined);
        } else if let Some(item) = item_text(lines[at]) {
            builder.list();
            builder.item();
            builder.text(item);
            builder.soft_break();
        } else {
            builder.text(line);
            builder.soft_break();
        }
        is_first = false;
        at += 1;
    }
    builder.finish()
}

fn is_ruler(line: &str) -> bool {
    let mark = line.chars().next().unwrap_or_default();
    line.len() >= 3
        && matches!(mark, '=' | '-' | '~' | '*' | '_' | '#')
        && line.chars().all(|c| c == mark)
}

/// Whether a line could be a title: short, and no sentence.
fn is_short(line: &str) -> bool {
    line.chars().count() <= MAX_HEADING
        && !line.ends_with(['.', '!', '?', ':', '。', '！', '？', '：'])
}

/// Whether a line is a heading in capitals, as in manual pages.
fn is_shouted(line: &str) -> bool {
    is_short(line) && line.chars().any(char::is_uppercase) && !line.chars().any(char::is_lowercase)
}
