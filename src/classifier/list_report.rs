//! What there is to say about a tag list, by itself or with a model.

use serde::Serialize;

use crate::classifier::{ClassifierOptions, List, MadeFor, SetupError};
use crate::prompt::AnswerStyle;
use crate::tags::{TagSet, warnings};
use crate::vocab::{Tokenizer, tokenize_continuation};

/// What there is to say about a tag list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListReport {
    /// How many tags there are.
    pub tags: usize,
    /// What the list takes in a model's prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<ListTokens>,
    /// What is probably not meant so.
    pub warnings: Vec<String>,
}

/// Tokens of a list as the model writes its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ListTokens {
    /// By their ids.
    pub ids: usize,
    /// By their names.
    pub names: usize,
}

impl ListReport {
    /// Looks at a list by itself.
    #[must_use]
    pub fn new(tags: &TagSet) -> Self {
        Self {
            tags: tags.len(),
            tokens: None,
            warnings: warnings(tags),
        }
    }

    /// Looks at a list as a model will see it.
    ///
    /// # Errors
    /// [`SetupError`] if no classifier could be made of both.
    pub fn with_model<T: Tokenizer + ?Sized>(
        tags: &TagSet,
        tokenizer: &T,
        made_for: &MadeFor,
    ) -> Result<Self, SetupError> {
        let options = ClassifierOptions::made_for(made_for);
        List::new(tokenizer, tags.clone(), &options)?;
        let tokens = |answer: AnswerStyle| {
            let literals = answer.literals(tags);
            let tokens = |literal: &String| tokenize_continuation(tokenizer, literal).len() + 1;
            literals.iter().map(tokens).sum()
        };
        let mut report = Self::new(tags);
        report.tokens = Some(ListTokens {
            ids: tokens(AnswerStyle::Id),
            names: tokens(AnswerStyle::Name),
        });
        report.warnings.extend(made_for.acquaintance(tags, true));
        Ok(report)
    }
}
