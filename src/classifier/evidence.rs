//! The evidence beside the model: for which lists, and how loud.

use std::collections::HashSet;
use std::sync::Arc;

use crate::decide::Evidence;
use crate::evidence::{TagVectors, Vectors};
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
}

impl EvidenceOptions {
    /// Beside a model of which nothing is known but that it reads: heard on all names.
    #[must_use]
    pub fn beside_any() -> Self {
        Self {
            weight: 1.0,
            bias: 0.0,
            heard: None,
        }
    }
}

/// A tag list, as the evidence sees it.
#[derive(Clone, Debug)]
pub(super) struct ListEvidence {
    tags: TagVectors,
    heard: Arc<[bool]>,
    weight: f64,
    bias: f64,
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
            weight: options.weight,
            bias: options.bias,
        }
    }

    /// Whether the model is not asked.
    pub(super) fn is_alone(&self) -> bool {
        !self.heard.contains(&true)
    }

    /// What speaks for each tag in a text as the model is shown it.
    pub(super) fn of(&self, text: &str) -> Evidence {
        let mut odds = Vectors::built_in().score(text, &self.tags);
        for (odds, &heard) in odds.iter_mut().zip(self.heard.iter()) {
            if heard {
                *odds = self.weight * *odds + self.bias;
            }
        }
        let heard = Arc::clone(&self.heard);
        Evidence { odds, heard }
    }
}
