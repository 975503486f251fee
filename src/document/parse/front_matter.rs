//! Front matter: what a document says of itself before its text, in YAML or TOML.
//!
//! Read as lines of `key: value`, not as YAML: a title and a description are all
//! that is wanted, and a broken line should cost that line alone.

use crate::document::parse::block::BlockKind;
use crate::document::parse::builder::Builder;

/// Longer front matter is none: a rule at the document's head, perhaps.
const MAX_LINES: usize = 200;

/// Reads front matter; gives what follows it.
pub(super) fn read<'t>(text: &'t str, builder: &mut Builder) -> &'t str {
    let Some((matter, rest)) = split(text) else {
        return text;
    };
    let mut title = None;
    let mut description = None;
    let mut words: Vec<&str> = Vec::new();
    let mut in_words = false;
    for line in matter.lines() {
        if let Some(word) = line.trim_start().strip_prefix("- ") {
            if in_words {
                words.push(unquoted(word));
            }
            continue;
        }
        let Some((key, value)) = line.split_once([':', '=']) else {
            continue;
        };
        let value = unquoted(value);
        in_words = false;
        match key.trim().to_lowercase().as_str() {
            "title" | "name" => title = title.or(Some(value)),
            "description" | "summary" | "tagline" | "subtitle" | "excerpt" => {
                description = description.or(Some(value));
            }
            "tags" | "keywords" | "categories" | "topics" | "pipeline_tag" => {
                in_words = true;
                let list = value.trim_matches(['[', ']']).split(',');
                words.extend(list.map(unquoted));
            }
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    if let Some(title) = title {
        builder.push(BlockKind::Title, title);
    }
    if let Some(description) = description {
        builder.push(BlockKind::Paragraph, description);
    }
    if !words.is_empty() {
        builder.push(BlockKind::Item, &words.join(", "));
    }
    rest
}

/// The lines between two fences at the head of a text, and what follows them.
fn split(text: &str) -> Option<(&str, &str)> {
    let fence = ["---", "+++"]
        .into_iter()
        .find(|fence| text.starts_with(fence))?;
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').take(MAX_LINES).enumerate() {
        let end = at + line.len();
        match (n, line.trim_end()) {
            (0, first) if first != fence => return None,
            // A rule, then text.
            (1, "") => return None,
            (1.., last) if last == fence => {
                let head = text.find('\n')? + 1;
                return Some((&text[head..at], &text[end..]));
            }
            _ => at = end,
        }
    }
    None
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['"', '\'']).trim()
}
