//! `minitag models check`: what a model file is, and what is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use minitag::Scaffold;
use minitag::constraint::{Joining, joined_pieces};
use minitag::engine::llama::{Model, ModelOptions};
use minitag::layout::{Table, size};
use minitag::models::{Adapter, CheckError, Header, TokenKind, check, files, locate};
use minitag::prompt::{Chat, Origin};
use serde::Serialize;

use crate::cli::args::ModelsCheckArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::lora::without_effect;
use crate::cli::models::{hold, taken_by_name, unusable};
use crate::cli::print;
use crate::cli::screen::Screen;

/// Bytes behind the last tensor that nobody wonders about: padding.
const PADDING: u64 = 1 << 16;

/// Everything there is to say about a model file.
#[derive(Serialize)]
struct Checked {
    file: String,
    /// How many files it is in.
    files: usize,
    bytes: u64,
    gguf: u32,
    name: Option<String>,
    licence: Option<String>,
    architecture: String,
    layers: Option<u64>,
    context: Option<u64>,
    tensors: String,
    /// Tokens of the vocabulary, and its kind.
    tokens: u64,
    vocabulary: Option<String>,
    chat: String,
    /// Which pieces of an answer the vocabulary joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<String>,
    warnings: Vec<String>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// The same of a LoRA adapter.
#[derive(Serialize)]
struct CheckedAdapter {
    file: String,
    bytes: u64,
    gguf: u32,
    kind: &'static str,
    name: Option<String>,
    architecture: String,
    /// The lowest rank and the highest.
    ranks: (u64, u64),
    alpha: f32,
    tensors: String,
    matrices: usize,
    /// What of a layer it changes.
    changes: Vec<String>,
    warnings: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &ModelsCheckArgs, screen: &Screen) -> Result<Status, Failure> {
    let located = locate(Some(&args.model))?;
    let path = located.path();
    let header = check(path);
    if matches!(header, Err(CheckError::Adapter)) {
        return adapter(path, args.format.is_json(), screen);
    }
    let header = header.map_err(|error| unusable(path, error))?;
    let chat = Chat::of_header(&header, located.chat_format());
    let checked = describe(path, &header, &chat);
    if args.format.is_json() {
        print::json(&checked)?;
    } else {
        print::table(&checked.table())?;
        if let Some(note) = taken_by_name(&located) {
            screen.note(&note);
        }
        for warning in &checked.warnings {
            screen.warning(warning);
        }
    }
    if let Some(fault) = checked.fault {
        let message = format!("the model `{}` cannot be used: {fault}", path.display());
        return Err(Failure::model(anyhow!(message)));
    }
    hold(&located)?;
    Ok(Status::Success)
}

fn describe(path: &Path, header: &Header, chat: &Chat) -> Checked {
    let is_token = |special: &str| header.mark(special).is_some();
    let missing = chat.scaffold.missing(&is_token);
    let files = files(path);
    let length = |path: &PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
    let bytes = files.iter().map(length).sum();
    let fault = fault(header, missing);
    // What is at fault is not loaded.
    let answers = fault.is_none().then(|| answers(path, header)).flatten();
    let mut warnings = warnings(header, chat, bytes);
    if fault.is_none() {
        warnings.extend(open_marks(header, &chat.scaffold));
    }
    let text = |key: &str| header.text(key).map(str::to_owned);
    Checked {
        file: files
            .first()
            .unwrap_or(&path.to_owned())
            .display()
            .to_string(),
        files: files.len(),
        bytes,
        gguf: header.version,
        name: text("general.name"),
        licence: text("general.license"),
        architecture: header.architecture.clone(),
        layers: header.number("{arch}.block_count"),
        context: header.number("{arch}.context_length"),
        tensors: tensors(header),
        tokens: header.tokens,
        vocabulary: text("tokenizer.ggml.model"),
        chat: chat_name(chat, missing.is_some()),
        answers,
        warnings,
        fault,
    }
}

impl Checked {
    fn table(&self) -> Table {
        let known = |text: &Option<String>| text.clone().unwrap_or("unknown".to_owned());
        let number = |number: Option<u64>| known(&number.map(|n| n.to_string()));
        let parts = match self.files {
            1 => String::new(),
            parts => format!(" in {parts} files"),
        };
        let mut table = Table::new("ll");
        let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
        line("file", self.file.clone());
        line(
            "format",
            format!("{}{parts}", format(self.gguf, self.bytes)),
        );
        line("name", known(&self.name));
        line("licence", known(&self.licence));
        line("architecture", self.architecture.clone());
        line("layers", number(self.layers));
        line("context", number(self.context));
        line("tensors", self.tensors.clone());
        let kind = known(&self.vocabulary);
        line("vocabulary", format!("{} tokens, {kind}", self.tokens));
        line("chat", self.chat.clone());
        if let Some(answers) = &self.answers {
            line("answers", answers.clone());
        }
        table
    }
}

/// Says what a LoRA adapter is.
fn adapter(path: &Path, as_json: bool, screen: &Screen) -> Result<Status, Failure> {
    let adapter = Adapter::read(path)
        .with_context(|| format!("the LoRA adapter `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    let header = &adapter.header;
    let checked = CheckedAdapter {
        file: path.display().to_string(),
        bytes: fs::metadata(path).map_or(0, |meta| meta.len()),
        gguf: header.version,
        kind: "LoRA adapter",
        name: header.text("general.name").map(str::to_owned),
        architecture: header.architecture.clone(),
        ranks: adapter.ranks(),
        alpha: adapter.alpha,
        tensors: tensors(header),
        matrices: adapter.pairs.len(),
        changes: adapter.kinds().into_iter().map(str::to_owned).collect(),
        warnings: without_effect(&adapter).into_iter().collect(),
    };
    if as_json {
        print::json(&checked)?;
    } else {
        print::table(&checked.table())?;
        for warning in &checked.warnings {
            screen.warning(warning);
        }
    }
    Ok(Status::Success)
}

impl CheckedAdapter {
    fn table(&self) -> Table {
        let rank = match self.ranks {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        };
        let mut table = Table::new("ll");
        let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
        line("file", self.file.clone());
        line("format", format(self.gguf, self.bytes));
        line("kind", format!("{}: `--lora` takes it", self.kind));
        line("name", self.name.clone().unwrap_or("unknown".to_owned()));
        line("architecture", self.architecture.clone());
        line("rank", rank);
        line("alpha", self.alpha.to_string());
        line("tensors", self.tensors.clone());
        let changes = self.changes.join(", ");
        line("changes", format!("{} matrices: {changes}", self.matrices));
        table
    }
}

/// So many characters of a chat template are shown.
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
        let is_cut = opening.len() < scaffold.open().len();
        let more = if is_cut { "…" } else { "" };
        format!("`{}{more}`", opening.replace('\n', "⏎"))
    };
    match chat.origin {
        Origin::Template => format!("{name}, by its own template"),
        Origin::Named => format!("{name}, whose tokens its template names"),
        Origin::Registry => format!("{name}, by the registry"),
        Origin::Default => format!("{name}, since it has no template that can be used"),
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

/// The format's version, and the file's size.
fn format(version: u32, bytes: u64) -> String {
    format!("GGUF {version}, {}", size(bytes))
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
