//! A model for typed questions: what `decide` and `serve` share.

use std::path::Path;

use anyhow::anyhow;
use minitag::DecideOptions;
use minitag::classifier::ClassifyError;
use minitag::engine::llama::{LlamaEngine, Model};
use minitag::service::{DecideError, Decider, Json, Question, read_questions};

#[cfg(feature = "serve")]
use serde_json::Value;

use crate::cli::args::{AskingArgs, EvidenceArg, ListStyleArg, WordingArgs};
use crate::cli::failure::{Failure, cannot_read};
use crate::cli::plan::{Plan, Task};
use crate::cli::screen::Screen;

/// No list is known beforehand.
const TASK: Task = Task {
    tags: None,
    longest: None,
    together: 1,
    workers: 1,
};

/// Which model is asked, and how.
pub(crate) fn plan(args: &AskingArgs, screen: &Screen) -> Result<Plan, Failure> {
    let wording = WordingArgs {
        answer: None,
        list_style: ListStyleArg::Json,
        prompt: None,
        id_in_prompt: false,
        evidence: EvidenceArg::Auto,
        learned: None,
        reading: args.reading.clone(),
    };
    let mut plan = Plan::new(&args.model, &wording, DecideOptions::default(), screen)?;
    plan.context.parked_bytes = args.resident.as_u64();
    Ok(plan)
}

/// Loads the model.
pub(crate) fn load(plan: &Plan, screen: &Screen) -> Result<Model, Failure> {
    let model = plan.load(&TASK, screen)?;
    if plan.options.evidence.is_some() {
        screen.note(
            "word vectors compare the words of each answer with the document; of a question they \
             understand nothing (docs/service.md)",
        );
    }
    Ok(model)
}

/// Puts model and questions together.
pub(crate) fn decider<'m>(
    plan: &Plan,
    model: &'m Model,
) -> Result<Decider<LlamaEngine<'m>>, Failure> {
    let engine = LlamaEngine::new(model, plan.context.clone());
    Ok(Decider::new(engine, plan.options.clone())?)
}

/// Reads the questions of a file, by their ids.
pub(crate) fn read(path: &Path) -> Result<Vec<(String, Question)>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, error))?;
    parse(&bytes, &format!("`{}`", path.display()))
}

/// The questions of a call, by their ids.
#[cfg(feature = "serve")]
pub(crate) fn of(questions: &Value) -> Result<Vec<(String, Question)>, Failure> {
    parse(questions.to_string().as_bytes(), "`questions`")
}

fn parse(bytes: &[u8], from: &str) -> Result<Vec<(String, Question)>, Failure> {
    let json = Json::parse(bytes).map_err(|fault| vec![fault]);
    let questions = json.and_then(|json| read_questions(&json));
    questions.map_err(|faults| {
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let problem = format!("cannot use {from}: {}", said.join("; "));
        Failure::usage(anyhow!(problem))
            .hint("`minitag decide --help` shows what questions look like")
    })
}

impl From<DecideError> for Failure {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Classify(error) => error.into(),
            DecideError::Setup(error) => error.into(),
            error => Self::usage(error),
        }
    }
}

/// Whether every other document would fail in the same way.
pub(crate) fn concerns_all(error: &DecideError) -> bool {
    match error {
        DecideError::Classify(error) => ClassifyError::concerns_all(error),
        _ => true,
    }
}
