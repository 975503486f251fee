//! From a value in the file to an option's: of the right type, and paths from the file on.

use std::any::TypeId;
use std::error::Error as _;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::Value;

use crate::cli::config::file::Setting;
use crate::cli::tag_list::names_in;

/// The texts that an option would be given on the command line; else what is wrong with
/// the value, as the end of a sentence.
pub(super) fn values(arg: &Arg, setting: &Setting, file: &Path) -> Result<Vec<String>, String> {
    if !arg.get_action().takes_values() {
        return match &setting.value {
            Value::Boolean(value) => Ok(vec![value.to_string()]),
            other => Err(format!("must be `true` or `false`, and is {}", name(other))),
        };
    }
    let values = match &setting.value {
        Value::Array(items) if takes_many(arg) => {
            let texts = items.iter().map(text);
            let texts: Option<Vec<String>> = texts.collect();
            texts.ok_or("may hold only texts and numbers")?
        }
        value => vec![text(value).ok_or_else(|| {
            let many = if takes_many(arg) {
                ", or a list of them"
            } else {
                ""
            };
            format!("must be a text or a number{many}, and is {}", name(value))
        })?],
    };
    probe(arg, &values)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    if arg.get_value_parser().type_id() != TypeId::of::<PathBuf>() {
        return Ok(values);
    }
    let seen = |value: &String| seen_from(folder, value, &setting.key);
    Ok(values.iter().map(seen).collect())
}

fn takes_many(arg: &Arg) -> bool {
    let many = arg
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1);
    many || matches!(arg.get_action(), ArgAction::Append)
}

/// A value as it would be typed.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A value for a message.
pub(super) fn shown(value: &Value) -> String {
    text(value).unwrap_or_else(|| value.to_string())
}

/// What a value is, in words.
fn name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "`true` or `false`",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// Lets clap read the values as it would on the command line, by an option that has
/// nothing else in common with the real one: neither its variable nor its conflicts.
fn probe(arg: &Arg, values: &[String]) -> Result<(), String> {
    let mut option = Arg::new("probe")
        .long("probe")
        .action(ArgAction::Append)
        .num_args(1)
        .value_parser(arg.get_value_parser().clone());
    if let Some(delimiter) = arg.get_value_delimiter() {
        option = option.value_delimiter(delimiter);
    }
    let typed = values.iter().map(|value| format!("--probe={value}"));
    let command = Command::new("probe").no_binary_name(true).arg(option);
    let Err(error) = command.try_get_matches_from(typed) else {
        return Ok(());
    };
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.clone(),
        _ => values.join(","),
    };
    Err(match (error.get(ContextKind::ValidValue), error.source()) {
        (Some(ContextValue::Strings(valid)), _) => {
            let valid: Vec<String> = valid.iter().map(|one| format!("`{one}`")).collect();
            format!("cannot be `{value}`; possible are {}", valid.join(", "))
        }
        (_, Some(cause)) => format!("cannot be `{value}`: {cause}"),
        _ => format!("cannot be `{value}`"),
    })
}

/// A path that is meant from the file's folder on.
fn seen_from(folder: &Path, value: &str, key: &str) -> String {
    let path = folder.join(value);
    let is_gguf = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gguf"));
    // A model can be a name, which is one wherever the file lies.
    let is_name = key == "model" && (value.contains(':') || !is_gguf && !path.exists());
    // So can a tag list be names with commas between them.
    let is_list = key == "tags" && !path.exists() && names_in(Path::new(value)).is_some();
    if value == "-" || value.is_empty() || is_name || is_list {
        return value.to_owned();
    }
    path.to_string_lossy().into_owned()
}
