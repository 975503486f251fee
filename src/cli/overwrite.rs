//! Files that a command is not to write over: those that it reads, and those of somebody else.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use minitag::layout::is_page;
use minitag::runner::Journal;

use crate::cli::failure::{Failure, wrong_usage};

/// The arguments that name a file to write.
const WRITTEN: [&str; 6] = ["output", "diff", "html", "report", "save_answers", "write"];

/// What is read and written again under one name: going on from what was learned, and putting
/// corrections into answers.
const IN_PLACE: [[&str; 2]; 2] = [["add", "output"], ["answers", "output"]];

/// As much of a file as its kind is told by.
const BEGINNING: u64 = 1 << 20;

/// Refuses arguments of which one names a file to write and another the same file.
pub(crate) fn check(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, inner)) = matches.subcommand() else {
        return Ok(());
    };
    let Some(command) = command.find_subcommand(name) else {
        return Ok(());
    };
    if inner.subcommand().is_some() {
        return check(command, inner);
    }
    let mut named: Vec<(&Arg, PathBuf, Real)> = Vec::new();
    for argument in command.get_arguments() {
        let paths = inner.try_get_many::<PathBuf>(argument.get_id().as_str());
        for path in paths.ok().flatten().into_iter().flatten() {
            if path != Path::new("-") {
                named.push((argument, path.clone(), Real::of(path)));
            }
            // Which writes these beside its output.
            if argument.get_id() == "output" && name == "batch" {
                for path in [errors_path(path), Journal::path_for(path)] {
                    let real = Real::of(&path);
                    named.push((argument, path, real));
                }
            }
        }
    }
    for (place, (argument, path, written)) in named.iter().enumerate() {
        if !is_written(argument) {
            continue;
        }
        let mut others = named.iter().enumerate().filter(|&(at, (other, ..))| {
            (at < place || at > place && !is_written(other)) && !is_in_place(other, argument, inner)
        });
        if let Some((_, (other, ..))) = others.find(|(_, (.., real))| real == written) {
            let message = format!(
                "`{}` is both {} and {}",
                path.display(),
                shown(other),
                shown(argument)
            );
            return Err(wrong_usage(message));
        }
    }
    Ok(())
}

/// Where the errors go that have a file of their own.
pub(crate) fn errors_path(output: &Path) -> PathBuf {
    let mut path = output.as_os_str().to_owned();
    path.push(".errors.jsonl");
    path.into()
}

/// Refuses to write a page over a file that is none of this program's.
pub(crate) fn check_page(path: &Path) -> Result<(), Failure> {
    check_kind(path, "page of minitag", is_page)
}

/// Refuses to write JSON lines over a file that does not begin with one that has one of these
/// fields, and none of the others.
pub(crate) fn check_lines(
    path: &Path,
    what: &str,
    fields: &[&str],
    others: &[&str],
) -> Result<(), Failure> {
    check_kind(path, what, |text| {
        let line = text.lines().next().unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(line).into_iter();
        let Some(Ok(serde_json::Value::Object(object))) = values.next() else {
            // Of a line longer than what was read, the first field tells.
            let is_first = |field: &&str| line.starts_with(&format!("{{\"{field}\":"));
            return fields.iter().any(is_first);
        };
        let has = |field: &&str| object.contains_key(*field);
        fields.iter().any(has) && !others.iter().any(has)
    })
}

/// Says that a file is of another kind than what is to be written there.
pub(crate) fn is_other(path: &Path, what: &str) -> Failure {
    let name = path.display();
    let message = if path.is_dir() {
        format!("`{name}` is a folder; `-o` has to be a file")
    } else {
        format!("`{name}` is there already, and is no {what}")
    };
    wrong_usage(message).hint("another file name")
}

fn check_kind(path: &Path, what: &str, is_own: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let there = path.metadata().ok();
    if !there.is_some_and(|there| there.is_file() && there.len() > 0) {
        return Ok(());
    }
    let mut beginning = Vec::new();
    // What cannot be read is told when it is written.
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    if read.is_ok() && !is_own(&String::from_utf8_lossy(&beginning)) {
        return Err(is_other(path, what));
    }
    Ok(())
}

fn is_written(argument: &Arg) -> bool {
    WRITTEN.contains(&argument.get_id().as_str())
}

fn is_in_place(other: &Arg, written: &Arg, matches: &ArgMatches) -> bool {
    let both = [other.get_id().as_str(), written.get_id().as_str()];
    // Answers are shown without corrections to put in.
    let puts_in = || matches!(matches.try_get_one::<PathBuf>("apply"), Ok(Some(_)));
    IN_PLACE.contains(&both) && (both[0] != "answers" || puts_in())
}

/// An argument as the usage shows it.
fn shown(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first());
    match (argument.get_long(), value) {
        (Some(_), Some(value)) if value.as_str() == "OUT" => value.to_string(),
        (Some(long), _) => format!("--{long}"),
        (None, Some(value)) => value.to_string(),
        (None, None) => argument.get_id().to_string(),
    }
}

/// What two names of one file have in common: a path without links, or the file that both are
/// hard links to.
#[derive(Debug, PartialEq, Eq)]
enum Real {
    Path(PathBuf),
    #[cfg(unix)]
    File(u64, u64),
}

impl Real {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(there) = path.metadata() {
            use std::os::unix::fs::MetadataExt;
            return Self::File(there.dev(), there.ino());
        }
        Self::Path(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }
}
