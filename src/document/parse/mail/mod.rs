//! Mail: its subject, and what was written, in whichever part it stands. What goes along is
//! named, with its text if it has any, and not read.

mod calendar;
mod decoded;

use std::collections::HashSet;
use std::ops::Range;

use mail_parser::{
    Encoding, HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::mail::decoded::{as_far_as_it_goes, missing_boundary};
use crate::document::parse::text::letters;
use crate::document::parse::{feed, markdown, plain};
use crate::document::piece::Reason;

/// Messages in messages, and parts in parts, are read so deep.
const MAX_DEPTH: usize = 16;

/// A mail with more messages and lists of parts in it is not taken apart: dropped, one within the
/// other, they would take a call each.
const MAX_MESSAGES: usize = 1000;

/// Of the forms of a text the plainest is read if it says this part, one in so many, of what
/// the fullest says: "Your program cannot show this mail" is none.
const REAL: usize = 3;

/// Reads a mail; nothing where it is none.
pub(super) fn blocks(text: &str) -> Option<Vec<Block>> {
    let first = text.lines().find(|line| !line.starts_with("From "))?;
    if !is_header(first) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let nested = |kind: &str| lower.matches(kind).count();
    if nested("message/") + nested("multipart/") > MAX_MESSAGES {
        return None;
    }
    let message = MessageParser::default().parse(text.as_bytes())?;
    let mut builder = Builder::new();
    if let Some(subject) = message.subject() {
        builder.push(BlockKind::Title, subject);
    }
    builder.append(Reader::of(text, 0).whole(&message));
    Some(builder.finish())
}

/// Reads the parts of a mail.
struct Reader<'t> {
    /// The mail. It was decoded with the whole file, whatever its parts' headers say.
    raw: &'t str,
    /// What of it is in parts.
    seen: Vec<Range<usize>>,
    /// The lines between parts.
    boundaries: HashSet<String>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn of(raw: &'t str, depth: usize) -> Self {
        Self {
            raw,
            seen: Vec::new(),
            boundaries: HashSet::new(),
            depth,
        }
    }

    /// All of a mail but its subject.
    fn whole(mut self, message: &Message<'_>) -> Vec<Block> {
        let mut builder = Builder::new();
        builder.append(self.part(message, 0));
        // No program shows what stands before the first part, and behind the last.
        builder.lose(Reason::Hidden, &self.between());
        builder.finish()
    }

    fn part(&mut self, message: &Message<'_>, id: usize) -> Vec<Block> {
        let mut builder = Builder::new();
        let Some(part) = message.parts.get(id).filter(|_| self.depth < MAX_DEPTH) else {
            return Vec::new();
        };
        self.depth += 1;
        let headers = self.headers(part, id == 0);
        // The blank line in front of the text may be missing.
        let is_text = id > 0 && !headers.lines().any(is_header);
        if is_text {
            builder.append(written_by_hand(&headers));
        }
        match &part.body {
            PartType::Multipart(ids) => {
                let boundary = part
                    .content_type()
                    .and_then(|kind| kind.attribute("boundary"));
                self.boundaries.extend(boundary.map(str::to_owned));
                let ids = ids.iter().map(|&id| id as usize);
                let parts = ids.map(|id| self.part(message, id)).collect();
                let parts = if kind(part).1 == "alternative" {
                    one_of(parts)
                } else {
                    parts
                };
                for part in parts {
                    builder.append(part);
                }
            }
            PartType::Message(inner) => self.forwarded(part, inner, &mut builder),
            _ => self.leaf(part, id == 0, &mut builder),
        }
        self.depth -= 1;
        if !is_text {
            builder.lose(Reason::Metadata, &headers);
        }
        builder.finish()
    }

    /// The headers of a part; of a message without its subject, which is read.
    fn headers(&mut self, part: &MessagePart<'_>, is_message: bool) -> String {
        let all = part.offset_header as usize..part.offset_body as usize;
        self.seen.push(all.clone());
        let mut headers = part.headers.iter().rev();
        let subject = headers.find(|header| is_message && header.name == HeaderName::Subject);
        let (from, to) = subject.map_or((all.end, all.end), |header| {
            (header.offset_field as usize, header.offset_end as usize)
        });
        let text = |range: Range<usize>| self.raw.get(range).unwrap_or_default();
        format!("{}{}", text(all.start..from), text(to..all.end))
    }

    /// A message in another: what it is on, and what it says.
    fn forwarded(&mut self, part: &MessagePart<'_>, inner: &Message<'_>, builder: &mut Builder) {
        if let Some(subject) = inner.subject() {
            builder.heading(2);
            builder.text(subject);
            builder.end_heading();
        }
        if part.encoding == Encoding::None {
            builder.append(self.part(inner, 0));
        } else {
            self.seen.push(body(part));
            let raw = String::from_utf8_lossy(&inner.raw_message);
            builder.append(Reader::of(&raw, self.depth).whole(inner));
        }
    }

    fn leaf(&mut self, part: &MessagePart<'_>, is_all: bool, builder: &mut Builder) {
        self.seen.push(body(part));
        let own = self.raw.get(body(part));
        let own = own.filter(|_| part.encoding == Encoding::None);
        let (bytes, text) = match &part.body {
            PartType::Text(text) | PartType::Html(text) => {
                let text = own.unwrap_or(text);
                let is_broken = part.is_encoding_problem;
                let mended = is_broken.then(|| as_far_as_it_goes(part, text)).flatten();
                (text.len(), Some(mended.unwrap_or_else(|| text.to_owned())))
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let text = own.or_else(|| std::str::from_utf8(bytes).ok());
                let text = text.filter(|text| !text.contains('\0'));
                (bytes.len(), text.map(str::to_owned))
            }
            PartType::Message(_) | PartType::Multipart(_) => return,
        };
        let (kind, subkind) = kind(part);
        let text = text.unwrap_or_default();
        match (kind, subkind) {
            _ if !is_all && goes_along(part) => attach(part, bytes, &text, builder),
            ("text" | "message", "plain" | "rfc822" | "global") => {
                builder.append(written_by_hand(&text));
            }
            ("text", "html" | "enriched" | "richtext") | (_, "xhtml+xml") => {
                builder.append(feed::feed_or_page(&text));
            }
            ("text", "markdown" | "x-markdown") => builder.append(markdown::blocks(&text)),
            ("text", "calendar") => calendar::read(&text, builder),
            ("text", "rfc822-headers") => builder.lose(Reason::Metadata, &text),
            ("text", "vcard" | "x-vcard" | "directory") => attach(part, bytes, &text, builder),
            ("multipart", _) => self.without_boundary(subkind, &text, builder),
            // A patch, a program.
            ("text", language) => code(language, &text, builder),
            _ if is_all && !text.is_empty() => builder.append(written_by_hand(&text)),
            _ => attach(part, bytes, &text, builder),
        }
    }

    /// Parts of which nothing says where they end: the lines between them do, if there are any.
    fn without_boundary(&self, kind: &str, text: &str, builder: &mut Builder) {
        let found = missing_boundary(text);
        let Some(boundary) = found.filter(|_| self.depth < MAX_DEPTH) else {
            return builder.append(written_by_hand(text));
        };
        let mail = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\n\n{text}");
        if let Some(message) = MessageParser::default().parse(mail.as_bytes()) {
            let mut blocks = Reader::of(&mail, self.depth).whole(&message);
            // The header is ours.
            let head = mail.lines().next().unwrap_or_default();
            blocks.retain(|block| block.text != head);
            builder.append(blocks);
        }
    }

    /// What stands in no part.
    fn between(&mut self) -> String {
        self.seen.sort_unstable_by_key(|range| range.start);
        let mut text = String::new();
        let mut at = 0;
        let places = self.seen.iter().map(|range| (range.start, range.end));
        for (start, end) in places.chain([(self.raw.len(), 0)]) {
            for line in self.raw.get(at..start).unwrap_or_default().lines() {
                let inner = line.strip_prefix("--").unwrap_or_default().trim_end();
                let mark = inner.strip_suffix("--").unwrap_or(inner);
                if !(line.trim().is_empty()
                    || self.boundaries.contains(mark)
                    || self.boundaries.contains(inner))
                {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            at = at.max(end);
        }
        text
    }
}

/// Whether a line is `Name: value`.
fn is_header(line: &str) -> bool {
    let name = line.split_once(':').map_or("", |(name, _)| name.trim_end());
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().all(is_name)
}

fn body(part: &MessagePart<'_>) -> Range<usize> {
    part.offset_body as usize..part.offset_end as usize
}

/// What a part is said to be.
fn kind<'p>(part: &'p MessagePart<'_>) -> (&'p str, &'p str) {
    part.content_type().map_or(("text", "plain"), |kind| {
        (kind.ctype(), kind.subtype().unwrap_or("*"))
    })
}

/// Whether a part is a file that was sent with the text, and no part of it.
fn goes_along(part: &MessagePart<'_>) -> bool {
    match part.content_disposition() {
        Some(told) => told.is_attachment(),
        None => part.attachment_name().is_some(),
    }
}

/// Of several forms of one text that which is read. The others say it again.
fn one_of(mut forms: Vec<Vec<Block>>) -> Vec<Vec<Block>> {
    let is_read = |block: &&Block| !matches!(block.kind, BlockKind::Lost(_));
    let told = |blocks: &Vec<Block>| -> usize {
        let read = blocks.iter().filter(is_read);
        read.map(|block| letters(&block.text).count()).sum()
    };
    let most = forms.iter().map(told).max().unwrap_or_default();
    let best = forms.iter().position(|form| told(form) * REAL >= most);
    for (at, form) in forms.iter_mut().enumerate() {
        let others = form.iter_mut().filter(|_| Some(at) != best);
        for block in others.filter(|block| is_read(&&**block)) {
            block.kind = BlockKind::Lost(Reason::Repeat);
        }
    }
    forms
}

/// A text without what it answers to, and without what stands below all mails.
fn written_by_hand(text: &str) -> Vec<Block> {
    let mut builder = Builder::new();
    let mut own = String::new();
    let mut quoted = String::new();
    let mut signature = "";
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches(['\r', '\n']) == "-- " {
            signature = &text[at..];
            break;
        }
        if line.starts_with('>') {
            quoted.push_str(line);
        } else {
            own.push_str(line);
        }
        at += line.len();
    }
    builder.append(plain::body(&own, false));
    builder.lose(Reason::Repeat, &quoted);
    builder.lose(Reason::Boilerplate, signature);
    builder.finish()
}

fn code(language: &str, text: &str, builder: &mut Builder) {
    builder.code(language.trim_start_matches("x-"));
    builder.text(text);
    builder.end_code();
}

/// Notes what goes along.
fn attach(part: &MessagePart<'_>, bytes: usize, text: &str, builder: &mut Builder) {
    let (kind, subkind) = kind(part);
    let name = part.attachment_name().unwrap_or("without a name");
    let told = format!("{name} ({kind}/{subkind}, {bytes} bytes)\n{text}");
    builder.lose(Reason::Attachment, &told);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(BlockKind, String)> {
        let blocks = blocks(text).unwrap().into_iter();
        blocks.map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn subject_and_text_are_read() {
        let mail = "From: a@b.example\nSubject: =?utf-8?q?Caf=C3=A9?=\n times\n\n\
            Opens at nine.\n\n> When?\n-- \nJo\n";
        assert_eq!(
            told(mail),
            [
                (BlockKind::Title, "Café times".to_owned()),
                (BlockKind::Paragraph, "Opens at nine.".to_owned()),
                (BlockKind::Lost(Reason::Repeat), "> When?".to_owned()),
                (BlockKind::Lost(Reason::Boilerplate), "-- \nJo".to_owned()),
                (
                    BlockKind::Lost(Reason::Metadata),
                    "From: a@b.example".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn of_several_parts_the_text_is_read() {
        let mail = "Subject: A\nContent-Type: multipart/mixed; boundary=x\n\n\
            --x\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
            <p>Caf=E9</p>\n\
            --x\nContent-Type: image/png; name=map.png\nContent-Transfer-Encoding: base64\n\
            Content-Disposition: attachment; filename=map.png\n\niVBOR\n--x--\n";
        let told = told(mail);
        for expected in [
            (BlockKind::Paragraph, "Café"),
            (
                BlockKind::Lost(Reason::Attachment),
                "map.png (image/png, 3 bytes)",
            ),
        ] {
            let expected = (expected.0, expected.1.to_owned());
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
    }
}
