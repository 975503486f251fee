//! `minitag models check`: what a model file is, and what is wrong with it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use indicatif::DecimalBytes;
use minitag::Scaffold;
use minitag::constraint::{Joining, joined_pieces};
use minitag::engine::llama::{Model, ModelOptions};
use minitag::models::{Adapter, CheckError, Header, Located, TokenKind, check, locate};

use crate::cli::failure::{Failure, Status};
use crate::cli::lora::without_effect;
use crate::cli::models::registered_scaffold;
use crate::cli::screen::Screen;

/// Bytes behind the last tensor that nobody wonders about: padding.
const PADDING: u64 = 1 << 16;

/// Runs the command.
pub(crate) fn run(name: &Path, screen: &Screen) -> Result<Status, Failure> {
    let located = locate(Some(name))?;
    let path = located.path();
    let header = check(path);
    if matches!(header, Err(CheckError::Adapter)) {
        return adapter(path, screen);
    }
    let header = header
        .with_context(|| format!("the model `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    let size = fs::metadata(path).map_or(0, |meta| meta.len());
    let scaffold = scaffold(&header, name);
    let fault = fault(&header, size, &located, scaffold);
    // What is at fault is not loaded.
    let answers = fault.is_none().then(|| answers(path, &header)).flatten();
    describe(&header, size, scaffold, answers, path, io::stdout().lock())?;
    for warning in warnings(&header, size) {
        screen.warning(&warning);
    }
    if let Some(fault) = fault {
        let message = format!("the model `{}` cannot be used: {fault}", path.display());
        return Err(Failure::model(anyhow!(message)));
    }
    for mark in open_marks(&header, scaffold) {
        screen.warning(&mark);
    }
    Ok(Status::Success)
}

/// Says what a LoRA adapter is.
fn adapter(path: &Path, screen: &Screen) -> Result<Status, Failure> {
    let adapter = Adapter::read(path)
        .with_context(|| format!("the LoRA adapter `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    let header = &adapter.header;
    let size = fs::metadata(path).map_or(0, |meta| meta.len());
    let ranks = match adapter.ranks() {
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low} to {high}"),
    };
    let (matrices, kinds) = (adapter.pairs.len(), adapter.kinds().join(", "));
    let name = header.text("general.name").unwrap_or("unknown");
    let lines = [
        ("file", path.display().to_string()),
        ("format", format(header, size)),
        ("kind", "LoRA adapter: `--lora` takes it".to_owned()),
        ("name", name.to_owned()),
        ("architecture", header.architecture.clone()),
        ("rank", ranks),
        ("alpha", adapter.alpha.to_string()),
        ("tensors", tensors(header)),
        ("changes", format!("{matrices} matrices: {kinds}")),
    ];
    write_lines(&lines, io::stdout().lock())?;
    if let Some(warning) = without_effect(&adapter) {
        screen.warning(&warning);
    }
    Ok(Status::Success)
}

/// How the model is spoken to: as loading it decides.
fn scaffold(header: &Header, name: &Path) -> Scaffold {
    header
        .text("tokenizer.chat_template")
        .and_then(Scaffold::from_chat_template)
        .or_else(|| registered_scaffold(Some(name)))
        .unwrap_or_default()
}

/// How it spells answers: which of their pieces its vocabulary joins.
fn answers(path: &Path, header: &Header) -> Option<String> {
    if Joining::of_metadata(header.text(Joining::KEY)) == Joining::Parts {
        return Some("in parts: head, tags, commas and end apart".to_owned());
    }
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    let pieces = joined_pieces(&Model::load(path, &options).ok()?);
    let pieces: Vec<String> = pieces.iter().map(|piece| format!("`{piece}`")).collect();
    Some(if pieces.is_empty() {
        "no pieces joined".to_owned()
    } else {
        format!("joined pieces {}", pieces.join(" "))
    })
}

/// Writes what the file is, a line for each thing.
fn describe(
    header: &Header,
    size: u64,
    scaffold: Scaffold,
    answers: Option<String>,
    path: &Path,
    out: impl Write,
) -> io::Result<()> {
    let known = |number: Option<u64>| number.map_or("unknown".to_owned(), |n| n.to_string());
    let text = |key: &str| header.text(key).unwrap_or("unknown").to_owned();
    let chat = match scaffold {
        Scaffold::ChatMl => "ChatML",
        Scaffold::MiniCpm => "MiniCPM, first generation",
    };
    let mut lines = vec![
        ("file", path.display().to_string()),
        ("format", format(header, size)),
        ("name", text("general.name")),
        ("licence", text("general.license")),
        ("architecture", header.architecture.clone()),
        ("layers", known(header.number("{arch}.block_count"))),
        ("context", known(header.number("{arch}.context_length"))),
        ("tensors", tensors(header)),
        (
            "vocabulary",
            format!("{} tokens, {}", header.tokens, text("tokenizer.ggml.model")),
        ),
        ("chat", chat.to_owned()),
    ];
    lines.extend(answers.map(|answers| ("answers", answers)));
    write_lines(&lines, out)
}

fn write_lines(lines: &[(&str, String)], mut out: impl Write) -> io::Result<()> {
    let mut lines = lines.iter();
    lines.try_for_each(|(what, value)| writeln!(out, "{what:12}  {value}"))
}

/// The format's version, and the file's size.
fn format(header: &Header, size: u64) -> String {
    format!("GGUF {}, {}", header.version, DecimalBytes(size))
}

/// How many tensors there are, of which types, those that take most first.
fn tensors(header: &Header) -> String {
    let mut types: Vec<_> = header.tensors.iter().collect();
    types.sort_by_key(|(_, tensors)| std::cmp::Reverse(tensors.bytes));
    let types: Vec<String> = types
        .iter()
        .map(|(kind, tensors)| format!("{} {kind}", tensors.count))
        .collect();
    let count: u64 = header.tensors.values().map(|tensors| tensors.count).sum();
    format!("{count}: {}", types.join(", "))
}

/// What is odd, but no obstacle.
fn warnings(header: &Header, size: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    match header.text("tokenizer.chat_template") {
        None => warnings.push("it has no chat template".to_owned()),
        Some(template) if Scaffold::from_chat_template(template).is_none() => warnings.push(
            "its chat template is neither ChatML nor that of the first MiniCPM models".to_owned(),
        ),
        Some(_) => {}
    }
    for key in ["bos", "eos", "eot"] {
        let key = format!("tokenizer.ggml.{key}_token_id");
        if let Some(id) = header.number(&key).filter(|&id| id >= header.tokens) {
            let all = header.tokens;
            warnings.push(format!(
                "`{key}` is {id}, but the vocabulary has {all} tokens"
            ));
        }
    }
    if header.number("tokenizer.ggml.eos_token_id").is_none() {
        warnings.push("it does not say which token ends an answer".to_owned());
    }
    let more = size.saturating_sub(header.expected_bytes);
    if more > PADDING {
        warnings.push(format!(
            "it has {more} bytes more than its header accounts for"
        ));
    }
    if let Some(parts) = header.number("split.count").filter(|&parts| parts > 1) {
        warnings.push(format!(
            "it is one of {parts} parts; all of them have to lie in one folder"
        ));
    }
    warnings
}

/// What llama.cpp may load, but this program cannot use.
fn fault(header: &Header, size: u64, located: &Located, scaffold: Scaffold) -> Option<String> {
    if header.tensors.is_empty() {
        return Some("it has a vocabulary, but no weights".to_owned());
    }
    if let Located::Registered { entry, .. } = located
        && let Some(known) = entry.size.filter(|&known| known != size)
    {
        return Some(format!(
            "it has {size} bytes, but the registry knows {known}"
        ));
    }
    let mut marks = scaffold.specials().iter();
    let missing = marks.find(|mark| header.mark(mark).is_none())?;
    Some(format!(
        "the chat token `{missing}` is not in its vocabulary"
    ))
}

/// The chat tokens that a document could spell, since they count as text.
fn open_marks(header: &Header, scaffold: Scaffold) -> Vec<String> {
    let marks = scaffold.specials().iter();
    let marks = marks.filter_map(|text| header.mark(text));
    marks
        .filter(|mark| mark.kind != TokenKind::Control)
        .map(|mark| {
            let text = &mark.text;
            format!("the chat token `{text}` is no control token: it is made harmless in documents")
        })
        .collect()
}
