//! `minitag cache`: what is kept from one run to the next.

use std::io::{self, Write};

use anyhow::Context;
use bytesize::ByteSize;
use minitag::models::Remembered;

use crate::cli::args::CacheCommand;
use crate::cli::failure::{Failure, Status};
use crate::cli::plan;

/// Runs the command.
pub(crate) fn run(command: &CacheCommand) -> Result<Status, Failure> {
    let cache = plan::prefix_cache(u64::MAX)?;
    let hashes = Remembered::from_env();
    let unusable = || format!("cannot use `{}`", cache.folder.display());
    let mut out = io::stdout().lock();
    match command {
        CacheCommand::List => {
            let kept = cache
                .list()
                .with_context(unusable)
                .map_err(Failure::usage)?;
            for prefix in &kept {
                let size = ByteSize(prefix.bytes).display().iec().to_string();
                writeln!(out, "{size:>10}  {}", prefix.about)?;
            }
            for path in hashes.iter().flat_map(Remembered::list) {
                writeln!(out, "{:>10}  hash of {path}", "")?;
            }
        }
        CacheCommand::Clear => {
            let mut bytes = cache
                .clear()
                .with_context(unusable)
                .map_err(Failure::usage)?;
            if let Some(hashes) = &hashes {
                let cleared = hashes.clear().context("cannot clear the hashes of models");
                bytes += cleared.map_err(Failure::usage)?;
            }
            writeln!(out, "{} removed", ByteSize(bytes).display().iec())?;
        }
    }
    Ok(Status::Success)
}
