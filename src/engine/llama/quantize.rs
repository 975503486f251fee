//! llama.cpp's quantiser. llama-cpp-2 has no call for it, so this file, and no other, calls
//! into C itself.

#![expect(unsafe_code, reason = "llama-cpp-2 has no safe call")]

use std::ffi::{CString, c_int};
use std::path::Path;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_sys_2 as sys;

use crate::engine::llama::options::physical_cores;

/// How the weights of a smaller file are stored, by llama.cpp's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantization {
    /// 4 bits a weight and a scale for each 32.
    Q4_0,
    /// 4 bits, 6 where it matters more.
    Q4KM,
    /// 5 bits, 6 where it matters more.
    Q5KM,
    /// 8 bits and a scale for each 32.
    Q8_0,
}

impl Quantization {
    /// llama.cpp's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4KM => "Q4_K_M",
            Self::Q5KM => "Q5_K_M",
            Self::Q8_0 => "Q8_0",
        }
    }

    /// Numbers in a block: rows that do not divide into such come out in another type.
    #[must_use]
    pub fn block(self) -> u64 {
        match self {
            Self::Q4_0 | Self::Q8_0 => 32,
            Self::Q4KM | Self::Q5KM => 256,
        }
    }

    /// Bits that a weight takes at most, on average, in hundredths.
    #[must_use]
    pub fn centibits(self) -> u64 {
        match self {
            Self::Q4_0 => 500,
            Self::Q4KM => 530,
            Self::Q5KM => 610,
            Self::Q8_0 => 850,
        }
    }
}

/// Why no smaller file was made; llama.cpp has told the rest on stderr.
#[derive(Debug, thiserror::Error)]
pub enum QuantizeError {
    /// llama.cpp takes no such path.
    #[error("llama.cpp cannot name the path `{0}`")]
    Path(String),
    /// It is in use already, or could not start.
    #[error("llama.cpp cannot be started: {0}")]
    Backend(String),
    /// It refused the model, or could not write.
    #[error("llama.cpp could not quantise the model")]
    Failed,
}

/// Makes a smaller file of a model whose header was checked (`models::check`). llama.cpp
/// tells on stderr how far it is, and ends the process on some models: call it from a process
/// of its own.
///
/// # Errors
/// [`QuantizeError`] where it fails; half of the output may be there then.
pub fn quantize(input: &Path, output: &Path, kind: Quantization) -> Result<(), QuantizeError> {
    let backend = LlamaBackend::init().map_err(|e| QuantizeError::Backend(e.to_string()))?;
    let (input, output) = (c_path(input)?, c_path(output)?);
    // SAFETY: takes nothing and returns plain numbers and null pointers.
    let mut params = unsafe { sys::llama_model_quantize_default_params() };
    params.nthread = c_int::try_from(physical_cores()).unwrap_or(1);
    params.ftype = match kind {
        Quantization::Q4_0 => sys::LLAMA_FTYPE_MOSTLY_Q4_0,
        Quantization::Q4KM => sys::LLAMA_FTYPE_MOSTLY_Q4_K_M,
        Quantization::Q5KM => sys::LLAMA_FTYPE_MOSTLY_Q5_K_M,
        Quantization::Q8_0 => sys::LLAMA_FTYPE_MOSTLY_Q8_0,
    };
    // SAFETY: both strings end with NUL, and they and the parameters outlive the call, which
    // keeps none of them; its exceptions are caught within and become a number.
    let failed =
        unsafe { sys::llama_model_quantize(input.as_ptr(), output.as_ptr(), &raw const params) };
    drop(backend);
    if failed == 0 {
        Ok(())
    } else {
        Err(QuantizeError::Failed)
    }
}

fn c_path(path: &Path) -> Result<CString, QuantizeError> {
    let bytes = path.as_os_str().as_encoded_bytes();
    CString::new(bytes).map_err(|_| QuantizeError::Path(path.display().to_string()))
}
