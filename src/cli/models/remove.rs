//! `minitag models remove`: deletes a model from the Hugging Face cache.

use std::path::Path;

use anyhow::anyhow;
use minitag::layout::size;
use minitag::models::{
    Cache, HubFile, LocateError, Meaning, Registry, RemoveError, Removed, meaning,
};

use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::screen::Screen;

/// Runs the command.
pub(crate) fn run(name: &Path, screen: &Screen) -> Result<Status, Failure> {
    let file = file_of(name)?;
    let mut removed = Removed::default();
    if let Some(cache) = Cache::from_env() {
        for part in file.parts() {
            let part = cache.remove(&part).map_err(failure)?;
            removed.revisions += part.revisions;
            removed.bytes += part.bytes;
            removed.elsewhere += part.elsewhere;
        }
    }
    if removed.revisions == 0 {
        let message = format!("`{}` is not in the Hugging Face cache", name.display());
        return Err(wrong_usage(message).hint("`minitag models list` shows what is"));
    }
    if removed.elsewhere > 0 {
        screen.note("it was a link to a file elsewhere, which is there still");
    }
    screen.note(&format!(
        "`{file}` is deleted; {} are free again",
        size(removed.bytes)
    ));
    Ok(Status::Success)
}

fn failure(error: RemoveError) -> Failure {
    let hint = error.hint();
    Failure::usage(error).hint_if(hint)
}

/// The file of the cache that a name stands for; nothing else is deleted.
fn file_of(name: &Path) -> Result<HubFile, Failure> {
    let registry = Registry::load().map_err(LocateError::from)?;
    let shown = name.display();
    let own = |what: &str| {
        let error = anyhow!("`{shown}` {what}, which is not deleted here");
        Failure::usage(error)
    };
    match meaning(name, &registry)? {
        Meaning::Hub(file) => Ok(file),
        Meaning::File(_) => Err(own("is a file of your own")),
        Meaning::Entry(entry) => match entry.hub_file() {
            Some(file) => Ok(file),
            None if entry.built_in => Err(own("is a part of the program")),
            None => Err(own("has no file in the Hugging Face cache")),
        },
    }
}
