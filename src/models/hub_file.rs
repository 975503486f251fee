//! How a file of the hub is named: `owner/name:file`, and at which revision.

use std::fmt;

/// The branch that is meant where none is named.
const MAIN: &str = "main";

/// A file of one of the hub's repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubFile {
    /// `owner/name`.
    pub repository: String,
    /// A commit or a branch, where one is asked for: then it is that one or none.
    pub revision: Option<String>,
    /// The file's path in the repository.
    pub file: String,
}

impl HubFile {
    /// A file at no revision in particular; `None` if this cannot be the name of one.
    #[must_use]
    pub fn new(repository: &str, file: &str) -> Option<Self> {
        // They become paths: nothing may lead out of the cache.
        let inside = file.split('/').all(is_component);
        (is_repository(repository) && inside).then(|| Self {
            repository: repository.to_owned(),
            revision: None,
            file: file.to_owned(),
        })
    }

    /// Reads `owner/name:file`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (repository, file) = text.split_once(':')?;
        Self::new(repository, file)
    }

    /// The same file at a revision.
    #[must_use]
    pub fn at(mut self, revision: &str) -> Self {
        self.revision = Some(revision.to_owned());
        self
    }

    /// The revision that is asked for, else the main branch.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(MAIN)
    }
}

impl fmt::Display for HubFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.file)
    }
}

/// Whether this can be the name of a repository: `owner/name`.
pub(super) fn is_repository(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let named = |part: &str| is_component(part) && part.chars().all(plain);
    text.split_once('/')
        .is_some_and(|(owner, name)| named(owner) && named(name))
}

/// Whether this can be one part of a path, on any system.
pub(super) fn is_component(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && !part.contains(['/', '\\', ':'])
        && !part.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_cache_is_none() {
        for bad in [
            "a:b", "a/b:", "/b:c", "a/..:c", "a/b:../c", "a/b:/c", "a/b/c:d", "a/b:c\\d",
            "a b/c:d", "a/b:c:d",
        ] {
            assert_eq!(HubFile::parse(bad), None, "{bad}");
        }
        let file = HubFile::parse("o/r.1:sub/a b.gguf").unwrap();
        assert_eq!(file.to_string(), "o/r.1:sub/a b.gguf");
        assert_eq!(file.revision(), "main");
        assert_eq!(file.at("v2").revision(), "v2");
    }
}
