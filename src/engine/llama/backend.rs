//! llama.cpp itself: started once a process, and why a model could not be loaded.

use std::path::PathBuf;
use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;

use crate::engine::llama::lora::LoraError;

/// A model that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// llama.cpp did not start.
    #[error("llama.cpp could not be started: {0}")]
    Backend(String),
    /// llama.cpp refused the file.
    #[error("llama.cpp could not load the model `{}`", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
    },
    /// Somebody wrote to the file at the same time.
    #[error("the model `{}` was changed while it was loaded", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// An adapter could not be put on it.
    #[error(transparent)]
    Lora(#[from] LoraError),
    /// There is no device of a name.
    #[error("there is no device `{name}`; {}", known_devices(known))]
    NoDevice {
        /// The name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// More devices than llama.cpp can have.
    #[error("llama.cpp can have {0} devices at most")]
    ManyDevices(usize),
}

fn known_devices(known: &[String]) -> String {
    if known.is_empty() {
        return "there is none but the processor, `none`".to_owned();
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}, and `none`", known.join(", "))
}

/// llama.cpp is started once for all models of a process.
pub(super) fn backend(verbose: bool) -> Result<&'static LlamaBackend, LoadError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().map_err(|e| e.to_string())?;
        if !verbose {
            backend.void_logs();
        }
        // Once it is silent: it tells of each.
        #[cfg(feature = "portable")]
        load_backends();
        Ok(backend)
    });
    backend.as_ref().map_err(|e| LoadError::Backend(e.clone()))
}

/// Finds llama.cpp's code for this processor: beside an installed program, or else where
/// it was built.
#[cfg(feature = "portable")]
fn load_backends() {
    use llama_cpp_2::llama_backend::{load_backends, load_backends_from_path};
    let program = std::env::current_exe().and_then(|path| path.canonicalize());
    let libraries = program.ok().and_then(|path| {
        let folder = path.parent()?.parent()?.join("lib/minitag");
        // The binding takes UTF-8 alone.
        (folder.is_dir() && folder.to_str().is_some()).then_some(folder)
    });
    match libraries {
        Some(folder) => load_backends_from_path(&folder),
        // A package knows nothing of the folder it was built in: there, anybody's code may be.
        None if option_env!("MINITAG_PACKAGE").is_some() => {}
        None => load_backends(),
    }
}
