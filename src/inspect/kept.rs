//! What is kept from one run to the next.

use std::io;

use serde::Serialize;

use crate::engine::prefix_cache::PrefixCache;
use crate::layout::{Table, size};
use crate::models::Remembered;

/// What is kept from one run to the next.
#[derive(Clone, Debug, Serialize)]
pub struct KeptReport {
    /// The states of tag lists, those used last first.
    prefixes: Vec<KeptPrefix>,
    /// The models whose hash is remembered.
    hashes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct KeptPrefix {
    bytes: u64,
    about: String,
}

impl KeptReport {
    /// Looks at what there is.
    ///
    /// # Errors
    /// [`io::Error`] if the folder of the states cannot be read.
    pub fn look(cache: &PrefixCache, hashes: Option<&Remembered>) -> io::Result<Self> {
        let prefixes = cache.list()?.into_iter().map(|prefix| KeptPrefix {
            bytes: prefix.bytes,
            about: prefix.about,
        });
        Ok(Self {
            prefixes: prefixes.collect(),
            hashes: hashes.into_iter().flat_map(Remembered::list).collect(),
        })
    }

    /// For people: how large it is, and of what, a line each.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new("rl");
        for KeptPrefix { bytes, about } in &self.prefixes {
            table.push([&size(*bytes), about]);
        }
        for path in &self.hashes {
            table.push([String::new(), format!("hash of {path}")]);
        }
        table
    }
}
