//! What a text says of the markup that it is in.

use crate::document::format::Format;

/// As much of a text is looked at, in bytes.
const SAMPLE: usize = 16 << 10;

/// Tells a text's markup by what is in it.
pub(super) fn by_content(text: &str) -> Format {
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let lines = || sample.lines().map(str::trim);
    let begins =
        |marks: &[&str]| lines().any(|line| marks.iter().any(|mark| line.starts_with(mark)));
    let head = without_comments(sample);
    let head = head[..head.floor_char_boundary(200)].to_lowercase();
    let pages = ["<!doctype html", "<html", "<?xml", "<head", "<body"];
    if pages.iter().any(|mark| head.starts_with(mark)) {
        return Format::Html;
    }
    if head.starts_with('{') && sample.contains("\"cells\"") && text.contains("\"nbformat\"") {
        return Format::Notebook;
    }
    if is_mail(sample) {
        return Format::Mail;
    }
    if is_manual(sample) {
        return Format::Man;
    }
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
    let is_markdown = sample.contains("](") || begins(&["# ", "## ", "### ", "```", "**"]);
    // Lists and rules are typed and read in plain text as well: next to tags they tell.
    let is_mixed = is_markdown || begins(&["- ", "* ", "1. ", "> ", "===", "---", "|"]);
    if element(&head) && !is_mixed {
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

/// Elements that a piece of a page is made of.
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

/// Whether a text, in lower case, begins with an element's tag.
fn element(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('<') else {
        return false;
    };
    let is_end = |c: char| !c.is_ascii_alphanumeric();
    let (name, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
    ELEMENTS.contains(&name) && after.starts_with([' ', '\n', '\t', '>', '/'])
}

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
