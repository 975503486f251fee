//! From bytes to text: size limit, encoding, binary files refused.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::document::encoding;
use crate::document::invisible::without_invisible;

/// The largest document that is read, in bytes: 64 MiB.
pub const MAX_BYTES: u64 = 64 << 20;

/// How files begin that are often taken for text, by their extension or by mistake. Text may
/// begin so as well: "%PDF- is how they begin".
const BINARIES: [(&[u8], &str); 11] = [
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive, or an office document"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "a database"),
];

type Coded = (&'static [u8], fn(&[u8]) -> bool, &'static str);

/// Files that are text, but not for reading: how they begin, and what has to follow.
const CODED: [Coded; 2] = [
    (b"{\\rtf", |_| true, "a rich text document"),
    (b"%PDF-", is_version, "a PDF"),
];

/// A document's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark, and without characters that nobody sees.
    pub text: String,
    /// In how many places U+FFFD stands for bytes that could not be decoded.
    pub replaced: usize,
    /// How many bytes that were.
    pub replaced_bytes: usize,
    /// How many invisible characters were taken out: control characters, marks that
    /// turn the direction of text, tag characters.
    pub removed: usize,
    /// The encoding's name in the WHATWG's Encoding Standard: `UTF-8`.
    pub encoding: &'static str,
}

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes could not be had.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// Larger than [`MAX_BYTES`].
    #[error("it is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// Not text.
    #[error("it is a binary file: there is a NUL byte at offset {0}")]
    Binary(usize),
    /// Not text, but something known.
    #[error("it is {0}, not text")]
    Known(&'static str),
}

impl ReadError {
    /// One word for scripts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Io(_) => "unreadable",
            Self::TooLarge => "too_large",
            Self::Binary(_) | Self::Known(_) => "not_text",
        }
    }
}

/// Reads a document to its end.
///
/// # Errors
/// [`ReadError`] where that fails, the document is too large, or it is no text.
pub fn read(source: impl Read) -> Result<Text, ReadError> {
    let mut bytes = Vec::new();
    let mut limited = source.take(MAX_BYTES + 1);
    limited.read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    decode(&bytes)
}

/// Reads the document in a file.
///
/// # Errors
/// As [`read`].
pub fn open(path: &Path) -> Result<Text, ReadError> {
    read(File::open(path).map_err(ReadError::Io)?)
}

/// Decodes text: UTF-8, UTF-16, or a legacy encoding that is recognised. What cannot be
/// decoded is replaced by U+FFFD and counted, what nobody would see is taken out.
///
/// # Errors
/// [`ReadError::Binary`] where there is a NUL character, [`ReadError::Known`] where the
/// bytes begin like a file that is no text.
pub fn decode(bytes: &[u8]) -> Result<Text, ReadError> {
    if let Some(name) = known(bytes) {
        return Err(ReadError::Known(name));
    }
    let (encoding, mark) = encoding::of(bytes);
    let body = &bytes[mark..];
    let (text, has_errors) = encoding.decode_without_bom_handling(body);
    if text.contains('\0') {
        return Err(ReadError::Binary(mark + nul(body, encoding)));
    }
    let (replaced, replaced_bytes) = if has_errors {
        malformed(body, encoding)
    } else {
        (0, 0)
    };
    let (text, removed) = without_invisible(text);
    Ok(Text {
        text,
        replaced,
        replaced_bytes,
        removed,
        encoding: encoding.name(),
    })
}

/// Text that is decoded already, as a field of a record is: it is text whatever it begins
/// with. What nobody would see is taken out and counted, NUL as well.
#[must_use]
pub fn clean(text: &str) -> Text {
    let (text, removed) = without_invisible(Cow::Borrowed(text));
    Text {
        text,
        removed,
        encoding: UTF_8.name(),
        ..Text::default()
    }
}

/// What a file is that is known, and no text.
fn known(bytes: &[u8]) -> Option<&'static str> {
    let coded = CODED.iter().find_map(|(head, is_so, name)| {
        let rest = bytes.strip_prefix(*head)?;
        is_so(rest).then_some(*name)
    });
    coded.or_else(|| {
        let (_, name) = BINARIES.iter().find(|(head, _)| bytes.starts_with(head))?;
        is_binary(bytes).then_some(*name)
    })
}

/// Whether a version and the end of the line follow: `1.7`.
fn is_version(rest: &[u8]) -> bool {
    matches!(rest, [b'0'..=b'9', b'.', b'0'..=b'9'])
        || matches!(rest, [b'0'..=b'9', b'.', b'0'..=b'9', b'\r' | b'\n', ..])
}

/// Whether bytes cannot be text in UTF-8, by their beginning.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let is_cut =
        |error: std::str::Utf8Error| error.error_len().is_none() && head.len() < bytes.len();
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0xc);
    head.iter().any(is_control) || std::str::from_utf8(head).is_err_and(|error| !is_cut(error))
}

/// Where the first NUL character is, in bytes.
fn nul(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let width = if [UTF_16LE, UTF_16BE].contains(&encoding) {
        2
    } else {
        1
    };
    let mut characters = bytes.chunks(width);
    let before = characters.position(|c| c.iter().all(|&byte| byte == 0));
    before.unwrap_or_default() * width
}

/// In how many places bytes cannot be decoded, and how many bytes these are together.
fn malformed(bytes: &[u8], encoding: &'static Encoding) -> (usize, usize) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut places, mut lost) = (0, 0);
    let mut rest = bytes;
    let mut buffer = [0; 4096];
    loop {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(rest, &mut buffer, true);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return (places, lost),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, _) => {
                places += 1;
                lost += usize::from(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_KR, GB18030, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    #[track_caller]
    fn assert_decodes(bytes: &[u8], text: &str, replaced: usize, encoding: &str) {
        let decoded = decode(bytes).unwrap();
        assert_eq!(decoded.text, text);
        assert_eq!((decoded.replaced, decoded.encoding), (replaced, encoding));
    }

    #[test]
    fn unicode_is_recognised_by_its_mark() {
        assert_decodes("naïve".as_bytes(), "naïve", 0, "UTF-8");
        assert_decodes(b"\xef\xbb\xbfa", "a", 0, "UTF-8");
        assert_decodes(b"\xff\xfea\0\xac\x20", "a€", 0, "UTF-16LE");
        assert_decodes(b"\xfe\xff\0a", "a", 0, "UTF-16BE");
        assert_decodes(b"", "", 0, "UTF-8");
    }

    #[test]
    fn utf_16_needs_no_mark() {
        assert_decodes(b"h\0e\0l\0l\0o\0", "hello", 0, "UTF-16LE");
        assert_decodes(b"\0h\0e\0l\0l\0o", "hello", 0, "UTF-16BE");
    }

    #[test]
    fn legacy_encodings_are_recognised() {
        let texts: [(&'static Encoding, &str, &str); 5] = [
            (
                WINDOWS_1252,
                "Ein Prüfstein für Äpfel, Öl und Übermut. Café à gogo.",
                "windows-1252",
            ),
            (
                GB18030,
                "这是一个用来整理书签的小工具，支持中文和英文。",
                "gb18030",
            ),
            (
                SHIFT_JIS,
                "これは本棚を整理するための小さな道具です。",
                "Shift_JIS",
            ),
            (
                EUC_KR,
                "이것은 책갈피를 정리하는 작은 도구입니다.",
                "EUC-KR",
            ),
            (
                WINDOWS_1251,
                "Это небольшая программа для учёта книг и закладок.",
                "windows-1251",
            ),
        ];
        for (encoding, text, name) in texts {
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy);
            assert_decodes(&bytes, text, 0, name);
        }
        assert_decodes(b"caf\xe9", "café", 0, "windows-1252");
    }

    #[test]
    fn what_cannot_be_decoded_is_replaced_and_counted() {
        assert_decodes(
            "über \u{fffd}öäü".as_bytes(),
            "über \u{fffd}öäü",
            0,
            "UTF-8",
        );
        assert_decodes(
            b"\xc3\xbcb\xff\xc3\xa4\xc3\xb6 \xef\xbf\xbd",
            "üb\u{fffd}äö \u{fffd}",
            1,
            "UTF-8",
        );
        // Cut off in its last character, of which two bytes of three are there.
        assert_decodes(b"snow \xe2\x98", "snow \u{fffd}", 1, "UTF-8");
        assert_decodes(b"\xff\xfea\0b", "a\u{fffd}", 1, "UTF-16LE");
    }

    #[test]
    fn places_and_bytes_are_counted_apart() {
        let long = [&"ö".repeat(5000).into_bytes()[..], b"\xf0\x9f\x98"].concat();
        for (bytes, places, lost) in [
            (&b"snow \xe2\x98"[..], 1, 2),
            (b"\xc3\xbc\xc3\xbc\xff\xfe\xc3\xa4\xc3\xa4", 2, 2),
            (b"\xff\xfea\0b", 1, 1),
            (b"\xff\xfea\0\x01\xd8b\0", 1, 2),
            (&long, 1, 3),
        ] {
            let text = decode(bytes).unwrap();
            assert_eq!((text.replaced, text.replaced_bytes), (places, lost));
            assert_eq!(text.text.matches('\u{fffd}').count(), places);
        }
    }

    #[test]
    fn text_may_begin_like_a_binary_file() {
        for text in [
            "%PDF-1.7 files explained",
            "GIF89a in Rust",
            "BZhello plays music",
            "PK\u{e9}",
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap().text, text);
        }
        for bytes in [&b"GIF89a\x01\0"[..], b"BZh91AY&SY\x8e\xa2", b"%PDF-1.4\n%"] {
            assert!(
                matches!(decode(bytes), Err(ReadError::Known(_))),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn decoded_text_is_text() {
        for (text, clean_text, removed) in [
            ("a\0b\u{7}", "ab", 2),
            ("\u{feff}GIF89a", "GIF89a", 1),
            ("{\\rtf1", "{\\rtf1", 0),
            ("", "", 0),
        ] {
            let text = clean(text);
            assert_eq!((text.text.as_str(), text.removed), (clean_text, removed));
            assert_eq!((text.encoding, text.replaced), ("UTF-8", 0));
        }
    }

    #[test]
    fn binary_and_huge_files_are_refused() {
        for (bytes, message) in [
            (
                &b"PNG\0"[..],
                "it is a binary file: there is a NUL byte at offset 3",
            ),
            (
                b"\xef\xbb\xbf\xc3\xbc\xff\0",
                "it is a binary file: there is a NUL byte at offset 6",
            ),
            (
                b"\xff\xfea\0\0\0",
                "it is a binary file: there is a NUL byte at offset 4",
            ),
            (b"%PDF-1.7", "it is a PDF, not text"),
            (
                b"PK\x03\x04x",
                "it is a ZIP archive, or an office document, not text",
            ),
        ] {
            assert_eq!(decode(bytes).unwrap_err().to_string(), message);
        }
        let endless = io::repeat(b'a');
        assert_eq!(
            read(endless).unwrap_err().to_string(),
            "it is larger than 64 MiB"
        );
    }
}
