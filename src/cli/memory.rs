//! What does not fit into memory is refused before it is loaded.

use std::path::Path;

use anyhow::anyhow;
use minitag::forecast::Forecast;

use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Refuses what does not fit, and warns of what hardly does.
pub(crate) fn check_memory(
    forecast: &Forecast,
    path: &Path,
    screen: &Screen,
) -> Result<(), Failure> {
    if let Some(shortage) = forecast.shortage() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let message = format!("the model `{name}` does not fit into memory: {shortage}");
        return Err(Failure::model(anyhow!(message)).hint(forecast.hint(&shortage)));
    }
    if let Some(warning) = forecast.warning() {
        screen.warning(&warning);
    }
    Ok(())
}
