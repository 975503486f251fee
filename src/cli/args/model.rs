//! Arguments on the model and how it is run.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use minitag::engine::llama::{FlashAttention, KvType};
use minitag::forecast::GpuLayers;
use minitag::models::Lora;

#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// A GGUF file, a name of `models list`, or owner/repository:file.gguf.
    ///
    /// The last is looked for in the Hugging Face cache [default: MiniCPM3-4B in models/ or in
    /// that cache, else `nano`, the built-in one].
    #[arg(short, long, value_name = "MODEL", env = "MINITAG_MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// A LoRA adapter (GGUF) for the model, and its scale.
    ///
    /// May be given several times, or several with commas between.
    #[arg(
        long,
        value_name = "FILE[:SCALE]",
        value_delimiter = ',',
        env = "MINITAG_LORA"
    )]
    pub(crate) lora: Vec<Lora>,

    /// Needs as little memory as possible: the cache in q8_0, small batches. Slower.
    #[arg(hide_short_help = true, long, env = "MINITAG_LOW_MEMORY", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) low_memory: bool,

    /// Threads [default: the physical cores; one for small models].
    #[arg(short, long, value_name = "N", env = "MINITAG_THREADS")]
    pub(crate) threads: Option<usize>,

    /// Threads to compute batches with [default: as many].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_THREADS_BATCH"
    )]
    pub(crate) threads_batch: Option<usize>,

    /// The context's length in tokens [default: what the documents need].
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "N",
        env = "MINITAG_CTX_SIZE"
    )]
    pub(crate) ctx_size: Option<usize>,

    /// Tokens in one batch.
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "N",
        default_value = "512",
        env = "MINITAG_BATCH_SIZE"
    )]
    pub(crate) batch_size: usize,

    /// Tokens that are computed at once [default: the whole batch].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        env = "MINITAG_UBATCH_SIZE"
    )]
    pub(crate) ubatch_size: Option<usize>,

    /// Layers to put on graphics cards.
    ///
    /// In a program built for them: a number, the output counted as one more, or `auto`, as
    /// many as their free memory holds.
    #[arg(
        long,
        value_name = "N|auto",
        default_value = "auto",
        env = "MINITAG_GPU_LAYERS"
    )]
    pub(crate) gpu_layers: GpuLayers,

    /// The graphics cards to use, of those that `minitag doctor` shows, or `none`
    /// [default: all].
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        value_delimiter = ',',
        env = "MINITAG_DEVICE"
    )]
    pub(crate) device: Option<Vec<String>>,

    /// Load the model even though it does not seem to fit into memory.
    #[arg(hide_short_help = true, long, env = "MINITAG_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) force: bool,

    /// Type of the cache's keys: f32, f16, bf16, q8_0 [default: f32 for small models;
    /// bf16 where the processor computes with it; else f16].
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

    /// Do not keep the tag list's state for the next run.
    #[arg(hide_short_help = true, long, env = "MINITAG_NO_PREFIX_CACHE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) no_prefix_cache: bool,

    /// How much disk the kept states may take.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "SIZE",
        default_value = "2GiB",
        env = "MINITAG_PREFIX_CACHE_LIMIT"
    )]
    pub(crate) prefix_cache_limit: ByteSize,

    /// Say how the model is run, with llama.cpp's log.
    #[arg(short, long, env = "MINITAG_VERBOSE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) verbose: bool,
}
