//! `minitag models pull`: downloads a model into the Hugging Face cache.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use minitag::models::{
    Cache, FetchError, HubFile, LocateError, Meaning, Puller, Registry, check, locate, meaning,
    verify,
};

use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::models::parts;
use crate::cli::screen::{Progress, Screen};

/// Runs the command: prints where the file lies, as `models path` does. Of a model in several
/// parts all are brought, and the first is what lies there.
pub(crate) fn run(name: &Path, screen: &Screen) -> Result<Status, Failure> {
    let (file, known) = wanted(name)?;
    let mut first = None;
    for part in parts(&file) {
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
        let hint = hint(&error);
        match hint {
            Some(hint) => Failure::model(error).hint(hint),
            None => Failure::model(error),
        }
    })?;
    if pulled.was_here {
        screen.note(&format!("`{file}` is here already"));
    } else if !pulled.verified {
        screen.warning("the hub gives no checksum of this file: only its size was compared");
    }
    Ok(pulled.path)
}

/// What the user can do about it.
fn hint(error: &FetchError) -> Option<String> {
    let again = "what was downloaded is kept; the same command resumes";
    let text = match error {
        FetchError::Offline => "unset it, or copy the file into the cache from another machine",
        FetchError::NoCache => "`HF_HOME` names one",
        FetchError::Address(_) => "`HF_ENDPOINT` is such an address",
        FetchError::Unreachable { .. } => {
            "is there a network? `HTTPS_PROXY` names a proxy, `HF_ENDPOINT` another hub"
        }
        FetchError::Denied { token: false, .. } => {
            "it may not exist, or not be public; `HF_TOKEN` shows who you are"
        }
        FetchError::Denied { token: true, .. } => {
            "does your token give access, and have you accepted the model's terms on its page?"
        }
        FetchError::NotFound { .. } => "are owner, repository and file spelled as on the hub?",
        FetchError::TooMany { wait, .. } | FetchError::Status { wait, .. } => {
            return Some(match wait.filter(|wait| !wait.is_zero()) {
                Some(wait) => format!("it asks to wait {} seconds; {again}", wait.as_secs()),
                None => format!("try again later; {again}"),
            });
        }
        FetchError::NotTheHub { .. } => {
            "a proxy or a log-in page may stand between; `HF_ENDPOINT` names the hub"
        }
        FetchError::Cut { .. } => again,
        FetchError::NoSpace { .. } => {
            "`minitag models remove` deletes what is not needed; `HF_HOME` names another place"
        }
        FetchError::Changed { .. } => {
            "somebody has replaced it, or a mirror has another; `owner/repository:file` takes it as it is"
        }
        FetchError::Damaged { .. } => "it is deleted; the same command starts again",
        FetchError::Busy(_) => "wait until that is done",
        _ => return None,
    };
    Some(text.to_owned())
}
