//! How a model writes an answer: the tokens that its tokenizer makes of the whole text.
//!
//! A tokenizer joins what stands side by side. `["`, `","` and `"]` are single tokens in
//! many vocabularies, and `[]` is one where `[` and `]` apart are two. A model has seen the
//! joined ones alone, so these are what is fed and compared. Nothing here knows which
//! pieces a vocabulary joins: the tokenizer is asked for whole answers, and where they part
//! is found by comparing its tokens.
//!
//! One thing is taken for granted: how a text is cut behind a token boundary does not depend
//! on what stands before it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::constraint::continuations::Continuations;
use crate::constraint::tokens::{Tokens, common_length};
use crate::prompt::answer_head;
use crate::vocab::{Token, Tokenizer, spell, tokenize_continuation};

/// The end of every answer.
const CLOSE: &str = "]}";

/// Stands between two tags.
const COMMA: &str = ",";

/// An id for asking the tokenizer; what a document's own id is changes nothing behind it.
const ANY_ID: &str = "0";

/// How an answer is cut into tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joining {
    /// As the tokenizer cuts the whole answer: what a model writes by itself.
    #[default]
    Whole,
    /// Head, tags, commas and end each by itself: for a model that was trained on that, and
    /// says so in its metadata.
    Parts,
}

impl Joining {
    /// The metadata key by which a model says how it spells answers.
    pub const KEY: &str = "minitag.spelling";

    /// What the value of [`Joining::KEY`] says.
    #[must_use]
    pub fn of_metadata(value: Option<&str>) -> Self {
        match value {
            Some("parts") => Self::Parts,
            _ => Self::Whole,
        }
    }
}

/// A part of the answer that the vocabulary cannot write.
#[derive(Debug, thiserror::Error)]
#[error("the model's vocabulary cannot spell `{literal}`: it reads back as `{read_back}`")]
pub struct SpellingError {
    /// What had to be written.
    pub literal: String,
    /// What its tokens stand for.
    pub read_back: String,
}

/// How one vocabulary writes the answers with the tags of one list.
#[derive(Debug)]
pub struct Spelling {
    joining: Joining,
    literals: Vec<String>,
    /// How many bytes of the head belong to the first slot, since what comes next changes
    /// how they are written: those of `":[` where the vocabulary has `":["`.
    open: usize,
    first: Arc<Continuations>,
    /// For each way in which a tag changes how the end of the tag before it is written, two
    /// tags that do so; the second stands in where the first is the tag before.
    leads: Vec<[usize; 2]>,
    /// What can follow a tag, by the text at its end that the next token may take in.
    later: Mutex<HashMap<String, Arc<Continuations>>>,
}

impl Spelling {
    /// Asks the tokenizer how it writes the answers with these JSON literals of tags, which
    /// must differ from each other, and checks that each reads back.
    ///
    /// # Errors
    /// [`SpellingError`] for the first literal that does not come back as it was,
    /// for instance where a vocabulary without byte tokens lacks a character.
    pub fn new(
        tokenizer: &(impl Tokenizer + ?Sized),
        literals: &[String],
        joining: Joining,
    ) -> Result<Self, SpellingError> {
        let mut spelling = Self {
            joining,
            literals: literals.to_vec(),
            open: 0,
            first: Arc::default(),
            leads: Vec::new(),
            later: Mutex::default(),
        };
        let head = answer_head(ANY_ID);
        spelling.leads = spelling.find_leads(tokenizer, &head);
        // The empty answer is one of those compared, so no tag's beginning is ever part of
        // what all of them share.
        let none = spelling.rest(tokenizer, "", &[&head, CLOSE]);
        let mut ways = Vec::new();
        for (tag, literal) in literals.iter().enumerate() {
            let of_tag = spelling.ways(tokenizer, "", &[&head], tag);
            check(tokenizer, &of_tag[0], &head, literal)?;
            ways.push(of_tag);
        }
        let shared = common_length(ways.iter().flatten().chain([&none]), head.len());
        let forced = none.end_of(shared);
        spelling.open = head.len() - forced;
        let open = |ways: &Vec<Tokens>| ways.iter().map(|way| way.from(shared, forced)).collect();
        let ways: Vec<Vec<Tokens>> = ways.iter().map(open).collect();
        spelling.first = Arc::new(Continuations::new(
            &head[forced..],
            literals,
            &ways,
            none.from(shared, forced),
        ));
        Ok(spelling)
    }

    /// The JSON literal of each tag, in list order.
    #[must_use]
    pub fn literals(&self) -> &[String] {
        &self.literals
    }

    /// What is forced of an answer's head: its text and tokens. The rest of the head is
    /// decided at the first slot.
    #[must_use]
    pub fn forced(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        head: &str,
    ) -> (String, Vec<Token>) {
        let (forced, open) = head.split_at(head.len() - self.open.min(head.len()));
        let answer = self.rest(tokenizer, "", &[head, CLOSE]);
        // From the end, since an id may not read back.
        let forced_end = answer
            .end_of(answer.tokens.len())
            .checked_sub(open.len() + CLOSE.len());
        let tokens = match forced_end.and_then(|end| answer.length_to(end)) {
            Some(length) => answer.tokens[..length].to_vec(),
            None => tokenize_continuation(tokenizer, forced),
        };
        (forced.to_owned(), tokens)
    }

    /// What can be decided at the first slot.
    #[must_use]
    pub fn first(&self) -> Arc<Continuations> {
        Arc::clone(&self.first)
    }

    /// What can be decided at the slot behind a tag that was written at the slot `at`. Asks
    /// the tokenizer the first time that a tag has such an end.
    #[must_use]
    pub fn after(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        at: &Continuations,
        tag: usize,
    ) -> Arc<Continuations> {
        let tail = at.tail(tag);
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = later.get(tail) {
            return Arc::clone(known);
        }
        let new = Arc::new(self.behind(tokenizer, tag, tail));
        later.insert(tail.to_owned(), Arc::clone(&new));
        new
    }

    /// The tokens that write some tags and the end, behind the forced part of the head.
    #[must_use]
    pub fn answer(&self, tokenizer: &(impl Tokenizer + ?Sized), tags: &[usize]) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut at = self.first();
        for &tag in tags {
            tokens.extend(at.stable(tag));
            at = self.after(tokenizer, &at, tag);
        }
        tokens.extend(at.stop());
        tokens
    }

    /// What follows a tag of which `tail` is not written yet.
    fn behind(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        tag: usize,
        tail: &str,
    ) -> Continuations {
        let head = answer_head(ANY_ID);
        let written = self.literals[tag].strip_suffix(tail);
        let before = written.map_or_else(String::new, |written| head + written);
        // A tag is written behind itself, too: another tag that ends so may come before it.
        let ways = |next| self.ways(tokenizer, &before, &[tail, COMMA], next);
        let ways: Vec<Vec<Tokens>> = (0..self.literals.len()).map(ways).collect();
        Continuations::new(
            &[tail, COMMA].concat(),
            &self.literals,
            &ways,
            self.rest(tokenizer, &before, &[tail, CLOSE]),
        )
    }

    /// How the answers go on from `before` with `lead` and a tag: the one that ends there,
    /// and one for each way in which another tag can follow.
    fn ways(
        &self,
        tokenizer: &(impl Tokenizer + ?Sized),
        before: &str,
        lead: &[&str],
        tag: usize,
    ) -> Vec<Tokens> {
        let literal = self.literals[tag].as_str();
        let end = [lead, &[literal, CLOSE]].concat();
        let mut ways = vec![self.rest(tokenizer, before, &end)];
        for &[one, other] in &self.leads {
            let next = if one == tag { other } else { one };
            if next != tag {
                let next = self.literals[next].as_str();
                let more = [lead, &[literal, COMMA, next, CLOSE]].concat();
                ways.push(self.rest(tokenizer, before, &more));
            }
        }
        ways
    }

    /// Tags that between them show every way in which the beginning of a tag changes how
    /// the end of the tag before it is written.
    fn find_leads(&self, tokenizer: &(impl Tokenizer + ?Sized), head: &str) -> Vec<[usize; 2]> {
        let is_plain = |literal: &String| {
            let end = literal.trim_end_matches('"').chars().next_back();
            end.is_some_and(char::is_alphanumeric)
        };
        // A tag whose own end is not written in a way of its own, if there is one.
        let plain = self.literals.iter().find(|literal| is_plain(literal));
        let Some(before) = plain.or(self.literals.first()) else {
            return Vec::new();
        };
        let mut leads: HashMap<Vec<Token>, [usize; 2]> = HashMap::new();
        let mut order = Vec::new();
        for (tag, literal) in self.literals.iter().enumerate() {
            let tokens = self.rest(tokenizer, "", &[head, before, COMMA, literal, CLOSE]);
            let end = head.len() + before.len();
            let key = tokens.around(end - 1..end + COMMA.len()).to_vec();
            let pair = leads.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                [tag, tag]
            });
            if pair[0] == pair[1] {
                pair[1] = tag;
            }
        }
        order.iter().map(|key| leads[key]).collect()
    }

    /// The tokens of `parts`, which are written one after the other behind `before`.
    fn rest(&self, tokenizer: &(impl Tokenizer + ?Sized), before: &str, parts: &[&str]) -> Tokens {
        let tokenize = |text: &str| Tokens::new(tokenizer, tokenize_continuation(tokenizer, text));
        match self.joining {
            Joining::Parts => {
                let parts = parts
                    .iter()
                    .map(|part| tokenize_continuation(tokenizer, part));
                Tokens::new(tokenizer, parts.flatten().collect())
            }
            Joining::Whole => {
                let rest = parts.concat();
                let whole = tokenize(&[before, &rest].concat());
                match whole.length_to(before.len()) {
                    Some(length) => whole.from(length, before.len()),
                    // Never seen. What is before stays as it was written.
                    None => tokenize(&rest),
                }
            }
        }
    }
}

/// The pieces of answers that a vocabulary joins, such as `["` and `","`: its tokens of more
/// than one character that are made of JSON's notation alone, in the order in which answers
/// with names, with ids and without tags have them.
#[must_use]
pub fn joined_pieces(tokenizer: &(impl Tokenizer + ?Sized)) -> Vec<String> {
    let head = answer_head(ANY_ID);
    let answers = ["\"a\",\"b\"", "1,2", ""].map(|tags| format!("{head}{tags}{CLOSE}"));
    let mut joined: Vec<String> = Vec::new();
    for token in answers
        .iter()
        .flat_map(|answer| tokenize_continuation(tokenizer, answer))
    {
        let piece = String::from_utf8_lossy(&tokenizer.piece(token)).into_owned();
        let is_notation = piece.chars().all(|c| "{}[]\":,".contains(c));
        if piece.len() > 1 && is_notation && !joined.contains(&piece) {
            joined.push(piece);
        }
    }
    joined
}

/// Checks that the answer with one tag reads back.
fn check(
    tokenizer: &(impl Tokenizer + ?Sized),
    answer: &Tokens,
    head: &str,
    literal: &str,
) -> Result<(), SpellingError> {
    let bytes = spell(tokenizer, &answer.tokens);
    if bytes == [head, literal, CLOSE].concat().as_bytes() {
        return Ok(());
    }
    let rest = bytes.get(head.len()..).unwrap_or_default();
    let rest = rest.strip_suffix(CLOSE.as_bytes()).unwrap_or(rest);
    Err(SpellingError {
        literal: literal.to_owned(),
        read_back: String::from_utf8_lossy(rest).into_owned(),
    })
}
