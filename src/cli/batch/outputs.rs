//! Where the lines of a batch go, and how they are laid out.

use std::path::Path;

use minitag::TagSet;
use minitag::runner::{InputFormat, Keep, LineFile, Outputs, Source};
use minitag::whole_file;
use minitag::wire::{Layout, Shape};

use crate::cli::args::{BatchArgs, Errors, OutputFormat};
use crate::cli::batch::is_standard;
use crate::cli::failure::{Failure, cannot_write, wrong_usage};
use crate::cli::overwrite::{check_lines, errors_path};

/// Refuses folders where a file is to be written, and to write changes over what is no such file.
pub(super) fn check_paths(args: &BatchArgs) -> Result<(), Failure> {
    for (what, path) in [("OUT", Some(&args.output)), ("--diff", args.diff.as_ref())] {
        if let Some(path) = path.filter(|path| path.is_dir()) {
            return Err(wrong_usage(format!(
                "`{}` is a folder; {what} has to be a file",
                path.display()
            )));
        }
    }
    if let Some(path) = &args.diff {
        check_lines(path, "output of `batch --diff`", &["before"], &[])?;
        if path.metadata().is_ok_and(|there| there.is_file()) || !path.exists() {
            whole_file::check(path).map_err(|error| cannot_write(path, error))?;
        }
    }
    let errors = errors_path(&args.output);
    check_lines(&errors, "list of errors of `batch`", &["error"], &[])
}

/// Refuses to write answers over what is no answers.
pub(super) fn check_answers(path: &Path) -> Result<(), Failure> {
    let is_packed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    match InputFormat::of(path) {
        // What is packed, and rows, are not told by their beginning.
        _ if is_packed => Ok(()),
        Some(InputFormat::Csv | InputFormat::Tsv) => Ok(()),
        _ => check_lines(path, "output of `batch`", &["tags", "error"], &[]),
    }
}

/// The format that the options say, or else the ending of OUT.
fn format(args: &BatchArgs) -> Result<OutputFormat, Failure> {
    if let Some(format) = args.output_format {
        return Ok(format);
    }
    let name = args.output.file_name().unwrap_or_default();
    let name = name.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let is_device = args.output.metadata().is_ok_and(|there| !there.is_file());
    if is_device {
        return Ok(OutputFormat::Jsonl);
    }
    match name.trim_start_matches('.').rsplit_once('.') {
        None | Some((_, "jsonl" | "ndjson")) => Ok(OutputFormat::Jsonl),
        Some((_, "csv")) => Ok(OutputFormat::Csv),
        Some((_, "tsv" | "tab")) => Ok(OutputFormat::Tsv),
        Some((_, ending)) => {
            let message = format!(
                "`{}` would have to be written as `.{ending}`, which is not possible",
                args.output.display()
            );
            Err(wrong_usage(message).hint(
                "`.jsonl`, `.csv` and `.tsv` are, also with `.gz` behind; or `--output-format` says it",
            ))
        }
    }
}

/// How a line is laid out.
pub(super) fn layout(
    args: &BatchArgs,
    source: &Source,
    tags: &TagSet,
    shape: Shape,
) -> Result<Layout, Failure> {
    let format = format(args)?;
    if format == OutputFormat::Jsonl {
        return Ok(Layout::Json);
    }
    let name = if format == OutputFormat::Csv {
        "CSV"
    } else {
        "TSV"
    };
    if args.failing.errors == Some(Errors::Inline)
        || args.failing.errors.is_none() && is_standard(&args.output)
    {
        let message = format!("errors are JSON and cannot stand between rows of {name}");
        let ending = name.to_lowercase();
        let hint = format!("`-o FILE.{ending}` puts them into `FILE.{ending}.errors.jsonl`");
        return Err(wrong_usage(message).hint(hint));
    }
    if let Some((one, other)) = tags.look_alike() {
        let message = format!("the ids {one} and {other} look the same in {name}");
        return Err(wrong_usage(message).hint("`-o FILE.jsonl` tells a number from a text"));
    }
    match &source.fields.keep {
        Keep::All => Err(wrong_usage(format!(
            "`--keep all` does not tell which columns {name} has"
        ))
        .hint("name the fields: `--keep title,url`")),
        keep @ Keep::Named(_) => Ok(Layout::rows(
            format == OutputFormat::Tsv,
            shape,
            keep.columns(),
        )),
    }
}

/// The files that are written.
pub(super) fn outputs(args: &BatchArgs) -> Result<Outputs, Failure> {
    let stdout = is_standard(&args.output);
    if stdout && args.failing.errors == Some(Errors::File) {
        return Err(
            wrong_usage("`--errors file` needs a file beside which they go")
                .hint("`-o FILE` instead of `-o -`"),
        );
    }
    let inline = args
        .failing
        .errors
        .map_or(stdout, |errors| errors == Errors::Inline);
    let changes = args.diff.as_deref().map(LineFile::new);
    if changes.is_some() && stdout {
        return Err(
            wrong_usage("`--diff` needs a journal of the run before, and `-o -` has none")
                .hint("`-o FILE` instead of `-o -`"),
        );
    }
    Ok(Outputs {
        answers: (!stdout).then(|| LineFile::new(&args.output)),
        errors: (!inline).then(|| LineFile::new(&errors_path(&args.output))),
        changes,
    })
}
