//! `minitag models check`: what a model file is, and what is wrong with it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use indicatif::DecimalBytes;
use minitag::Scaffold;
use minitag::constraint::{Joining, joined_pieces};
use minitag::engine::llama::{Model, ModelOptions};
use minitag::models::{Adapter, CheckError, Header, TokenKind, check, files, locate};
use minitag::prompt::{Chat, Origin};

use crate::cli::failure::{Failure, Status};
use crate::cli::lora::without_effect;
use crate::cli::models::{hold, taken_by_name, unusable};
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
    let header = header.map_err(|error| unusable(path, error))?;
    let files = files(path);
    let length = |path: &PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
    let size = files.iter().map(length).sum();
    let chat = Chat::of_header(&header, located.chat_format());
    let missing = chat.scaffold.missing(&|mark| header.mark(mark).is_some());
    let fault = fault(&header, missing);
    // What is at fault is not loaded.
    let answers = fault.is_none().then(|| answers(path, &header)).flatten();
    describe(
        &header,
        &files,
        size,
        &chat_name(&chat, missing.is_some()),
        answers,
        io::stdout().lock(),
    )?;
    if let Some(note) = taken_by_name(&located) {
        screen.note(&note);
    }
    for warning in warnings(&header, &chat, size) {
        screen.warning(&warning);
    }
    if let Some(fault) = fault {
        let message = format!("the model `{}` cannot be used: {fault}", path.display());
        return Err(Failure::model(anyhow!(message)));
    }
    hold(&located)?;
    for mark in open_marks(&header, &chat.scaffold) {
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

/// So many characters of a scaffold are shown.
const SHOWN: usize = 40;

/// How the model is spoken to, in words.
fn chat_name(chat: &Chat, is_missing: bool) -> String {
    if is_missing {
        return "none that this program can use".to_owned();
    }
    let scaffold = &chat.scaffold;
    let name = if *scaffold == Scaffold::chat_ml() {
        "ChatML".to_owned()
    } else if *scaffold == Scaffold::mini_cpm() {
        "MiniCPM, first generation".to_owned()
    } else {
        let opening: String = scaffold.open().chars().take(SHOWN).collect();
        let more = if opening.len() < scaffold.open().len() {
            "…"
        } else {
            ""
        };
        format!("`{}{more}`", opening.replace('\n', "⏎"))
    };
    match chat.origin {
        Origin::Template => format!("{name}, by its own template"),
        Origin::Named => format!("{name}, whose tokens its template names"),
        Origin::Registry => format!("{name}, by the registry"),
        Origin::Default => format!("{name}, for want of a template that can be used"),
    }
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
    files: &[PathBuf],
    size: u64,
    chat: &str,
    answers: Option<String>,
    out: impl Write,
) -> io::Result<()> {
    let known = |number: Option<u64>| number.map_or("unknown".to_owned(), |n| n.to_string());
    let text = |key: &str| header.text(key).unwrap_or("unknown").to_owned();
    let path = files.first().map(|path| path.display().to_string());
    let parts = match files.len() {
        1 => String::new(),
        parts => format!(" in {parts} files"),
    };
    let mut lines = vec![
        ("file", path.unwrap_or_default()),
        ("format", format!("{}{parts}", format(header, size))),
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
fn warnings(header: &Header, chat: &Chat, size: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    if header.text(Chat::TEMPLATE_KEY).is_none() {
        warnings.push("it has no chat template".to_owned());
    }
    if let Some(problem) = &chat.problem {
        warnings.push(format!("its chat template is not used: {problem}"));
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
    warnings
}

/// What llama.cpp may load, but this program cannot use.
fn fault(header: &Header, missing: Option<&str>) -> Option<String> {
    if header.tensors.is_empty() {
        return Some("it has a vocabulary, but no weights".to_owned());
    }
    missing.map(|missing| format!("the chat token `{missing}` is not in its vocabulary"))
}

/// The chat tokens that a document could spell, since they count as text.
fn open_marks(header: &Header, scaffold: &Scaffold) -> Vec<String> {
    let marks = scaffold.specials().into_iter();
    let marks = marks.filter_map(|text| header.mark(text));
    marks
        .filter(|mark| mark.kind != TokenKind::Control)
        .map(|mark| {
            let text = &mark.text;
            format!("the chat token `{text}` is no control token: it is made harmless in documents")
        })
        .collect()
}
