//! XHTML: pages by the rules of XML, put as a reader of HTML takes them.
//!
//! `<script/>` is an element without content there, and a section of `CDATA` is text.

use std::borrow::Cow;

/// As much of a page is looked at, in bytes.
const HEAD: usize = 2048;

/// The longest tag, in bytes.
const MAX_TAG: usize = 4096;

/// Elements that have no content in HTML either, and no end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// A page as HTML.
pub(super) fn as_html(text: &str) -> Cow<'_, str> {
    if is_xhtml(text) && (text.contains("/>") || text.contains("<![CDATA[")) {
        Cow::Owned(rewritten(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a page says that it is XML.
fn is_xhtml(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(HEAD)];
    head.trim_start().starts_with("<?xml")
        || head.contains("//DTD XHTML ")
        || head.contains("http://www.w3.org/1999/xhtml")
}

/// What is written by the rules of XML as HTML.
pub(super) fn rewritten(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        html.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let len = data.find("]]>").unwrap_or(data.len());
            html.push_str(&data[..len].replace('&', "&amp;").replace('<', "&lt;"));
            rest = data[len..].strip_prefix("]]>").unwrap_or_default();
            continue;
        }
        let len = if rest.starts_with("<!--") {
            rest.find("-->").map_or(rest.len(), |end| end + 3)
        } else {
            tag_len(rest)
        };
        let tag = &rest[..len];
        rest = &rest[len..];
        let name = tag[1..].split(|c: char| c.is_whitespace() || matches!(c, '/' | '>'));
        let name = name.into_iter().next().unwrap_or_default();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        match tag.strip_suffix("/>") {
            Some(open) if is_name && !VOID.contains(&name.to_ascii_lowercase().as_str()) => {
                html.push_str(open);
                html.push_str("></");
                html.push_str(name);
                html.push('>');
            }
            _ => html.push_str(tag),
        }
    }
    html.push_str(rest);
    html
}

/// How long a tag is, from its `<` on; 1 where it is none, or longer than any should be.
fn tag_len(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(MAX_TAG) {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return at + 1,
            (None, b'<') if at > 0 => return at,
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_without_content_are_closed() {
        for (xhtml, html) in [
            ("<?xml?><script/>a", "<?xml?><script></script>a"),
            ("<?xml?><a b='/>'/><br/>", "<?xml?><a b='/>'></a><br/>"),
            ("<?xml?><![CDATA[a<b]]>", "<?xml?>a&lt;b"),
            ("<?xml?><!-- <a/> --><p/>", "<?xml?><!-- <a/> --><p></p>"),
            ("<?xml?>1 < 2 <a/>", "<?xml?>1 < 2 <a></a>"),
            ("<p/>", "<p/>"),
        ] {
            assert_eq!(as_html(xhtml), html);
        }
    }
}
