//! The file of vectors, as `models/vectors/export.py` writes it: a GGUF without a vocabulary.

use std::io::Cursor;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::models::{Header, header_of};

/// A file of vectors cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the file of word vectors cannot be used: {0}")]
pub struct VectorsError(pub(super) String);

/// What is in a file of vectors.
#[derive(Debug)]
pub(super) struct File {
    /// What it is told from others by: its XXH3.
    pub(super) identity: String,
    /// The words, sorted, a line each.
    text: Vec<u8>,
    /// Where in it each begins, and where the last one ends.
    starts: Vec<usize>,
    /// Numbers of a row.
    pub(super) width: usize,
    /// Rows of words: whole numbers, and for each row what they are multiplied with.
    pub(super) rows: Vec<i8>,
    pub(super) scales: Vec<f32>,
    /// How much a word counts.
    pub(super) weights: Vec<f32>,
    /// The same for n-grams, by bucket.
    pub(super) grams: Vec<i8>,
    pub(super) gram_scales: Vec<f32>,
    /// How much a word without a row counts.
    pub(super) unknown_weight: f32,
    /// How many different words of a document are looked at.
    pub(super) longest: usize,
    /// How many of them a word of a name is compared with in the end.
    pub(super) best: usize,
    /// How much words of a facet, of a title, and descriptions count.
    pub(super) facet: f32,
    pub(super) in_title: f32,
    pub(super) described: f32,
    /// How much each feature counts.
    pub(super) mix: [f32; 5],
    /// From what the features say to natural-log odds: scale, rivals, bias.
    pub(super) head: [f32; 3],
    /// Rows of the words of texts that are about nothing in particular.
    pub(super) background: Vec<Vec<usize>>,
}

impl File {
    /// Reads all of it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, VectorsError> {
        let wrong = |what: &str| VectorsError(what.to_owned());
        let header = header_of(Cursor::new(bytes), bytes.len() as u64)
            .map_err(|error| VectorsError(error.to_string()))?;
        let key = |name: &str| format!("minitag-vectors.{name}");
        let real = |name: &str| header.real(&key(name)).ok_or_else(|| wrong(name));
        let number = |name: &str| {
            let number = header.number(&key(name)).ok_or_else(|| wrong(name))?;
            usize::try_from(number).map_err(|_| wrong(name))
        };
        let tensor = |name: &str| tensor(&header, bytes, name).ok_or_else(|| wrong(name));
        let reals = |name: &str| tensor(name).map(reals);
        let bits = number("bits")?;
        let width = number("width")?;
        let text = tensor("words.text")?.to_vec();
        let starts = starts(&text);
        let words = starts.len().saturating_sub(1);
        let rows = whole_numbers(tensor("words")?, bits);
        let grams = whole_numbers(tensor("ngrams")?, bits);
        let gram_scales = reals("ngrams.scale")?;
        let (scales, weights) = (reals("words.scale")?, reals("words.weight")?);
        let is_whole = width > 0
            && rows.len() == words * width
            && scales.len() == words
            && weights.len() == words
            && !gram_scales.is_empty()
            && grams.len() == gram_scales.len() * width;
        if !is_whole {
            return Err(wrong("its tensors do not go together"));
        }
        let ids = indices(tensor("background")?);
        let spans = indices(tensor("background.start")?);
        let bag = |span: &[usize]| ids.get(span[0]..span[1]).map(<[usize]>::to_vec);
        let background: Option<Vec<_>> = spans.windows(2).map(bag).collect();
        let background = background.ok_or_else(|| wrong("background"))?;
        if background.iter().flatten().any(|&row| row >= words) {
            return Err(wrong("background"));
        }
        Ok(Self {
            identity: format!("{:016x}", xxh3_64(bytes)),
            mix: reals("mix")?.try_into().map_err(|_| wrong("mix"))?,
            head: reals("head")?.try_into().map_err(|_| wrong("head"))?,
            unknown_weight: real("unknown_weight")?,
            facet: real("facet")?,
            in_title: real("in_title")?,
            described: real("described")?,
            longest: number("longest")?,
            best: number("best")?,
            text,
            starts,
            width,
            rows,
            scales,
            weights,
            grams,
            gram_scales,
            background,
        })
    }

    /// The row of a word, if it has one.
    pub(super) fn row(&self, word: &str) -> Option<usize> {
        let words = self.starts.len().saturating_sub(1);
        let (mut low, mut high) = (0, words);
        while low < high {
            let middle = low.midpoint(high);
            match self.word(middle).cmp(word.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The word of a row.
    pub(super) fn word(&self, row: usize) -> &[u8] {
        &self.text[self.starts[row]..self.starts[row + 1] - 1]
    }
}

/// Where each line of a text begins, and where the next would: each ends with a newline.
fn starts(text: &[u8]) -> Vec<usize> {
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    std::iter::once(0).chain(ends).collect()
}

/// The bytes of a tensor.
fn tensor<'b>(header: &Header, bytes: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let Range { start, end } = header.place(header.tensor(name)?);
    bytes.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

/// Whole numbers of 8 bits; or of 4, two in a byte, the first in its lower half, 8 too large.
fn whole_numbers(bytes: &[u8], bits: usize) -> Vec<i8> {
    let signed = |byte: u8| i8::from_ne_bytes([byte]);
    if bits == 4 {
        let halves = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        halves.map(|half| signed(half) - 8).collect()
    } else {
        bytes.iter().map(|&byte| signed(byte)).collect()
    }
}

fn reals(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers
        .iter()
        .map(|&four| f32::from_le_bytes(four))
        .collect()
}

fn indices(bytes: &[u8]) -> Vec<usize> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers
        .iter()
        .map(|&four| u32::from_le_bytes(four) as usize)
        .collect()
}
