//! `minitag completions` and `minitag man`: what the command line says of itself.

use std::io::{self, Write};

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::args::{Cli, CompletionsArgs, ManArgs};
use crate::cli::failure::{Failure, Status};

/// Runs `minitag completions`.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<Status, Failure> {
    // Into memory first: the library panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "minitag", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Status::Success)
}

/// Runs `minitag man`.
pub(crate) fn pages(args: &ManArgs) -> Result<Status, Failure> {
    let command = Cli::command();
    match &args.folder {
        Some(folder) => clap_mangen::generate_to(command, folder)
            .with_context(|| format!("the manual could not be written to `{}`", folder.display()))
            .map_err(Failure::usage)?,
        None => clap_mangen::Man::new(command).render(&mut io::stdout().lock())?,
    }
    Ok(Status::Success)
}
