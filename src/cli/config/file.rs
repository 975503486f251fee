//! `minitag.toml` as it is written: which file, its keys, their values and lines.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Command;
use etcetera::BaseStrategy;
use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::cli::failure::{Failure, wrong_usage};

/// What the file is called wherever it lies.
pub(crate) const FILE_NAME: &str = "minitag.toml";

/// How alike two names have to be for one to be taken for the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// A file of options.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// Its path; relative where it lies in the working folder.
    pub(super) path: PathBuf,
    /// Its keys, tables opened up.
    pub(super) settings: Vec<Setting>,
}

/// One key of a file.
#[derive(Debug)]
pub(super) struct Setting {
    /// The commands whose tables it stands in, outermost first; empty at the top.
    pub(super) scope: Vec<String>,
    pub(super) key: String,
    pub(super) value: Value,
    /// From 1 on.
    pub(super) line: usize,
}

impl ConfigFile {
    /// The nearest file from the working folder upward, else the user's; `None` where
    /// there is neither.
    pub(super) fn find() -> Option<PathBuf> {
        let here = Some(PathBuf::from(FILE_NAME));
        let folder = std::env::current_dir().unwrap_or_default();
        let above = folder.ancestors().skip(1).map(|f| f.join(FILE_NAME));
        let user = etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.config_dir().join("minitag").join(FILE_NAME));
        let mut places = here.into_iter().chain(above).chain(user);
        places.find(|path| path.is_file())
    }

    /// Reads a file's text; tables have to be those of commands.
    pub(super) fn parse(path: PathBuf, text: &str, command: &Command) -> Result<Self, Failure> {
        let invalid = || format!("`{}` is not valid TOML", path.display());
        let values: toml::Table = toml::from_str(text)
            .with_context(invalid)
            .map_err(Failure::usage)?;
        let places = DeTable::parse(text)
            .with_context(invalid)
            .map_err(Failure::usage)?;
        let mut reader = Reader {
            path: &path,
            text,
            settings: Vec::new(),
        };
        reader.table(values, places.get_ref(), command, &mut Vec::new())?;
        let settings = reader.settings;
        Ok(Self { path, settings })
    }

    /// `PATH, line N`, for messages and for `config show`.
    pub(super) fn place(&self, setting: &Setting) -> String {
        place(&self.path, setting.line)
    }
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    settings: Vec<Setting>,
}

impl Reader<'_> {
    fn table(
        &mut self,
        values: toml::Table,
        places: &DeTable,
        command: &Command,
        scope: &mut Vec<String>,
    ) -> Result<(), Failure> {
        for (key, value) in values {
            let Some(spanned) = places.get(key.as_str()) else {
                continue;
            };
            let line = self.text[..spanned.span().start].matches('\n').count() + 1;
            match (value, spanned.get_ref()) {
                (Value::Table(values), DeValue::Table(places)) => {
                    let Some(below) = command.find_subcommand(&key) else {
                        let names = command.get_subcommands().map(Command::get_name);
                        let message = format!("{}: `{key}` is not a command", self.place(line));
                        return Err(hinted(message, closest(&key, names)).unwrap_or_else(|m| {
                            wrong_usage(m)
                                .hint("a table holds the options of one command, such as `[batch]`")
                        }));
                    };
                    scope.push(key);
                    self.table(values, places, below, scope)?;
                    scope.pop();
                }
                (value, _) => self.settings.push(Setting {
                    scope: scope.clone(),
                    key,
                    value,
                    line,
                }),
            }
        }
        Ok(())
    }

    fn place(&self, line: usize) -> String {
        place(self.path, line)
    }
}

fn place(path: &Path, line: usize) -> String {
    format!("`{}`, line {line}", path.display())
}

/// A failure that names what was probably meant; the message back where nothing was.
pub(super) fn hinted(message: String, meant: Option<&str>) -> Result<Failure, String> {
    match meant {
        Some(meant) => Ok(wrong_usage(message).hint(format!("did you mean `{meant}`?"))),
        None => Err(message),
    }
}

/// The name that is most like another, where one is.
pub(super) fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|&(alike, _)| alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
