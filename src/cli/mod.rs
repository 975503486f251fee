//! The command line: arguments in, library calls, JSON out.
//!
//! stdout is data, stderr is talk. One file a command; what they share is
//! `args` (every clap type), `plan` (arguments to a model and a classifier), `session` (what
//! stands around an answer), `failure`
//! (error to hint to exit code) and `screen` (stderr).

mod args;
mod batch;
mod bench;
mod cache;
mod calibrate;
mod catalogue;
mod classify;
pub(crate) mod config;
mod context;
mod decide;
mod decision;
mod doctor;
mod document;
mod each;
mod eval;
mod explain;
mod export_sft;
mod failure;
mod gold;
mod grammar;
mod learn;
mod learned;
mod lora;
mod manual;
#[cfg(feature = "serve")]
mod mcp;
mod memory;
mod models;
mod output;
mod overwrite;
mod plan;
mod print;
mod progress;
mod prompt;
mod questions;
mod review;
mod screen;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod served;
mod session;
mod signals;
#[cfg(unix)]
mod supervise;
mod tag_list;
mod tags;
mod tune;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::args::{Cli, Command, ConfigCommand, TagsCommand};
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;

/// Runs the program with the given arguments, its own name first.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> Status {
    let mut screen = Screen::default();
    match dispatch(args, &mut screen) {
        Ok(status) => status,
        // Whoever read the output has seen enough.
        Err(failure) if failure.is_broken_pipe() => Status::Success,
        Err(failure) => {
            failure.report(&screen);
            failure.status()
        }
    }
}

fn dispatch(
    args: impl IntoIterator<Item = OsString>,
    screen: &mut Screen,
) -> Result<Status, Failure> {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(failure) = models::foreign_option(&args) {
        return Err(failure);
    }
    let (command, broken) = match config::with_defaults_from_file(Cli::command()) {
        Ok(command) => (command, None),
        Err(failure) => (Cli::command(), Some(failure)),
    };
    let command = if args.iter().any(|arg| arg == "-h") {
        short_help(command)
    } else {
        command
    };
    let parsed = command.clone().try_get_matches_from(as_meant(args));
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match (parsed, broken) {
        // The help is there to put a wrong file right.
        (Err(message), None) => return failure::show_clap(&message),
        (Err(message), Some(_)) if !message.use_stderr() => return failure::show_clap(&message),
        (_, Some(failure)) => return Err(failure),
        (Ok(cli), None) => cli,
    };
    overwrite::check(&command, &matches)?;
    *screen = Screen::new(cli.quiet, cli.log_format);
    let screen = &*screen;
    tell_misspelt(&command, screen);
    match &cli.command {
        Command::Classify(args) => classify::run(args, screen),
        Command::Decide(args) => decide::run(args, screen),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, screen),
        Command::Doctor(args) => doctor::run(args, screen),
        Command::Document(args) => document::run(args, screen),
        Command::Prompt(args) => prompt::run(args, screen),
        Command::Grammar(args) => grammar::run(args, screen),
        Command::Tags(TagsCommand::Check(args)) => tags::check(args, screen),
        Command::Tags(TagsCommand::Diff(args)) => tags::diff(args, screen),
        Command::Bench(args) => bench::run(args, screen),
        Command::Calibrate(args) => calibrate::run(args, screen),
        Command::Cache(command) => cache::run(command),
        Command::Config(ConfigCommand::Show(args)) => config::show(args, screen),
        Command::Batch(args) => batch::run_batch(args, screen),
        Command::Models(command) => models::run(command, screen),
        Command::Eval(args) => eval::run(args, screen),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::pages(args),
        #[cfg(feature = "serve")]
        Command::Mcp(args) => mcp::run(args, screen),
        Command::Explain(args) => explain::run(args, screen),
        Command::Learn(args) => learn::run(args, screen),
        Command::Review(args) => review::run(args, screen),
        Command::Tune(args) => tune::run(args, screen),
        Command::ExportSft(args) => export_sft::run(args, screen),
    }
}

/// The variables by which a process of this program knows that another one started it.
const WORKERS: [&str; 3] = [
    "MINITAG_BATCH_WORKER",
    "MINITAG_SERVE_WORKER",
    "MINITAG_QUANTIZE_WORKER",
];

/// Warns of variables that were probably meant for an option. A process that this program
/// started has nothing to say of them again.
fn tell_misspelt(command: &clap::Command, screen: &Screen) {
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let set: Vec<String> = set.collect();
    let is_worker = |name: &String| WORKERS.contains(&name.as_str());
    if set.iter().any(is_worker) {
        return;
    }
    for [name, known] in config::misspelt(command, set.into_iter()) {
        screen.warning(&format!(
            "`{name}` is set, which no option reads; `{known}` is one"
        ));
    }
}

/// `-h` fits on a screen: the variables are in `--help`, as are the options that few need.
fn short_help(command: clap::Command) -> clap::Command {
    let hides = command
        .get_arguments()
        .any(clap::Arg::is_hide_short_help_set);
    let command = command
        .mut_args(|arg| arg.hide_env(true))
        .mut_subcommands(short_help);
    if hides {
        command.before_help("Some options; `--help` shows all, and their variables.")
    } else {
        command
    }
}

/// Options whose value is optional, so that clap takes what follows behind a space for a file.
const OPTIONAL: [(&str, [&str; 2]); 2] = [
    ("--redo", ["all", "changed-tags"]),
    ("--scores", ["all", "chosen"]),
];

/// The arguments in the spelling that clap is given.
fn as_meant(args: Vec<OsString>) -> Vec<OsString> {
    let mut meant: Vec<OsString> = Vec::with_capacity(args.len());
    for arg in args.into_iter().map(long_name) {
        let option = meant.last().and_then(|last| last.to_str());
        let values = OPTIONAL.iter().find(|(name, _)| Some(*name) == option);
        let is_value = values.is_some_and(|(_, values)| values.iter().any(|&v| arg == v));
        match meant.last_mut() {
            Some(last) if is_value && !Path::new(&arg).exists() => {
                last.push("=");
                last.push(arg);
            }
            _ => meant.push(arg),
        }
    }
    meant
}

/// llama.cpp's short names of several letters, which clap would read as several
/// options of one letter.
fn long_name(arg: OsString) -> OsString {
    match arg.to_str() {
        Some("-dev") => "--device".into(),
        Some("-ngl") => "--gpu-layers".into(),
        Some("-ctk") => "--cache-type-k".into(),
        Some("-ctv") => "--cache-type-v".into(),
        Some("-fa") => "--flash-attn".into(),
        Some("-tb") => "--threads-batch".into(),
        Some("-ub") => "--ubatch-size".into(),
        _ => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn llama_cpps_names_are_understood() {
        let args = ["minitag", "grammar", "-ngl", "-t"].map(OsString::from);
        let long = as_meant(args.into());
        assert_eq!(long, ["minitag", "grammar", "--gpu-layers", "-t"]);
    }

    #[test]
    fn an_optional_value_may_stand_behind_a_space() {
        for (typed, meant) in [
            ("--scores all a.md", "--scores=all a.md"),
            ("--scores chosen", "--scores=chosen"),
            ("--scores a.md", "--scores a.md"),
            ("--scores=all all", "--scores=all all"),
            ("a.md all", "a.md all"),
            ("--redo changed-tags in.csv", "--redo=changed-tags in.csv"),
            ("--redo in.csv all", "--redo in.csv all"),
            ("--redo chosen", "--redo chosen"),
        ] {
            let args = typed.split(' ').map(OsString::from);
            assert_eq!(
                as_meant(args.collect()),
                meant.split(' ').collect::<Vec<_>>()
            );
        }
    }
}
