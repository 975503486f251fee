//! `minitag.toml`: the options' defaults, for a folder or for a user.
//!
//! Its keys are the long option names, its values become clap's defaults; so a flag
//! beats an environment variable, which beats the file, without code for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Arg, Command};
use etcetera::BaseStrategy;

use crate::cli::failure::{Failure, wrong_usage};

/// Puts the values of `./minitag.toml`, or else of the one in the user's
/// configuration folder, under all commands that have the option.
pub(crate) fn with_defaults_from_file(command: Command) -> Result<Command, Failure> {
    let Some(path) = find() else {
        return Ok(command);
    };
    let text =
        std::fs::read_to_string(&path).map_err(|e| crate::cli::failure::cannot_read(&path, e))?;
    let table: toml::Table = toml::from_str(&text)
        .with_context(|| format!("`{}` is not valid TOML", path.display()))
        .map_err(Failure::usage)?;
    let mut defaults = BTreeMap::new();
    for (key, value) in table {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
                value.to_string()
            }
            _ => {
                return Err(wrong_usage(format!(
                    "`{key}` in `{}` must be a text, a number, `true` or `false`",
                    path.display()
                )));
            }
        };
        defaults.insert(key, value);
    }
    let mut unknown: BTreeSet<String> = defaults.keys().cloned().collect();
    let command = apply(command, &defaults, &mut unknown);
    if let Some(key) = unknown.first() {
        if has_option(&command, key) {
            let (path, value) = (path.display(), &defaults[key]);
            return Err(wrong_usage(format!(
                "`{key}` in `{path}` cannot be `{value}`"
            )));
        }
        return Err(wrong_usage(format!("`{key}` in `{}` is not an option", path.display()))
            .hint("the keys are the long option names, such as `max-tags`; `minitag classify --help` lists them"));
    }
    Ok(command)
}

fn find() -> Option<PathBuf> {
    let here = Path::new("minitag.toml").to_owned();
    let user = etcetera::choose_base_strategy()
        .ok()
        .map(|base| base.config_dir().join("minitag/minitag.toml"));
    [Some(here), user]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

fn apply(
    command: Command,
    defaults: &BTreeMap<String, String>,
    unknown: &mut BTreeSet<String>,
) -> Command {
    let command = command.mut_args(|arg| {
        match arg.get_long().and_then(|long| defaults.get_key_value(long)) {
            // `format` is one thing for answers and another for figures.
            Some((key, value)) if can_be(&arg, value) => {
                unknown.remove(key);
                arg.default_value(value.clone()).required(false)
            }
            _ => arg,
        }
    });
    command.mut_subcommands(|sub| apply(sub, defaults, unknown))
}

/// Whether an option takes a value, as far as it has a list of them.
fn can_be(arg: &Arg, value: &str) -> bool {
    let values = arg.get_possible_values();
    values.is_empty() || values.iter().any(|one| one.matches(value, false))
}

/// Whether some command has the option.
fn has_option(command: &Command, long: &str) -> bool {
    let mut below = command.get_subcommands();
    command
        .get_arguments()
        .any(|arg| arg.get_long() == Some(long))
        || below.any(|command| has_option(command, long))
}
