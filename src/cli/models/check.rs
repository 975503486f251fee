//! `minitag models check`: what a model file is, and what is wrong with it.

use std::path::Path;

use anyhow::{Context, anyhow};
use minitag::inspect::{AdapterReport, ModelReport};
use minitag::models::{Adapter, CheckError, check, locate};
use minitag::prompt::Chat;

use crate::cli::args::ModelsCheckArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::models::{hold, unusable};
use crate::cli::print;
use crate::cli::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &ModelsCheckArgs, screen: &Screen) -> Result<Status, Failure> {
    let located = locate(Some(&args.model))?;
    let path = located.path();
    let header = check(path);
    if matches!(header, Err(CheckError::Adapter)) {
        return adapter(path, args.format.is_json(), screen);
    }
    let header = header.map_err(|error| unusable(path, error))?;
    let chat = Chat::of_header(&header, located.chat_format());
    let checked = ModelReport::new(path, &header, &chat);
    if args.format.is_json() {
        print::json(&checked)?;
    } else {
        print::table(&checked.table())?;
        screen.note_if(located.taken_by_name());
        for warning in &checked.warnings {
            screen.warning(warning);
        }
    }
    if let Some(fault) = checked.fault {
        let message = format!("the model `{}` cannot be used: {fault}", path.display());
        return Err(Failure::model(anyhow!(message)));
    }
    hold(&located)?;
    Ok(Status::Success)
}

/// Says what a LoRA adapter is.
fn adapter(path: &Path, as_json: bool, screen: &Screen) -> Result<Status, Failure> {
    let adapter = Adapter::read(path)
        .with_context(|| format!("the LoRA adapter `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    let checked = AdapterReport::new(path, &adapter);
    if as_json {
        print::json(&checked)?;
    } else {
        print::table(&checked.table())?;
        for warning in &checked.warnings {
            screen.warning(warning);
        }
    }
    Ok(Status::Success)
}
