//! RSS and Atom: what a feed is called, and what its entries say.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::text::has_letters;
use crate::document::parse::{html, xhtml};
use crate::document::piece::Reason;

/// As much of a text is looked at, in bytes.
const HEAD: usize = 2048;

/// Elements that tell what a feed, or an entry, is about: in plain text, or as a page.
const TOLD: [&str; 7] = [
    "description",
    "subtitle",
    "summary",
    "content",
    "content:encoded",
    "itunes:summary",
    "media:description",
];

/// Whether a text is a feed, by the element that it begins with behind what every text in XML may
/// begin with.
pub(in crate::document) fn is_feed(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(HEAD)];
    if !head.trim_start().starts_with('<') {
        return false;
    }
    let mut tags = head.split('<').skip(1);
    let first = tags.find(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    let name = first.and_then(|tag| tag.split([' ', '>', '\n', '\r', '\t']).next());
    match name {
        Some("rss" | "rdf:RDF") => head.contains("<channel"),
        Some("feed") => head.contains("http://www.w3.org/2005/Atom") || head.contains("<entry"),
        _ => false,
    }
}

/// Reads a feed, or else a page.
pub(super) fn feed_or_page(text: &str) -> Vec<Block> {
    blocks(text).unwrap_or_else(|| html::content(text))
}

/// Reads a feed; nothing where it is none.
fn blocks(text: &str) -> Option<Vec<Block>> {
    if !is_feed(text) {
        return None;
    }
    let mut feed = Feed {
        builder: Builder::new(),
        text: String::new(),
        entries: 0,
        open: String::new(),
        told: None,
    };
    let text = xhtml::rewritten(text);
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // Nothing is raw text in XML.
    emitter.naively_switch_states(false);
    let mut end = 0;
    for Ok(token) in Tokenizer::new_with_emitter(&text, emitter) {
        match token {
            Token::StartTag(tag) => {
                end = tag.span.end;
                let name = String::from_utf8_lossy(&tag.name);
                if feed.told.is_some() {
                    // What is told in tags is told as a page.
                    feed.text.push_str(&text[tag.span.start..end]);
                    continue;
                }
                feed.rest();
                feed.open = name.to_string();
                feed.told = TOLD.into_iter().find(|told| *told == name);
                feed.entries += usize::from(matches!(&*name, "item" | "entry"));
                for value in tag.attributes.values() {
                    let value = String::from_utf8_lossy(value);
                    let reason = if value.contains("://") {
                        Reason::Address
                    } else {
                        Reason::Metadata
                    };
                    feed.builder.lose(reason, &value);
                }
            }
            Token::EndTag(tag) => {
                end = tag.span.end;
                let name = String::from_utf8_lossy(&tag.name);
                match feed.told {
                    Some(told) if told != name => {
                        feed.text.push_str(&text[tag.span.start..end]);
                    }
                    _ => feed.end(&name),
                }
            }
            Token::String(told) => {
                end = told.span.end;
                feed.text.push_str(&String::from_utf8_lossy(&told));
            }
            Token::Comment(comment) => {
                end = comment.span.end;
                let comment = String::from_utf8_lossy(&comment);
                feed.builder.lose(Reason::Comment, &comment);
            }
            Token::Doctype(doctype) => end = doctype.span.end,
            Token::Error(_) => {}
        }
    }
    // What is not closed is read all the same.
    let open = std::mem::take(&mut feed.open);
    feed.end(&open);
    // A tag that is cut off.
    feed.builder
        .lose(Reason::Markup, text.get(end..).unwrap_or_default());
    Some(feed.builder.finish())
}

struct Feed {
    builder: Builder,
    /// The text of the element that is open.
    text: String,
    entries: usize,
    /// The last element that was opened.
    open: String,
    /// Within one of the elements that tell.
    told: Option<&'static str>,
}

impl Feed {
    /// An element ends: what it holds is read if it says what the feed, or an entry, is about.
    fn end(&mut self, name: &str) {
        let text = std::mem::take(&mut self.text);
        match name {
            "title" if self.entries == 0 => self.builder.push(BlockKind::Title, &plain(&text)),
            "title" => {
                self.builder.heading(2);
                self.builder.text(&plain(&text));
                self.builder.end_heading();
            }
            _ if self.told.take().is_some() => {
                if text.contains(['<', '&']) {
                    self.builder.append(html::content(&text));
                } else {
                    self.builder.push(BlockKind::Paragraph, &text);
                }
            }
            "category" => self.builder.push(BlockKind::Item, &text),
            "link" | "guid" | "id" | "url" => self.builder.lose(Reason::Address, &text),
            _ => {
                self.text = text;
                self.rest();
            }
        }
    }

    /// What stands in no element that is read.
    fn rest(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.builder.lose(Reason::Metadata, &text);
    }
}

/// A title without the tags that may be in it.
fn plain(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let blocks = html::content(text);
    let read = blocks
        .iter()
        .filter(|b| !matches!(b.kind, BlockKind::Lost(_)));
    let told: Vec<&str> = read.map(|block| block.text.as_str()).collect();
    let told = told.join(" ");
    if has_letters(&told) {
        told
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(BlockKind, String)> {
        let blocks = blocks(text).unwrap().into_iter();
        blocks.map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn titles_and_descriptions_are_read() {
        let rss = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Otters &amp; co</title>\
            <description>All on otters</description><item><title>Ferry</title>\
            <link>https://o.example/1</link><pubDate>1 May</pubDate>\
            <description><![CDATA[<p>Seen <b>there</b>.</p>]]></description></item></channel></rss>";
        let expected = [
            (BlockKind::Title, "Otters & co"),
            (BlockKind::Lost(Reason::Metadata), "2.0"),
            (BlockKind::Paragraph, "All on otters"),
            (BlockKind::Heading(2), "Ferry"),
            (BlockKind::Lost(Reason::Address), "https://o.example/1"),
            (BlockKind::Lost(Reason::Metadata), "1 May"),
            (BlockKind::Paragraph, "Seen there."),
        ];
        let found = told(rss);
        // Cut off, it is read so far.
        let cut = "<rss><channel><title>Otters</title><item><title>Three";
        assert_eq!(
            told(cut).last(),
            Some(&(BlockKind::Heading(2), "Three".to_owned()))
        );
        for (kind, text) in expected {
            assert!(
                found.contains(&(kind, text.to_owned())),
                "{text} in {found:?}"
            );
        }
    }

    #[test]
    fn feeds_are_known_by_their_first_element() {
        for (text, is) in [
            ("<!-- a --><rdf:RDF><channel>", true),
            ("<feed xmlns=\"http://www.w3.org/2005/Atom\">", true),
            ("<feed> is an element", false),
            ("<html><feed><entry>", false),
            ("Feeds: <rss><channel>", false),
        ] {
            assert_eq!(is_feed(text), is, "{text}");
        }
    }
}
