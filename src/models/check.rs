//! A look at a GGUF file before llama.cpp loads it.
//!
//! On some broken files llama.cpp ends the process, and where it does not, it
//! does not say what is wrong. This reads the header alone, bounded by the file's
//! size, and holds the tensor table against it.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

/// What a sound file's header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// `general.architecture`, for instance `minicpm3`.
    pub architecture: String,
    /// Bytes that the file has to have.
    pub expected_bytes: u64,
}

/// What is wrong with a model file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It could not be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// The pointer that git-lfs leaves where it did not fetch.
    #[error("it is a git-lfs pointer of {0} bytes, not the model itself")]
    LfsPointer(u64),
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Something else altogether.
    #[error("it is not a GGUF file: it begins with `{0}` instead of `GGUF`")]
    NotGguf(String),
    /// Written on a big-endian machine.
    #[error("it is a big-endian GGUF file, which llama.cpp does not read here")]
    BigEndian,
    /// Too old or too new.
    #[error("it has GGUF version {0}; versions 2 and 3 are known")]
    Version(u32),
    /// Ends too early.
    #[error("it is cut short: it has {actual} bytes of at least {expected}")]
    Truncated {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Something impossible in the header.
    #[error("its header is damaged: {0}")]
    Damaged(&'static str),
}

/// Reads the header of a GGUF file.
///
/// # Errors
/// [`CheckError`] says in words what is wrong with the file.
pub fn check(path: &Path) -> Result<Header, CheckError> {
    let file = File::open(path).map_err(CheckError::Io)?;
    let meta = file.metadata().map_err(CheckError::Io)?;
    if meta.is_dir() {
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(CheckError::Io(error));
    }
    Reader {
        source: BufReader::new(file),
        at: 0,
        size: meta.len(),
    }
    .header()
}

/// The types of metadata values, by their number.
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a metadata value of a fixed size.
fn value_bytes(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Numbers in a block of a tensor type and bytes it takes, as in ggml's type
/// table; `None` for types that are not known here, which are then not counted.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        _ => return None,
    })
}

struct Reader<R> {
    source: R,
    at: u64,
    size: u64,
}

impl<R: Read + Seek> Reader<R> {
    fn header(&mut self) -> Result<Header, CheckError> {
        let magic: [u8; 4] = self.bytes().map_err(|e| self.not_gguf(&[], e))?;
        if &magic != b"GGUF" {
            return Err(self.not_gguf(&magic, CheckError::Damaged("")));
        }
        match self.u32()? {
            2 | 3 => {}
            version if matches!(version.swap_bytes(), 1..=3) => return Err(CheckError::BigEndian),
            version => return Err(CheckError::Version(version)),
        }
        let tensors = self.count(24)?;
        let pairs = self.count(12)?;
        let mut header = Header::default();
        let mut alignment = 32;
        for _ in 0..pairs {
            let key = self.text()?;
            let kind = self.u32()?;
            match (key.as_str(), kind) {
                ("general.architecture", STRING) => header.architecture = self.text()?,
                ("general.alignment", 4) => alignment = u64::from(self.u32()?),
                _ => self.skip_value(kind, 0)?,
            }
        }
        if header.architecture.is_empty() {
            return Err(CheckError::Damaged("it names no architecture"));
        }
        if alignment == 0 {
            return Err(CheckError::Damaged("its alignment is 0"));
        }
        let mut data = 0;
        for _ in 0..tensors {
            data = data.max(self.tensor_end()?);
        }
        let start = self.at.next_multiple_of(alignment);
        header.expected_bytes = start.saturating_add(data);
        if header.expected_bytes > self.size {
            return Err(self.truncated(header.expected_bytes));
        }
        Ok(header)
    }

    /// Where a tensor's data ends, counted from the beginning of all data.
    fn tensor_end(&mut self) -> Result<u64, CheckError> {
        self.text()?;
        let dimensions = self.u32()?;
        if dimensions > 8 {
            return Err(CheckError::Damaged("a tensor has more than 8 dimensions"));
        }
        let mut numbers = 1_u64;
        for _ in 0..dimensions {
            numbers = numbers.saturating_mul(self.u64()?);
        }
        let kind = self.u32()?;
        let offset = self.u64()?;
        let bytes = block(kind).map_or(0, |(n, bytes)| numbers.div_ceil(n).saturating_mul(bytes));
        Ok(offset.saturating_add(bytes))
    }

    fn skip_value(&mut self, kind: u32, depth: u32) -> Result<(), CheckError> {
        if let Some(bytes) = value_bytes(kind) {
            return self.skip(bytes);
        }
        match kind {
            STRING => {
                let bytes = self.u64()?;
                self.skip(bytes)
            }
            ARRAY if depth < 4 => {
                let kind = self.u32()?;
                let count = self.count(value_bytes(kind).unwrap_or(8))?;
                if let Some(bytes) = value_bytes(kind) {
                    return self.skip(count.saturating_mul(bytes));
                }
                (0..count).try_for_each(|_| self.skip_value(kind, depth + 1))
            }
            _ => Err(CheckError::Damaged(
                "a metadata value is of an unknown type",
            )),
        }
    }

    /// A number of things that take at least `least` bytes each: bounded by
    /// what the file can hold.
    fn count(&mut self, least: u64) -> Result<u64, CheckError> {
        let count = self.u64()?;
        let end = count.saturating_mul(least).saturating_add(self.at);
        if end > self.size {
            return Err(self.truncated(end));
        }
        Ok(count)
    }

    fn text(&mut self) -> Result<String, CheckError> {
        let length = self.count(1)?;
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(length).read_to_end(&mut bytes);
        read.map_err(CheckError::Io)?;
        self.at += length;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), CheckError> {
        let end = self.at.saturating_add(bytes);
        let step = i64::try_from(bytes).ok().filter(|_| end <= self.size);
        let step = step.ok_or_else(|| self.truncated(end))?;
        self.source.seek_relative(step).map_err(CheckError::Io)?;
        self.at = end;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], CheckError> {
        let mut bytes = [0; N];
        self.source
            .read_exact(&mut bytes)
            .map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => self.truncated(self.at + N as u64),
                _ => CheckError::Io(e),
            })?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, CheckError> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, CheckError> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn truncated(&self, expected: u64) -> CheckError {
        CheckError::Truncated {
            expected,
            actual: self.size,
        }
    }

    fn not_gguf(&self, magic: &[u8], error: CheckError) -> CheckError {
        match (magic, error) {
            (b"vers", _) => CheckError::LfsPointer(self.size),
            (_, CheckError::Io(error)) => CheckError::Io(error),
            _ if self.size == 0 => CheckError::Empty,
            _ => CheckError::NotGguf(magic.escape_ascii().to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        let size = bytes.len() as u64;
        let mut reader = Reader {
            source: io::Cursor::new(bytes),
            at: 0,
            size,
        };
        reader.header().unwrap_err().to_string()
    }

    fn tiny() -> Vec<u8> {
        std::fs::read("tests/fixtures/tiny-digits.gguf").unwrap()
    }

    #[test]
    fn a_sound_file_passes() {
        let header = check("tests/fixtures/tiny-digits.gguf".as_ref()).unwrap();
        assert_eq!(header.architecture, "minicpm3");
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        assert_eq!(
            error(b"version https://git-lfs.github.com/spec/v1\n"),
            "it is a git-lfs pointer of 43 bytes, not the model itself"
        );
        assert_eq!(
            error(b"<!DOCTYPE html>"),
            "it is not a GGUF file: it begins with `<!DO` instead of `GGUF`"
        );
        assert_eq!(error(b""), "it is empty");
        assert_eq!(
            error(b"GGUF\0\0\0\x03aaaaaaaaaaaa"),
            "it is a big-endian GGUF file, which llama.cpp does not read here"
        );
        assert_eq!(
            error(b"GGUF\x09\0\0\0"),
            "it has GGUF version 9; versions 2 and 3 are known"
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_said_to_be_cut() {
        let whole = tiny();
        for end in (8..whole.len()).step_by(997) {
            assert!(
                error(&whole[..end]).starts_with("it is cut short"),
                "at {end}"
            );
        }
    }

    #[test]
    fn damaged_headers_neither_panic_nor_allocate_much() {
        let whole = tiny();
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..2000 {
            let mut bytes = whole[..20_000].to_vec();
            for _ in 0..rng.usize(1..6) {
                let at = rng.usize(4..2_000);
                bytes[at] = rng.u8(..);
            }
            let size = whole.len() as u64;
            let _ = Reader {
                source: io::Cursor::new(bytes),
                at: 0,
                size,
            }
            .header();
        }
    }
}
