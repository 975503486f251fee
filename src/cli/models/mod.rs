//! `minitag models`: get models, look at those that are here, delete them.

mod check;
mod list;
mod plan;
#[cfg(feature = "download")]
mod pull;
mod quantize;
mod remove;

use std::io::{self, Write};
use std::path::Path;

use minitag::Scaffold;
use minitag::models::{ChatFormat, HubFile, LocateError, Located, locate};

use crate::cli::args::ModelsCommand;
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;

/// Runs the command.
pub(crate) fn run(command: &ModelsCommand, screen: &Screen) -> Result<Status, Failure> {
    match command {
        ModelsCommand::List(_) => list::run(),
        #[cfg(feature = "download")]
        ModelsCommand::Pull(args) => pull::run(&args.model, screen),
        #[cfg(not(feature = "download"))]
        ModelsCommand::Pull(args) => Err(no_network(&args.model)),
        ModelsCommand::Path(args) => path(&args.model),
        ModelsCommand::Check(args) => check::run(&args.model, screen),
        ModelsCommand::Plan(args) => plan::run(args, screen),
        ModelsCommand::Quantize(args) => quantize::run(args, screen),
        ModelsCommand::Remove(args) => remove::run(&args.model, screen),
    }
}

/// How a model marks turns, as the registry says.
pub(crate) fn registered_scaffold(named: Option<&Path>) -> Option<Scaffold> {
    let Ok(Located::Registered { entry, .. }) = locate(named) else {
        return None;
    };
    entry.scaffold.map(|format| match format {
        ChatFormat::ChatMl => Scaffold::ChatMl,
        ChatFormat::MiniCpm => Scaffold::MiniCpm,
    })
}

/// Prints where a model's file lies.
fn path(name: &Path) -> Result<Status, Failure> {
    let located = locate(Some(name))?;
    let path = located.path();
    if !path.exists() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        return Err(crate::cli::failure::cannot_read(path, error));
    }
    writeln!(io::stdout().lock(), "{}", path.display())?;
    Ok(Status::Success)
}

/// `models pull` where the program was built without network code.
#[cfg(not(feature = "download"))]
fn no_network(name: &Path) -> Failure {
    use crate::cli::failure::wrong_usage;
    use minitag::models::{Meaning, Registry, meaning};

    let failure = wrong_usage("this program was built without network code");
    let meant = Registry::load().ok().and_then(|r| meaning(name, &r).ok());
    let file = match meant {
        Some(Meaning::Hub(file)) => Some(file),
        Some(Meaning::Entry(entry)) => entry.hub_file(),
        _ => None,
    };
    match file {
        Some(file) => failure.hint(how_to_get(name.to_string_lossy().as_ref(), &file)),
        None => failure,
    }
}

/// How a file of the hub gets onto this machine.
fn how_to_get(name: &str, file: &HubFile) -> String {
    if cfg!(feature = "download") {
        format!("`minitag models pull {name}` downloads it")
    } else {
        let (repository, file) = (&file.repository, &file.file);
        format!("`hf download {repository} {file}` downloads it")
    }
}

impl From<LocateError> for Failure {
    fn from(error: LocateError) -> Self {
        let hint = match &error {
            LocateError::NotHere { name, file } => Some(how_to_get(name, file)),
            LocateError::NoGguf { weights, .. } => weights.as_ref().map(|weights| {
                format!(
                    "llama.cpp's `convert_hf_to_gguf.py` makes one of `{weights}`; \
                     give its path instead of the name"
                )
            }),
            LocateError::Unknown { .. } => Some("`minitag models list` shows all names".to_owned()),
            _ => None,
        };
        let failure = Self::model(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
