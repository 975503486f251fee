//! What decides beside the model, from arguments: word vectors, and what was learned.

use std::path::Path;
use std::sync::Arc;

pub(crate) use minitag::classifier::NO_MODEL;
use minitag::classifier::{EvidenceOptions, MadeFor, Mismatch};
use minitag::engine::llama::LlamaEngine;
use minitag::learn::LearnedFile;
use minitag::{Classifier, TagSet};

use crate::cli::args::{EvidenceArg, WordingArgs};
use crate::cli::failure::{Failure, wrong_usage};

/// The file of what was learned, if one is named.
pub(crate) fn read(wording: &WordingArgs) -> Result<Option<LearnedFile>, Failure> {
    let Some(path) = &wording.learned else {
        return Ok(None);
    };
    if wording.evidence == EvidenceArg::None {
        return Err(wrong_usage(
            "`--learned` does not go with `--evidence none`",
        ));
    }
    let file = LearnedFile::read(path).map_err(Failure::usage)?;
    Ok(Some(file))
}

/// What decides beside a model, or without one.
pub(crate) fn evidence(
    wording: &WordingArgs,
    learned: Option<&LearnedFile>,
    made_for: &MadeFor,
    has_adapters: bool,
    has_model: bool,
) -> Result<Option<EvidenceOptions>, Failure> {
    let evidence = match wording.evidence {
        EvidenceArg::None if has_model => None,
        EvidenceArg::None => {
            return Err(wrong_usage(
                "with `-m none` and `--evidence none` nothing is left to decide",
            ));
        }
        _ if !has_model => Some(EvidenceOptions::alone()),
        // What an adapter was trained on is not known here.
        EvidenceArg::Auto if has_adapters => None,
        EvidenceArg::Auto => made_for.evidence(),
        EvidenceArg::Vectors if has_adapters => Some(EvidenceOptions::beside_any()),
        EvidenceArg::Vectors => {
            let own = made_for.evidence();
            Some(own.unwrap_or_else(EvidenceOptions::beside_any))
        }
    };
    let Some(file) = learned else {
        return Ok(evidence);
    };
    // What was learned rests on the vectors, so they are heard, too.
    let evidence = evidence.unwrap_or_else(EvidenceOptions::beside_any);
    let learned = Some(Arc::new(file.learned.clone()));
    Ok(Some(EvidenceOptions {
        learned,
        ..evidence
    }))
}

/// Checks that there is a number for each tag of a list: else no classifier can be made.
pub(crate) fn check_length(file: &LearnedFile, path: &Path, tags: &TagSet) -> Result<(), Failure> {
    let (of, here) = (file.learned.tags(), tags.len());
    if of == here {
        return Ok(());
    }
    let path = path.display();
    let message = format!(
        "`{path}` cannot be used: it was made for a list of {of} tags, and here are {here}"
    );
    Err(wrong_usage(message).hint(LEARN))
}

/// What there is to do about a file that is for something else.
const LEARN: &str = "`minitag learn` learns for this list and these options";

/// Checks that what is in a file was learned for what a classifier does.
pub(crate) fn check(
    file: &LearnedFile,
    path: &Path,
    classifier: &Classifier<LlamaEngine>,
) -> Result<(), Failure> {
    file.check(classifier).map_err(|error| {
        let is_other = matches!(error, Mismatch::Other(_));
        let message = format!("`{}` cannot be used", path.display());
        let failure = Failure::usage(anyhow::Error::new(error).context(message));
        if is_other {
            failure.hint(LEARN)
        } else {
            failure
        }
    })
}
