//! What is found out of a stream's encoding as it comes, where nobody says it.

use std::fmt;

use encoding_rs::{Encoding, UTF_8};

use crate::document::encoding;

/// Stands for bytes that cannot be decoded: no text has it.
pub(super) const UNDECODABLE: u8 = 0xff;

/// What was found out of an input's encoding, where nobody and no mark said it and it is not
/// UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Its name.
    pub encoding: &'static str,
    /// Whether there are lines in UTF-8 as well, which are read as such.
    pub is_mixed: bool,
}

/// How the input is read: `as windows-1252`.
impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "as {}", self.encoding)?;
        if self.is_mixed {
            f.write_str(", but for its lines in UTF-8")?;
        }
        Ok(())
    }
}

/// An encoding that is known and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is encoded as {0}, which is not read")]
pub struct NotRead(pub &'static str);

/// Whether bytes tell more than that they are ASCII.
pub(super) fn tells(bytes: &[u8]) -> bool {
    !bytes.is_ascii() || encoding::switches(bytes)
}

/// Refuses bytes in an encoding that shows and that is not read.
pub(super) fn check(bytes: &[u8]) -> Result<(), NotRead> {
    encoding::not_read(bytes).map_or(Ok(()), |name| Err(NotRead(name)))
}

/// The encoding of bytes from the middle of a text.
pub(super) fn found(bytes: &[u8]) -> Result<&'static Encoding, NotRead> {
    check(bytes)?;
    // Behind something, no bytes are a byte order mark.
    let of = |bytes: &[u8]| encoding::of(&[b" ", bytes].concat()).0;
    let found = of(bytes);
    if found == UTF_8 || bytes.is_ascii() {
        return Ok(found);
    }
    // Lines in UTF-8 tell nothing of the others.
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    let others = lines.filter(|line| std::str::from_utf8(line).is_err());
    Ok(of(&others.collect::<Vec<_>>().concat()))
}

/// Decodes lines of an encoding that has a byte a character, but for those that are UTF-8;
/// whether there are such.
pub(super) fn decode_lines(lines: &[u8], encoding: &'static Encoding, into: &mut Vec<u8>) -> bool {
    let decode = |bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let mut is_mixed = false;
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        if std::str::from_utf8(line).is_ok() {
            into.extend_from_slice(line);
            is_mixed |= !line.is_ascii();
        } else if let Some(text) = decode(line) {
            into.extend_from_slice(text.as_bytes());
        } else {
            for byte in line.chunks(1) {
                match decode(byte) {
                    Some(text) => into.extend_from_slice(text.as_bytes()),
                    None => into.push(UNDECODABLE),
                }
            }
        }
    }
    is_mixed
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use encoding_rs::WINDOWS_1252;

    use super::*;
    use crate::document::{Encoded, Utf8Reader};

    #[test]
    fn lines_in_utf_8_among_others_are_read_as_such() {
        let lines = [
            "Gr\u{fc}\u{df}e aus K\u{f6}ln\n",
            "Caf\u{e9} cr\u{e8}me\n",
            "plain\n",
        ];
        for before in [0, (64 << 10) - 20] {
            let (mut bytes, mut text) = (vec![b'a'; before], "a".repeat(before));
            for (place, line) in lines.iter().cycle().take(60).enumerate() {
                text.push_str(line);
                match place % 4 {
                    0 | 3 => bytes.extend_from_slice(&WINDOWS_1252.encode(line).0),
                    _ => bytes.extend_from_slice(line.as_bytes()),
                }
            }
            let mut reader = Utf8Reader::new(&bytes[..], Encoded::Guessed, false);
            let mut read = String::new();
            reader.read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
            let guess = reader.guess().unwrap();
            assert_eq!((guess.encoding, guess.is_mixed), ("windows-1252", true));
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let utf32: Vec<u8> = "id,\u{e4}\n"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        for (bytes, name) in [
            (&[&b"\xff\xfe\0\0"[..], &utf32].concat()[..], "UTF-32"),
            (&utf32, "UTF-32"),
            (b"id,text\n\x1b$)C1,\x0e<Z2A\x0f\n", "ISO-2022-KR"),
            (b"id,text\n1,~{<:Ky2;~}\n2,~{VPND~} b\n", "HZ-GB-2312"),
        ] {
            for encoded in [Encoded::Guessed, Encoded::Unicode] {
                let mut reader = Utf8Reader::new(bytes, encoded, false);
                let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
                let message = format!("it is encoded as {name}, which is not read");
                assert_eq!(error.to_string(), message);
            }
        }
        for text in ["~{a}, {~}\n~{", "~{odd~}", "~{~}"] {
            assert_eq!(found(text.as_bytes()), Ok(UTF_8));
        }
    }
}
