//! `minitag models quantize`: a smaller file of a model, there once it has been run.
//!
//! llama.cpp works in a process of its own, which can be ended by a Ctrl-C, or by itself.

mod fallback;
mod run;
mod trial;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use minitag::engine::llama;
use minitag::layout::size;
use minitag::models::{CheckError, Header, check, locate};
use minitag::whole_file::{Readers, beside};

use crate::cli::args::ModelsQuantizeArgs;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::models::quantize::fallback::fallen_back;
use crate::cli::models::quantize::run::{Stop, output_of_worker, quantize};
use crate::cli::models::quantize::trial::compare;
use crate::cli::plan;
use crate::cli::screen::Screen;

/// The types of weights that are not quantised, and of which alone a good smaller file
/// can be made.
const WHOLE: [&str; 3] = ["F32", "F16", "BF16"];

/// Runs the command: prints where the file lies, as `models path` does.
pub(crate) fn run(args: &ModelsQuantizeArgs, screen: &Screen) -> Result<Status, Failure> {
    let located = locate(Some(&args.input))?;
    if let Some(output) = output_of_worker() {
        return llama::quantize(located.path(), &output, args.kind.quantization())
            .map(|()| Status::Success)
            .map_err(Failure::model);
    }
    let (input, output) = (located.path(), args.output.as_path());
    check_output(input, output, args.overwrite)?;
    let header = plan::header(&located)?;
    check_input(input, &header)?;
    let needed = numbers(&header) * args.kind.centibits() / 800;
    check_room(output, needed)?;
    let stop = Stop::listen()?;
    let file = beside(output, Readers::All).map_err(|error| cannot_write(output, error))?;
    quantize(file.path(), &stop, screen)?;
    let made = usable(file.path(), &header)
        .context("what llama.cpp has made cannot be used")
        .map_err(Failure::model)?;
    if let Some(warning) = fallen_back(&made, args.kind) {
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
fn check_output(input: &Path, output: &Path, overwrite: bool) -> Result<(), Failure> {
    let name = output.display();
    if output.is_dir() {
        return Err(wrong_usage(format!(
            "`{name}` is a folder; OUT has to be a file"
        )));
    }
    let real = |path: &Path| path.canonicalize().ok();
    if real(output).is_some_and(|output| Some(output) == real(input)) {
        return Err(wrong_usage(format!("`{name}` is both IN and OUT")));
    }
    if output.exists() && !overwrite {
        let message = format!("`{name}` is there already");
        return Err(wrong_usage(message).hint("`--overwrite` replaces it"));
    }
    Ok(())
}

/// Whether it is worth while.
fn check_input(input: &Path, header: &Header) -> Result<(), Failure> {
    let quantised = header.tensors.keys().map(ToString::to_string);
    let quantised: Vec<String> = quantised
        .filter(|kind| !WHOLE.contains(&kind.as_str()))
        .collect();
    if !quantised.is_empty() {
        let (name, kinds) = (input.display(), quantised.join(", "));
        let message = format!("the model `{name}` is quantised already ({kinds})");
        return Err(Failure::model(anyhow!(message)).hint(
            "take the file in F16, BF16 or F32 that it was made from: quantising twice loses more",
        ));
    }
    if header.number("split.count").is_some_and(|parts| parts > 1) {
        let name = input.display();
        let message = format!("the model `{name}` is one of several parts");
        return Err(Failure::model(anyhow!(message))
            .hint("llama.cpp's `llama-gguf-split --merge` makes one file of them"));
    }
    Ok(())
}

/// How many weights there are.
fn numbers(header: &Header) -> u64 {
    let product = |shape: &[u64]| shape.iter().fold(1_u64, |n, &more| n.saturating_mul(more));
    let tensors = header.table.iter().map(|tensor| product(&tensor.shape));
    // Bounded by the file's size, which was looked at.
    tensors
        .fold(0_u64, u64::saturating_add)
        .min(u64::MAX / 1000)
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
    let names = |header: &Header| {
        let mut names: Vec<String> = header.table.iter().map(|t| t.name.clone()).collect();
        names.sort_unstable();
        names
    };
    anyhow::ensure!(
        header.architecture == original.architecture && names(&header) == names(original),
        CheckError::Damaged("its tensors are not those of the original")
    );
    Ok(header)
}
