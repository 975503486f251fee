//! One name a line, where it is plain that lines are names.

use crate::table::{DELIMITERS, Dialect, Row, Rows, delimiter_name};
use crate::tags::parse::roles::Roles;
use crate::tags::parse::{Unchecked, header_reason};
use crate::tags::{Place, TagError, TagId, TagSet};

/// Reads it, or says why lines are probably something else.
pub(super) fn parse(text: &str) -> Result<TagSet, TagError> {
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
    let filled: Vec<(u64, &str)> = lines
        .into_iter()
        .filter(|(_, l)| !l.trim().is_empty())
        .collect();
    if let Some((line, reason)) = doubt(&filled) {
        return Err(TagError::Unclear { line, reason });
    }
    let mut list = Unchecked::default();
    for (line, name) in filled {
        let id = TagId::from_text(name.trim());
        list.add(Place::Line(line), id, name.to_owned(), None)?;
    }
    list.finish()
}

/// What speaks against lines that are names: the line, and why.
fn doubt(lines: &[(u64, &str)]) -> Option<(u64, String)> {
    let &(first, text) = lines.first()?;
    if lines.len() > 1 && Roles::heads(text) {
        return Some((first, header_reason(text)));
    }
    columns(lines)
        .or_else(|| {
            lines
                .iter()
                .find_map(|&(line, text)| Some((line, markup(text)?)))
        })
        .or_else(|| {
            let all = |test: fn(&str) -> bool| {
                lines.len() > 1 && lines.iter().all(|(_, l)| test(l.trim()))
            };
            let reason = if all(is_numbered) {
                "all lines have a number in front"
            } else if all(|line| line.starts_with("* ") || line.starts_with("+ ")) {
                "all lines have a bullet in front"
            } else if all(|line| line.contains(": ") || line.ends_with(':')) {
                "all lines have a `:` in them, as if what stands before it were an id or a name"
            } else {
                return None;
            };
            Some((first, reason.to_owned()))
        })
}

/// Whether lines are rather rows: a line in which they are, and why.
fn columns(lines: &[(u64, &str)]) -> Option<(u64, String)> {
    for delimiter in DELIMITERS {
        let counts: Vec<usize> = lines
            .iter()
            .map(|(_, line)| cells(line, delimiter))
            .collect();
        let &count = counts.first()?;
        let name = delimiter_name(delimiter);
        if count > 1 && counts.iter().all(|&other| other == count) {
            let line = lines.first()?.0;
            let reason = format!(
                "each line has {count} columns with `{name}` between them, and there is no header"
            );
            return Some((line, reason));
        }
        let separator = char::from(delimiter);
        let is_number = |line: &str| {
            let cell = line.split(separator).next().unwrap_or_default().trim();
            !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit()) && line.contains(separator)
        };
        if lines.iter().all(|(_, line)| is_number(line)) {
            let reason =
                format!("each line has a number and `{name}` in front, and there is no header");
            return Some((lines.first()?.0, reason));
        }
    }
    None
}

/// How many cells a line has.
fn cells(line: &str, delimiter: u8) -> usize {
    let quotes = true;
    let mut rows = Rows::new(
        line.as_bytes(),
        Dialect { delimiter, quotes },
        u64::MAX >> 1,
    );
    let mut row = Row::default();
    match rows.read(&mut row) {
        Ok(Some(Ok(()))) => row.len(),
        _ => 0,
    }
}

/// Why a line is no name by itself.
fn markup(line: &str) -> Option<String> {
    let trimmed = line.trim();
    let reason = if line.trim_end().contains('\t') {
        "there is a tab in it"
    } else if trimmed.starts_with('"') {
        "it begins with a quote, as if it were CSV or JSON"
    } else if trimmed.starts_with("# ") {
        "it begins like a comment or a heading"
    } else if trimmed.starts_with('<') && trimmed.ends_with('>') {
        "it is an element of HTML or XML"
    } else if trimmed
        .split_once('=')
        .is_some_and(|(_, value)| value.trim_start().starts_with(['[', '"']))
    {
        "it looks like TOML"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

/// Whether a line begins like `1. ` or `1) `.
fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "))
}
