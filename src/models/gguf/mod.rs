//! The header of a GGUF file: metadata, vocabulary, tensor table.
//!
//! Nothing in it is believed: every length is held against the file's size before
//! anything is read, what is kept in memory is bounded, and what would make llama.cpp end
//! the process is refused here.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod bytes;
mod error;
mod reader;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::ops::Range;
use std::path::Path;

use crate::models::gguf::bytes::Reader;
pub use crate::models::gguf::error::CheckError;
use crate::models::tensor_type::TensorType;

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
    /// One that says these numbers of an architecture, and nothing else.
    pub(super) fn of_numbers(numbers: &[(&str, u64)]) -> Self {
        let architecture = "expected";
        let key = |name: &str| format!("{architecture}.{name}");
        Self {
            architecture: architecture.to_owned(),
            numbers: numbers.iter().map(|&(name, n)| (key(name), n)).collect(),
            ..Self::default()
        }
    }

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

    /// A text or a 32-bit float of the metadata, as text.
    #[must_use]
    pub fn written(&self, key: &str) -> Option<String> {
        let text = self.text(key).map(str::to_owned);
        text.or_else(|| self.real(key).map(|real| real.to_string()))
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

    /// Where in the file a tensor's numbers are, in bytes.
    #[must_use]
    pub fn place(&self, tensor: &Tensor) -> Range<u64> {
        let start = self.data_start.saturating_add(tensor.offset);
        start..start.saturating_add(tensor.bytes())
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

    /// How the token is spelled that the metadata names as `bos` (or `eos`), if it looks like
    /// a mark.
    #[must_use]
    pub fn special(&self, which: &str) -> Option<&str> {
        let id = self.number(&format!("tokenizer.ggml.{which}_token_id"))?;
        let mark = self.marks.iter().find(|mark| mark.id == id)?;
        Some(&mark.text)
    }
}

/// The header of a GGUF file that need not be a language model.
pub(super) fn header(path: &Path) -> Result<Header, CheckError> {
    let file = File::open(path).map_err(CheckError::Io)?;
    let meta = file.metadata().map_err(CheckError::Io)?;
    if meta.is_dir() {
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(CheckError::Io(error));
    }
    read(BufReader::new(file), meta.len())
}

/// Reads a header out of a file of so many bytes.
pub(crate) fn read(source: impl Read + Seek, size: u64) -> Result<Header, CheckError> {
    Reader::new(source, size).header()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::models::gguf::bytes::{MAX_KEPT, MAX_TEXT};

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
            let mut reader = Reader::new(Cursor::new(&bytes), size);
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
