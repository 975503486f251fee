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
use minitag::models::{
    Cache, CheckError, HubFile, HubName, LocateError, Located, PartName, locate, verify,
};

use crate::cli::args::{ModelsCommand, ModelsListArgs};
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::print;
use crate::cli::screen::Screen;

/// As many files are named in a hint.
const SHOWN: usize = 8;

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
        |hub| format!("`-m` names a model; {}", files_of(&hub)),
    );
    let message = format!("there is no `{option}` here, which is an option of llama.cpp");
    Some(wrong_usage(message).hint(hint))
}

/// A model file that cannot be used, with what can be done about it.
pub(crate) fn unusable(path: &Path, error: CheckError) -> Failure {
    let merge = "llama.cpp's `llama-gguf-split --merge` makes one file of all parts";
    let hint = match &error {
        CheckError::Adapter => {
            Some("`--lora` takes it, and `-m` the model that it was trained on".to_owned())
        }
        CheckError::NotTheFirst { first, .. } => Some(match first {
            Some(first) => format!("take `{first}`, with the other parts beside it"),
            None => "take part 1, with the other parts beside it".to_owned(),
        }),
        CheckError::PartMissing { .. } => Some("all parts have to lie in one folder".to_owned()),
        CheckError::PartName { .. } => {
            Some("give all parts back the names that they were made with".to_owned())
        }
        CheckError::JoinedParts { .. } => Some(merge.to_owned()),
        _ => None,
    };
    let error = anyhow::Error::new(error);
    let message = format!("the model `{}` cannot be used", path.display());
    let failure = Failure::model(error.context(message));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
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

/// Says so if a file was taken for one of the hub's by its name alone.
pub(crate) fn taken_by_name(located: &Located) -> Option<String> {
    let Located::Registered { path, entry } = located else {
        return None;
    };
    located.by_name_alone().then(|| {
        let (path, name) = (path.display(), &entry.name);
        format!("`{path}` is taken for `{name}` by its name alone: the Hugging Face cache does not have it")
    })
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
    match file {
        Some(file) => failure.hint(how_to_get(name.to_string_lossy().as_ref(), &file)),
        None => failure,
    }
}

/// A file of the hub with the other parts of its model, if it is one of several.
fn parts(file: &HubFile) -> Vec<HubFile> {
    let Some(name) = PartName::parse(&file.file) else {
        return vec![file.clone()];
    };
    let part = |name| HubFile {
        file: name,
        ..file.clone()
    };
    name.all().map(part).collect()
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
            LocateError::NotHere { name, file, like } => {
                Some(not_here(name, file, like.as_deref()))
            }
            LocateError::NoFile { hub, .. } => Some(files_of(hub)),
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

/// What to do about a model that is known, but not here.
fn not_here(name: &str, file: &HubFile, like: Option<&Path>) -> String {
    let get = how_to_get(name, file);
    let others: Vec<String> = match (&file.revision, Cache::from_env()) {
        (Some(_), Some(cache)) => {
            let any = HubFile::new(&file.repository, &file.file);
            let other = any.filter(|any| cache.find(any).is_some());
            other
                .iter()
                .map(|f| format!("`{f}` is here at another revision"))
                .collect()
        }
        _ => Vec::new(),
    };
    let like = like.map(|path| {
        let path = path.display();
        format!("`{path}` has its name; given as a path it is taken as it is")
    });
    let all: Vec<String> = std::iter::once(get).chain(others).chain(like).collect();
    all.join("; ")
}

/// Which file of a repository could be meant.
fn files_of(hub: &HubName) -> String {
    let repository = &hub.repository;
    let here = Cache::from_env()
        .map(|cache| hub.here(&cache))
        .unwrap_or_default();
    if let Some(file) = hub.file() {
        return if here.contains(&file) {
            format!("`{file}` is its name here")
        } else {
            let get = how_to_get(&file.to_string(), &file);
            format!("`{file}` is its name here; {get}")
        };
    }
    let example = format!("its files are named as `{repository}:file.gguf`");
    let named: Vec<String> = here.iter().take(SHOWN).map(|f| format!("`{f}`")).collect();
    let more = match here.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match named.len() {
        0 => {
            let file = format!("{repository}:file.gguf");
            let get = HubFile::parse(&file).map(|any| how_to_get(&file, &any));
            let get = get.map_or(String::new(), |get| format!("; {get}"));
            format!("{example}, and none is on this machine{get}")
        }
        1 => format!("{example}; on this machine there is {}", named[0]),
        _ => format!(
            "{example}; on this machine there are {}{more}",
            named.join(", ")
        ),
    }
}
