//! `minitag config show`: every option's value, and where it came from.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory};
use minitag::layout::Table;
use serde::Serialize;

use crate::cli::args::{Cli, ConfigShowArgs};
use crate::cli::config::file::{ConfigFile, closest, hinted};
use crate::cli::config::{configured, setting};
use crate::cli::failure::{Failure, Status, show_clap, wrong_usage};
use crate::cli::print;
use crate::cli::screen::Screen;

/// Everything that is shown.
#[derive(Serialize)]
struct Record {
    /// The file that was read.
    file: Option<String>,
    options: Vec<Row>,
}

/// One option, for all commands where it is the same.
#[derive(Serialize)]
struct Row {
    name: String,
    /// As it would be typed; `None` where it is not set.
    value: Option<String>,
    #[serde(flatten)]
    origin: Origin,
    commands: Vec<String>,
}

/// Where a value came from.
#[derive(PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "lowercase")]
enum Origin {
    Flag,
    Environment { variable: String },
    File { path: String, line: usize },
    Default,
}

/// Runs the command.
pub(crate) fn show(args: &ConfigShowArgs, screen: &Screen) -> Result<Status, Failure> {
    let (command, file) = configured(Cli::command())?;
    let mut command = relaxed(command);
    command.build();
    let mut rows = Vec::new();
    for path in asked(&command, &args.command)? {
        let typed = std::iter::once(OsString::from("minitag"))
            .chain(path.iter().map(OsString::from))
            .chain(args.flags.iter().cloned().map(crate::cli::long_name));
        let matches = match command.clone().try_get_matches_from(typed) {
            Ok(matches) => matches,
            Err(message) => return show_clap(&message),
        };
        collect(&command, &matches, &path, file.as_ref(), &mut rows);
    }
    let file = file.map(|file| file.path.display().to_string());
    if args.format.is_json() {
        print::json(&Record {
            file,
            options: rows,
        })?;
    } else {
        if file.is_none() {
            screen.note("there is no `minitag.toml` here, above, or in the configuration folder");
        }
        print::table(&table(&rows))?;
    }
    Ok(Status::Success)
}

/// The command line without anything that has to be there.
fn relaxed(command: Command) -> Command {
    let command = command
        .subcommand_required(false)
        .arg_required_else_help(false)
        .mut_args(|arg| arg.required(false));
    command.mut_subcommands(relaxed)
}

/// The commands that are asked for, each by its words; all of them where none is named.
fn asked(root: &Command, words: &[String]) -> Result<Vec<Vec<String>>, Failure> {
    let mut command = root;
    for word in words {
        let Some(below) = command.find_subcommand(word) else {
            let names = command.get_subcommands().map(Command::get_name);
            let message = format!("`{}` is not a command", words.join(" "));
            return Err(hinted(message, closest(word, names)).unwrap_or_else(wrong_usage));
        };
        command = below;
    }
    let mut found = Vec::new();
    leaves(command, words.to_vec(), &mut found);
    Ok(found)
}

fn leaves(command: &Command, path: Vec<String>, found: &mut Vec<Vec<String>>) {
    let names = command.get_subcommands().map(Command::get_name);
    let names: Vec<&str> = names.filter(|&name| name != "help").collect();
    if names.is_empty() {
        found.push(path);
        return;
    }
    for name in names {
        if let Some(below) = command.find_subcommand(name) {
            leaves(below, [&path[..], &[name.to_owned()]].concat(), found);
        }
    }
}

/// Adds a command's options to the rows.
fn collect(
    root: &Command,
    matches: &ArgMatches,
    path: &[String],
    file: Option<&ConfigFile>,
    rows: &mut Vec<Row>,
) {
    let (mut command, mut matches) = (root, matches);
    for name in path {
        match (
            command.find_subcommand(name),
            matches.subcommand_matches(name),
        ) {
            (Some(below), Some(inner)) => (command, matches) = (below, inner),
            _ => return,
        }
    }
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        if matches!(long, "help" | "version") {
            continue;
        }
        let id = arg.get_id().as_str();
        let raw = matches.try_get_raw(id).ok().flatten();
        let value = raw.map(|values| {
            let texts = values.map(|value| value.to_string_lossy().into_owned());
            texts.collect::<Vec<_>>().join(",")
        });
        // A global option's key stands above all tables.
        let scope = if arg.is_global_set() { &[][..] } else { path };
        let origin = origin(arg, matches.value_source(id), file, scope);
        let same = rows
            .iter_mut()
            .find(|row| row.name == long && row.value == value && row.origin == origin);
        match same {
            Some(row) => row.commands.push(path.join(" ")),
            None => rows.push(Row {
                name: long.to_owned(),
                value,
                origin,
                commands: vec![path.join(" ")],
            }),
        }
    }
}

fn origin(
    arg: &Arg,
    source: Option<ValueSource>,
    file: Option<&ConfigFile>,
    path: &[String],
) -> Origin {
    match source {
        Some(ValueSource::CommandLine) => Origin::Flag,
        Some(ValueSource::EnvVariable) => Origin::Environment {
            variable: arg
                .get_env()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
        },
        _ => file
            .and_then(|file| {
                let (at, _) = setting(arg, file, path)?;
                Some(Origin::File {
                    path: file.path.display().to_string(),
                    line: file.settings[at].line,
                })
            })
            .unwrap_or(Origin::Default),
    }
}

/// Columns: name, value, origin, and the commands where they are not the same for all.
fn table(rows: &[Row]) -> Table {
    let mut table = Table::new("lll");
    for row in rows {
        let origin = match &row.origin {
            Origin::Flag => "flag".to_owned(),
            Origin::Environment { variable } => variable.clone(),
            Origin::File { path, line } => format!("{path}, line {line}"),
            Origin::Default => "default".to_owned(),
        };
        let differs = rows.iter().filter(|other| other.name == row.name).count() > 1;
        let commands = if differs {
            format!(" ({})", row.commands.join(", "))
        } else {
            String::new()
        };
        let value = row.value.as_deref().unwrap_or("(not set)");
        table.push([row.name.as_str(), value, &format!("{origin}{commands}")]);
    }
    table
}
