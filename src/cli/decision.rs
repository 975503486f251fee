//! What a decision model cannot be asked for: it has a prompt, and answers, of its own.

use std::path::Path;

use anyhow::Context;
use minitag::classifier::MadeFor;
use minitag::{ClassifierOptions, DecideOptions};

use crate::cli::args::{EvidenceArg, ListStyleArg, WordingArgs};
use crate::cli::failure::{Failure, wrong_usage};

/// Refuses a decision model that is not run here, and options that it has no use for.
pub(crate) fn check(
    made_for: &MadeFor,
    path: &Path,
    wording: &WordingArgs,
    decide: &DecideOptions,
) -> Result<(), Failure> {
    let Some(model) = &made_for.decision else {
        return Ok(());
    };
    model
        .check()
        .with_context(|| format!("the model `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    let unused = [
        ("--answer", wording.answer.is_some()),
        ("--prompt", wording.prompt.is_some()),
        ("--list-style", wording.list_style != ListStyleArg::Json),
        ("--id-in-prompt", wording.id_in_prompt),
        ("--evidence", wording.evidence == EvidenceArg::Vectors),
        ("--learned", wording.learned.is_some()),
        ("--permutations", decide.permutations > 1),
        ("--temperature", decide.temperature > 0.0),
    ];
    match unused.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(no_use(&format!("`{option}`"))),
        None => Ok(()),
    }
}

/// Refuses a command that is about what a model writes.
pub(crate) fn refuse(options: &ClassifierOptions, command: &str) -> Result<(), Failure> {
    match &options.decision {
        Some(_) => Err(no_use(&format!("`minitag {command}`"))),
        None => Ok(()),
    }
}

fn no_use(what: &str) -> Failure {
    wrong_usage(format!(
        "{what} does not go with a decision model, which has a prompt and probabilities of its own"
    ))
}
