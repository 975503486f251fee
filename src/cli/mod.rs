//! The command line: arguments in, library calls, JSON out.
//!
//! stdout is data, stderr is talk. One file a command; what they share is
//! `args` (every clap type), `session` (arguments to a classifier), `failure`
//! (error to hint to exit code) and `screen` (stderr).

mod args;
mod batch;
mod bench;
mod cache;
mod calibrate;
mod classify;
pub(crate) mod config;
mod doctor;
mod document;
mod eval;
mod explain;
mod export_sft;
mod failure;
mod gold;
mod grammar;
mod lora;
mod manual;
mod mass;
mod memory;
mod models;
mod output;
mod progress;
mod prompt;
mod screen;
mod session;
#[cfg(unix)]
mod supervise;
mod tag_list;
mod tags;
mod tune;

use std::ffi::OsString;

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
    let parsed = command.try_get_matches_from(joined(args).into_iter().map(long_name));
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match (parsed, broken) {
        // The help is there to put a wrong file right.
        (Err(message), None) => return failure::show_clap(&message),
        (Err(message), Some(_)) if !message.use_stderr() => return failure::show_clap(&message),
        (_, Some(failure)) => return Err(failure),
        (Ok(cli), None) => cli,
    };
    *screen = Screen::new(cli.quiet, cli.log_format);
    let screen = &*screen;
    match &cli.command {
        Command::Classify(args) => classify::run(args, screen),
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
        Command::Explain(args) => explain::run(args, screen),
        Command::Tune(args) => tune::run(args, screen),
        Command::ExportSft(args) => export_sft::run(args, screen),
    }
}

/// `--redo all` and `--redo changed-tags` as one argument: what else follows `--redo` is no value
/// of it, but IN.
fn joined(args: Vec<OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::with_capacity(args.len());
    for arg in args {
        let is_value = arg == "all" || arg == "changed-tags";
        match joined.last_mut() {
            Some(last) if is_value && *last == "--redo" => {
                last.push("=");
                last.push(arg);
            }
            _ => joined.push(arg),
        }
    }
    joined
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
    fn only_a_value_of_redo_is_taken_for_one() {
        let args = ["batch", "--redo", "changed-tags", "--redo", "in.csv", "all"];
        let joined = joined(args.map(OsString::from).to_vec());
        let expected = ["batch", "--redo=changed-tags", "--redo", "in.csv", "all"];
        assert_eq!(joined, expected);
    }

    #[test]
    fn llama_cpps_names_are_understood() {
        let args = ["minitag", "grammar", "-ngl", "-t"].map(OsString::from);
        let long: Vec<OsString> = args.into_iter().map(long_name).collect();
        assert_eq!(long, ["minitag", "grammar", "--gpu-layers", "-t"]);
    }
}
