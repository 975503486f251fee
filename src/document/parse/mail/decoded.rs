//! Mail that is broken: cut off in a part, or without the lines that part it.

use encoding_rs::{Encoding, UTF_8};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::{MessagePart, MimeHeaders};

/// The text of a part that ends too early, as far as it can be decoded, and what follows as it
/// stands. Nothing if it is not encoded.
pub(super) fn as_far_as_it_goes(part: &MessagePart<'_>, text: &str) -> Option<String> {
    let encoding = part.content_transfer_encoding()?.to_ascii_lowercase();
    let kind = part.content_type();
    if kind.is_some_and(|kind| kind.ctype() != "text") {
        // A picture, or half of one.
        return Some(String::new());
    }
    let (bytes, rest) = match encoding.as_str() {
        "base64" => base64(text),
        "quoted-printable" => (quoted_printable(text), ""),
        _ => return None,
    };
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    let charset = charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    let (decoded, ..) = charset.unwrap_or(UTF_8).decode(&bytes);
    Some(format!("{decoded}\n{rest}"))
}

/// The lines of code that a text begins with, decoded, and what stands behind them.
fn base64(text: &str) -> (Vec<u8>, &str) {
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let mut code = String::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().chars().all(is_code) {
            break;
        }
        code.push_str(line.trim());
        at += line.len();
    }
    match code.len() % 4 {
        0 => {}
        1 => code.truncate(code.len() - 1),
        n => code.push_str(&"=="[n - 2..]),
    }
    (
        base64_decode(code.as_bytes()).unwrap_or_default(),
        &text[at..],
    )
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).map(|code| u8::from_str_radix(code, 16));
        rest = match code {
            Some(Ok(byte)) => {
                bytes.push(byte);
                &after[2..]
            }
            _ if after.starts_with(['\r', '\n']) => {
                let line = after.strip_prefix('\r').unwrap_or(after);
                line.strip_prefix('\n').unwrap_or(line)
            }
            _ => {
                bytes.push(b'=');
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// The mark between parts that no header names: the first line that begins like one, and has
/// the header of a part behind it.
pub(super) fn missing_boundary(text: &str) -> Option<&str> {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mark = line.strip_prefix("--").map(str::trim_end);
        let begins = lines.peek().is_some_and(|next| {
            let head = next.as_bytes().get(..8);
            head.is_some_and(|head| head.eq_ignore_ascii_case(b"content-"))
        });
        if let Some(mark) = mark.filter(|mark| begins && !mark.is_empty() && !mark.contains('"')) {
            return Some(mark);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_decoded_so_far() {
        assert_eq!(
            base64("ZWVs\ncw==\nOn a list.\n"),
            (b"eels".to_vec(), "On a list.\n")
        );
        assert_eq!(base64("ZWVsc"), (b"eel".to_vec(), ""));
        assert_eq!(base64("ZWVscw"), (b"eels".to_vec(), ""));
        assert_eq!(
            quoted_printable("a=\r\nb=3D=C3=A4 = c="),
            "ab=ä = c=".as_bytes()
        );
    }

    #[test]
    fn a_mark_is_followed_by_a_header() {
        let text = "--\nJo\n--k\nContent-Type: text/plain\n\na\n--k--\n";
        assert_eq!(missing_boundary(text), Some("k"));
        assert_eq!(missing_boundary("--- a\n+++ b\n"), None);
    }
}
