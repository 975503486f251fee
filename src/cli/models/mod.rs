//! `minitag models`: get models, look at those that are here, delete them.

mod check;
mod plan;
#[cfg(feature = "download")]
mod pull;
mod quantize;
mod remove;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use minitag::inspect::ModelsHere;
use minitag::models::{CheckError, Header, HubName, LocateError, Located, locate, verify};

use crate::cli::args::{ModelsCommand, ModelsListArgs};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::print;
use crate::cli::screen::Screen;

/// Runs the command.
pub(crate) fn run(command: &ModelsCommand, screen: &Screen) -> Result<Status, Failure> {
    match command {
        ModelsCommand::List(args) => list(args),
        #[cfg(feature = "download")]
        ModelsCommand::Pull(args) => pull::run(&args.model, screen),
        #[cfg(not(feature = "download"))]
        ModelsCommand::Pull(args) => Err(no_network(&args.model)),
        ModelsCommand::Path(args) => path(&args.model),
        ModelsCommand::Check(args) => check::run(args, screen),
        ModelsCommand::Plan(args) => plan::run(args, screen),
        ModelsCommand::Quantize(args) => quantize::run(args, screen),
        ModelsCommand::Remove(args) => remove::run(&args.model, screen),
    }
}

/// llama.cpp's options that name a model on the hub, which are not here: clap would read `-hf`
/// as a wish for help.
const FOREIGN: [&str; 9] = [
    "-hf",
    "-hfr",
    "--hf-repo",
    "-hff",
    "--hf-file",
    "-hfd",
    "-mu",
    "--model-url",
    "-hft",
];

/// Says how a model of the hub is named, if an option of llama.cpp was to do that.
pub(crate) fn foreign_option(args: &[OsString]) -> Option<Failure> {
    let args = args.iter().take_while(|arg| *arg != "--");
    let mut args = args.filter_map(|arg| arg.to_str());
    let (option, value) = args.by_ref().find_map(|arg| {
        let (option, value) = match arg.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (arg, None),
        };
        FOREIGN.contains(&option).then_some((option, value))
    })?;
    let value = value.or_else(|| args.next());
    let hub = value.and_then(HubName::parse);
    let hint = hub.map_or_else(
        || "`-m owner/repository:file.gguf` names a file of the hub".to_owned(),
        |hub| format!("`-m` names a model; {}", hub.advice()),
    );
    let message = format!("there is no `{option}` here, which is an option of llama.cpp");
    Some(wrong_usage(message).hint(hint))
}

/// A model file that cannot be used, with what can be done about it.
pub(crate) fn unusable(path: &Path, error: CheckError) -> Failure {
    let hint = error.hint();
    let error = anyhow::Error::new(error);
    let message = format!("the model `{}` cannot be used", path.display());
    Failure::model(error.context(message)).hint_if(hint)
}

/// Refuses a file that is not the one which the registry knows by the name that was given.
pub(crate) fn hold(located: &Located) -> Result<(), Failure> {
    verify(located).map_err(|error| {
        let path = located.path().display();
        let error = anyhow::Error::new(error);
        Failure::model(error.context(format!("the model `{path}` cannot be used")))
            .hint(format!("`-m {path}` takes the file as it is"))
    })
}

/// A model's file and its header.
pub(crate) type Found = Result<(Located, Header), Failure>;

/// Finds and checks a model.
pub(crate) fn found(named: Option<&Path>) -> Found {
    let located = locate(named)?;
    let header = header(&located)?;
    Ok((located, header))
}

/// Reads the header of a model file, which says whether it can be loaded; the file is the
/// one that the registry knows, if it was named so.
pub(crate) fn header(located: &Located) -> Result<Header, Failure> {
    let path = located.path();
    let header = minitag::models::check(path).map_err(|error| unusable(path, error))?;
    hold(located)?;
    Ok(header)
}

/// Prints the models known by name, and the files that are here.
fn list(args: &ModelsListArgs) -> Result<Status, Failure> {
    let models = ModelsHere::look()?;
    if args.format.is_json() {
        print::json(&models)?;
    } else {
        print::table(&models.table())?;
    }
    Ok(Status::Success)
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
    use minitag::models::{Meaning, Registry, meaning};

    let failure = wrong_usage("this program was built without network code");
    let meant = Registry::load().ok().and_then(|r| meaning(name, &r).ok());
    let file = match meant {
        Some(Meaning::Hub(file)) => Some(file),
        Some(Meaning::Entry(entry)) => entry.hub_file(),
        _ => None,
    };
    failure.hint_if(file.map(|file| file.how_to_get(&name.to_string_lossy())))
}

impl From<LocateError> for Failure {
    fn from(error: LocateError) -> Self {
        let hint = error.hint();
        Self::model(error).hint_if(hint)
    }
}
