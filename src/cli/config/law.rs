//! What has to hold of any `minitag.toml`, for the fuzzer and for the inputs that it kept.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::{Command, CommandFactory, FromArgMatches};
use toml::Value;

use crate::cli::args::Cli;
use crate::cli::config::configured_by;
use crate::cli::failure::Status;
use crate::cli::tune::write::merged;

/// Panics where something does not hold of these bytes.
pub(crate) fn holds(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && is_taken(text)
    {
        tuned(text);
    }
}

/// Whether the file is taken; then every command is as usable as it was before.
fn is_taken(text: &str) -> bool {
    static COMMAND: OnceLock<Command> = OnceLock::new();
    let command = COMMAND.get_or_init(Cli::command).clone();
    let command = match configured_by(command, PathBuf::from("minitag.toml"), text) {
        Ok((command, _)) => command,
        Err(failure) => {
            assert_eq!(failure.status(), Status::Usage);
            return false;
        }
    };
    for typed in [
        "minitag classify --tags t.json a.md",
        "minitag batch --tags t.json a.jsonl -o b.jsonl",
        "minitag eval --tags t.json a.jsonl",
        "minitag models list",
    ] {
        let command = command.clone();
        let matches = command.try_get_matches_from(typed.split(' ')).unwrap();
        Cli::from_arg_matches(&matches).unwrap();
    }
    true
}

/// With other options it has these, and everything else as before.
pub(crate) fn tuned(text: &str) -> String {
    let options = [
        ("budget", "600"),
        ("strategy", "rank"),
        ("threshold", "0.25"),
    ];
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let changed = merged(text, &options, Path::new("minitag.toml")).unwrap();
    let mut after: toml::Table = toml::from_str(&changed).unwrap();
    let mut before: toml::Table = toml::from_str(text).unwrap();
    assert_eq!(after["budget"], Value::Integer(600));
    assert_eq!(after["strategy"], Value::String("rank".into()));
    assert_eq!(after["threshold"], Value::Float(0.25));
    for (name, _) in options {
        before.remove(&name);
        after.remove(&name);
    }
    // As text, since NaN is not equal to itself.
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
    changed
}

#[test]
fn what_the_fuzzer_kept_is_lawful() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/config");
    let mut inputs = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        holds(&std::fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs > 5, "the inputs were not found");
}
