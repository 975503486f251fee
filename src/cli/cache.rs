//! `minitag cache`: what is kept from one run to the next.

use anyhow::Context;
use minitag::inspect::KeptReport;
use minitag::layout::size;
use minitag::models::Remembered;

use crate::cli::args::CacheCommand;
use crate::cli::failure::{Failure, Status};
use crate::cli::{context, print};

/// Runs the command.
pub(crate) fn run(command: &CacheCommand) -> Result<Status, Failure> {
    let cache = context::prefix_cache(u64::MAX)?;
    let hashes = Remembered::from_env();
    let unusable = || format!("cannot use `{}`", cache.folder.display());
    match command {
        CacheCommand::List(format) => {
            let report = KeptReport::look(&cache, hashes.as_ref()).with_context(unusable);
            let report = report.map_err(Failure::usage)?;
            if format.is_json() {
                print::json(&report)?;
            } else {
                print::table(&report.table())?;
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
