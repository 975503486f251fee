//! Names of the hub that are not yet the name of a file: a repository, an address, a name
//! with a quantisation in place of the file. They are not guessed at, but it is said which
//! files could be meant.

use crate::models::cache::{Cache, HubFile, is_gguf, is_repository};

/// Where the hub's addresses begin.
const HOSTS: [&str; 2] = ["huggingface.co", "hf.co"];

/// A repository of the hub, as a name points to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubName {
    /// `owner/name`.
    pub repository: String,
    /// What is named in it: a file, or a quantisation such as `Q4_K_M`.
    pub wanted: Option<String>,
}

impl HubName {
    /// Reads what other programs take: `owner/name`, `owner/name:Q4_K_M`,
    /// `owner/name/file.gguf`, an address of the hub or of a mirror.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (path, is_address) = without_host(text)?;
        let (path, quantisation) = match path.split_once(':') {
            Some((path, quantisation)) => (path, Some(quantisation)),
            None => (path, None),
        };
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let [owner, name, inside @ ..] = &parts[..] else {
            return None;
        };
        let repository = format!("{owner}/{name}");
        let file = match inside {
            [] => None,
            // `resolve/main/file`; a branch with a slash in it is not taken apart.
            [kind, _, file @ ..]
                if is_address && ["resolve", "blob", "raw", "tree"].contains(kind) =>
            {
                Some(file.join("/")).filter(|file| !file.is_empty())
            }
            file => Some(file.join("/")).filter(|file| is_gguf(file.as_ref())),
        };
        // `folder/file.gguf` is a path, and no repository.
        let is_path = !is_address && quantisation.is_none() && is_gguf(name.as_ref());
        let is_file = is_address || inside.is_empty() || file.is_some();
        (is_repository(&repository) && is_file && !is_path).then(|| Self {
            repository,
            wanted: file.or(quantisation.filter(|q| !q.is_empty()).map(str::to_owned)),
        })
    }

    /// The file that is named, if one is.
    #[must_use]
    pub fn file(&self) -> Option<HubFile> {
        let wanted = self.wanted.as_deref().filter(|w| is_gguf(w.as_ref()))?;
        HubFile::new(&self.repository, wanted)
    }

    /// The files of the repository that are in the cache, those first that the name fits.
    #[must_use]
    pub fn here(&self, cache: &Cache) -> Vec<HubFile> {
        let mut files = cache.files_of(&self.repository);
        if let Some(wanted) = self.wanted.as_deref().map(str::to_lowercase) {
            files.sort_by_key(|file| !file.file.to_lowercase().contains(&wanted));
        }
        files
    }
}

/// What stands behind the host of an address, and whether it was one.
fn without_host(text: &str) -> Option<(&str, bool)> {
    let text = text.split(['?', '#']).next()?;
    if let Some(path) = text.strip_prefix("hf://") {
        return Some((path, true));
    }
    let schemes = ["https://", "http://"];
    if let Some(rest) = schemes.iter().find_map(|s| text.strip_prefix(s)) {
        let (_, path) = rest.split_once('/')?;
        return Some((path, true));
    }
    let host = HOSTS.iter().find_map(|host| text.strip_prefix(host));
    match host.and_then(|rest| rest.strip_prefix('/')) {
        Some(path) => Some((path, true)),
        None => Some((text, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_are_read() {
        for (text, repository, wanted) in [
            ("o/r-GGUF", "o/r-GGUF", None),
            ("o/r:Q4_K_M", "o/r", Some("Q4_K_M")),
            ("o/r/sub/a.gguf", "o/r", Some("sub/a.gguf")),
            ("https://huggingface.co/o/r", "o/r", None),
            ("https://huggingface.co/o/r/", "o/r", None),
            ("https://huggingface.co/o/r/tree/main", "o/r", None),
            (
                "https://huggingface.co/o/r/resolve/main/sub/a.gguf?download=true",
                "o/r",
                Some("sub/a.gguf"),
            ),
            (
                "http://mirror:80/o/r/blob/v1/a.gguf#L1",
                "o/r",
                Some("a.gguf"),
            ),
            ("hf.co/o/r:Q8_0", "o/r", Some("Q8_0")),
            ("huggingface.co/o/r", "o/r", None),
            ("hf://o/r/a.gguf", "o/r", Some("a.gguf")),
        ] {
            let name = HubName::parse(text).unwrap();
            assert_eq!(name.repository, repository, "{text}");
            assert_eq!(name.wanted.as_deref(), wanted, "{text}");
        }
        for text in [
            "a",
            "/o/r",
            "./o/r",
            "../r",
            "o/r/s",
            "o\\r/s",
            "C:/m",
            "a b/c",
            "https://x",
        ] {
            assert_eq!(HubName::parse(text), None, "{text}");
        }
    }
}
