//! What the model sees: scaffold, wording, tag list, document, answer head.
//!
//! The prompt is made of segments that are tokenised apart. Only the scaffold,
//! which this program wrote, may contain special tokens; tag list, document and
//! answer head come from outside and stay text whatever they contain.
//!
//! ```text
//! BOS <|im_start|>user⏎ wording, tag list   | document | wording <|im_end|>⏎<|im_start|>assistant⏎ {"id":"7","tags
//! └──────────── prefix ───────────────────┘ └──────────┘ └──────────────────── suffix ─────────────────────────┘
//! ```
//! The prefix depends on the tag list and the wording alone, so its state can be
//! kept from one document to the next.

mod chat;
mod decision;
mod escaping;
mod jinja;
mod list;
mod scaffold;
mod template;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

pub use crate::prompt::chat::{Chat, Origin};
pub use crate::prompt::decision::{
    Asked, DecisionPrompt, DecisionPromptError, OptionOf, RATINGS, Sheet,
};
use crate::prompt::escaping::Escaping;
pub use crate::prompt::jinja::{ChatTemplate, ChatTemplateError};
pub use crate::prompt::list::ListStyle;
pub use crate::prompt::scaffold::Scaffold;
use crate::prompt::scaffold::neutralise;
pub use crate::prompt::template::{Template, TemplateError};
use crate::tags::{TagSet, json_string};
use crate::vocab::{Continuation, Specials, Token, Tokenizer, tokenize_continuation};

/// What the model writes for a tag. The program's output carries ids either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerStyle {
    /// `[17,33]`: each id has to be looked up in the list.
    #[default]
    Id,
    /// `["ai","lib"]`: what a small model can do.
    Name,
}

impl AnswerStyle {
    /// What the model has to write for each tag, in list order: JSON literals.
    #[must_use]
    pub fn literals(self, tags: &TagSet) -> Vec<String> {
        tags.iter()
            .map(|tag| match self {
                Self::Id => tag.id.as_json().to_owned(),
                Self::Name => json_string(&tag.name),
            })
            .collect()
    }
}

/// Why a model cannot be given a prompt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// The scaffold needs a token that the vocabulary does not have.
    #[error("the model's vocabulary has no chat token `{0}`")]
    NoChatToken(String),
}

/// A piece of the prompt: its text, and the tokens that are fed for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The text, special tokens spelled out.
    pub text: String,
    /// The tokens, in the order they are fed.
    pub tokens: Vec<Token>,
}

impl Segment {
    fn push(&mut self, text: &str, tokens: Vec<Token>) {
        self.text.push_str(text);
        self.tokens.extend(tokens);
    }
}

/// Makes the prompts for one model, tag list and wording.
#[derive(Clone, Debug)]
pub struct Prompter {
    scaffold: Scaffold,
    template: Template,
    prefix: Arc<Segment>,
    /// Chat tokens that text can spell, since they are no control tokens.
    unguarded: Vec<String>,
    /// How a document is written, if not as it is.
    escaping: Escaping,
    continuation: Continuation,
}

impl Prompter {
    /// Tokenises what all documents share; `list` is the tag list as
    /// [`ListStyle::write`] writes it.
    ///
    /// # Errors
    /// [`PromptError::NoChatToken`] where the model was not made for `scaffold`.
    pub fn new(
        tokenizer: &(impl Tokenizer + ?Sized),
        scaffold: Scaffold,
        template: Template,
        list: &str,
    ) -> Result<Self, PromptError> {
        let token = |special: &str| match tokenizer.tokenize(special, Specials::Parse)[..] {
            [token] => Some(token),
            _ => None,
        };
        if let Some(special) = scaffold.missing(&|special| token(special).is_some()) {
            return Err(PromptError::NoChatToken(special.to_owned()));
        }
        let unguarded = unguarded(tokenizer, &scaffold);
        let mut prefix = Segment::default();
        prefix.push(scaffold.open(), beginning(tokenizer, scaffold.open()));
        let list = neutralise(&template.before(list), &unguarded);
        prefix.push(&list, tokenize_continuation(tokenizer, &list));
        Ok(Self {
            scaffold,
            template,
            prefix: Arc::new(prefix),
            unguarded,
            escaping: Escaping::default(),
            continuation: Continuation::default(),
        })
    }

    /// The prompter of a decision model, whose template writes all that stands around a
    /// document. There is no BOS but what it writes itself.
    #[must_use]
    pub fn of_decisions(
        tokenizer: &(impl Tokenizer + ?Sized),
        sheet: &Sheet,
        template: Template,
    ) -> Self {
        let open = sheet.scaffold.open();
        let mut prefix = Segment::default();
        prefix.push(open, tokenizer.tokenize(open, Specials::Parse));
        Self {
            unguarded: unguarded(tokenizer, &sheet.scaffold),
            scaffold: sheet.scaffold.clone(),
            template,
            prefix: Arc::new(prefix),
            escaping: sheet.escaping.clone(),
            continuation: Continuation::default(),
        }
    }

    /// BOS, scaffold, wording and tag list: the same for every document.
    #[must_use]
    pub fn prefix(&self) -> &Arc<Segment> {
        &self.prefix
    }

    /// A document's own tokens; none of them is a chat token.
    #[must_use]
    pub fn document(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
        let text = neutralise(&self.escaping.write(text), &self.unguarded);
        self.continuation.tokenize(tokenizer, &text)
    }

    /// A document as it stands in the prompt.
    #[must_use]
    pub fn written<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.escaping.write(text)
    }

    /// A text behind the document, from a template into which no text was put that spells a
    /// chat token: chat tokens are parsed as such, and all else is text.
    #[must_use]
    pub fn behind(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Segment {
        let mut specials = self.scaffold.specials();
        specials.retain(|special| tokenizer.tokenize(special, Specials::Parse).len() == 1);
        let mut segment = Segment::default();
        let mut rest = text;
        while let Some((at, special)) = first_of(rest, &specials) {
            let plain = &rest[..at];
            segment.push(plain, self.plain(tokenizer, plain, segment.text.is_empty()));
            segment.push(special, tokenizer.tokenize(special, Specials::Parse));
            rest = &rest[at + special.len()..];
        }
        segment.push(rest, self.plain(tokenizer, rest, segment.text.is_empty()));
        segment
    }

    /// The tokens of a text that goes on from a document, or begins behind a chat token.
    fn plain(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        text: &str,
        goes_on: bool,
    ) -> Vec<Token> {
        if goes_on {
            self.continuation.tokenize(tokenizer, text)
        } else if text.is_empty() {
            Vec::new()
        } else {
            tokenizer.tokenize(text, Specials::AsText)
        }
    }

    /// Everything after the document, up to where the model decides: the rest of
    /// the wording, the scaffold, and what is forced of the answer's head, as text and tokens.
    #[must_use]
    pub fn suffix(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        max_tags: usize,
        (head, head_tokens): (String, Vec<Token>),
    ) -> Segment {
        let mut suffix = Segment::default();
        let wording = self.template.after(max_tags);
        suffix.push(&wording, tokenize_continuation(tokenizer, &wording));
        let close = self.scaffold.close();
        suffix.push(close, tokenizer.tokenize(close, Specials::Parse));
        suffix.push(&head, head_tokens);
        suffix
    }

    /// The head of the answer to a document, without what would be read as a chat token.
    #[must_use]
    pub fn answer_head(&self, id: &str) -> String {
        neutralise(&answer_head(id), &self.unguarded)
    }

    /// The user's turn alone, as text: wording, tag list and document. No chat token is
    /// spelled in it, whether or not the tokenizer would read it in plain text.
    #[must_use]
    pub fn turn(&self, document: &str, max_tags: usize) -> String {
        let shared = &self.prefix.text[self.scaffold.open().len()..];
        let turn = format!("{shared}{document}{}", self.template.after(max_tags));
        neutralise(&turn, &self.scaffold.specials())
    }

    /// The tokens of a turn with the scaffold around it, tokenised as one text: what
    /// a chat template makes of it.
    #[must_use]
    pub fn templated(&self, tokenizer: &(impl Tokenizer + ?Sized), turn: &str) -> Vec<Token> {
        let text = format!("{}{turn}{}", self.scaffold.open(), self.scaffold.close());
        beginning(tokenizer, &text)
    }
}

/// The first of some texts that stands in another one, and where; of those that begin there
/// the longest.
fn first_of<'s>(text: &str, specials: &[&'s str]) -> Option<(usize, &'s str)> {
    let places = specials
        .iter()
        .filter_map(|&special| Some((text.find(special)?, special)));
    places.min_by_key(|&(at, special)| (at, Reverse(special.len())))
}

/// The marks of a scaffold that are text for a model, in the scaffold as well.
fn unguarded(tokenizer: &(impl Tokenizer + ?Sized), scaffold: &Scaffold) -> Vec<String> {
    let in_text = |special: &&str| match tokenizer.tokenize(special, Specials::Parse)[..] {
        [token] => !tokenizer.is_control(token),
        _ => true,
    };
    let specials = scaffold.specials().into_iter();
    specials.filter(in_text).map(str::to_owned).collect()
}

/// The tokens of a text that a sequence begins with. Some templates write the token for the
/// beginning themselves.
fn beginning(tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
    let tokens = tokenizer.tokenize(text, Specials::Parse);
    let bos = tokenizer.bos().filter(|bos| tokens.first() != Some(bos));
    bos.into_iter().chain(tokens).collect()
}

/// The id that the model is shown for every document, unless it is to see the own one: an id
/// says nothing of a document, and must not change its tags.
pub const NEUTRAL_ID: &str = "0";

/// The head of the answer: `{"id":"7462","tags":[`. Of it that much is forced as is not
/// written in another way for other tags (`constraint::Spelling` knows).
#[must_use]
pub fn answer_head(id: &str) -> String {
    format!("{{\"id\":{},\"tags\":[", json_string(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_ids_or_names() {
        let text = r#"[{"id":7,"name":"a \"b\""},{"id":"x","name":"c ","description":"d"}]"#;
        let tags = TagSet::parse(text).unwrap();
        assert_eq!(AnswerStyle::Id.literals(&tags), ["7", "\"x\""]);
        assert_eq!(
            AnswerStyle::Name.literals(&tags),
            [r#""a \"b\"""#, "\"c \""]
        );
    }

    #[test]
    fn the_answer_head_escapes_the_id() {
        assert_eq!(answer_head("a\"b\n"), r#"{"id":"a\"b\n","tags":["#);
    }
}
