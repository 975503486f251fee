//! `minitag.toml`: the options' defaults, for a folder or for a user.
//!
//! Its keys are the long option names, its values become clap's defaults; so a flag
//! beats an environment variable, which beats the file, without code for it. A table
//! named like a command holds for that command alone and beats the keys above it.

mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod law;
mod show;
mod value;
mod variables;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory};

use crate::cli::args::Cli;
use crate::cli::config::file::{ConfigFile, Setting, closest, hinted};
pub(crate) use crate::cli::config::show::show;
use crate::cli::config::value::{shown, values};
pub(crate) use crate::cli::config::variables::misspelt;
use crate::cli::failure::{Failure, cannot_read, wrong_usage};

/// Puts the values of the nearest `minitag.toml`, or else of the one in the user's
/// configuration folder, under all commands that have the option.
pub(crate) fn with_defaults_from_file(command: Command) -> Result<Command, Failure> {
    Ok(configured(command)?.0)
}

/// Whether a file with this text would be taken.
pub(crate) fn check(path: &Path, text: &str) -> Result<(), Failure> {
    configured_by(Cli::command(), path.to_owned(), text).map(|_| ())
}

/// The same, with the file.
fn configured(command: Command) -> Result<(Command, Option<ConfigFile>), Failure> {
    let Some(path) = ConfigFile::find() else {
        return Ok((command, None));
    };
    let text = std::fs::read_to_string(&path).map_err(|e| cannot_read(&path, e))?;
    let (command, file) = configured_by(command, path, &text)?;
    Ok((command, Some(file)))
}

/// The same with a file's path and text.
fn configured_by(
    command: Command,
    path: PathBuf,
    text: &str,
) -> Result<(Command, ConfigFile), Failure> {
    let file = ConfigFile::parse(path, text, &command)?;
    let used = RefCell::default();
    let command = apply(command, &file, &mut Vec::new(), &used);
    let used = used.into_inner();
    let unused = (0..file.settings.len()).find(|at| !used.contains(at));
    if let Some(setting) = unused.map(|at| &file.settings[at]) {
        return Err(complaint(&command, &file, setting));
    }
    Ok((command, file))
}

/// Gives options the file's values for defaults, and notes which keys were of use.
fn apply(
    command: Command,
    file: &ConfigFile,
    path: &mut Vec<String>,
    used: &RefCell<BTreeSet<usize>>,
) -> Command {
    let command = command.mut_args(|arg| match setting(&arg, file, path) {
        Some((at, values)) => {
            used.borrow_mut().insert(at);
            arg.default_values(values).required(false)
        }
        None => arg,
    });
    let names = command.get_subcommands().map(|c| c.get_name().to_owned());
    names
        .collect::<Vec<_>>()
        .into_iter()
        .fold(command, |command, name| {
            command.mut_subcommand(name.clone(), |below| {
                path.push(name);
                let below = apply(below, file, path, used);
                path.pop();
                below
            })
        })
}

/// The file's key that is meant for an option of a command, and its values.
///
/// One that this option cannot take is passed over, since another command's option of
/// that name may be meant: `format` is one thing for answers and another for figures.
fn setting(arg: &Arg, file: &ConfigFile, path: &[String]) -> Option<(usize, Vec<String>)> {
    let meant = file
        .settings
        .iter()
        .enumerate()
        .filter_map(|(at, setting)| {
            let fits = is_named(arg, &setting.key)
                && path.starts_with(&setting.scope)
                && !names_file_of_all(setting);
            let values = fits.then(|| values(arg, setting, &file.path))?.ok()?;
            Some((setting.scope.len(), at, values))
        });
    let innermost = meant.max_by_key(|&(depth, ..)| depth);
    innermost.map(|(_, at, values)| (at, values))
}

/// Whether a key is an option's name, or another spelling of it.
fn is_named(arg: &Arg, key: &str) -> bool {
    let mut others = arg.get_all_aliases().unwrap_or_default().into_iter();
    arg.get_long() == Some(key) || others.any(|other| other == key)
}

/// Whether a key would have several commands write the same file, one over the other.
fn names_file_of_all(setting: &Setting) -> bool {
    setting.key == "output" && setting.scope.is_empty()
}

/// What is wrong with a key that no option took.
fn complaint(command: &Command, file: &ConfigFile, setting: &Setting) -> Failure {
    let Setting { scope, key, .. } = setting;
    let place = file.place(setting);
    if names_file_of_all(setting) {
        let message = format!("{place}: `output` is the file that one command writes");
        return wrong_usage(message).hint("it stands in that command's table, such as `[batch]`");
    }
    let inner = scope
        .iter()
        .try_fold(command, |c, name| c.find_subcommand(name));
    let inner = inner.unwrap_or(command);
    let mut known = Vec::new();
    options(inner, &mut known);
    let same = known.iter().filter(|arg| is_named(arg, key));
    let problems: BTreeSet<String> = same
        .filter_map(|arg| values(arg, setting, &file.path).err())
        .collect();
    match (problems.len(), problems.first()) {
        (0, _) | (_, None) => {}
        (1, Some(problem)) => return wrong_usage(format!("{place}: `{key}` {problem}")),
        // What it can be depends on the command.
        _ => {
            return wrong_usage(format!(
                "{place}: `{key}` cannot be `{}`",
                shown(&setting.value)
            ));
        }
    }
    let of = match scope.join(" ") {
        scope if scope.is_empty() => String::new(),
        scope => format!(" of `{scope}`"),
    };
    let message = format!("{place}: `{key}` is not an option{of}");
    let mut globals = command.get_arguments().filter(|arg| arg.is_global_set());
    if globals.any(|arg| arg.get_long() == Some(key)) {
        return wrong_usage(message).hint("it holds for all commands and stands above the tables");
    }
    let names = known.iter().filter_map(|arg| arg.get_long());
    hinted(message, closest(key, names)).unwrap_or_else(|message| {
        wrong_usage(message).hint(
            "the keys are the long option names, such as `max-tags`; `minitag config show` lists them",
        )
    })
}

/// All options of a command and of those below it.
fn options<'c>(command: &'c Command, found: &mut Vec<&'c Arg>) {
    found.extend(
        command
            .get_arguments()
            .filter(|arg| arg.get_long().is_some()),
    );
    for below in command.get_subcommands() {
        options(below, found);
    }
}
