//! A model by its name: found, checked and loaded.

use std::path::{Path, PathBuf};

use crate::engine::llama::backend::LoadError;
use crate::engine::llama::model::{Model, ModelOptions};
use crate::models::{CheckError, LocateError, Located, PinError, check, locate, verify};

/// Why a model could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none of this name.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// Its file cannot be used.
    #[error("the model `{}` cannot be used", path.display())]
    Check {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: CheckError,
    },
    /// Its file is not the one that the registry knows by this name.
    #[error("the model `{}` cannot be used", path.display())]
    Pin {
        /// The file.
        path: PathBuf,
        /// In what they differ.
        #[source]
        source: PinError,
    },
    /// llama.cpp cannot load it.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Model {
    /// Opens a model: a GGUF file, a name of the registry, or `owner/repository:file.gguf` in
    /// the Hugging Face cache. `None` is MiniCPM3-4B, if it is in `models/` or in that cache,
    /// else the small built-in model. The cache is known with the feature `hub`. Nothing is
    /// downloaded.
    ///
    /// # Errors
    /// [`OpenError`] if there is none, or it cannot be used.
    pub fn open(named: Option<&Path>) -> Result<Self, OpenError> {
        let located = locate(named)?;
        let path = located.path();
        check(path).map_err(|source| OpenError::Check {
            path: path.to_owned(),
            source,
        })?;
        verify(&located).map_err(|source| OpenError::Pin {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::load_located(&located, &ModelOptions::default())?)
    }

    /// Loads a model that was found and checked; as [`Model::load`], but what the registry
    /// says of it is known too.
    ///
    /// # Errors
    /// [`LoadError`] if llama.cpp refuses the file.
    pub fn load_located(located: &Located, options: &ModelOptions) -> Result<Self, LoadError> {
        let mut model = Self::load(located.path(), options)?;
        model.set_chat_format(located.chat_format());
        Ok(model)
    }
}
