//! A model file: weights, tokenizer, what its metadata says.

use std::fmt::Write;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;

use crate::engine::llama::backend::{LoadError, backend};
use crate::engine::llama::device::{Device, chosen};
use crate::engine::llama::lora::Loras;
use crate::engine::llama::options::{KvType, Place, physical_cores};
use crate::models::{ChatFormat, Identifying, Lora, TensorType};
use crate::vocab::{Bridges, Specials, Token, Tokenizer};

/// A model whose cache takes at most so many numbers a token is small.
pub(super) const SMALL_CACHE: usize = 8192;

/// Documents that a GPU is given at once: enough that it does not wait for single tokens.
const GPU_PARALLEL: usize = 8;

/// Documents that are computed at the same time by default, at most: each takes the memory of a
/// context, some 30 MB for a small model.
const MOST_WORKERS: usize = 16;

/// How a model is loaded.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Layers to put on the devices, the output counted as one; `None` puts all there.
    pub gpu_layers: Option<u32>,
    /// The devices' names; `None` takes every graphics card there is.
    pub devices: Option<Vec<String>>,
    /// Only the vocabulary: enough to tokenise, and done in no time.
    pub vocab_only: bool,
    /// LoRA adapters to put on it. Hold them against the model first
    /// (`models::Adapter::fits`).
    pub loras: Vec<Lora>,
    /// Whether llama.cpp may write its log to stderr. The first model of a
    /// process decides.
    pub verbose: bool,
    /// Whether [`Model::identity`] will be asked for: it is found out while the model loads.
    pub identify: bool,
}

/// A loaded model.
#[derive(Debug)]
pub struct Model {
    inner: LlamaModel,
    path: PathBuf,
    /// What it computes on beside the processor.
    devices: Vec<Device>,
    gpu_layers: Option<u32>,
    loras: Loras,
    /// Of its file, and of the adapters' files.
    content: Vec<Identifying>,
    /// How it marks turns, as the registry says.
    chat_format: Option<ChatFormat>,
    longest_piece: OnceLock<usize>,
    bridges: OnceLock<Option<Bridges>>,
}

impl Model {
    /// Loads a GGUF file. Check it first (`models::check`): on some broken
    /// files llama.cpp ends the process instead of returning.
    ///
    /// # Errors
    /// [`LoadError`] where llama.cpp refuses the file.
    pub fn load(path: &Path, options: &ModelOptions) -> Result<Self, LoadError> {
        let backend = backend(options.verbose)?;
        // Weights that are laid out anew are copied anyway; mapped, the file would be held in
        // memory a second time.
        let mut params = LlamaModelParams::default()
            .with_vocab_only(options.vocab_only)
            .with_use_mmap(options.vocab_only);
        if let Some(layers) = options.gpu_layers {
            params = params.with_n_gpu_layers(layers);
        }
        let mut devices = Vec::new();
        if !options.vocab_only {
            devices = chosen(options.devices.as_deref(), options.verbose)?;
            if options.gpu_layers == Some(0) {
                devices.clear();
            }
            let indices: Vec<usize> = devices.iter().map(Device::index).collect();
            params = params
                .with_devices(&indices)
                .map_err(|e| LoadError::Backend(e.to_string()))?;
        }
        let begin = if options.identify {
            Identifying::begin
        } else {
            Identifying::later
        };
        let files = options.loras.iter().map(|lora| lora.path.as_path());
        let content: Vec<Identifying> = iter::once(path).chain(files).map(begin).collect();
        let inner = LlamaModel::load_from_file(backend, path, &params);
        let path = path.to_owned();
        let Ok(mut inner) = inner else {
            return Err(LoadError::Refused { path });
        };
        let loras = Loras::load(&mut inner, options.loras.clone())?;
        // What was loaded has to be what is hashed.
        if !content.iter().all(Identifying::is_unchanged) {
            return Err(LoadError::Changed { path });
        }
        Ok(Self {
            inner,
            path,
            devices,
            gpu_layers: options.gpu_layers,
            loras,
            content,
            chat_format: None,
            longest_piece: OnceLock::new(),
            bridges: OnceLock::new(),
        })
    }

    /// By what it is told from other models: the content of its file, and that of the adapters
    /// on it with their scales.
    ///
    /// # Errors
    /// [`io::Error`] where a file cannot be read, or is no longer what was loaded.
    pub fn identity(&self) -> io::Result<String> {
        let mut parts = self.content.iter().map(Identifying::wait);
        let mut whole = parts
            .next()
            .unwrap_or_else(|| Identifying::later(&self.path).wait())?;
        for (lora, part) in self.loras.list().iter().zip(parts) {
            // Into memory: there is nothing that could fail.
            let _ = write!(whole, " + {} × {}", part?, lora.scale);
        }
        Ok(whole)
    }

    /// What it is called: its file's name, and those of the adapters on it.
    #[must_use]
    pub fn name(&self) -> String {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let mut name = file.into_owned();
        for lora in self.loras.list() {
            let _ = write!(name, " + {lora}");
        }
        name
    }

    /// The adapters on it.
    #[must_use]
    pub fn loras(&self) -> &[Lora] {
        self.loras.list()
    }

    /// Puts the adapters on a context of the model.
    pub(super) fn adapt(&self, context: &mut LlamaContext) -> Result<(), String> {
        self.loras.apply(context)
    }

    /// A value of the file's metadata, as text: `general.name` for instance.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.inner.meta_val_str(key).ok()
    }

    /// How it marks turns, as the registry says of the name that it was found by.
    #[must_use]
    pub fn chat_format(&self) -> Option<ChatFormat> {
        self.chat_format
    }

    pub(super) fn set_chat_format(&mut self, format: Option<ChatFormat>) {
        self.chat_format = format;
    }

    /// How many documents are best computed together: one on a CPU, which it fills, and
    /// where each token would have to pass over the other documents' too.
    #[must_use]
    pub fn best_parallel(&self) -> usize {
        if !self.devices.is_empty() && !self.is_small() {
            GPU_PARALLEL
        } else {
            1
        }
    }

    /// How many documents are best computed at the same time, each with one thread: as many as
    /// there are cores, if the model is so small that one is best for it; else one.
    #[must_use]
    pub fn best_workers(&self) -> usize {
        if self.is_small() && self.devices.is_empty() {
            physical_cores().min(MOST_WORKERS)
        } else {
            1
        }
    }

    /// Whether the model is so small that one thread is best for it.
    pub(super) fn is_small(&self) -> bool {
        self.cache_numbers() <= SMALL_CACHE
    }

    /// Whether it computes on a graphics card.
    pub(super) fn is_on_device(&self) -> bool {
        !self.devices.is_empty()
    }

    /// What it computes on beside the processor, and how many layers, in words.
    pub(super) fn computed_on(&self) -> String {
        let names = self.devices.iter().map(|device| device.name.as_str());
        let names: Vec<&str> = names.collect();
        match self.gpu_layers {
            _ if names.is_empty() => String::new(),
            Some(layers) => format!("{layers} layers on {}", names.join(", ")),
            None => format!("all layers on {}", names.join(", ")),
        }
    }

    /// Where it computes.
    pub(super) fn place(&self) -> Place {
        let (keys, values) = self.head_lengths();
        Place::new(&self.devices, keys as u64, values as u64)
    }

    /// How many numbers the KV cache holds for each token.
    fn cache_numbers(&self) -> usize {
        let (layers, heads) = (self.inner.n_layer(), self.inner.n_head_kv());
        let (keys, values) = self.head_lengths();
        layers as usize * heads as usize * (keys + values)
    }

    /// Bytes of the KV cache for each token.
    pub(super) fn cell_bytes(&self, keys: KvType, values: KvType) -> Option<u64> {
        let heads = self.inner.n_head_kv() as usize;
        let (key, value) = self.head_lengths();
        let bytes = |kind: KvType, length| {
            TensorType::from(kind).bytes(heads.saturating_mul(length) as u64)
        };
        let layer = bytes(keys, key)?.checked_add(bytes(values, value)?)?;
        u64::from(self.inner.n_layer()).checked_mul(layer)
    }

    /// The lengths of a head's keys and values.
    fn head_lengths(&self) -> (usize, usize) {
        let width = usize::try_from(self.inner.n_embd()).unwrap_or(0);
        let default = width / (self.inner.n_head().max(1) as usize);
        let architecture = self.metadata("general.architecture").unwrap_or_default();
        let length = |which: &str| {
            let key = format!("{architecture}.attention.{which}_length");
            self.metadata(&key)
                .and_then(|text| text.parse().ok())
                .unwrap_or(default)
        };
        (length("key"), length("value"))
    }

    /// How the token is spelled that the metadata names as `bos` (or `eos`), if it has one.
    #[must_use]
    pub fn special(&self, which: &str) -> Option<String> {
        let key = format!("tokenizer.ggml.{which}_token_id");
        let id: i32 = self.metadata(&key)?.parse().ok()?;
        let vocab = self.inner.vocab();
        let known = (0..vocab.n_tokens()).contains(&id);
        let bytes = known.then(|| vocab.token_to_piece(LlamaToken(id), true, None))?;
        String::from_utf8(bytes).ok()
    }

    /// The longest sequence the model was trained on, in tokens.
    #[must_use]
    pub fn n_ctx_train(&self) -> usize {
        self.inner.n_ctx_train() as usize
    }

    /// Whether there are LoRA adapters on it.
    #[must_use]
    pub fn has_adapters(&self) -> bool {
        !self.loras.list().is_empty()
    }

    /// The file it was loaded from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn inner(&self) -> &LlamaModel {
        &self.inner
    }
}

impl Tokenizer for Model {
    fn tokenize(&self, text: &str, specials: Specials) -> Vec<Token> {
        let parse = specials == Specials::Parse;
        let tokens = self.inner.vocab().tokenize(text.as_bytes(), false, parse);
        tokens.into_iter().map(|token| Token(token.0)).collect()
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.inner
            .vocab()
            .token_to_piece(LlamaToken(token.0), false, None)
    }

    fn is_control(&self, token: Token) -> bool {
        self.inner.vocab().is_control(LlamaToken(token.0))
    }

    fn bos(&self) -> Option<Token> {
        let vocab = self.inner.vocab();
        vocab.should_add_bos().then(|| Token(vocab.bos().0))
    }

    fn longest_piece(&self) -> usize {
        *self.longest_piece.get_or_init(|| {
            // Other tokenizers may leave out or change parts of a text.
            match self.metadata("tokenizer.ggml.model").as_deref() {
                Some("llama" | "gpt2") => (0..self.inner.vocab().n_tokens())
                    .map(|token| self.piece(Token(token)).len())
                    .max()
                    .unwrap_or(usize::MAX),
                _ => usize::MAX,
            }
        })
    }

    fn bridges(&self) -> Option<&Bridges> {
        let of = || {
            // Others split a text by rules before they join anything.
            if self.metadata("tokenizer.ggml.model").as_deref() != Some("llama") {
                return None;
            }
            let vocab = self.inner.vocab();
            let tokens = (0..vocab.n_tokens()).map(LlamaToken);
            let (whole, joined): (Vec<_>, Vec<_>) =
                tokens.partition(|&token| vocab.attr(token).contains(LlamaTokenAttr::UserDefined));
            let pieces = |tokens: Vec<LlamaToken>| {
                tokens.into_iter().map(|token| self.piece(Token(token.0)))
            };
            Bridges::of(pieces(joined), pieces(whole))
        };
        self.bridges.get_or_init(of).as_ref()
    }
}
