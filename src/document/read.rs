//! From bytes to text: size limit, encoding, binary files refused.

use std::io::{self, Read};

/// The largest document that is read, in bytes: 64 MiB.
pub const MAX_BYTES: u64 = 64 << 20;

/// A document's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark.
    pub text: String,
    /// How many characters stand for bytes that could not be decoded.
    pub replaced: usize,
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

/// Decodes UTF-8, or UTF-16 where a byte order mark says so. What cannot be
/// decoded is replaced by U+FFFD and counted.
///
/// # Errors
/// [`ReadError::Binary`] where there is a NUL character.
pub fn decode(bytes: &[u8]) -> Result<Text, ReadError> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest
            .chunks(2)
            .map(|c| unit([c[0], *c.get(1).unwrap_or(&0)]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    let (text, valid) = match bytes {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), 0),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), 0),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            let valid = rest
                .utf8_chunks()
                .map(|c| c.valid().matches('\u{fffd}').count())
                .sum();
            (String::from_utf8_lossy(rest).into_owned(), valid)
        }
    };
    if let Some(offset) = text.find('\0') {
        return Err(ReadError::Binary(offset));
    }
    let replaced = text.matches('\u{fffd}').count() - valid;
    Ok(Text { text, replaced })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_decodes(bytes: &[u8], text: &str, replaced: usize) {
        let text = text.to_owned();
        assert_eq!(decode(bytes).unwrap(), Text { text, replaced });
    }

    #[test]
    fn unicode_is_recognised_by_its_mark() {
        assert_decodes("naïve".as_bytes(), "naïve", 0);
        assert_decodes(b"\xef\xbb\xbfa", "a", 0);
        assert_decodes(b"\xff\xfea\0\xac\x20", "a€", 0);
        assert_decodes(b"\xfe\xff\0a", "a", 0);
    }

    #[test]
    fn what_cannot_be_decoded_is_replaced_and_counted() {
        assert_decodes(b"a\xffb\xc3", "a\u{fffd}b\u{fffd}", 2);
        assert_decodes("\u{fffd}".as_bytes(), "\u{fffd}", 0);
    }

    #[test]
    fn binary_and_huge_files_are_refused() {
        assert_eq!(
            decode(b"PNG\0").unwrap_err().to_string(),
            "it is a binary file: there is a NUL byte at offset 3"
        );
        let endless = io::repeat(b'a');
        assert_eq!(
            read(endless).unwrap_err().to_string(),
            "it is larger than 64 MiB"
        );
    }
}
