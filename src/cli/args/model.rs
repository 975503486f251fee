//! Arguments on the model and how it is run.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use minitag::engine::llama::{FlashAttention, KvType};
use minitag::forecast::GpuLayers;
use minitag::models::Lora;

#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// A GGUF file, a name from `models list`, owner/repository with :file.gguf or
    /// :QUANTISATION, or ollama:NAME:TAG.
    ///
    /// A repository is looked up in the Hugging Face cache [default: MiniCPM3-4B in models/ or
    /// in that cache, else `nano`, the built-in model]. With `none` no model is asked: word
    /// vectors, and what `learn` learned, decide alone.
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// A LoRA adapter (GGUF) for the model, and its scale.
    ///
    /// Can be repeated, or take several values separated by commas.
    #[arg(
        long,
        value_name = "FILE[:SCALE]",
        value_delimiter = ',',
        env = "MINITAG_LORA"
    )]
    pub(crate) lora: Vec<Lora>,

    /// Use as little memory as possible: cache in q8_0, small batches. Slower.
    #[arg(hide_short_help = true, long, env = "MINITAG_LOW_MEMORY", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) low_memory: bool,

    /// Number of threads [default: the physical cores; one for small models].
    #[arg(short, long, value_name = "N", env = "MINITAG_THREADS")]
    pub(crate) threads: Option<usize>,

    /// Number of threads for batches [default: that of `--threads`].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_THREADS_BATCH"
    )]
    pub(crate) threads_batch: Option<usize>,

    /// Context length in tokens [default: what the documents need].
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "N",
        env = "MINITAG_CTX_SIZE"
    )]
    pub(crate) ctx_size: Option<usize>,

    /// Logical batch size in tokens.
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "N",
        default_value = "512",
        env = "MINITAG_BATCH_SIZE"
    )]
    pub(crate) batch_size: usize,

    /// Physical batch size in tokens [default: the whole batch].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_UBATCH_SIZE"
    )]
    pub(crate) ubatch_size: Option<usize>,

    /// Number of layers on graphics cards.
    ///
    /// In a program built for them: a number (the output counts as one more), or `auto`: as
    /// many as fit into their free memory.
    #[arg(
        long,
        value_name = "N|auto",
        default_value = "auto",
        env = "MINITAG_GPU_LAYERS"
    )]
    pub(crate) gpu_layers: GpuLayers,

    /// The graphics cards to use, by the names in `minitag doctor`, or `none`
    /// [default: all].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        value_delimiter = ',',
        env = "MINITAG_DEVICE"
    )]
    pub(crate) device: Option<Vec<String>>,

    /// Load the model even if it does not seem to fit into memory.
    #[arg(hide_short_help = true, long, env = "MINITAG_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) force: bool,

    /// Type of the cache's keys: f32, f16, bf16, q8_0 [default: f32 for small models;
    /// bf16 if the processor computes with it; else f16].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "TYPE",
        env = "MINITAG_CACHE_TYPE_K"
    )]
    pub(crate) cache_type_k: Option<KvType>,

    /// Type of the cache's values [default: as for the keys].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "TYPE",
        env = "MINITAG_CACHE_TYPE_V"
    )]
    pub(crate) cache_type_v: Option<KvType>,

    /// Flash attention: auto, on, off.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "MINITAG_FLASH_ATTN"
    )]
    pub(crate) flash_attn: FlashAttention,

    /// Do not keep the prefix cache of the tag list for the next run.
    #[arg(hide_short_help = true, long, env = "MINITAG_NO_PREFIX_CACHE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) no_prefix_cache: bool,

    /// Maximum disk space for prefix caches.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "SIZE",
        default_value = "2GiB",
        env = "MINITAG_PREFIX_CACHE_LIMIT"
    )]
    pub(crate) prefix_cache_limit: ByteSize,

    /// Print how the model is run, and llama.cpp's log.
    #[arg(short, long, env = "MINITAG_VERBOSE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) verbose: bool,
}
