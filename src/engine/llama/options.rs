//! How a context is made: its length, threads, cache and attention; and what the
//! defaults come to on this machine.

use std::fmt;
use std::str::FromStr;

use llama_cpp_2::context::params::KvCacheType;

use crate::engine::llama::device::Device;
use crate::engine::prefix_cache::PrefixCache;

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

impl From<FlashAttention> for i32 {
    /// llama.cpp's `llama_flash_attn_type`.
    fn from(flash_attention: FlashAttention) -> Self {
        match flash_attention {
            FlashAttention::Auto => -1,
            FlashAttention::Off => 0,
            FlashAttention::On => 1,
        }
    }
}

/// How a context is made.
#[derive(Clone, Debug)]
pub struct ContextOptions {
    /// Its length in tokens; `None` lets it grow with the documents, up to
    /// what the model was trained on.
    pub n_ctx: Option<usize>,
    /// Threads to compute single tokens with; `None` takes the physical cores, and one for
    /// a small model, whose threads would spend their time waiting for each other.
    pub threads: Option<usize>,
    /// Threads to compute batches with; `None` takes as many.
    pub threads_batch: Option<usize>,
    /// Tokens in one batch.
    pub n_batch: usize,
    /// Tokens that are computed at once; `None` takes the whole batch.
    pub n_ubatch: Option<usize>,
    /// The type of the cache's keys; `None` takes 32-bit floats where the model
    /// is so small that they cost little, else the 16-bit floats that the processor is
    /// fastest with.
    pub type_k: Option<KvType>,
    /// The type of the cache's values; `None` as for the keys.
    pub type_v: Option<KvType>,
    /// How attention is computed.
    pub flash_attention: FlashAttention,
    /// Whether to need as little memory as possible: a cache in 8-bit blocks, small batches.
    /// Changes nothing for a small model.
    pub low_memory: bool,
    /// Whether a context is refused that would not fit into what memory is free.
    pub check_memory: bool,
    /// Where the state of the prefix is kept from one run to the next, if anywhere.
    pub prefix_cache: Option<PrefixCache>,
    /// As many bytes of memory may the states of prefixes take that are not in use, so that
    /// tag lists can take turns.
    pub parked_bytes: u64,
}

impl Default for ContextOptions {
    fn default() -> Self {
        Self {
            n_ctx: None,
            threads: None,
            threads_batch: None,
            n_batch: 512,
            n_ubatch: None,
            type_k: None,
            type_v: None,
            flash_attention: FlashAttention::default(),
            low_memory: false,
            check_memory: true,
            prefix_cache: None,
            parked_bytes: 1 << 30,
        }
    }
}

/// Where a model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the processor alone.
    Cpu,
    /// On graphics cards as well.
    Gpu {
        /// Whether all of them have a flash attention for the model's heads; without it,
        /// the cache's values cannot be in blocks.
        flash_attention: bool,
    },
}

impl Place {
    /// The place of a model with heads of these lengths on these devices.
    pub(super) fn new(devices: &[Device], keys: u64, values: u64) -> Self {
        if devices.is_empty() {
            return Self::Cpu;
        }
        let has = |device: &Device| device.has_flash_attention(keys, values);
        Self::Gpu {
            flash_attention: devices.iter().all(has),
        }
    }
}

/// Tokens that are computed at once where memory is short.
const LOW_MEMORY_UBATCH: usize = 128;

/// What the options of a context come to with this model on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) threads: usize,
    pub(super) threads_batch: usize,
    pub(super) n_batch: usize,
    pub(super) n_ubatch: usize,
    pub(super) type_k: KvType,
    pub(super) type_v: KvType,
    pub(super) flash_attention: FlashAttention,
    place: Place,
    /// Why the defaults are what they are.
    reason: &'static str,
}

impl Settled {
    pub(super) fn new(options: &ContextOptions, small: bool, place: Place) -> Self {
        let gpu = place != Place::Cpu;
        let wants_flash = options.flash_attention == FlashAttention::On;
        // Keys and values in bf16 go through the processor's own dot product, and then
        // attention without the flash kernel, which has none for bf16, is faster than with.
        let (kv, reason) = if small {
            (KvType::F32, "the model is small")
        } else if options.low_memory {
            (KvType::Q8_0, "memory is short")
        } else if !gpu && !wants_flash && computes_bf16() {
            (KvType::Bf16, "the processor computes with bf16")
        } else {
            (KvType::F16, "half the size of f32")
        };
        let values = match place {
            // Quantised values need flash attention.
            Place::Gpu {
                flash_attention: false,
            } if kv == KvType::Q8_0 => KvType::F16,
            _ => kv,
        };
        let type_k = options.type_k.unwrap_or(kv);
        let type_v = options.type_v.unwrap_or(values);
        let flash_attention = match (options.flash_attention, type_k, type_v) {
            // The kernel would round to 16 bits what is there in 32.
            (FlashAttention::Auto, KvType::F32, KvType::F32)
            | (FlashAttention::Auto, KvType::Bf16, KvType::Bf16) => FlashAttention::Off,
            (asked, _, _) => asked,
        };
        let most = if options.low_memory && !small {
            LOW_MEMORY_UBATCH
        } else {
            options.n_batch
        };
        let threads = if small { 1 } else { physical_cores() };
        let threads = options.threads.unwrap_or(threads);
        Self {
            threads,
            threads_batch: options.threads_batch.unwrap_or(threads),
            n_batch: options.n_batch,
            n_ubatch: options.n_ubatch.unwrap_or(most).min(options.n_batch),
            type_k,
            type_v,
            flash_attention,
            place,
            reason,
        }
    }

    /// Whether llama.cpp will compute attention without writing its matrix out.
    pub(super) fn computes_flash_attention(&self) -> bool {
        match (self.flash_attention, self.place) {
            (FlashAttention::On, _) | (FlashAttention::Auto, Place::Cpu) => true,
            (FlashAttention::Off, _) => false,
            (FlashAttention::Auto, Place::Gpu { flash_attention }) => flash_attention,
        }
    }

    /// Everything that numbers depend on.
    pub(super) fn numbers(&self) -> String {
        format!(
            "{} {} {:?} {:?} {:?}",
            self.n_batch, self.n_ubatch, self.type_k, self.type_v, self.flash_attention
        )
    }
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            threads,
            threads_batch,
            n_batch,
            n_ubatch,
            type_k,
            type_v,
            flash_attention,
            place: _,
            reason,
        } = self;
        write!(
            f,
            "{threads} threads ({threads_batch} for batches), batches of {n_batch} ({n_ubatch} at once), \
             keys in {type_k:?} and values in {type_v:?} ({reason}), flash attention {flash_attention:?}"
        )
    }
}

/// Whether the processor has a dot product of bf16 numbers.
fn computes_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// The cores this process may use; two hyper-threads of one core share its vector
/// unit and count once.
pub(super) fn physical_cores() -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    available.min(num_cpus::get_physical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_beats_what_is_best() {
        let options = ContextOptions {
            type_k: Some(KvType::Q8_0),
            type_v: Some(KvType::F16),
            threads: Some(3),
            ..ContextOptions::default()
        };
        let settled = Settled::new(&options, false, Place::Cpu);
        assert_eq!(
            (settled.type_k, settled.type_v),
            (KvType::Q8_0, KvType::F16)
        );
        assert_eq!((settled.threads, settled.threads_batch), (3, 3));
        assert_eq!(settled.flash_attention, FlashAttention::Auto);
        let short = ContextOptions {
            low_memory: true,
            ..ContextOptions::default()
        };
        let settled = Settled::new(&short, false, Place::Cpu);
        assert_eq!((settled.type_v, settled.n_ubatch), (KvType::Q8_0, 128));
        assert_eq!(Settled::new(&short, true, Place::Cpu).type_v, KvType::F32);
        let flash = ContextOptions {
            flash_attention: FlashAttention::On,
            ..ContextOptions::default()
        };
        assert_eq!(Settled::new(&flash, false, Place::Cpu).type_k, KvType::F16);
    }

    #[test]
    fn small_models_get_exact_numbers_and_a_gpu_no_bf16() {
        let options = ContextOptions::default();
        let small = Settled::new(&options, true, Place::Cpu);
        assert_eq!((small.type_k, small.threads), (KvType::F32, 1));
        assert_eq!(small.flash_attention, FlashAttention::Off);
        let gpu = |flash_attention| Place::Gpu { flash_attention };
        let types = |options: &ContextOptions, place| {
            let settled = Settled::new(options, false, place);
            (settled.type_k, settled.type_v)
        };
        assert_eq!(types(&options, gpu(true)), (KvType::F16, KvType::F16));
        let short = ContextOptions {
            low_memory: true,
            ..ContextOptions::default()
        };
        assert_eq!(types(&short, gpu(true)), (KvType::Q8_0, KvType::Q8_0));
        assert_eq!(types(&short, gpu(false)), (KvType::Q8_0, KvType::F16));
    }
}
