//! Mail: its subject, and what was written. What goes along is named, and not read.

use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::document::condense::Reason;
use crate::document::parse::block::{Block, BlockKind};
use crate::document::parse::builder::Builder;
use crate::document::parse::{html, plain};

/// Reads a mail; nothing where it is none.
pub(super) fn blocks(text: &str) -> Option<Vec<Block>> {
    let message = MessageParser::default().parse(text.as_bytes())?;
    let mut builder = Builder::new();
    if let Some(subject) = message.subject() {
        builder.push(BlockKind::Title, subject);
    }
    let read = body(&message);
    for &id in &read {
        let part = &message.parts[id];
        match &part.body {
            PartType::Html(page) => builder.append(html::page(own(part, text).unwrap_or(page))),
            PartType::Text(written) => {
                let written = own(part, text).unwrap_or(written);
                builder.append(written_by_hand(written));
            }
            _ => {}
        }
    }
    for (id, part) in message.parts.iter().enumerate() {
        if !read.contains(&id) {
            lose(part, text, &mut builder);
        }
    }
    let head = text.get(..header_end(&message)).unwrap_or_default();
    builder.lose(Reason::Metadata, &without_subject(head));
    Some(builder.finish())
}

/// The parts that are read: the text, or the page where there is no text.
fn body(message: &Message<'_>) -> Vec<usize> {
    let all = message.text_body.iter().chain(&message.html_body);
    let parts = |wanted: fn(&PartType<'_>) -> bool| -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for &id in all.clone() {
            let id = id as usize;
            let is_it = message.parts.get(id).is_some_and(|part| wanted(&part.body));
            if is_it && !found.contains(&id) {
                found.push(id);
            }
        }
        found
    };
    let texts = parts(|body| matches!(body, PartType::Text(text) if !text.trim().is_empty()));
    if texts.is_empty() {
        parts(|body| matches!(body, PartType::Html(_)))
    } else {
        texts
    }
}

/// The text of a part that is not encoded: it was decoded with the whole, whatever its header says.
fn own<'t>(part: &MessagePart<'_>, text: &'t str) -> Option<&'t str> {
    let is_plain = part.encoding == Encoding::None;
    let range = part.offset_body as usize..part.offset_end as usize;
    text.get(range).filter(|_| is_plain)
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

/// Notes what is not read: the other form of what is, and what goes along.
fn lose(part: &MessagePart<'_>, text: &str, builder: &mut Builder) {
    let (reason, bytes) = match &part.body {
        PartType::Multipart(_) => return,
        PartType::Text(other) | PartType::Html(other) if part.attachment_name().is_none() => {
            return builder.lose(Reason::Repeat, own(part, text).unwrap_or(other));
        }
        PartType::Text(text) | PartType::Html(text) => (Reason::Attachment, text.len()),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            (Reason::Attachment, bytes.len())
        }
        PartType::Message(message) => (Reason::Attachment, message.raw_message.len()),
    };
    let kind = part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("*")),
    );
    let name = part.attachment_name().unwrap_or("without a name");
    builder.lose(reason, &format!("{name} ({kind}, {bytes} bytes)"));
}

fn header_end(message: &Message<'_>) -> usize {
    message
        .parts
        .first()
        .map_or(0, |part| part.offset_body as usize)
}

/// The headers but for the subject, which is read.
fn without_subject(head: &str) -> String {
    let mut is_subject = false;
    let mut kept = String::new();
    for line in head.split_inclusive('\n') {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            is_subject = name.eq_ignore_ascii_case("subject");
        }
        if !is_subject {
            kept.push_str(line);
        }
    }
    kept
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
        assert_eq!(
            told(mail)[1..3],
            [
                (BlockKind::Paragraph, "Café".to_owned()),
                (
                    BlockKind::Lost(Reason::Attachment),
                    "map.png (image/png, 3 bytes)".to_owned()
                ),
            ]
        );
    }
}
