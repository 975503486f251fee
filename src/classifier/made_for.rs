//! What a model says of itself in its metadata: how it wants to be used, what it knows.

use std::collections::HashSet;
use std::sync::Arc;

use crate::classifier::{Asking, Budget, ClassifierOptions, EvidenceOptions, Long};
use crate::constraint::Joining;
use crate::decide::DecideOptions;
use crate::engine::llama::Model;
use crate::models::DecisionModel;
use crate::prompt::{AnswerStyle, Chat, ChatTemplate, ListStyle, Template};
use crate::tags::TagSet;
use crate::vocab::{Specials, Tokenizer};

/// The metadata keys by which a model says how it wants to be used.
const ANSWER: &str = "minitag.answer";
const BUDGET: &str = "minitag.budget";

/// Those by which the built-in model says what it is worth: a figure, and the names it was
/// trained on, one a line.
const QUALITY: &str = "minitag.quality";
const NAMES: &str = "minitag.names";

/// How loud the evidence is beside a model that was trained on certain names, on those names:
/// the best of a grid on half of the development set (`models/vectors/README.md`).
const WEIGHT: f64 = 0.5;
const BIAS: f64 = 0.0;

/// How a model wants to be used.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeFor {
    /// Its chat tokens.
    pub chat: Chat,
    /// What it writes for a tag.
    pub answer: AnswerStyle,
    /// How its answers are cut into tokens.
    pub joining: Joining,
    /// How much of a document it reads.
    pub budget: Budget,
    /// What it is worth, in its own words.
    pub quality: Option<String>,
    /// The tag names that it was trained on, in lower case; empty if it does not say.
    pub names: Arc<HashSet<String>>,
    /// What it says of itself if it is a decision model.
    pub decision: Option<Arc<DecisionModel>>,
}

impl MadeFor {
    /// Reads a model's metadata by key. What is not said there is what suits most models.
    #[must_use]
    pub fn new(metadata: &dyn Fn(&str) -> Option<String>, chat: Chat) -> Self {
        let names = metadata(NAMES).unwrap_or_default();
        let budget = metadata(BUDGET).and_then(|text| text.parse().ok());
        Self {
            chat,
            answer: match metadata(ANSWER).as_deref() {
                Some("name") => AnswerStyle::Name,
                _ => AnswerStyle::Id,
            },
            joining: Joining::of_metadata(metadata(Joining::KEY).as_deref()),
            budget: budget.unwrap_or_default(),
            quality: metadata(QUALITY),
            names: Arc::new(names.lines().map(str::to_owned).collect()),
            decision: DecisionModel::read(metadata).map(Arc::new),
        }
    }

    /// The same of a loaded model.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let [source, bos, eos] = [
            model.metadata(Chat::TEMPLATE_KEY),
            model.special("bos"),
            model.special("eos"),
        ];
        let template = ChatTemplate {
            source: source.as_deref(),
            bos: bos.as_deref(),
            eos: eos.as_deref(),
            is_token: &|special| model.tokenize(special, Specials::Parse).len() == 1,
        };
        let chat = Chat::new(&template, model.chat_format());
        Self::new(&|key| model.metadata(key), chat)
    }

    /// The evidence that a model needs beside it: one that was trained on certain names alone
    /// gets it for all others.
    #[must_use]
    pub fn evidence(&self) -> Option<EvidenceOptions> {
        (!self.names.is_empty()).then(|| EvidenceOptions {
            weight: WEIGHT,
            bias: BIAS,
            heard: Some(Arc::clone(&self.names)),
            ..EvidenceOptions::beside_any()
        })
    }

    /// How many names of a list the model was not trained on.
    #[must_use]
    pub fn strangers(&self, tags: &TagSet) -> usize {
        tags.iter()
            .filter(|tag| !self.names.contains(&tag.name.trim().to_lowercase()))
            .count()
    }
}

impl ClassifierOptions {
    /// What a model was made for, and the defaults of the rest.
    #[must_use]
    pub fn for_model(model: &Model) -> Self {
        let options = Self::made_for(&MadeFor::of(model));
        if model.has_adapters() {
            // What an adapter was trained on is not known here.
            return Self {
                evidence: None,
                ..options
            };
        }
        options
    }

    /// The same if it is known what the model was made for.
    #[must_use]
    pub fn made_for(made_for: &MadeFor) -> Self {
        Self {
            scaffold: made_for.chat.scaffold.clone(),
            template: Template::built_in(made_for.answer),
            list: ListStyle::default(),
            answer: made_for.answer,
            joining: made_for.joining,
            id_in_prompt: false,
            budget: made_for.budget,
            long: Long::default(),
            decision: made_for.decision.clone(),
            asking: Asking::default(),
            evidence: made_for.evidence(),
            decide: DecideOptions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_for(pairs: &[(&str, &str)]) -> MadeFor {
        let metadata = |key: &str| {
            let pair = pairs.iter().find(|(known, _)| *known == key);
            pair.map(|(_, value)| (*value).to_owned())
        };
        MadeFor::new(&metadata, Chat::default())
    }

    #[test]
    fn a_model_that_says_nothing_is_used_as_most_are() {
        let options = ClassifierOptions::made_for(&made_for(&[]));
        assert_eq!(options.answer, AnswerStyle::Id);
        assert_eq!(options.budget, Budget::Tokens(1024));
        assert_eq!(options.joining, Joining::Whole);
    }

    #[test]
    fn a_model_says_how_it_wants_to_be_used() {
        let made_for = made_for(&[
            (ANSWER, "name"),
            (BUDGET, "300"),
            (Joining::KEY, "parts"),
            (NAMES, "web app\ndatabase"),
        ]);
        let options = ClassifierOptions::made_for(&made_for);
        assert_eq!(options.answer, AnswerStyle::Name);
        assert_eq!(options.budget, Budget::Tokens(300));
        assert_eq!(options.joining, Joining::Parts);
        let tags = TagSet::parse("Web App\ncooking\nlaw").unwrap();
        assert_eq!(made_for.strangers(&tags), 2);
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there() {
        for budget in ["0", "-1", "many", ""] {
            assert_eq!(made_for(&[(BUDGET, budget)]).budget, Budget::default());
        }
        assert_eq!(made_for(&[(BUDGET, "full")]).budget, Budget::Full);
    }
}
