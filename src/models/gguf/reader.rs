//! The header of a GGUF file, pair by pair and tensor by tensor.

use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Seek};

use crate::models::gguf::bytes::{MAX_TEXT, Reader};
use crate::models::gguf::error::CheckError;
use crate::models::gguf::vocabulary::Vocabulary;
use crate::models::gguf::{Header, Tensor};
use crate::models::tensor_type::TensorType;

/// The longest key of the format.
const MAX_KEY: u64 = 65_535;

/// As many tensors are read; the largest models have some thousands.
const MAX_TENSORS: u64 = 1 << 16;

/// As large a vocabulary is read; 262,144 is the largest there is.
const MAX_TOKENS: u64 = 1 << 20;

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

impl<R: Read + Seek> Reader<R> {
    pub(super) fn header(&mut self) -> Result<Header, CheckError> {
        let begin = self.begin()?;
        if !begin.starts_with(b"GGUF") {
            return Err(CheckError::of_beginning(&begin, self.size()));
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
            vocabulary.add(id, &text);
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
        let start = self.at().div_ceil(alignment).saturating_mul(alignment);
        header.data_start = start;
        header.expected_bytes = start.saturating_add(data);
        if header.expected_bytes > self.size() {
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
}
