//! LoRA adapters of a model: held against it before llama.cpp sees them.

use std::path::Path;

use anyhow::Context;
use minitag::inspect::without_effect;
use minitag::models::{Adapter, AdapterError, Header, Lora};

use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Checks that adapters fit a model; says what of them has no effect.
pub(crate) fn check(
    loras: &[Lora],
    model: &Path,
    header: &Header,
    screen: &Screen,
) -> Result<(), Failure> {
    for lora in loras {
        let adapter = Adapter::read(&lora.path).and_then(|adapter| {
            adapter.fits(header)?;
            Ok(adapter)
        });
        let hint = adapter.as_ref().err().and_then(hint);
        let adapter = adapter
            .with_context(|| {
                let (path, model) = (lora.path.display(), model.display());
                format!("the LoRA adapter `{path}` cannot be used with the model `{model}`")
            })
            .map_err(|error| match hint {
                Some(hint) => Failure::model(error).hint(hint),
                None => Failure::model(error),
            })?;
        if let Some(warning) = without_effect(&adapter) {
            let path = lora.path.display();
            screen.warning(&format!("the LoRA adapter `{path}`: {warning}"));
        }
    }
    Ok(())
}

/// What the user can do about it.
fn hint(error: &AdapterError) -> Option<&'static str> {
    Some(match error {
        AdapterError::Architecture { .. }
        | AdapterError::NoSuchTensor(_)
        | AdapterError::OtherShape { .. } => {
            "an adapter goes with the model that it was trained on: `-m` names it"
        }
        AdapterError::Model => "`-m` takes it; `--lora` takes what was trained for it",
        AdapterError::NotAnAdapter | AdapterError::Strange(_) => {
            "llama.cpp's `convert_lora_to_gguf.py` makes one of what a trainer writes"
        }
        AdapterError::NoEffect(_) | AdapterError::Tied(_) => {
            "train `o_proj` and the MLP's matrices, or merge the adapter into the model"
        }
        _ => return None,
    })
}
