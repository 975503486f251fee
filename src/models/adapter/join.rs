//! Several adapters as one: llama-cpp-2 puts one on a context at a time.
//!
//! `Σ sᵢ Bᵢ Aᵢ` is `B A` with the `Aᵢ` below each other in `A` and the `sᵢ Bᵢ` beside
//! each other in `B`: the same sum, with the ranks added up.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::models::adapter::fit::EMBEDDINGS;
use crate::models::adapter::numbers::numbers;
use crate::models::adapter::{Adapter, AdapterError, Pair};
use crate::models::gguf::{CheckError, Tensor};

/// Tensors begin at multiples of this; GGUF's default.
const ALIGNMENT: usize = 32;

/// GGUF's numbers of the types that are written.
const F32: u32 = 6;
const STRING: u32 = 8;

/// A tensor with its numbers: rows of `width`.
struct Table {
    width: usize,
    numbers: Vec<f32>,
}

impl Table {
    /// Puts another one's rows below.
    fn below(&mut self, other: Self) {
        self.width = other.width;
        self.numbers.extend(other.numbers);
    }

    /// Puts another one's rows beside its own.
    fn beside(&mut self, other: &Self) {
        if self.numbers.is_empty() {
            self.width = other.width;
            self.numbers.clone_from(&other.numbers);
            return;
        }
        let rows = self.numbers.chunks(self.width);
        let pairs = rows.zip(other.numbers.chunks(other.width));
        self.numbers = pairs.flat_map(|(a, b)| [a, b].concat()).collect();
        self.width += other.width;
    }

    fn empty() -> Self {
        let (width, numbers) = (0, Vec::new());
        Self { width, numbers }
    }
}

/// Writes a GGUF file with one adapter that does what these do together, each multiplied
/// with its scale; it is to be used with the scale 1. They were held against the same model.
///
/// # Errors
/// [`AdapterError`] where one is stored in a type that is not read here, or cannot be
/// read, or the file cannot be written.
pub fn join(adapters: &[(Adapter, f32)], out: &mut impl Write) -> Result<(), AdapterError> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (adapter, scale) in adapters {
        for (name, pair) in &adapter.pairs {
            let a = read(adapter, &pair.a)?;
            let mut b = read(adapter, &pair.b)?;
            let factor = factor(adapter.alpha, pair, *scale);
            b.numbers.iter_mut().for_each(|number| *number *= factor);
            if pair.a.shape.len() > 2 {
                return Err(AdapterError::Kinds {
                    name: pair.a.name.clone(),
                    kind: "a stack of matrices".to_owned(),
                });
            }
            let key = |half: &str| format!("{name}.{half}");
            let first = tables.entry(key("lora_a")).or_insert_with(Table::empty);
            // The embeddings' first half stands the other way.
            if name == EMBEDDINGS {
                first.beside(&a);
            } else {
                first.below(a);
            }
            let second = tables.entry(key("lora_b")).or_insert_with(Table::empty);
            second.beside(&b);
        }
    }
    let architecture = adapters
        .first()
        .map_or("", |(adapter, _)| adapter.header.architecture.as_str());
    write(architecture, &tables, out).map_err(|error| CheckError::Io(error).into())
}

fn read(adapter: &Adapter, tensor: &Tensor) -> Result<Table, AdapterError> {
    Ok(Table {
        width: usize::try_from(tensor.shape[0]).unwrap_or(usize::MAX),
        numbers: numbers(adapter, tensor)?,
    })
}

/// What llama.cpp multiplies `B A` with.
fn factor(alpha: f32, pair: &Pair, scale: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
    let rank = pair.rank() as f32;
    if alpha == 0.0 {
        scale
    } else {
        scale * alpha / rank
    }
}

/// The file: head, metadata, tensor table, numbers.
fn write(
    architecture: &str,
    tables: &BTreeMap<String, Table>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut head = Vec::new();
    let text = |head: &mut Vec<u8>, text: &str| {
        head.extend((text.len() as u64).to_le_bytes());
        head.extend(text.as_bytes());
    };
    let texts = [
        ("general.type", "adapter"),
        ("general.architecture", architecture),
        ("adapter.type", "lora"),
    ];
    head.extend(b"GGUF");
    head.extend(3_u32.to_le_bytes());
    head.extend((tables.len() as u64).to_le_bytes());
    head.extend((texts.len() as u64 + 1).to_le_bytes());
    for (key, value) in texts {
        text(&mut head, key);
        head.extend(STRING.to_le_bytes());
        text(&mut head, value);
    }
    // The scales are in the numbers.
    text(&mut head, "adapter.lora.alpha");
    head.extend(F32.to_le_bytes());
    head.extend(0_f32.to_le_bytes());
    let padded = |length: usize| length.next_multiple_of(ALIGNMENT);
    let mut offset = 0;
    for (name, table) in tables {
        text(&mut head, name);
        head.extend(2_u32.to_le_bytes());
        let rows = table.numbers.len() / table.width.max(1);
        for length in [table.width, rows] {
            head.extend((length as u64).to_le_bytes());
        }
        // ggml's number of 32-bit floats.
        head.extend(0_u32.to_le_bytes());
        head.extend((offset as u64).to_le_bytes());
        offset += padded(4 * table.numbers.len());
    }
    head.resize(padded(head.len()), 0);
    out.write_all(&head)?;
    for table in tables.values() {
        let mut bytes: Vec<u8> = table.numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.resize(padded(bytes.len()), 0);
        out.write_all(&bytes)?;
    }
    out.flush()
}
