//! Reading a file of which nothing is believed: every length is held against the file's size
//! before anything is read, and what is kept in memory is bounded.

use std::io::{self, Read, Seek};

use crate::models::gguf::error::CheckError;

/// The longest text that is kept; chat templates have some 10,000 bytes.
pub(super) const MAX_TEXT: u64 = 1 << 18;

/// As many bytes of keys and texts are kept in all.
pub(super) const MAX_KEPT: u64 = 1 << 22;

/// A file of so many bytes, read from its beginning.
pub(super) struct Reader<R> {
    source: R,
    at: u64,
    size: u64,
    /// Bytes of keys and texts that are in memory.
    pub(super) kept: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub(super) fn new(source: R, size: u64) -> Self {
        let (at, kept) = (0, 0);
        Self {
            source,
            at,
            size,
            kept,
        }
    }

    /// How far it was read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The file's bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes, which tell what the file is.
    pub(super) fn begin(&mut self) -> Result<Vec<u8>, CheckError> {
        let mut begin = Vec::new();
        let source = self.source.by_ref();
        source
            .take(32)
            .read_to_end(&mut begin)
            .map_err(CheckError::Io)?;
        self.source.rewind().map_err(CheckError::Io)?;
        Ok(begin)
    }

    /// A number of things that take at least `least` bytes each: bounded by
    /// what the file can hold.
    pub(super) fn count(&mut self, least: u64) -> Result<u64, CheckError> {
        let count = self.u64()?;
        let end = count.saturating_mul(least).saturating_add(self.at);
        if end > self.size {
            return Err(self.truncated(end));
        }
        Ok(count)
    }

    /// A text that stays in memory.
    pub(super) fn keep(&mut self, length: u64) -> Result<String, CheckError> {
        self.kept += length;
        if self.kept > MAX_KEPT {
            return Err(CheckError::Damaged("its metadata is impossibly large"));
        }
        let bytes = self.bytes_of(length)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// So many bytes: never more than [`MAX_TEXT`], whoever asks.
    pub(super) fn bytes_of(&mut self, length: u64) -> Result<Vec<u8>, CheckError> {
        let mut bytes = Vec::new();
        self.fill(&mut bytes, length)?;
        Ok(bytes)
    }

    /// The same into a buffer that is used again.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, length: u64) -> Result<(), CheckError> {
        debug_assert!(length <= MAX_TEXT);
        let end = self.at.saturating_add(length);
        let length = usize::try_from(length).map_err(|_| self.truncated(end))?;
        buffer.resize(length, 0);
        let read = self.source.read_exact(buffer);
        read.map_err(|error| self.unread(error, end))?;
        self.at = end;
        Ok(())
    }

    /// Why bytes up to `end` could not be read.
    pub(super) fn unread(&self, error: io::Error, end: u64) -> CheckError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated(end),
            _ => CheckError::Io(error),
        }
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), CheckError> {
        let end = self.at.saturating_add(bytes);
        let step = i64::try_from(bytes).ok().filter(|_| end <= self.size);
        let step = step.ok_or_else(|| self.truncated(end))?;
        self.source.seek_relative(step).map_err(CheckError::Io)?;
        self.at = end;
        Ok(())
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], CheckError> {
        let mut bytes = [0; N];
        let end = self.at.saturating_add(N as u64);
        let read = self.source.read_exact(&mut bytes);
        read.map_err(|error| self.unread(error, end))?;
        self.at = end;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, CheckError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, CheckError> {
        self.bytes().map(u64::from_le_bytes)
    }

    pub(super) fn truncated(&self, expected: u64) -> CheckError {
        CheckError::Truncated {
            expected,
            actual: self.size,
        }
    }
}
