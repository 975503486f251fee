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
        let hint = adapter.as_ref().err().and_then(AdapterError::hint);
        let adapter = adapter
            .with_context(|| {
                let (path, model) = (lora.path.display(), model.display());
                format!("the LoRA adapter `{path}` cannot be used with the model `{model}`")
            })
            .map_err(|error| Failure::model(error).hint_if(hint))?;
        if let Some(warning) = without_effect(&adapter) {
            let path = lora.path.display();
            screen.warning(&format!("the LoRA adapter `{path}`: {warning}"));
        }
    }
    Ok(())
}
