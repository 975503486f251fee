//! What a model file is, and what is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::constraint::{Joining, joined_pieces};
use crate::engine::llama::{Model, ModelOptions};
use crate::inspect::decision::DecisionReport;
use crate::inspect::{format, tensors};
use crate::layout::Table;
use crate::models::{DECISION_TEMPLATE, Header, TokenKind, files};
use crate::prompt::{Chat, Origin, Scaffold};

/// Bytes behind the last tensor that nobody wonders about: padding.
const PADDING: u64 = 1 << 16;

/// Everything there is to say about a model file.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
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
    /// What a decision model is.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionReport>,
    /// Which pieces of an answer the vocabulary joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<String>,
    /// What is odd, but no obstacle.
    pub warnings: Vec<String>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl ModelReport {
    /// Looks at a model file whose header was read, and that is spoken to so.
    #[must_use]
    pub fn new(path: &Path, header: &Header, chat: &Chat) -> Self {
        let is_token = |special: &str| header.mark(special).is_some();
        let missing = chat.scaffold.missing(&is_token);
        let files = files(path);
        let length = |path: &PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
        let bytes = files.iter().map(length).sum();
        let decision = DecisionReport::new(path, header);
        let fault = match &decision {
            _ if header.tensors.is_empty() => Some(NO_WEIGHTS.to_owned()),
            Some((_, fault)) => fault.clone(),
            None => missing.map(no_token),
        };
        // What is at fault is not loaded, and what a decision model writes is not asked for.
        let writes = fault.is_none() && decision.is_none();
        let answers = writes.then(|| answers(path, header)).flatten();
        let mut warnings = warnings(header, bytes);
        if decision.is_none() {
            warnings.splice(0..0, of_chat(header, chat));
        }
        if writes {
            warnings.extend(open_marks(header, &chat.scaffold));
        }
        let decision = decision.map(|(decision, _)| decision);
        let text = |key: &str| header.text(key).map(str::to_owned);
        Self {
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
            chat: match &decision {
                Some(_) => format!("none is used: its questions stand in `{DECISION_TEMPLATE}`"),
                None => chat_name(chat, missing.is_some()),
            },
            decision,
            answers,
            warnings,
            fault,
        }
    }

    /// For people: a thing and what is to be said of it, a line each.
    #[must_use]
    pub fn table(&self) -> Table {
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
        for (what, value) in self.decision.iter().flat_map(DecisionReport::lines) {
            line(what, value);
        }
        if let Some(answers) = &self.answers {
            line("answers", answers.clone());
        }
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
    if chat.origin == Origin::Plain {
        return "plain text, since it has neither a template nor chat tokens".to_owned();
    }
    let name = if scaffold.writes_as(&Scaffold::chat_ml()) {
        "ChatML".to_owned()
    } else if scaffold.writes_as(&Scaffold::mini_cpm()) {
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
        Origin::Default | Origin::Plain => {
            format!("{name}, since it has no template that can be used")
        }
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

/// What is odd, but no obstacle.
fn warnings(header: &Header, size: u64) -> Vec<String> {
    let mut warnings = Vec::new();
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

/// The same of how it is spoken to.
fn of_chat(header: &Header, chat: &Chat) -> Vec<String> {
    let mut warnings = Vec::new();
    if header.text(Chat::TEMPLATE_KEY).is_none() {
        warnings.push("it has no chat template".to_owned());
    }
    if let Some(problem) = &chat.problem {
        warnings.push(format!("its chat template is not used: {problem}"));
    }
    if chat.may_think {
        warnings.push(Chat::MAY_THINK.to_owned());
    }
    warnings
}

/// Why a file is no model.
const NO_WEIGHTS: &str = "it has a vocabulary, but no weights";

/// Why a model cannot be spoken to.
fn no_token(missing: &str) -> String {
    format!("the chat token `{missing}` is not in its vocabulary")
}

/// The chat tokens that a document could spell, since they count as text.
fn open_marks(header: &Header, scaffold: &Scaffold) -> Option<String> {
    let specials = scaffold.specials().into_iter();
    let is_open = |text: &&str| {
        let mark = header.mark(text);
        mark.is_none_or(|mark| mark.kind != TokenKind::Control)
    };
    let open: Vec<String> = specials.filter(is_open).map(|s| format!("`{s}`")).collect();
    let (tokens, are, they) = match open.len() {
        0 => return None,
        1 => ("token", "is no control token", "it is"),
        _ => ("tokens", "are no control tokens", "they are"),
    };
    let open = open.join(", ");
    Some(format!(
        "the chat {tokens} {open} {are}: {they} made harmless in documents"
    ))
}
