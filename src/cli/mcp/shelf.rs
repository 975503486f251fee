//! The tag lists that calls can have: those of the command line by their names, files, and
//! lists that stand in the call.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use minitag::TagSet;
use serde_json::Value;

use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;
use crate::cli::tag_list::{names_in, tag_set_from};

/// What the address of a list begins with.
const SCHEME: &str = "minitag:///tags/";

/// The tag lists of the command line.
pub(super) struct Shelf {
    lists: Vec<(String, PathBuf)>,
    screen: Screen,
}

impl Shelf {
    /// Reads each list once, so that what is wrong with one is said before there are calls.
    pub(super) fn new(paths: &[PathBuf], screen: &Screen) -> Result<Self, Failure> {
        let mut lists: Vec<(String, PathBuf)> = Vec::new();
        for path in paths {
            tag_set_from(path, screen)?;
            let name = path.file_name().unwrap_or(path.as_os_str());
            let name = name.to_string_lossy().into_owned();
            if lists.iter().any(|(known, _)| *known == name) {
                let message = format!("two tag lists are called `{name}`");
                return Err(wrong_usage(message).hint("calls name a list by the name of its file"));
            }
            lists.push((name, path.clone()));
        }
        let screen = screen.clone();
        Ok(Self { lists, screen })
    }

    /// The names of the lists.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().map(|(name, _)| name.as_str())
    }

    /// The list that a call has: one that stands there, or is named there, or else the only
    /// one there is. Files are read anew, so that a list can be changed between calls.
    pub(super) fn find(&self, asked: Option<&Value>) -> Result<TagSet, Failure> {
        match (asked, self.lists.as_slice()) {
            (Some(Value::String(name)), lists) => {
                let known = lists.iter().find(|(known, _)| known == name);
                self.read(known.map_or(Path::new(name), |(_, path)| path))
            }
            (Some(list @ Value::Array(_)), _) => {
                TagSet::parse(&list.to_string()).map_err(|error| {
                    let hint = error.hint();
                    let error = anyhow::Error::new(error).context("the tag list cannot be used");
                    Failure::usage(error).hint_if(hint)
                })
            }
            (Some(_), _) => Err(wrong_usage(
                "`tags` is neither a list of tags nor the name of one",
            )),
            (None, [(_, only)]) => self.read(only),
            (None, []) => Err(wrong_usage("there is no tag list")
                .hint("`tags` is a list such as `[\"ai\",\"web\"]`, or a file with one")),
            (None, lists) => {
                let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
                let message = format!("there are {} tag lists, and `tags` names none", lists.len());
                Err(wrong_usage(message).hint(format!("they are {}", names.join(", "))))
            }
        }
    }

    fn read(&self, path: &Path) -> Result<TagSet, Failure> {
        if names_in(path).is_none() {
            check_file(path).map_err(|error| cannot_read(path, error))?;
        }
        tag_set_from(path, &self.screen)
    }

    /// A list as a resource; `None` if there is none at this address.
    pub(super) fn resource(&self, address: &str) -> Option<Result<TagSet, Failure>> {
        let mut lists = self.lists.iter();
        let (_, path) = lists.find(|(name, _)| self::address(name) == address)?;
        Some(self.read(path))
    }
}

/// The address of a list as a resource.
pub(super) fn address(name: &str) -> String {
    let mut address = SCHEME.to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Into a text: there is nothing that could fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// Refuses what is no file: a pipe could make everybody wait.
pub(super) fn check_file(path: &Path) -> io::Result<()> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_spaces() {
        assert_eq!(address("tags.json"), "minitag:///tags/tags.json");
        assert_eq!(address("ä b/c"), "minitag:///tags/%C3%A4%20b%2Fc");
    }
}
