//! `minitag cache`: what is kept from one run to the next.

use anyhow::Context;
use minitag::layout::{Table, size};
use minitag::models::Remembered;
use serde::Serialize;

use crate::cli::args::CacheCommand;
use crate::cli::failure::{Failure, Status};
use crate::cli::{context, print};

#[derive(Serialize)]
struct Report {
    /// The states of tag lists, those used last first.
    prefixes: Vec<PrefixReport>,
    /// The models whose hash is remembered.
    hashes: Vec<String>,
}

#[derive(Serialize)]
struct PrefixReport {
    bytes: u64,
    about: String,
}

/// Runs the command.
pub(crate) fn run(command: &CacheCommand) -> Result<Status, Failure> {
    let cache = context::prefix_cache(u64::MAX)?;
    let hashes = Remembered::from_env();
    let unusable = || format!("cannot use `{}`", cache.folder.display());
    match command {
        CacheCommand::List(format) => {
            let kept = cache.list().with_context(unusable);
            let prefixes = kept.map_err(Failure::usage)?.into_iter();
            let report = Report {
                prefixes: prefixes
                    .map(|prefix| PrefixReport {
                        bytes: prefix.bytes,
                        about: prefix.about,
                    })
                    .collect(),
                hashes: hashes.iter().flat_map(Remembered::list).collect(),
            };
            if format.is_json() {
                print::json(&report)?;
            } else {
                print::table(&table(&report))?;
            }
        }
        CacheCommand::Clear => {
            let cleared = cache.clear().with_context(unusable);
            let mut bytes = cleared.map_err(Failure::usage)?;
            if let Some(hashes) = &hashes {
                let cleared = hashes.clear().context("cannot clear the hashes of models");
                bytes += cleared.map_err(Failure::usage)?;
            }
            print::text(&format!("{} removed\n", size(bytes)))?;
        }
    }
    Ok(Status::Success)
}

fn table(report: &Report) -> Table {
    let mut table = Table::new("rl");
    for PrefixReport { bytes, about } in &report.prefixes {
        table.push([&size(*bytes), about]);
    }
    for path in &report.hashes {
        table.push([String::new(), format!("hash of {path}")]);
    }
    table
}
