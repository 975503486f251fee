//! A document whose tags are known, as a sample to train the model on.

use crate::classifier::{Classifier, ClassifyError, Document};
use crate::engine::Engine;
use crate::prompt::answer_head;
use crate::vocab::{Token, tokenize_continuation};

/// What a model has to learn of one document: the prompt that classification shows it, and
/// the answer that it should give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The user's turn, as text: what a chat template is given. The chat tokens that the
    /// document spells are broken up, since trainers read them in plain text too.
    pub user: String,
    /// The whole answer, as text: `{"id":"7462","tags":[17,33]}`.
    pub answer: String,
    /// Everything that classification feeds before the model decides: BOS to answer head.
    pub prompt_tokens: Vec<Token>,
    /// What the model decides, from where the forced part of the answer's head ends:
    /// tags, commas and the end, spelled as classification does.
    pub answer_tokens: Vec<Token>,
    /// Whether the chat template around `user`, tokenised as one text, comes to the tokens
    /// that classification feeds.
    pub same_prompt: bool,
    /// Whether `answer`, tokenised as one text, comes to the tokens that classification
    /// compares; not so for a model whose metadata asks for parts
    /// ([`Joining::Parts`](crate::constraint::Joining::Parts)).
    pub same_answer: bool,
}

impl<E: Engine> Classifier<E> {
    /// The sample of a document that should get these tags, as places in the list, best
    /// first; those past the most that an answer may have are left out.
    ///
    /// # Errors
    /// [`ClassifyError::Empty`] where there is nothing in the document.
    pub fn sample<'d>(
        &self,
        id: &str,
        document: impl Into<Document<'d>>,
        tags: &[usize],
    ) -> Result<Sample, ClassifyError> {
        let document = document.into();
        if document.text.trim().is_empty() {
            return Err(ClassifyError::Empty);
        }
        let max_tags = self.options.decide.max_tags;
        let tags = &tags[..tags.len().min(max_tags)];
        let literals = self.list.spelling.literals();
        let literals: Vec<&str> = tags.iter().map(|&t| literals[t].as_str()).collect();
        let shown = self.shown_id(id);
        let answer = format!("{}{}]}}", answer_head(shown), literals.join(","));
        let prompt = self.prompt(id, document);
        let segments = [&prompt.prefix, &prompt.document, &prompt.suffix];
        let prompt_tokens: Vec<Token> = segments
            .iter()
            .flat_map(|segment| segment.tokens.iter().copied())
            .collect();
        let answer_tokens = self.list.spelling.answer(&self.engine, tags);
        let user = self.list.prompter.turn(&prompt.document.text, max_tags);
        let head = self.list.prompter.answer_head(shown);
        let (_, head_tokens) = self.list.spelling.forced(&self.engine, &head);
        let templated = self.list.prompter.templated(&self.engine, &user);
        let whole_answer = tokenize_continuation(&self.engine, &answer);
        Ok(Sample {
            same_prompt: prompt_tokens.strip_suffix(head_tokens.as_slice()) == Some(&templated),
            same_answer: whole_answer.strip_prefix(head_tokens.as_slice()) == Some(&answer_tokens),
            user,
            answer,
            prompt_tokens,
            answer_tokens,
        })
    }
}
