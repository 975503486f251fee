//! LoRA adapters on a model, and on the contexts that are made of it.
//!
//! llama-cpp-2 puts one adapter on a context at a time; several are made into one.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};

use crate::models::{Adapter, AdapterError, Lora, join};

/// An adapter that could not be put on a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoraError {
    /// It cannot be read, or not be combined with the others.
    #[error("the LoRA adapter `{}` cannot be used", path.display())]
    Unusable {
        /// Its file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: AdapterError,
    },
    /// llama.cpp refused it.
    #[error("llama.cpp could not load the LoRA adapter `{}`", path.display())]
    Refused {
        /// Its file.
        path: PathBuf,
    },
    /// There is no room for the file that several are made into.
    #[error("the LoRA adapters cannot be combined")]
    Join(#[source] std::io::Error),
}

/// The adapters of a model.
#[derive(Debug, Default)]
pub(super) struct Loras {
    list: Vec<Lora>,
    /// What does all that they do, and its scale; `None` where that is nothing. llama.cpp
    /// frees it with the model. The crate wants it mutable to put it on a context.
    loaded: Option<(Mutex<LlamaLoraAdapter>, f32)>,
}

impl Loras {
    /// Loads adapters; those that are multiplied with 0 are not.
    pub(super) fn load(model: &mut LlamaModel, list: Vec<Lora>) -> Result<Self, LoraError> {
        let wanted: Vec<&Lora> = list.iter().filter(|lora| lora.scale != 0.0).collect();
        let loaded = match wanted[..] {
            [] => None,
            [one] => Some((init(model, &one.path, &one.path)?, one.scale)),
            [first, ..] => {
                let file = joined(&wanted)?;
                Some((init(model, file.path(), &first.path)?, 1.0))
            }
        };
        Ok(Self { list, loaded })
    }

    /// The adapters, in the order they were given.
    pub(super) fn list(&self) -> &[Lora] {
        &self.list
    }

    /// Puts them on a context of their model.
    pub(super) fn apply(&self, context: &mut LlamaContext) -> Result<(), String> {
        let Some((adapter, scale)) = &self.loaded else {
            return Ok(());
        };
        let mut adapter = adapter.lock().unwrap_or_else(PoisonError::into_inner);
        context
            .lora_adapter_set(&mut adapter, *scale)
            .map_err(|error| error.to_string())
    }
}

/// Lets llama.cpp read a file; errors name the one that the user knows.
fn init(
    model: &mut LlamaModel,
    file: &std::path::Path,
    named: &std::path::Path,
) -> Result<Mutex<LlamaLoraAdapter>, LoraError> {
    let adapter = model.lora_adapter_init(file);
    let refused = |_| LoraError::Refused {
        path: named.to_owned(),
    };
    adapter.map(Mutex::new).map_err(refused)
}

/// A file with one adapter that does what all of these do.
fn joined(loras: &[&Lora]) -> Result<tempfile::NamedTempFile, LoraError> {
    let unusable = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| LoraError::Unusable { path, source }
    };
    let mut adapters = Vec::new();
    for lora in loras {
        let adapter = Adapter::read(&lora.path).map_err(unusable(&lora.path))?;
        adapters.push((adapter, lora.scale));
    }
    let mut file = tempfile::NamedTempFile::new().map_err(LoraError::Join)?;
    join(&adapters, &mut file).map_err(unusable(&loras[0].path))?;
    Ok(file)
}
