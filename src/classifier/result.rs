//! What comes of a document: the classification, the prompt it came from, or why not.

use std::sync::Arc;

use crate::constraint::SpellingError;
use crate::decide::{Certainty, Evidence, OptionsError};
use crate::engine::{EngineError, MAX_PATH};
use crate::models::DecisionError;
use crate::prompt::{DecisionPromptError, PromptError, Segment};
use crate::tags::TagId;

/// What the model said of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classification {
    /// The document's id, as given.
    pub id: String,
    /// The tags' ids, most fitting first.
    pub tags: Vec<TagId>,
    /// For each tag its score, as a natural logarithm: its probability among its slot's
    /// candidates, or where there is a calibration that of being right; empty unless asked for.
    pub log_probs: Vec<f64>,
    /// How sure the choice was; empty unless asked for.
    pub certainty: Certainty,
    /// Whether the tag list was shown in its own order alone, since the choice led by enough.
    pub one_order: bool,
    /// How many orders of the tag list would by themselves have led to these tags.
    pub agreeing: usize,
    /// All tags and `None` for "no tag", with their natural-log probabilities at
    /// the first slot, most probable first; empty unless asked for.
    pub ranking: Vec<(Option<TagId>, f64)>,
    /// What of the document was read.
    pub usage: Usage,
}

impl Classification {
    /// The least of its tags' scores, or without tags the probability that none fits; `None`
    /// where no scores were asked for.
    #[must_use]
    pub fn least_score(&self) -> Option<f64> {
        let scores = self.log_probs.iter().map(|p| p.exp());
        let first = self.certainty.stops.first().copied();
        let least = scores.min_by(f64::total_cmp);
        least.or(first.filter(|_| self.tags.is_empty()))
    }
}

/// How much of a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many tokens the model was shown.
    pub used: usize,
    /// How many bytes of text more it would have been shown but for the budget. The rest is
    /// markup, and what says nothing of the document's topic.
    pub left_out: usize,
    /// In how many windows.
    pub windows: usize,
    /// For each tag the window that speaks for it most, counted from 0; empty where
    /// there is only one.
    pub spoke: Vec<usize>,
}

/// Everything that is fed to the model for one document.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// BOS, scaffold, wording, tag list.
    pub prefix: Arc<Segment>,
    /// The document, as far as it is shown.
    pub document: Segment,
    /// The rest of the wording, scaffold, answer head.
    pub suffix: Segment,
    /// What speaks for each tag beside the model, in the text that is shown.
    pub evidence: Evidence,
    /// Bytes of the document's text that the budget had no room for.
    pub left_out: usize,
}

impl Prompt {
    /// All of it as text.
    #[must_use]
    pub fn text(&self) -> String {
        [&self.prefix, &self.document, &self.suffix]
            .map(|segment| segment.text.as_str())
            .concat()
    }
}

/// Why a model and a tag list do not go together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The model lacks the scaffold's tokens.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// It is a decision model that is not run here.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// The questions to a decision model cannot be asked.
    #[error(transparent)]
    Questions(#[from] DecisionPromptError),
    /// An option cannot be as it is.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A tag takes more tokens than are looked ahead.
    #[error("the tag `{literal}` takes {tokens} tokens; at most {MAX_PATH} are possible")]
    LongTag {
        /// What the model would have to write, shortened.
        literal: String,
        /// How many tokens that takes.
        tokens: usize,
    },
    /// A decision model is asked to choose from more than it can.
    #[error("a choice of {tags} options is more than this decision model has labels: {most}")]
    LongChoice {
        /// How many options there are.
        tags: usize,
        /// How many there can be.
        most: usize,
    },
    /// The vocabulary cannot write a tag.
    #[error(transparent)]
    Spelling(#[from] SpellingError),
}

/// Why one document could not be classified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassifyError {
    /// Nothing in it but white space.
    #[error("the document is empty")]
    Empty,
    /// The list leaves no room for any document.
    #[error(
        "the list of {tags} tags takes {needed} tokens, more than a context of {capacity}; {}",
        that_fit(*.fit)
    )]
    LongList {
        /// How many tags there are.
        tags: usize,
        /// Tokens of the prompt without a document.
        needed: usize,
        /// Tokens that fit.
        capacity: usize,
        /// About so many tags would leave room for a short document.
        fit: usize,
    },
    /// The model failed, or the document does not fit.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn that_fit(tags: usize) -> String {
    match tags {
        0 => "not one as long as these fits".to_owned(),
        n => format!("about {n} tags fit"),
    }
}

impl ClassifyError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::LongList { .. } => {
                Some("a shorter list, or a larger `--ctx-size` if the model allows it")
            }
            Self::Engine(EngineError::ContextFull { .. }) => Some(
                "a smaller `--budget` shows the model less of the document, `--long windows` reads it in parts; a larger `--ctx-size` holds more",
            ),
            Self::Engine(EngineError::NoContext { .. } | EngineError::NoMemory { .. }) => Some(
                "a smaller `--budget` or `--ctx-size`, or `-ctk q8_0`, takes less memory; `--verbose` shows what llama.cpp says",
            ),
            _ => None,
        }
    }

    /// One word for scripts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Engine(EngineError::ContextFull { .. }) => "too_long",
            Self::Engine(EngineError::NoMemory { .. }) => "memory",
            Self::Engine(EngineError::TimedOut) => "timeout",
            _ => "model",
        }
    }

    /// Whether every other document would fail in the same way.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        matches!(
            self,
            Self::LongList { .. } | Self::Engine(EngineError::NoContext { .. })
        )
    }
}
