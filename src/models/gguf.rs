//! The header of a GGUF file: metadata, vocabulary, tensor table.
//!
//! Nothing in it is believed: every length is held against the file's size before
//! anything is read, what is kept in memory is bounded, and what would make llama.cpp end
//! the process is refused here.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek};

use crate::models::check::CheckError;
use crate::models::tensor_type::TensorType;

/// The longest key of the format.
const MAX_KEY: u64 = 65_535;

/// As many tensors are read; the largest models have some thousands.
const MAX_TENSORS: u64 = 1 << 16;

/// The longest text that is kept; chat templates have some 10,000 bytes.
const MAX_TEXT: u64 = 1 << 18;

/// As many bytes of keys and texts are kept in all.
const MAX_KEPT: u64 = 1 << 22;

/// As large a vocabulary is read; 262,144 is the largest there is.
const MAX_TOKENS: u64 = 1 << 20;

/// As many marked tokens, such as `<|im_end|>`, are kept.
const MAX_MARKED: usize = 4096;

/// Metadata keys of the vocabulary.
const TOKENS: &str = "tokenizer.ggml.tokens";
const TOKEN_TYPES: &str = "tokenizer.ggml.token_type";
const SCORES: &str = "tokenizer.ggml.scores";

/// The types of metadata values, by their number.
const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a metadata value of a fixed size.
fn value_bytes(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        U32 | I32 | F32 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Text.
    Normal,
    /// What stands for text that cannot be spelled.
    Unknown,
    /// A mark that text never contains, such as the end of a turn.
    Control,
    /// Text that is always one token.
    UserDefined,
    /// Never used.
    Unused,
    /// A single byte.
    Byte,
    /// None of that.
    Other,
}

impl TokenKind {
    fn of(number: u8) -> Self {
        match number {
            1 => Self::Normal,
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => Self::Other,
        }
    }
}

/// A token that looks like a mark: `<…>` or `[…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number in the vocabulary.
    pub id: u64,
    /// Its spelling.
    pub text: String,
    /// What it is for.
    pub kind: TokenKind,
}

/// Tensors of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tensors {
    /// How many.
    pub count: u64,
    /// Their bytes in all.
    pub bytes: u64,
    /// Numbers in those that are matrices, which are what a quantisation makes smaller.
    pub in_matrices: u64,
}

/// One tensor of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name, for instance `blk.0.ffn_up.weight`.
    pub name: String,
    /// Its lengths, that of a row first; at most four.
    pub shape: Vec<u64>,
    /// How its numbers are stored.
    pub kind: TensorType,
    /// Where it begins, counted from [`Header::data_start`].
    pub(super) offset: u64,
}

impl Tensor {
    /// How many numbers it has.
    #[must_use]
    pub fn numbers(&self) -> u64 {
        self.shape.iter().fold(1, |n, &more| n.saturating_mul(more))
    }

    /// Its bytes; 0 where its type is not known here.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.kind.bytes(self.numbers()).unwrap_or(0)
    }
}

/// What a sound file's header says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// The format's version.
    pub version: u32,
    /// `general.architecture`, for instance `minicpm3`.
    pub architecture: String,
    /// Bytes that the file has to have, or all parts of the model together.
    pub expected_bytes: u64,
    /// The tensors, by type.
    pub tensors: BTreeMap<TensorType, Tensors>,
    /// The tensors, one by one.
    pub table: Vec<Tensor>,
    /// Where in the file the tensors' numbers begin.
    pub(super) data_start: u64,
    /// How many tokens the vocabulary has.
    pub tokens: u64,
    /// The vocabulary's tokens that look like marks.
    pub marks: Vec<Mark>,
    numbers: BTreeMap<String, u64>,
    reals: BTreeMap<String, f32>,
    arrays: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    lists: BTreeSet<String>,
}

impl Header {
    /// A number of the metadata; `{arch}` in the key stands for the architecture.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        let key = key.replace("{arch}", &self.architecture);
        self.numbers.get(&key).copied()
    }

    /// A number of the metadata that is stored as a 32-bit float.
    #[must_use]
    pub fn real(&self, key: &str) -> Option<f32> {
        self.reals.get(key).copied()
    }

    /// Whether the metadata has an array of that name, whose values are not kept.
    #[must_use]
    pub fn has_array(&self, key: &str) -> bool {
        let key = key.replace("{arch}", &self.architecture);
        self.arrays.contains(&key)
    }

    /// A text of the metadata.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The tensor of a name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.table.iter().find(|tensor| tensor.name == name)
    }

    /// What tokens are turned into vectors with.
    #[must_use]
    pub fn embedding(&self) -> Option<&Tensor> {
        self.tensor("token_embd.weight")
    }

    /// What vectors are turned into tokens with, where it is not the embedding once more.
    #[must_use]
    pub fn output(&self) -> Option<&Tensor> {
        self.tensor("output.weight")
    }

    /// Bytes of the tensors in the layers; the others are before and behind these.
    #[must_use]
    pub fn layer_bytes(&self) -> u64 {
        let layers = self.table.iter().filter(|t| t.name.starts_with("blk."));
        layers.fold(0, |all, tensor| all.saturating_add(tensor.bytes()))
    }

    /// To a multiple of how many bytes tensors are filled up.
    pub(super) fn alignment(&self) -> u64 {
        self.number("general.alignment").unwrap_or(32)
    }

    /// Adds the tensors of another part of the same model.
    pub(super) fn add_part(&mut self, part: Self) {
        self.expected_bytes = self.expected_bytes.saturating_add(part.expected_bytes);
        for (kind, more) in part.tensors {
            let tensors = self.tensors.entry(kind).or_default();
            tensors.count += more.count;
            tensors.bytes = tensors.bytes.saturating_add(more.bytes);
            tensors.in_matrices = tensors.in_matrices.saturating_add(more.in_matrices);
        }
        self.table.extend(part.table);
    }

    /// The mark of a spelling.
    #[must_use]
    pub fn mark(&self, text: &str) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.text == text)
    }
}

/// Reads a header out of a file of so many bytes.
pub(super) fn read(source: impl Read + Seek, size: u64) -> Result<Header, CheckError> {
    Reader {
        source,
        at: 0,
        size,
        kept: 0,
    }
    .header()
}

struct Reader<R> {
    source: R,
    at: u64,
    size: u64,
    /// Bytes of keys and texts that are in memory.
    kept: u64,
}

/// Whether a token is that of a single byte: `<0x0A>`.
fn is_byte_token(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"<0x").and_then(|t| t.strip_suffix(b">"));
    let is_digit = |b: &u8| b.is_ascii_digit() || (b'A'..=b'F').contains(b);
    digits.is_some_and(|digits| digits.len() == 2 && digits.iter().all(is_digit))
}

/// What the vocabulary's arrays say, until all are read.
#[derive(Default)]
struct Vocabulary {
    tokens: Option<u64>,
    /// How many of the 256 tokens of single bytes there are.
    bytes: usize,
    scores: Option<u64>,
    kinds: Option<Vec<u8>>,
    marks: Vec<(u64, String)>,
}

impl<R: Read + Seek> Reader<R> {
    fn header(&mut self) -> Result<Header, CheckError> {
        let begin = self.begin()?;
        if !begin.starts_with(b"GGUF") {
            return Err(CheckError::of_beginning(&begin, self.size));
        }
        self.skip(4)?;
        let version = match self.u32()? {
            version @ (2 | 3) => version,
            version if matches!(version.swap_bytes(), 1..=3) => return Err(CheckError::BigEndian),
            version => return Err(CheckError::Version(version)),
        };
        let tensors = self.count(24)?;
        let pairs = self.count(12)?;
        let mut header = Header {
            version,
            ..Header::default()
        };
        let mut vocabulary = Vocabulary::default();
        for _ in 0..pairs {
            self.pair(&mut header, &mut vocabulary)?;
        }
        let architecture = header.text("general.architecture").unwrap_or_default();
        // The first part of a split model names it for all.
        if architecture.is_empty() && header.number("split.no").unwrap_or(0) == 0 {
            return Err(CheckError::Damaged("it names no architecture"));
        }
        header.architecture = architecture.to_owned();
        self.tensors(&mut header, tensors)?;
        vocabulary.put_into(&mut header)?;
        Ok(header)
    }

    /// The first bytes, which tell what the file is.
    fn begin(&mut self) -> Result<Vec<u8>, CheckError> {
        let mut begin = Vec::new();
        let source = self.source.by_ref();
        source
            .take(32)
            .read_to_end(&mut begin)
            .map_err(CheckError::Io)?;
        self.source.rewind().map_err(CheckError::Io)?;
        Ok(begin)
    }

    /// One key with its value.
    fn pair(&mut self, header: &mut Header, vocabulary: &mut Vocabulary) -> Result<(), CheckError> {
        let length = self.count(1)?;
        if length == 0 {
            return Err(CheckError::Damaged("a metadata key is empty"));
        }
        if length > MAX_KEY {
            return Err(CheckError::Damaged("a metadata key is too long"));
        }
        let key = self.keep(length)?;
        match (key.as_str(), self.u32()?) {
            (TOKENS, kind) => self.token_texts(kind, vocabulary)?,
            (SCORES, kind) => vocabulary.scores = Some(self.array(kind, &[F32, I32])?),
            (TOKEN_TYPES, kind) => {
                let count = self.array_head(kind, &[I32])?;
                let kinds: Result<_, _> = (0..count).map(|_| self.token_kind()).collect();
                vocabulary.kinds = Some(kinds?);
            }
            (_, STRING) => {
                let length = self.count(1)?;
                if length > MAX_TEXT {
                    self.skip(length)?;
                } else {
                    header.texts.insert(key, self.keep(length)?);
                }
            }
            (_, ARRAY) => {
                self.skip_array()?;
                header.arrays.insert(key);
            }
            (name, F32) if name.ends_with("_epsilon") => {
                let epsilon = f32::from_bits(self.u32()?);
                if epsilon.is_nan() || epsilon < 0.0 {
                    return Err(CheckError::Damaged("an epsilon is no positive number"));
                }
            }
            (_, F32) => {
                let real = f32::from_bits(self.u32()?);
                header.numbers.insert(key.clone(), 0);
                header.reals.insert(key, real);
            }
            (_, kind) => {
                let number = self.scalar(kind)?;
                header.numbers.insert(key, number);
            }
        }
        Ok(())
    }

    /// The vocabulary's spellings: those that look like marks are kept.
    fn token_texts(&mut self, kind: u32, vocabulary: &mut Vocabulary) -> Result<(), CheckError> {
        let count = self.array_head(kind, &[STRING])?;
        let state = RandomState::new();
        let mut hashes = Vec::new();
        let mut text = Vec::new();
        for id in 0..count {
            let length = self.count(1)?;
            if length > MAX_KEY {
                return Err(CheckError::Damaged("a token is too long"));
            }
            self.fill(&mut text, length)?;
            // llama.cpp gives empty ones a name of their own.
            if !text.is_empty() {
                hashes.push(state.hash_one(&text));
            }
            let is_byte = is_byte_token(&text);
            vocabulary.bytes += usize::from(is_byte);
            let is_mark = matches!(
                (text.first(), text.last()),
                (Some(b'<'), Some(b'>')) | (Some(b'['), Some(b']'))
            );
            let room = vocabulary.marks.len() < MAX_MARKED;
            if is_mark && room && text.len() <= 64 && !is_byte {
                let text = String::from_utf8_lossy(&text).into_owned();
                vocabulary.marks.push((id, text));
            }
        }
        hashes.sort_unstable();
        if hashes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(CheckError::Damaged("its vocabulary has a token twice"));
        }
        vocabulary.tokens = Some(count);
        Ok(())
    }

    fn token_kind(&mut self) -> Result<u8, CheckError> {
        Ok(u8::try_from(self.u32()?).unwrap_or(0))
    }

    /// The tensor table, held against the file's size.
    fn tensors(&mut self, header: &mut Header, count: u64) -> Result<(), CheckError> {
        if count > MAX_TENSORS {
            return Err(CheckError::Damaged("it has impossibly many tensors"));
        }
        let mut data = 0;
        for _ in 0..count {
            let length = self.count(1)?;
            if length > MAX_KEY {
                return Err(CheckError::Damaged("a tensor's name is too long"));
            }
            let name = self.keep(length)?;
            let dimensions = self.u32()?;
            if dimensions > 4 {
                return Err(CheckError::Damaged("a tensor has more than 4 dimensions"));
            }
            let shape: Result<Vec<u64>, _> = (0..dimensions).map(|_| self.u64()).collect();
            let shape = shape?;
            let numbers = shape.iter().fold(1_u64, |n, &more| n.saturating_mul(more));
            let kind = TensorType(self.u32()?);
            let offset = self.u64()?;
            // The bytes of types that are not known here are not counted.
            let bytes = kind.bytes(numbers).unwrap_or(0);
            data = data.max(offset.saturating_add(bytes));
            let tensors = header.tensors.entry(kind).or_default();
            tensors.count += 1;
            tensors.bytes = tensors.bytes.saturating_add(bytes);
            if dimensions > 1 {
                tensors.in_matrices = tensors.in_matrices.saturating_add(numbers);
            }
            header.table.push(Tensor {
                name,
                shape,
                kind,
                offset,
            });
        }
        let alignment = header.alignment();
        if alignment == 0 {
            return Err(CheckError::Damaged("its alignment is 0"));
        }
        let start = self.at.div_ceil(alignment).saturating_mul(alignment);
        header.data_start = start;
        header.expected_bytes = start.saturating_add(data);
        if header.expected_bytes > self.size {
            return Err(self.truncated(header.expected_bytes));
        }
        // Whoever reads one after the other would read far more than the file has.
        let all = header.tensors.values().map(|tensors| tensors.bytes);
        if all.fold(0, u64::saturating_add) > data {
            return Err(CheckError::Damaged("its tensors overlap"));
        }
        Ok(())
    }

    /// The head of an array whose elements have to be of one of these types.
    fn array_head(&mut self, kind: u32, expected: &[u32]) -> Result<u64, CheckError> {
        let element = if kind == ARRAY { self.u32()? } else { kind };
        if kind != ARRAY || !expected.contains(&element) {
            return Err(CheckError::Damaged("its vocabulary is of a wrong type"));
        }
        let count = self.count(value_bytes(element).unwrap_or(8))?;
        if count > MAX_TOKENS {
            return Err(CheckError::Damaged("its vocabulary is impossibly large"));
        }
        Ok(count)
    }

    /// The length of such an array, whose elements do not matter.
    fn array(&mut self, kind: u32, expected: &[u32]) -> Result<u64, CheckError> {
        let count = self.array_head(kind, expected)?;
        self.skip(count.saturating_mul(4))?;
        Ok(count)
    }

    fn skip_array(&mut self) -> Result<(), CheckError> {
        let kind = self.u32()?;
        let count = self.count(value_bytes(kind).unwrap_or(8))?;
        match (kind, value_bytes(kind)) {
            (_, Some(bytes)) => self.skip(count.saturating_mul(bytes)),
            (STRING, None) => (0..count).try_for_each(|_| {
                let length = self.u64()?;
                self.skip(length)
            }),
            _ => Err(CheckError::Damaged("an array is of an unknown type")),
        }
    }

    /// A number; what is negative or no integer is of no use here, and is 0.
    fn scalar(&mut self, kind: u32) -> Result<u64, CheckError> {
        let bytes = value_bytes(kind).ok_or(CheckError::Damaged(
            "a metadata value is of an unknown type",
        ))?;
        let mut number = [0; 8];
        let read: Vec<u8> = self.bytes_of(bytes)?;
        number[..read.len()].copy_from_slice(&read);
        let number = u64::from_le_bytes(number);
        let negative = number >> (bytes * 8 - 1) == 1 && matches!(kind, 1 | 3 | I32 | 11);
        let is_real = matches!(kind, F32 | 12);
        Ok(if negative || is_real { 0 } else { number })
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

    /// A text that stays in memory.
    fn keep(&mut self, length: u64) -> Result<String, CheckError> {
        self.kept += length;
        if self.kept > MAX_KEPT {
            return Err(CheckError::Damaged("its metadata is impossibly large"));
        }
        let bytes = self.bytes_of(length)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// So many bytes: never more than [`MAX_TEXT`], whoever asks.
    fn bytes_of(&mut self, length: u64) -> Result<Vec<u8>, CheckError> {
        let mut bytes = Vec::new();
        self.fill(&mut bytes, length)?;
        Ok(bytes)
    }

    /// The same into a buffer that is used again.
    fn fill(&mut self, buffer: &mut Vec<u8>, length: u64) -> Result<(), CheckError> {
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
    fn unread(&self, error: io::Error, end: u64) -> CheckError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated(end),
            _ => CheckError::Io(error),
        }
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
        let end = self.at.saturating_add(N as u64);
        let read = self.source.read_exact(&mut bytes);
        read.map_err(|error| self.unread(error, end))?;
        self.at = end;
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
}

impl Vocabulary {
    /// Puts the arrays together; llama.cpp reads them by the number of tokens.
    fn put_into(self, header: &mut Header) -> Result<(), CheckError> {
        header.tokens = self.tokens.unwrap_or(0);
        let kinds = self.kinds.as_ref().map(|kinds| kinds.len() as u64);
        for count in [self.scores, kinds].into_iter().flatten() {
            if count < header.tokens {
                return Err(CheckError::Damaged("its vocabulary is not complete"));
            }
        }
        // Without them, a character that is in no token ends the process.
        let model = header.text("tokenizer.ggml.model");
        if model == Some("llama") && header.tokens > 0 && self.bytes < 256 {
            return Err(CheckError::Damaged(
                "its vocabulary lacks tokens of single bytes",
            ));
        }
        let kinds = self.kinds.unwrap_or_default();
        let kind = |id: u64| usize::try_from(id).ok().and_then(|id| kinds.get(id));
        let marks = self.marks.into_iter().map(|(id, text)| Mark {
            id,
            text,
            kind: kind(id).map_or(TokenKind::Normal, |&number| TokenKind::of(number)),
        });
        header.marks = marks.collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const FIXTURES: [&str; 2] = [
        "tests/fixtures/tiny-digits.gguf",
        "tests/fixtures/tiny-multi.gguf",
    ];

    #[test]
    fn a_header_says_what_the_file_is() {
        let bytes = std::fs::read(FIXTURES[0]).unwrap();
        let header = read(Cursor::new(&bytes), bytes.len() as u64).unwrap();
        assert_eq!(
            (header.version, header.architecture.as_str()),
            (3, "minicpm3")
        );
        assert_eq!(header.number("{arch}.block_count"), Some(3));
        assert_eq!(header.number("{arch}.context_length"), Some(32_768));
        assert_eq!(header.text("tokenizer.ggml.model"), Some("llama"));
        assert_eq!(header.tokens, 1536);
        assert_eq!(header.mark("<|im_end|>").unwrap().kind, TokenKind::Control);
        assert_eq!(header.mark("<unk>").unwrap().kind, TokenKind::Unknown);
        assert_eq!(header.mark("<0x0A>"), None);
        assert_eq!(header.mark("<用户>"), None);
        assert_eq!(header.tensors.values().map(|t| t.count).sum::<u64>(), 40);
        let named = |name| header.table.iter().find(|tensor| tensor.name == name);
        let up = named("blk.2.ffn_up.weight").unwrap();
        assert_eq!((&up.shape[..], up.kind), (&[64, 160][..], TensorType(0)));
        assert_eq!(header.expected_bytes, bytes.len() as u64);
        assert_eq!(header.output(), None);
        let all: u64 = header.tensors.values().map(|t| t.bytes).sum();
        // The rest is the norm behind the layers and two lists of factors.
        let embedding = header.embedding().unwrap().bytes();
        assert_eq!(header.layer_bytes() + embedding + (64 + 8 + 8) * 4, all);
    }

    #[test]
    fn tensors_that_overlap_are_refused() {
        let mut bytes = std::fs::read(FIXTURES[0]).unwrap();
        let name = b"blk.2.ffn_up.weight";
        let at = bytes.windows(name.len()).position(|window| window == name);
        // Behind the name: two dimensions, of which the second is the rows, type and offset.
        let rows = at.unwrap() + name.len() + 4 + 8;
        bytes[rows..rows + 8].copy_from_slice(&3000_u64.to_le_bytes());
        bytes[rows + 12..rows + 20].fill(0);
        let error = read(Cursor::new(&bytes), bytes.len() as u64).unwrap_err();
        assert_eq!(
            error.to_string(),
            "its header is damaged: its tensors overlap"
        );
    }

    /// Half of the mutants of one fixture: how many of 50,000 are sound.
    fn mutate(fixture: &str) -> usize {
        let mut rng = fastrand::Rng::with_seed(1);
        let whole = std::fs::read(fixture).unwrap();
        let size = whole.len() as u64;
        // Metadata, vocabulary and tensor table.
        let end = 38_000;
        let mut bytes = whole[..end].to_vec();
        let mut sound = 0;
        for _ in 0..50_000 {
            let near = if rng.bool() { 1_500 } else { end - 8 };
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(4..near);
                match rng.u8(0..4) {
                    0 => bytes[at] = rng.u8(..),
                    1 => bytes[at] ^= 1 << rng.u8(0..8),
                    2 => bytes[at..at + 8].copy_from_slice(&rng.u64(..).to_le_bytes()),
                    _ => bytes[at..at + 4].fill(if rng.bool() { 0 } else { 255 }),
                }
            }
            let mut reader = Reader {
                source: Cursor::new(&bytes),
                at: 0,
                size,
                kept: 0,
            };
            sound += usize::from(reader.header().is_ok());
            assert!(reader.kept <= MAX_KEPT + MAX_TEXT);
            bytes.copy_from_slice(&whole[..end]);
        }
        sound
    }

    /// 100,000 headers with four kinds of damage, at random places with a fixed seed.
    /// What is kept in memory is counted; everything else is read and forgotten.
    #[test]
    fn damaged_headers_neither_panic_nor_take_memory() {
        let mutants = FIXTURES.map(|fixture| std::thread::spawn(move || mutate(fixture)));
        let sound: usize = mutants.map(|thread| thread.join().unwrap()).iter().sum();
        // Neither all nor none: the damage is where it matters, and not everywhere.
        assert!((5_000..95_000).contains(&sound), "{sound} are sound");
    }
}
