//! How a context is made: its length, threads, cache and attention.

use std::str::FromStr;

use llama_cpp_2::context::params::KvCacheType;

/// The type of the numbers in the KV cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit floats with the exponent of 32-bit ones.
    Bf16,
    /// 8-bit blocks: half the memory of `F16`, and slower on a CPU.
    Q8_0,
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            "q8_0" => Ok(Self::Q8_0),
            _ => Err("expected `f32`, `f16`, `bf16` or `q8_0`".to_owned()),
        }
    }
}

impl From<KvType> for KvCacheType {
    fn from(kv: KvType) -> Self {
        match kv {
            KvType::F32 => Self::F32,
            KvType::F16 => Self::F16,
            KvType::Bf16 => Self::BF16,
            KvType::Q8_0 => Self::Q8_0,
        }
    }
}

/// Whether attention is computed without writing its matrix out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlashAttention {
    /// Where llama.cpp thinks it fit; off where the cache is in 32-bit floats, which
    /// it would round to 16.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl FromStr for FlashAttention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("expected `auto`, `on` or `off`".to_owned()),
        }
    }
}

/// How a context is made.
#[derive(Clone, Debug)]
pub struct ContextOptions {
    /// Its length in tokens; `None` lets it grow with the documents, up to
    /// what the model was trained on.
    pub n_ctx: Option<usize>,
    /// Threads to compute with; `None` takes the physical cores, and one for a
    /// small model, whose threads would spend their time waiting for each other.
    pub threads: Option<usize>,
    /// Tokens in one batch.
    pub n_batch: usize,
    /// The type of the cache's keys; `None` takes 32-bit floats where the model
    /// is so small that they cost little, else 16-bit floats.
    pub type_k: Option<KvType>,
    /// The type of the cache's values; `None` as for the keys.
    pub type_v: Option<KvType>,
    /// How attention is computed.
    pub flash_attention: FlashAttention,
}

impl Default for ContextOptions {
    fn default() -> Self {
        Self {
            n_ctx: None,
            threads: None,
            n_batch: 512,
            type_k: None,
            type_v: None,
            flash_attention: FlashAttention::default(),
        }
    }
}
