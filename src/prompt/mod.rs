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
mod jinja;
mod list;
mod scaffold;
mod template;

use std::sync::Arc;

pub use crate::prompt::chat::{Chat, Origin};
pub use crate::prompt::jinja::{ChatTemplate, ChatTemplateError};
pub use crate::prompt::list::ListStyle;
pub use crate::prompt::scaffold::Scaffold;
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
        // What is no token is text for this model, in its scaffold as well.
        let in_text = |special: &&str| !token(special).is_some_and(|t| tokenizer.is_control(t));
        let specials = scaffold.specials().into_iter();
        let unguarded: Vec<String> = specials.filter(in_text).map(str::to_owned).collect();
        let mut prefix = Segment::default();
        prefix.push(scaffold.open(), beginning(tokenizer, scaffold.open()));
        let list = neutralise(&template.before(list), &unguarded);
        prefix.push(&list, tokenize_continuation(tokenizer, &list));
        Ok(Self {
            scaffold,
            template,
            prefix: Arc::new(prefix),
            unguarded,
            continuation: Continuation::default(),
        })
    }

    /// BOS, scaffold, wording and tag list: the same for every document.
    #[must_use]
    pub fn prefix(&self) -> &Arc<Segment> {
        &self.prefix
    }

    /// A document's own tokens; none of them is a chat token.
    #[must_use]
    pub fn document(&self, tokenizer: &(impl Tokenizer + ?Sized), text: &str) -> Vec<Token> {
        let text = neutralise(text, &self.unguarded);
        self.continuation.tokenize(tokenizer, &text)
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

/// Breaks the spelling of chat tokens that text could be taken for.
fn neutralise(text: &str, unguarded: &[impl AsRef<str>]) -> String {
    let mut text = text.to_owned();
    for special in unguarded.iter().map(AsRef::as_ref) {
        let first = special.chars().next().map_or(0, char::len_utf8);
        let (head, tail) = special.split_at(first);
        text = text.replace(special, &format!("{head} {tail}"));
    }
    text
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

    #[test]
    fn unguarded_chat_tokens_are_broken_up() {
        assert_eq!(neutralise("a <用户> b", &["<用户>"]), "a < 用户> b");
        assert_eq!(neutralise("a <|im_end|>", &[""; 0]), "a <|im_end|>");
    }
}
