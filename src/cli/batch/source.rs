//! Where the records of a batch come from, as the options say it.

use std::path::Path;

use anyhow::Context;
use glob::Pattern;
use minitag::document::{Encoded, encoding_named};
use minitag::runner::{Fields, InputFormat, Journal, Keep, Source};

use crate::cli::args::{BatchArgs, InputFormatArg};
use crate::cli::catalogue::{self, names};
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::overwrite::errors_path;

/// The input, and what its fields are called.
pub(super) fn source(args: &BatchArgs) -> Result<Source, Failure> {
    let input = || args.input.display();
    let format = match args.input_format {
        Some(InputFormatArg::Jsonl) => Some(InputFormat::Jsonl),
        Some(InputFormatArg::Json) => Some(InputFormat::Json),
        Some(InputFormatArg::Csv) => Some(InputFormat::Csv),
        Some(InputFormatArg::Tsv) => Some(InputFormat::Tsv),
        Some(InputFormatArg::Parquet) => Some(InputFormat::Parquet),
        None => InputFormat::of(&args.input),
    };
    let format = format.ok_or_else(|| {
        // What is not there has no format to tell.
        if let Err(error) = args.input.metadata() {
            return cannot_read(&args.input, error);
        }
        let message = format!("the name of `{}` does not tell its format", input());
        wrong_usage(message).hint("`--input-format jsonl`, `json`, `csv` or `tsv` does")
    })?;
    let is_table = matches!(format, InputFormat::Csv | InputFormat::Tsv);
    let is_text = !matches!(format, InputFormat::Folder | InputFormat::Parquet);
    let is_json = is_text && !is_table;
    for (option, is_given, what, fits) in [
        (
            "--glob",
            !args.glob.is_empty(),
            "folders",
            format == InputFormat::Folder,
        ),
        (
            "--delimiter",
            args.delimiter.is_some(),
            "CSV and TSV",
            is_table,
        ),
        ("--records", args.records.is_some(), "JSON", is_json),
        (
            "--encoding",
            args.encoding.is_some(),
            "files and stdin",
            format != InputFormat::Folder,
        ),
    ] {
        if is_given && !fits {
            let message = format!("`{option}` is for {what}, and `{}` is none", input());
            return Err(wrong_usage(message));
        }
    }
    let pattern = |glob: &String| {
        Pattern::new(glob)
            .with_context(|| format!("`--glob {glob}` is no pattern"))
            .map_err(Failure::usage)
    };
    let encoded = args.encoding.as_ref().map(|name| {
        let unknown = || {
            wrong_usage(format!("`--encoding {name}` is no encoding that is known")).hint(
                "names are those of browsers, such as `windows-1252`, `utf-16le`, `shift_jis`; `iconv -f NAME -t UTF-8` makes UTF-8 of others",
            )
        };
        encoding_named(name).map(Encoded::As).ok_or_else(unknown)
    });
    let delimiter = args.delimiter.as_deref().map(delimiter).transpose()?;
    Ok(Source {
        encoded: encoded.transpose()?,
        delimiter,
        records: args.records.clone(),
        fields: fields(args)?,
        globs: args.glob.iter().map(pattern).collect::<Result<_, _>>()?,
        outputs: outputs(args),
        ..Source::new(&args.input, format)
    })
}

fn fields(args: &BatchArgs) -> Result<Fields, Failure> {
    let kept = names("--keep", &args.keep)?;
    let keep = if kept.iter().any(|name| name == "all") {
        Keep::All
    } else {
        let mut names: Vec<String> = Vec::new();
        for name in kept {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Keep::Named(names)
    };
    let fields = catalogue::fields(&args.fields)?;
    Ok(Fields { keep, ..fields })
}

/// What separates cells: a character, or `tab`.
fn delimiter(text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => {
            let message = format!("`--delimiter {text}` is not one character of ASCII");
            Err(wrong_usage(message).hint("such as `,`, `;`, `|` or `tab`"))
        }
    }
}

/// The files that the run writes, which are no documents where they are in a folder.
fn outputs(args: &BatchArgs) -> Vec<std::path::PathBuf> {
    let mut outputs = Vec::new();
    if args.output != Path::new("-") {
        let journal = Journal::path_for(&args.output);
        for ending in ["-wal", "-shm", "-journal"] {
            let mut path = journal.clone().into_os_string();
            path.push(ending);
            outputs.push(path.into());
        }
        outputs.extend([args.output.clone(), errors_path(&args.output), journal]);
    }
    outputs.extend(args.diff.clone());
    outputs
}
