//! `minitag models quantize`: a smaller file of a model, there once it has been run.
//!
//! llama.cpp works in a process of its own, which can be ended by a Ctrl-C, or by itself.

mod run;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use minitag::engine::llama;
use minitag::inspect::{Trial, bytes_after, check_whole, fallen_back, has_the_same_tensors};
use minitag::layout::size;
use minitag::models::{CheckError, Header, check, locate};
use minitag::whole_file::{Readers, beside};

use crate::cli::args::ModelsQuantizeArgs;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::models::header;
use crate::cli::models::quantize::run::{Stop, output_of_worker, quantize};
use crate::cli::screen::Screen;

/// A larger original is not loaded only to be compared.
const SMALL: u64 = 3 << 30;

/// Runs the command: prints where the file lies, as `models path` does.
pub(crate) fn run(args: &ModelsQuantizeArgs, screen: &Screen) -> Result<Status, Failure> {
    let located = locate(Some(&args.input))?;
    if let Some(output) = output_of_worker() {
        return llama::quantize(located.path(), &output, args.kind.quantization())
            .map(|()| Status::Success)
            .map_err(Failure::model);
    }
    let (input, output) = (located.path(), args.output.as_path());
    check_output(output, args.overwrite)?;
    let header = header(&located)?;
    check_whole(&header).map_err(|error| {
        let message = format!("the model `{}` {error}", input.display());
        Failure::model(anyhow!(message)).hint(error.hint())
    })?;
    let kind = args.kind.quantization();
    check_room(output, bytes_after(&header, kind))?;
    let stop = Stop::listen()?;
    let file = beside(output, Readers::All).map_err(|error| cannot_write(output, error))?;
    quantize(file.path(), &stop, screen)?;
    let made = usable(file.path(), &header)
        .context("what llama.cpp has made cannot be used")
        .map_err(Failure::model)?;
    if let Some(warning) = fallen_back(&made, kind) {
        screen.warning(&warning);
    }
    let agreement = compare(input, file.path(), screen)?;
    stop.check()?;
    // Another process wrote it.
    let written = File::open(file.path()).and_then(|file| file.sync_all());
    written.map_err(|error| cannot_write(output, error))?;
    file.persist(output)
        .map_err(|e| cannot_write(output, e.error))?;
    screen.note(&format!(
        "{} instead of {}{agreement}",
        size(made.expected_bytes),
        size(header.expected_bytes)
    ));
    writeln!(io::stdout().lock(), "{}", output.display())?;
    Ok(Status::Success)
}

/// Whether a file may be put there.
fn check_output(output: &Path, overwrite: bool) -> Result<(), Failure> {
    let name = output.display();
    if output.is_dir() {
        return Err(wrong_usage(format!(
            "`{name}` is a folder; OUT has to be a file"
        )));
    }
    if output.exists() && !overwrite {
        let message = format!("`{name}` is there already");
        return Err(wrong_usage(message).hint("`--overwrite` replaces it"));
    }
    Ok(())
}

/// Whether the disk has room, if that can be told.
fn check_room(output: &Path, needed: u64) -> Result<(), Failure> {
    let folder = output.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    match fs4::available_space(folder) {
        Ok(free) if free < needed => {
            let (needed, free) = (size(needed), size(free));
            Err(wrong_usage(format!(
                "`{}` needs about {needed}, and its disk has {free} left",
                output.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The header of what was made: a sound file of the same model.
fn usable(made: &Path, original: &Header) -> anyhow::Result<Header> {
    let header = check(made)?;
    anyhow::ensure!(
        has_the_same_tensors(&header, original),
        CheckError::Damaged("its tensors are not those of the original")
    );
    Ok(header)
}

/// Runs what was made; says in words how much it agrees with the original, where that is
/// small enough to be run too.
fn compare(original: &Path, made: &Path, screen: &Screen) -> Result<String, Failure> {
    let ours = Trial::run(made)
        .context("what was made cannot be run")
        .map_err(Failure::model)?;
    if original.metadata().map_or(u64::MAX, |meta| meta.len()) > SMALL {
        return Ok(String::new());
    }
    match Trial::run(original).context("the original cannot be run") {
        Ok(theirs) => Ok(format!(
            "; after a sample text, {:.1} % of the next token's probability is where it was",
            100.0 * ours.agreement(&theirs)
        )),
        Err(error) => {
            screen.warning(&format!("{error:#}"));
            Ok(String::new())
        }
    }
}
