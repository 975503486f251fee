//! `minitag models pull`: downloads a model into the Hugging Face cache.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use minitag::models::{
    Cache, HubFile, LocateError, Meaning, Puller, Registry, check, locate, meaning, verify,
};

use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::screen::{Progress, Screen};

/// Runs the command: prints where the file lies, as `models path` does. Of a model in several
/// parts all are brought, and the first is what lies there.
pub(crate) fn run(name: &Path, screen: &Screen) -> Result<Status, Failure> {
    let (file, known) = wanted(name)?;
    let mut first = None;
    for part in file.parts() {
        let known = known.as_deref().filter(|_| part == file);
        let path = match pinned(&part) {
            Some(path) => {
                screen.note(&format!("`{part}` is here already"));
                path
            }
            None => pull(&part, known, screen)?,
        };
        first.get_or_insert(path);
    }
    let path = first.unwrap_or_default();
    check(&path)
        .with_context(|| format!("`{file}` is here, but cannot be used"))
        .map_err(Failure::model)?;
    if let Ok(located) = locate(Some(name)) {
        verify(&located)
            .with_context(|| format!("`{file}` is here, but cannot be used"))
            .map_err(|error| {
                let name = name.display();
                Failure::model(error).hint(format!(
                    "`minitag models remove {name}` deletes it, and the same command starts again"
                ))
            })?;
    }
    writeln!(io::stdout().lock(), "{}", path.display())?;
    Ok(Status::Success)
}

/// The file that a name stands for, with its checksum where that is known.
fn wanted(name: &Path) -> Result<(HubFile, Option<String>), Failure> {
    let registry = Registry::load().map_err(LocateError::from)?;
    let not_there = |what: &str| {
        wrong_usage(format!("`{}` {what}", name.display()))
            .hint("`minitag models list` shows the names; or give `owner/repository:file.gguf`")
    };
    match meaning(name, &registry)? {
        Meaning::Hub(file) => Ok((file, None)),
        Meaning::File(_) => Err(not_there("is a file, not a model of the hub")),
        Meaning::Entry(entry) => match entry.hub_file() {
            Some(file) => Ok((file, entry.sha256)),
            None if entry.built_in => Err(not_there("is a part of the program")),
            None if entry.path.is_some() => Err(not_there("is a file of your own")),
            None => {
                let (name, weights) = (entry.name, entry.weights);
                Err(LocateError::NoGguf { name, weights }.into())
            }
        },
    }
}

/// The file where it is here at the commit that is asked for: what is in a commit never
/// changes, so that the hub need not be asked.
fn pinned(file: &HubFile) -> Option<PathBuf> {
    let revision = OsStr::new(file.revision.as_deref()?);
    let path = Cache::from_env()?.find(file)?;
    path.iter().any(|part| part == revision).then_some(path)
}

fn pull(file: &HubFile, known: Option<&str>, screen: &Screen) -> Result<PathBuf, Failure> {
    let mut progress = Progress::of_bytes(screen, &file.file);
    let mut tell = |done, all| progress.tell_bytes(done, all);
    let pulled = Puller::from_env().and_then(|puller| puller.pull(file, known, &mut tell));
    drop(progress);
    let pulled = pulled.map_err(|error| {
        let hint = error.hint();
        Failure::model(error).hint_if(hint)
    })?;
    if pulled.was_here {
        screen.note(&format!("`{file}` is here already"));
    } else if !pulled.verified {
        screen.warning("the hub gives no checksum of this file: only its size was compared");
    }
    Ok(pulled.path)
}
