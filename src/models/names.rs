//! Names of the hub that are not yet the name of a file: a repository, an address, a name
//! with a quantisation in place of the file. If one file on this machine fits, that is meant;
//! otherwise it is said which could be.

use crate::models::folder::is_gguf;
use crate::models::here;
use crate::models::hub_file::{HubFile, is_repository};
use crate::models::split::PartName;

/// Where the hub's addresses begin.
const HOSTS: [&str; 2] = ["huggingface.co", "hf.co"];

/// The branch that addresses name.
const MAIN: &str = "main";

/// A repository of the hub, as a name points to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubName {
    /// `owner/name`.
    pub repository: String,
    /// What is named in it: a file, or a quantisation such as `Q4_K_M`.
    pub wanted: Option<String>,
    /// The commit or the branch that an address names, if it is not the main one.
    pub revision: Option<String>,
    /// Whether it is an address of the hub itself, and not of a mirror.
    pub is_address: bool,
}

impl HubName {
    /// Reads what other programs take: `owner/name`, `owner/name:Q4_K_M`,
    /// `owner/name/file.gguf`, an address of the hub or of a mirror.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, path) = without_host(text)?;
        let is_address = host.is_some();
        let (path, quantisation) = match path.split_once(':') {
            Some((path, quantisation)) => (path, Some(quantisation)),
            None => (path, None),
        };
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let [owner, name, inside @ ..] = &parts[..] else {
            return None;
        };
        let repository = format!("{owner}/{name}");
        let (revision, file) = match inside {
            [] => (None, None),
            // `resolve/main/file`; a branch with a slash in it is not taken apart.
            [kind, revision, file @ ..]
                if is_address && ["resolve", "blob", "raw", "tree"].contains(kind) =>
            {
                let file = Some(file.join("/")).filter(|file| !file.is_empty());
                (Some(*revision).filter(|&r| r != MAIN), file)
            }
            file => (
                None,
                Some(file.join("/")).filter(|file| is_gguf(file.as_ref())),
            ),
        };
        // `folder/file.gguf` is a path, and no repository.
        let is_path = !is_address && quantisation.is_none() && is_gguf(name.as_ref());
        let is_file = is_address || inside.is_empty() || file.is_some();
        (is_repository(&repository) && is_file && !is_path).then(|| Self {
            repository,
            wanted: file.or(quantisation.filter(|q| !q.is_empty()).map(str::to_owned)),
            revision: revision.map(str::to_owned),
            is_address: host.is_some_and(|host| HOSTS.contains(&host)),
        })
    }

    /// The file that is named, if one is.
    #[must_use]
    pub fn file(&self) -> Option<HubFile> {
        let wanted = self.wanted.as_deref().filter(|w| is_gguf(w.as_ref()))?;
        let file = HubFile::new(&self.repository, wanted)?;
        Some(match &self.revision {
            Some(revision) => file.at(revision),
            None => file,
        })
    }

    /// The file that is meant: the one of an address of the hub, or the only one in the cache
    /// that the name fits.
    #[must_use]
    pub fn meant(&self) -> Option<HubFile> {
        if let Some(file) = self.file() {
            let is_meant = self.is_address || here::find(&file).is_some();
            return is_meant.then_some(file);
        }
        let mut files = here::files_of(&self.repository);
        files.retain(|file| is_model(&file.file) && self.fits(&file.file));
        (files.len() == 1).then(|| files.remove(0))
    }

    /// Whether a file has the quantisation that is asked for, if one is.
    fn fits(&self, file: &str) -> bool {
        let Some(wanted) = self.wanted.as_deref().map(str::to_lowercase) else {
            return true;
        };
        let file = file.to_lowercase();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        file.match_indices(&wanted).any(|(at, _)| {
            let (before, behind) = (&file[..at], &file[at + wanted.len()..]);
            !before.ends_with(is_word) && !behind.starts_with(is_word)
        })
    }

    /// The files of the repository that are in the cache, those first that the name fits.
    #[must_use]
    pub fn here(&self) -> Vec<HubFile> {
        let mut files = here::files_of(&self.repository);
        if let Some(wanted) = self.wanted.as_deref().map(str::to_lowercase) {
            files.sort_by_key(|file| !file.file.to_lowercase().contains(&wanted));
        }
        files
    }
}

/// Whether a file is a model by its name, or its first part: no reader of pictures, and no
/// later part.
fn is_model(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let is_first = PartName::parse(file).is_none_or(|part| part.number == 1);
    !name.to_lowercase().starts_with("mmproj") && is_first
}

/// The host of an address, if it is one, and what stands behind it.
fn without_host(text: &str) -> Option<(Option<&str>, &str)> {
    let text = text.split(['?', '#']).next()?;
    if let Some(path) = text.strip_prefix("hf://") {
        return Some((Some(HOSTS[0]), path));
    }
    let schemes = ["https://", "http://"];
    if let Some(rest) = schemes.iter().find_map(|s| text.strip_prefix(s)) {
        let (host, path) = rest.split_once('/')?;
        return Some((Some(host), path));
    }
    match text.split_once('/') {
        Some((host, path)) if HOSTS.contains(&host) => Some((Some(host), path)),
        _ => Some((None, text)),
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
        let revision = |text: &str| HubName::parse(text).unwrap().revision;
        let blob = "https://huggingface.co/o/r/blob";
        assert_eq!(revision(&format!("{blob}/main/a.gguf")), None);
        assert_eq!(
            revision(&format!("{blob}/v1/a.gguf")).as_deref(),
            Some("v1")
        );
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

    #[test]
    fn a_quantisation_is_a_whole_word() {
        let fits = |wanted: &str, file: &str| {
            let name = HubName::parse(&format!("o/r:{wanted}")).unwrap();
            name.fits(file)
        };
        assert!(fits("Q4_K_M", "m-q4_k_m.gguf"));
        assert!(fits("q8_0", "Q8_0/m.Q8_0-00001-of-00002.gguf"));
        assert!(!fits("Q4_K", "m-Q4_K_M.gguf"));
        assert!(!fits("Q4_0", "m-IQ4_0.gguf"));
        assert!(is_model("sub/m.gguf") && !is_model("sub/mmproj-m.gguf"));
        assert!(!is_model("m-00002-of-00003.gguf"));
    }
}
