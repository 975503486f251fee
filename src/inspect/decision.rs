//! What a decision model is, and whether it can be asked here.

use std::path::Path;

use serde::Serialize;

use crate::engine::llama::{Model, ModelOptions};
use crate::models::{DecisionKind, DecisionModel, Header};
use crate::prompt::{Asked, DecisionPrompt, DecisionPromptError, OptionOf};

/// What is asked: every type answers all of it.
const ANSWERS: [&str; 3] = ["choice", "score", "noul"];

/// What there is to say of a decision model.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionReport {
    /// Its type.
    #[serde(rename = "type")]
    kind: DecisionKind,
    /// Which questions it answers; `noul` is yes or no.
    answers: [&'static str; 3],
    /// Where its answers are read.
    reads: &'static str,
    /// Whether it is run here.
    runs: bool,
    /// What its logits are divided by, by question and number of options.
    temperatures: serde_json::Map<String, serde_json::Value>,
}

impl DecisionReport {
    /// Looks at a model's header, and at its vocabulary; says what keeps it from being run.
    /// `None` of a model that is none.
    pub(super) fn new(path: &Path, header: &Header) -> Option<(Self, Option<String>)> {
        let model = DecisionModel::read(&|key| header.written(key))?;
        let fault = fault(path, &model);
        // As they are written: 0.85 and not the next number that 32 bits have.
        let temperatures = model.temperatures.iter();
        let temperatures = temperatures.filter_map(|(name, temperature)| {
            let number = temperature.to_string().parse::<f64>().ok()?;
            Some((name.clone(), number.into()))
        });
        let report = Self {
            answers: ANSWERS,
            reads: model.kind.reads(),
            runs: fault.is_none(),
            temperatures: temperatures.collect(),
            kind: model.kind,
        };
        Some((report, fault))
    }

    /// For people: its type, and its temperatures.
    pub(super) fn lines(&self) -> [(&'static str, String); 2] {
        let temperatures = self.temperatures.iter();
        let temperatures = temperatures.map(|(name, temperature)| format!("{name} {temperature}"));
        let temperatures: Vec<String> = temperatures.collect();
        let temperatures = if temperatures.is_empty() {
            "none".to_owned()
        } else {
            temperatures.join(", ")
        };
        let kind = format!("{}: choice, score, yes or no, by {}", self.kind, self.reads);
        [("decisions", kind), ("temperatures", temperatures)]
    }
}

/// Why it cannot be asked, if its vocabulary can be looked at.
fn fault(path: &Path, model: &DecisionModel) -> Option<String> {
    if let Err(error) = model.check() {
        return Some(error.to_string());
    }
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    let vocabulary = Model::load(path, &options).ok()?;
    let asked = || -> Result<(), DecisionPromptError> {
        let prompt = DecisionPrompt::new(&vocabulary, model)?;
        let option = |key: &str| OptionOf {
            key: key.to_owned(),
            description: None,
        };
        let question = Asked {
            id: "answer".to_owned(),
            kind: "noul",
            instructions: "Is it?".to_owned(),
            options: vec![option("true"), option("false")],
        };
        prompt.sheet(&vocabulary, &[question]).map(drop)
    };
    asked().err().map(|error| error.to_string())
}
