//! How the numbers of a tensor are stored: ggml's types.

use std::fmt;

/// A type, by ggml's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TensorType(pub u32);

/// Name, numbers in a block, bytes of a block.
type Row = (&'static str, u64, u64);

impl TensorType {
    /// 32-bit floats.
    pub const F32: Self = Self(0);
    /// 16-bit floats.
    pub const F16: Self = Self(1);
    /// 4-bit blocks.
    pub const Q4_0: Self = Self(2);
    /// 8-bit blocks.
    pub const Q8_0: Self = Self(8);
    /// 4-bit blocks of blocks.
    pub const Q4_K: Self = Self(12);
    /// 6-bit blocks of blocks.
    pub const Q6_K: Self = Self(14);
    /// 16-bit floats with the exponent of 32-bit ones.
    pub const BF16: Self = Self(30);

    /// ggml's type table; `None` for what is not in it.
    fn row(self) -> Option<Row> {
        Some(match self.0 {
            0 => ("F32", 1, 4),
            1 => ("F16", 1, 2),
            2 => ("Q4_0", 32, 18),
            3 => ("Q4_1", 32, 20),
            6 => ("Q5_0", 32, 22),
            7 => ("Q5_1", 32, 24),
            8 => ("Q8_0", 32, 34),
            9 => ("Q8_1", 32, 36),
            10 => ("Q2_K", 256, 84),
            11 => ("Q3_K", 256, 110),
            12 => ("Q4_K", 256, 144),
            13 => ("Q5_K", 256, 176),
            14 => ("Q6_K", 256, 210),
            15 => ("Q8_K", 256, 292),
            16 => ("IQ2_XXS", 256, 66),
            17 => ("IQ2_XS", 256, 74),
            18 => ("IQ3_XXS", 256, 98),
            19 => ("IQ1_S", 256, 50),
            20 => ("IQ4_NL", 32, 18),
            21 => ("IQ3_S", 256, 110),
            22 => ("IQ2_S", 256, 82),
            23 => ("IQ4_XS", 256, 136),
            24 => ("I8", 1, 1),
            25 => ("I16", 1, 2),
            26 => ("I32", 1, 4),
            27 => ("I64", 1, 8),
            28 => ("F64", 1, 8),
            29 => ("IQ1_M", 256, 56),
            30 => ("BF16", 1, 2),
            34 => ("TQ1_0", 256, 54),
            35 => ("TQ2_0", 256, 66),
            39 => ("MXFP4", 32, 17),
            _ => return None,
        })
    }

    /// Bytes that so many numbers take; `None` where the type is not known here.
    pub(crate) fn bytes(self, numbers: u64) -> Option<u64> {
        let (_, in_block, bytes) = self.row()?;
        Some(numbers.div_ceil(in_block).saturating_mul(bytes))
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some((name, ..)) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}
