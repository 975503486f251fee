//! The evidence beside the model: for which lists, and how loud.

use std::collections::HashSet;
use std::sync::Arc;

use crate::decide::{Evidence, OptionsError};
use crate::evidence::{Learned, TagVectors, Vectors};
use crate::tags::TagSet;

/// How word vectors are mixed with what the model says.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceOptions {
    /// What the vectors' natural-log odds are multiplied with if the model is heard on a tag.
    pub weight: f64,
    /// What is then added to them: above 0 there are more tags, below fewer.
    pub bias: f64,
    /// The names, in lower case, that the model is heard on. For other names the vectors speak
    /// alone; for most of a list, and the model is not asked at all. `None` for all names.
    pub heard: Option<Arc<HashSet<String>>>,
    /// What documents of this list taught.
    pub learned: Option<Arc<Learned>>,
    /// Whether documents that it was learned from are to be seen as if they were new: to
    /// measure, not to tag.
    pub held_out: bool,
}

impl EvidenceOptions {
    /// Beside a model of which nothing is known but that it reads: heard on all names.
    #[must_use]
    pub fn beside_any() -> Self {
        Self {
            weight: 1.0,
            bias: 0.0,
            heard: None,
            learned: None,
            held_out: false,
        }
    }

    /// Without a model: its tokenizer alone is used, to measure texts.
    #[must_use]
    pub fn alone() -> Self {
        Self {
            heard: Some(Arc::default()),
            ..Self::beside_any()
        }
    }

    /// Whether no model is asked, whatever the list.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.heard.as_ref().is_some_and(|names| names.is_empty())
    }

    /// Checks that what was learned is of a list of so many tags.
    pub(super) fn check(&self, tags: usize) -> Result<(), OptionsError> {
        match self.learned.as_ref().map(|learned| learned.tags()) {
            Some(learned) if learned != tags => Err(OptionsError {
                option: "learned",
                value: format!("for {learned} tags"),
                problem: format!("does not go with a list of {tags}"),
            }),
            _ => Ok(()),
        }
    }
}

/// A tag list, as the evidence sees it.
#[derive(Clone, Debug)]
pub(super) struct ListEvidence {
    tags: TagVectors,
    heard: Arc<[bool]>,
    options: EvidenceOptions,
}

impl ListEvidence {
    pub(super) fn new(tags: &TagSet, options: &EvidenceOptions) -> Self {
        let knows = |name: &str| match &options.heard {
            Some(names) => names.contains(&name.trim().to_lowercase()),
            None => true,
        };
        let mut heard: Vec<bool> = tags.iter().map(|tag| knows(&tag.name)).collect();
        // A model that knows a few of the names would rather write one of them than none.
        if heard.iter().filter(|&&heard| heard).count() * 2 < heard.len() {
            heard.fill(false);
        }
        Self {
            tags: Vectors::built_in().tags(tags),
            heard: heard.into(),
            options: options.clone(),
        }
    }

    /// Whether the model is not asked.
    pub(super) fn is_alone(&self) -> bool {
        !self.heard.contains(&true)
    }

    /// What speaks for each tag in a text as the model is shown it.
    pub(super) fn of(&self, text: &str) -> Evidence {
        let vectors = Vectors::built_in();
        let reading = vectors.read_text(text);
        let mut odds = vectors.score(&reading, &self.tags);
        let options = &self.options;
        for (odds, &heard) in odds.iter_mut().zip(self.heard.iter()) {
            if heard {
                *odds = options.weight * *odds + options.bias;
            }
        }
        let learned = options.learned.as_ref().map(|learned| {
            if options.held_out {
                learned.held_out_odds(&reading.gist)
            } else {
                learned.odds(&reading.gist)
            }
        });
        let learned = learned.unwrap_or_default().into_iter();
        Evidence {
            vectors: odds,
            learned: learned.map(f64::from).collect(),
            heard: Arc::clone(&self.heard),
            ..Evidence::default()
        }
    }
}
