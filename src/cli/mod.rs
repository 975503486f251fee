//! The command line: arguments in, library calls, JSON out.
//!
//! stdout is data, stderr is talk. One file a command; what they share is
//! `args` (every clap type), `session` (arguments to a classifier), `failure`
//! (error to hint to exit code) and `screen` (stderr).

mod args;
mod classify;
mod config;
mod document;
mod eval;
mod failure;
mod grammar;
mod output;
mod prompt;
mod screen;
mod session;
mod tags;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::args::{Cli, Command, TagsCommand};
pub(crate) use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;

/// Runs the program with the given arguments, its own name first.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> Result<Status, Failure> {
    // Whoever read the output has seen enough.
    dispatch(args).or_else(|failure| {
        if failure.is_broken_pipe() {
            Ok(Status::Success)
        } else {
            Err(failure)
        }
    })
}

fn dispatch(args: impl IntoIterator<Item = OsString>) -> Result<Status, Failure> {
    let (command, broken) = match config::with_defaults_from_file(Cli::command()) {
        Ok(command) => (command, None),
        Err(failure) => (Cli::command(), Some(failure)),
    };
    let parsed = command.try_get_matches_from(args.into_iter().map(long_name));
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match (parsed, broken) {
        // The help is there to put a wrong file right.
        (Err(message), None) => return failure::show_clap(&message),
        (Err(message), Some(_)) if !message.use_stderr() => return failure::show_clap(&message),
        (_, Some(failure)) => return Err(failure),
        (Ok(cli), None) => cli,
    };
    let screen = Screen::new(cli.quiet);
    match &cli.command {
        Command::Classify(args) => classify::run(args, &screen),
        Command::Document(args) => document::run(args, &screen),
        Command::Prompt(args) => prompt::run(args, &screen),
        Command::Grammar(args) => grammar::run(args, &screen),
        Command::Eval(args) => eval::run(args, &screen),
        Command::Tags(TagsCommand::Check(args)) => tags::check(args, &screen),
    }
}

/// llama.cpp's short names of several letters, which clap would read as several
/// options of one letter.
fn long_name(arg: OsString) -> OsString {
    match arg.to_str() {
        Some("-ngl") => "--gpu-layers".into(),
        Some("-ctk") => "--cache-type-k".into(),
        Some("-ctv") => "--cache-type-v".into(),
        Some("-fa") => "--flash-attn".into(),
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
        let long: Vec<OsString> = args.into_iter().map(long_name).collect();
        assert_eq!(long, ["minitag", "grammar", "--gpu-layers", "-t"]);
    }
}
