//! What there is to do about a model that is not here.

use std::path::Path;

use crate::models::here;
use crate::models::hub_file::HubFile;
use crate::models::locate::LocateError;
use crate::models::names::HubName;

/// As many files are named.
const SHOWN: usize = 8;

impl LocateError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotHere { name, file, like } => Some(not_here(name, file, like.as_deref())),
            Self::NoFile { hub, .. } => Some(hub.advice()),
            Self::NoGguf { weights, .. } => weights.as_ref().map(|weights| {
                format!(
                    "llama.cpp's `convert_hf_to_gguf.py` makes one of `{weights}`; \
                     give its path instead of the name"
                )
            }),
            Self::Ollama(error) => error.hint(),
            Self::Unknown { .. } => Some("`minitag models list` shows all names".to_owned()),
            _ => None,
        }
    }
}

/// What to do about a model that is known.
fn not_here(name: &str, file: &HubFile, like: Option<&Path>) -> String {
    let mut all = vec![file.how_to_get(name)];
    if file.revision.is_some() {
        let any = HubFile::new(&file.repository, &file.file);
        let other = any.filter(|any| here::find(any).is_some());
        all.extend(other.map(|file| format!("`{file}` is here at another revision")));
    }
    all.extend(like.map(|path| {
        let path = path.display();
        format!("`{path}` has its name; given as a path it is taken as it is")
    }));
    all.join("; ")
}

impl HubFile {
    /// How it gets onto this machine if it is named so.
    #[must_use]
    pub fn how_to_get(&self, name: &str) -> String {
        if cfg!(feature = "download") {
            format!("`minitag models pull {name}` downloads it")
        } else {
            let Self {
                repository, file, ..
            } = self;
            format!("`hf download {repository} {file}` downloads it")
        }
    }
}

impl HubName {
    /// Which file of the repository could be meant.
    #[must_use]
    pub fn advice(&self) -> String {
        let repository = &self.repository;
        let here = self.here();
        if let Some(file) = self.file() {
            return if here.contains(&file) {
                format!("`{file}` is its name here")
            } else {
                let get = file.how_to_get(&file.to_string());
                format!("`{file}` is its name here; {get}")
            };
        }
        let example = format!("its files are named as `{repository}:file.gguf`");
        let named: Vec<String> = here.iter().take(SHOWN).map(|f| format!("`{f}`")).collect();
        let more = match here.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        match named.len() {
            0 => {
                let file = format!("{repository}:file.gguf");
                let get = HubFile::parse(&file).map(|any| any.how_to_get(&file));
                let get = get.map_or(String::new(), |get| format!("; {get}"));
                format!("{example}, and none is on this machine{get}")
            }
            1 => format!("{example}; on this machine there is {}", named[0]),
            _ => format!(
                "{example}; on this machine there are {}{more}",
                named.join(", ")
            ),
        }
    }
}
