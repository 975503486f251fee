//! The options that won, in a file: a new one, or a few keys of one that is there.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use minitag::whole_file::{self, Readers};
use toml::Value;
use toml_edit::{DocumentMut, Item};

use crate::cli::config;
use crate::cli::failure::{Failure, cannot_read, cannot_write, wrong_usage};
use crate::cli::screen::Screen;

/// Whether the file may and can be written, before hours are spent on what goes there.
pub(super) fn check(path: &Path, overwrite: bool) -> Result<(), Failure> {
    if path.exists() {
        if !overwrite {
            return Err(wrong_usage(format!("`{}` is there already", path.display()))
                .hint("`--overwrite` changes the options that are tuned and leaves its other keys as they are"));
        }
        let text = fs::read_to_string(path).map_err(|error| cannot_read(path, error))?;
        parse(&text, path)?;
    }
    whole_file::check(path).map_err(|error| cannot_write(path, error))
}

/// Writes the options; what else is in the file stays, comments and order included.
pub(super) fn write(
    path: &Path,
    options: &[(String, String)],
    gold: &str,
    screen: &Screen,
) -> Result<(), Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("# Chosen by `minitag tune` on {}.\n", gold.escape_debug())
        }
        Err(error) => return Err(cannot_read(path, error)),
    };
    let changed = merged(&text, options, path)?;
    whole_file::write(path, &changed, Readers::All).map_err(|error| cannot_write(path, error))?;
    screen.note(&format!("the options that won are in `{}`", path.display()));
    for table in tables_with(&changed, options) {
        screen.warning(&format!(
            "`[{table}]` in `{}` has some of these options too, and goes its own way",
            path.display()
        ));
    }
    Ok(())
}

/// The text with each option set, in its place if it has one; the rest stays as it was typed.
pub(in crate::cli) fn merged(
    text: &str,
    options: &[(String, String)],
    path: &Path,
) -> Result<String, Failure> {
    // In a file of comments alone, the options come behind these.
    let (before, text) = if parse(text, path)?.is_empty() {
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        (format!("{text}{end}"), "")
    } else {
        (String::new(), text)
    };
    let mut document: DocumentMut = text
        .parse()
        .with_context(|| format!("`{}` is not valid TOML", path.display()))
        .map_err(Failure::usage)?;
    for (name, value) in options {
        let mut value = typed(value);
        // A comment behind it stays.
        if let Some(old) = document.get(name).and_then(Item::as_value) {
            value.decor_mut().clone_from(old.decor());
        }
        document[name] = Item::Value(value);
    }
    Ok(format!("{before}{document}"))
}

/// A value as it reads: a number, or else a text.
fn typed(value: &str) -> toml_edit::Value {
    if let Ok(number) = value.parse::<i64>() {
        return number.into();
    }
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => number.into(),
        _ => value.into(),
    }
}

/// The tables in which one of the options stands as well.
fn tables_with(text: &str, options: &[(String, String)]) -> Vec<String> {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let has = |value: &Value| match value {
        Value::Table(inner) => options.iter().any(|(name, _)| inner.contains_key(name)),
        _ => false,
    };
    let found = table.iter().filter(|(_, value)| has(value));
    found.map(|(name, _)| name.clone()).collect()
}

/// One that is of no use as it is does not become so: it is left alone.
fn parse(text: &str, path: &Path) -> Result<toml::Table, Failure> {
    config::check(path, text)?;
    toml::from_str(text)
        .with_context(|| format!("`{}` is not valid TOML", path.display()))
        .map_err(Failure::usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::law::tuned as changed;
    use crate::cli::failure::Status;

    #[test]
    fn an_empty_file_gets_the_options() {
        let options = "budget = 600\nstrategy = \"rank\"\nthreshold = 0.25\n";
        assert_eq!(changed(""), options);
        assert_eq!(changed("# mine\n"), format!("# mine\n{options}"));
    }

    #[test]
    fn what_is_not_tuned_stays_as_it_was_typed() {
        assert_eq!(
            changed(
                "# mine\nbudget = 0x100 # tokens\ntags = 'a.json' # list\n\n[batch]\nparallel = 2\n"
            ),
            "# mine\nbudget = 600 # tokens\ntags = 'a.json' # list\nstrategy = \"rank\"\nthreshold = 0.25\n\n[batch]\nparallel = 2\n"
        );
    }

    #[test]
    fn tables_stay_behind_the_options() {
        let before = "[batch]\nbudget = 100\n";
        let after = changed(before);
        assert!(after.ends_with(before), "{after}");
        let options = [("budget".to_owned(), "600".to_owned())];
        assert_eq!(tables_with(&after, &options), ["batch"]);
    }

    #[test]
    fn a_file_of_no_use_is_left_alone() {
        let options = [("budget".to_owned(), "600".to_owned())];
        for text in ["[budget.a]", "[[batch]]\nparallel = 1\n", "bugdet = 1"] {
            let refused = merged(text, &options, Path::new("minitag.toml")).unwrap_err();
            assert_eq!(refused.status(), Status::Usage);
        }
    }

    #[test]
    fn a_last_line_without_an_end_gets_one() {
        assert_eq!(
            changed("tags = 'a'"),
            "tags = 'a'\nbudget = 600\nstrategy = \"rank\"\nthreshold = 0.25\n"
        );
    }
}
