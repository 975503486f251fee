//! Arguments of `minitag models`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Subcommand, ValueEnum};
use minitag::engine::llama::Quantization;

use crate::cli::args::batch::workers;
use crate::cli::args::{CountArgs, FormatArgs, ModelArgs, WordingArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    List(ModelsListArgs),
    Pull(ModelsPullArgs),
    Path(ModelsPathArgs),
    Check(ModelsCheckArgs),
    Plan(Box<ModelsPlanArgs>),
    Quantize(ModelsQuantizeArgs),
    Remove(ModelsRemoveArgs),
}

/// List the models known by name, and the GGUF files on this machine.
///
/// MEMORY is what a run takes with a usual tag list and document, RUNS whether so much is free.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models list
  HF_HOME=/mnt/models minitag models list")]
pub(crate) struct ModelsListArgs {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Download a model into the Hugging Face cache; an interrupted download resumes.
///
/// HF_ENDPOINT sets another hub, HF_TOKEN a token, HF_HOME or HF_HUB_CACHE another
/// folder; HF_HUB_OFFLINE forbids downloads; HTTPS_PROXY and NO_PROXY set proxies;
/// SSL_CERT_FILE names the certificates to trust instead of Mozilla's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models pull minicpm3-4b
  minitag models pull owner/repository:model-q4_k_m.gguf
  minitag models pull https://huggingface.co/owner/repository/blob/main/model.gguf
  HF_ENDPOINT=https://hub.example.org minitag models pull minicpm3-4b")]
pub(crate) struct ModelsPullArgs {
    /// A name from `models list`, owner/repository:file.gguf on the hub, or its address.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}

/// Print the path of a model's file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models path minicpm3-4b
  llama-cli -m \"$(minitag models path minicpm3-4b)\"")]
pub(crate) struct ModelsPathArgs {
    /// A name from `models list`, owner/repository:file.gguf, or a file.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}

/// Describe a model file, and report what is wrong with it.
///
/// Reads the header only, so it takes no time and no memory. Every command that
/// loads a model does the same check first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models check minicpm3-4b
  minitag models check models/my.gguf && echo sound
  minitag models check nano --format json | jq .layers")]
pub(crate) struct ModelsCheckArgs {
    /// A file, a name from `models list`, or owner/repository:file.gguf.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Show how much memory a run will need, part by part, without loading the model.
///
/// Every command that loads a model makes the same plan first, and refuses a model that does
/// not fit. The exit code is 3 if it does not. A model of the registry that is not here yet is
/// estimated.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models plan minicpm3-4b --tags tags.json
  minitag models plan minicpm3-4b --tags tags.json --budget 512 --low-memory
  minitag models plan models/my.gguf -c 8192 --format json | jq .total")]
pub(crate) struct ModelsPlanArgs {
    /// A file, a name from `models list`, or owner/repository:file.gguf
    /// [default: as for `--model`].
    #[arg(value_name = "MODEL")]
    pub(crate) name: Option<PathBuf>,

    /// The tag list; without one, the plan leaves it out.
    #[arg(long, value_name = "FILE", env = "MINITAG_TAGS")]
    pub(crate) tags: Option<PathBuf>,

    /// Maximum number of documents computed together.
    #[arg(long, value_name = "N", default_value = "1", env = "MINITAG_PARALLEL")]
    pub(crate) parallel: usize,

    /// Number of documents computed at the same time, each in a context of its own.
    #[arg(long, value_name = "N", default_value = "1", env = "MINITAG_WORKERS", value_parser = workers)]
    pub(crate) workers: usize,

    #[command(flatten)]
    pub(crate) format: FormatArgs,

    #[command(flatten)]
    pub(crate) count: CountArgs,
    #[command(flatten)]
    pub(crate) wording: WordingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Quantise a model to a smaller file, with llama.cpp's quantiser.
///
/// The file appears once it is complete, and has been loaded and run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models quantize tuned-f16.gguf tuned-q4_k_m.gguf
  minitag models quantize minicpm3-4b-fp16 q8_0.gguf --type Q8_0")]
pub(crate) struct ModelsQuantizeArgs {
    /// The unquantised model: a file, or a name from `models list`.
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// The file to write.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,

    /// Type of the weights.
    #[arg(
        long = "type",
        value_enum,
        ignore_case = true,
        default_value = "Q4_K_M",
        env = "MINITAG_TYPE"
    )]
    pub(crate) kind: QuantizedType,

    /// Replace OUT if it exists.
    #[arg(long, env = "MINITAG_OVERWRITE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) overwrite: bool,
}

/// llama.cpp's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(non_camel_case_types, reason = "llama.cpp's names")]
pub(crate) enum QuantizedType {
    /// 4 bits, simple.
    #[value(name = "Q4_0")]
    Q4_0,
    /// 4 bits, and more where it matters: the usual choice.
    #[value(name = "Q4_K_M")]
    Q4_K_M,
    /// 5 bits, and more where it matters.
    #[value(name = "Q5_K_M")]
    Q5_K_M,
    /// 8 bits: hardly distinguishable from the original.
    #[value(name = "Q8_0")]
    Q8_0,
}

impl QuantizedType {
    /// For llama.cpp.
    pub(crate) fn quantization(self) -> Quantization {
        match self {
            Self::Q4_0 => Quantization::Q4_0,
            Self::Q4_K_M => Quantization::Q4KM,
            Self::Q5_K_M => Quantization::Q5KM,
            Self::Q8_0 => Quantization::Q8_0,
        }
    }
}

/// Delete a model from the Hugging Face cache.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  minitag models remove minicpm3-4b
  minitag models remove owner/repository:model-q4_k_m.gguf")]
pub(crate) struct ModelsRemoveArgs {
    /// A name from `models list`, or owner/repository:file.gguf.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
}
