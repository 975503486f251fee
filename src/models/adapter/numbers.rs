//! The numbers of an adapter's tensors, whatever they are stored as, in 32-bit floats.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::models::adapter::{Adapter, AdapterError};
use crate::models::gguf::{CheckError, Tensor};
use crate::models::tensor_type::TensorType;

/// Numbers in a block of Q8_0, which begins with their scale.
const BLOCK: usize = 32;

/// Reads the numbers of a tensor, row by row.
pub(super) fn numbers(adapter: &Adapter, tensor: &Tensor) -> Result<Vec<f32>, AdapterError> {
    let bytes = match tensor.kind {
        // A row ends where a block does, or what follows would be read as part of it.
        TensorType::Q8_0 if !tensor.shape[0].is_multiple_of(BLOCK as u64) => {
            return Err(AdapterError::Shape(tensor.name.clone()));
        }
        TensorType::F32 | TensorType::F16 | TensorType::BF16 | TensorType::Q8_0 => tensor.bytes(),
        kind => {
            return Err(AdapterError::Kinds {
                name: tensor.name.clone(),
                kind: kind.to_string(),
            });
        }
    };
    let bytes = read(adapter, tensor, bytes).map_err(CheckError::Io)?;
    let pair = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
    Ok(match tensor.kind {
        TensorType::F16 => bytes.chunks_exact(2).map(|b| from_f16(pair(b))).collect(),
        TensorType::BF16 => {
            let widened = |b| f32::from_bits(u32::from(pair(b)) << 16);
            bytes.chunks_exact(2).map(widened).collect()
        }
        TensorType::Q8_0 => {
            let blocks = bytes.chunks_exact(BLOCK + 2).flat_map(|block| {
                let scale = from_f16(pair(block));
                block[2..]
                    .iter()
                    .map(move |&q| scale * f32::from(q.cast_signed()))
            });
            blocks.collect()
        }
        _ => {
            let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            bytes.chunks_exact(4).map(float).collect()
        }
    })
}

/// A tensor's bytes: the header was held against the file's size before.
fn read(adapter: &Adapter, tensor: &Tensor, bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(&adapter.path)?;
    let start = adapter.header.data_start.saturating_add(tensor.offset);
    file.seek(SeekFrom::Start(start))?;
    let mut read = Vec::new();
    file.take(bytes).read_to_end(&mut read)?;
    if read.len() as u64 != bytes {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
    }
    Ok(read)
}

/// IEEE 754's 16-bit format.
fn from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 31;
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        // Too small for its exponent: so many times 2 to the -24.
        0 => {
            let size = f32::from(bits & 0x3ff) * f32::from_bits((127 - 24) << 23);
            if sign == 0 { size } else { -size }
        }
        31 => f32::from_bits(sign | 255 << 23 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;
    use crate::models::gguf::Header;

    #[test]
    fn rows_that_end_inside_a_block_are_refused() {
        let adapter = Adapter {
            path: PathBuf::new(),
            header: Header::default(),
            alpha: 0.0,
            pairs: BTreeMap::new(),
        };
        let tensor = Tensor {
            name: "x.lora_a".to_owned(),
            shape: vec![4, 2],
            kind: TensorType::Q8_0,
            offset: 0,
        };
        let error = numbers(&adapter, &tensor).unwrap_err();
        assert!(matches!(error, AdapterError::Shape(_)), "{error}");
    }

    #[test]
    fn sixteen_bits_become_thirty_two() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x7c00, f32::INFINITY),
        ] {
            assert!(
                from_f16(bits).to_bits() == f32::to_bits(value),
                "{bits:04x}"
            );
        }
        assert!(from_f16(0x7e00).is_nan());
    }
}
