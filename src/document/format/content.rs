//! What a text says of the markup that it is in.

use std::borrow::Cow;

use crate::document::format::Format;
use crate::document::words::is_element;

/// As much of a text is looked at, in bytes.
const SAMPLE: usize = 16 << 10;

/// Tells a text's markup by what is in it.
pub(super) fn by_content(text: &str) -> Format {
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let head = without_comments(sample);
    let head = head[..head.floor_char_boundary(200)].to_lowercase();
    let pages = [
        "<!doctype html",
        "<html",
        "<?xml",
        "<head",
        "<body",
        "<rss",
        "<feed xmlns",
        "<rdf:rdf",
    ];
    let begins_page = |mark: &str| {
        let rest = head.strip_prefix(mark);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-'))
    };
    if pages.into_iter().any(begins_page) {
        return Format::Html;
    }
    if is_notebook(text) {
        return Format::Notebook;
    }
    if is_mail(sample) {
        return Format::Mail;
    }
    if is_manual(sample) {
        return Format::Man;
    }
    let is_piece = is_piece(&head, text);
    // In scripts lines begin as they do in Markdown.
    let shown = if is_piece {
        without_code(sample)
    } else {
        sample.into()
    };
    let lines = || shown.lines().map(str::trim);
    let begins =
        |marks: &[&str]| lines().any(|line| marks.iter().any(|mark| line.starts_with(mark)));
    if begins(&[
        "#+title",
        "#+TITLE",
        "#+begin_",
        "#+BEGIN_",
        "#+options",
        "#+OPTIONS",
    ]) {
        return Format::Org;
    }
    let first = lines().find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with("= ") || begins(&["[source,", "image::", "ifdef::", "|==="]) {
        return Format::AsciiDoc;
    }
    let is_markdown = shown.contains("](") || begins(&["# ", "## ", "### ", "```", "**"]);
    // Lists and rules are typed and read in plain text as well: next to tags they tell.
    let is_mixed = is_markdown
        || begins(&["- ", "* ", "1. ", "> ", "===", "---", "|"])
        || is_piece && has_paragraphs(&shown);
    if is_piece && !is_mixed {
        return Format::Html;
    }
    let is_markdown = is_markdown || begins(&["<p", "<div", "<img", "<h1"]);
    let is_rst = lines()
        .any(|line| line.starts_with(".. ") && (line.contains("::") || line.starts_with(".. _")));
    if is_rst || !is_markdown && sample.contains("`_") {
        return Format::Rst;
    }
    if is_markdown || sample.contains("**") {
        return Format::Markdown;
    }
    match sample
        .match_indices('<')
        .any(|(at, _)| is_tag(&sample[at..]))
    {
        true if is_mixed => Format::Markdown,
        true => Format::Html,
        false => Format::Plain,
    }
}

/// A text from behind the comments at its head on.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        match comment.split_once("-->") {
            Some((_, after)) => rest = after.trim_start(),
            None => break,
        }
    }
    rest
}

/// Whether a text begins as a piece of a page does: with an element that has attributes, an end,
/// or another one in it. In a sentence about one, words follow. `head` is its beginning in lower
/// case.
fn is_piece(head: &str, text: &str) -> bool {
    let Some(rest) = head.strip_prefix('<') else {
        return false;
    };
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let (name, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
    // Whoever makes up an element puts a hyphen into its name.
    let is_own = name.contains('-') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !(is_own || is_element(name)) || !after.starts_with([' ', '\n', '\r', '\t', '>', '/']) {
        return false;
    }
    let (tag, inner) = after.split_once('>').unwrap_or((after, ""));
    let word = inner.strip_prefix(' ').unwrap_or_default();
    let is_said = tag.is_empty() && word.starts_with(char::is_lowercase);
    let has_inner = inner.trim_start().starts_with('<');
    tag.contains('=')
        || !is_said
            && (has_inner || text.contains(&format!("</{name}")) || {
                let sample = &text[..text.floor_char_boundary(SAMPLE)];
                sample
                    .match_indices('<')
                    .any(|(at, _)| is_tag(&sample[at..]))
            })
}

/// Whether there are paragraphs without any tag between blank lines, as there are in Markdown that
/// begins with HTML.
fn has_paragraphs(text: &str) -> bool {
    let text = text.replace('\r', "");
    let mut parts = text.split("\n\n").skip(1);
    parts.any(|part| {
        let part = part.trim_start_matches('\n');
        part.contains(char::is_alphanumeric)
            && !part.contains(['<', '>'])
            && !part.starts_with(['\t', ' '])
    })
}

/// A piece of a page without scripts, styles and what is set as it was typed.
fn without_code(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    let mut kept = String::new();
    let mut at = 0;
    for (open, _) in lower.match_indices('<') {
        let names = ["script", "style", "pre", "textarea", "svg"];
        let name = names
            .iter()
            .find(|name| lower[open + 1..].starts_with(**name));
        if let Some(name) = name.filter(|_| open >= at) {
            kept.push_str(&text[at..open]);
            let end = lower[open..].find(&format!("</{name}"));
            at = end.map_or(text.len(), |end| open + end);
        }
    }
    kept.push_str(&text[at..]);
    Cow::Owned(kept)
}

/// Elements whose ends tell that a text has markup.
const ELEMENTS: [&str; 46] = [
    "a",
    "address",
    "article",
    "aside",
    "b",
    "blockquote",
    "br",
    "center",
    "code",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "li",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "tr",
    "u",
    "ul",
];

/// Whether markup begins here that nobody types in running text: the end of an element,
/// or a line break.
fn is_tag(text: &str) -> bool {
    let head = text[..text.floor_char_boundary(16)].to_lowercase();
    match head.strip_prefix("</") {
        Some(rest) => {
            let name = rest.split('>').next().unwrap_or_default();
            rest.contains('>') && ELEMENTS.contains(&name)
        }
        None => ["<br>", "<br/>", "<br />"]
            .iter()
            .any(|tag| head.starts_with(tag)),
    }
}

/// Whether a text is a notebook, or what is left of one: the version stands at its end.
pub(super) fn is_notebook(text: &str) -> bool {
    let holds = |name: &str| text.contains(name);
    text.trim_start().starts_with('{')
        && (holds("\"cells\"") || holds("\"worksheets\""))
        && (holds("\"nbformat\"") || holds("\"cell_type\""))
}

/// Whether a text begins with the headers of a mail.
fn is_mail(text: &str) -> bool {
    const TELLING: [&str; 10] = [
        "from",
        "to",
        "subject",
        "date",
        "received",
        "message-id",
        "mime-version",
        "return-path",
        "delivered-to",
        "content-type",
    ];
    let mut lines = text.lines();
    if text.starts_with("From ") {
        lines.next();
    }
    let mut told = 0;
    for line in lines.take(200) {
        let is_more = line.starts_with([' ', '\t']) && told > 0;
        match line.split_once(':') {
            _ if is_more => {}
            Some((name, _)) if is_header(name) => {
                told += usize::from(TELLING.contains(&name.to_lowercase().as_str()));
            }
            _ => return line.is_empty() && told >= 3,
        }
    }
    false
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether a text is in the macros of manual pages: its first line that is no comment names
/// the page.
fn is_manual(text: &str) -> bool {
    let is_comment = |line: &str| {
        line.is_empty()
            || [".\\\"", "'\\\"", "\\\""]
                .iter()
                .any(|mark| line.starts_with(mark))
    };
    let names = |line: &str| {
        [".TH ", ".Dd ", ".Dt "]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let mut lines = text.lines().filter(|line| !is_comment(line));
    // Settings may stand before.
    let mut head = lines
        .by_ref()
        .take_while(|line| line.starts_with(['.', '\'']));
    head.by_ref().take(100).any(names)
}
