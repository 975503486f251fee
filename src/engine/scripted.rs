//! An engine with canned answers, for unit tests of what stands on the contract.

use std::collections::HashMap;

use crate::engine::{Branch, Engine, EngineError, Limit};
use crate::vocab::{Specials, Token, Tokenizer};

/// One token a byte, and probabilities looked up by the text written so far.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    /// Probability of a byte after a text, for each prefix; what is not listed is impossible.
    tables: Vec<HashMap<(String, u8), f32>>,
    /// The text of each lane.
    written: Vec<String>,
    /// How many calls of `log_probs` there were, and of branches in them.
    pub(crate) calls: usize,
    pub(crate) branches: usize,
}

impl Scripted {
    /// `("1", "7", 0.5)`: after `1`, `7` has probability 0.5.
    pub(crate) fn new(table: &[(&str, &str, f32)]) -> Self {
        Self::with_prefixes(&[table])
    }

    /// The same with a table for each of several prefixes.
    pub(crate) fn with_prefixes(tables: &[&[(&str, &str, f32)]]) -> Self {
        let entry =
            |&(text, next, p): &(&str, &str, f32)| ((text.to_owned(), next.as_bytes()[0]), p);
        let table = |table: &&[(&str, &str, f32)]| table.iter().map(entry).collect();
        Self {
            tables: tables.iter().map(table).collect(),
            written: vec![String::new(); tables.len()],
            ..Self::default()
        }
    }
}

fn text(tokens: &[Token]) -> String {
    tokens
        .iter()
        .filter_map(|t| u8::try_from(t.0).ok())
        .map(char::from)
        .collect()
}

impl Tokenizer for Scripted {
    fn tokenize(&self, text: &str, _: Specials) -> Vec<Token> {
        text.bytes().map(|b| Token(i32::from(b))).collect()
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        u8::try_from(token.0).into_iter().collect()
    }

    fn is_control(&self, _: Token) -> bool {
        false
    }

    fn bos(&self) -> Option<Token> {
        None
    }
}

impl Engine for Scripted {
    fn reserve(&mut self, _: usize, _: usize) -> Result<(), EngineError> {
        Ok(())
    }

    fn set_prefixes(&mut self, _: &[&[Token]]) -> Result<(), EngineError> {
        Ok(())
    }

    fn start(&mut self, documents: &[&[Token]]) -> Result<(), EngineError> {
        self.written = vec![String::new(); documents.len() * self.tables.len()];
        Ok(())
    }

    fn append(&mut self, lane: usize, tokens: &[Token]) {
        self.written[lane].push_str(&text(tokens));
    }

    fn set_limit(&mut self, _: Limit) {}

    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        self.calls += 1;
        self.branches += branches.len();
        let answers = branches.iter().map(|branch| {
            let before = format!("{}{}", self.written[branch.lane], text(&branch.path));
            let table = &self.tables[branch.lane % self.tables.len()];
            let wanted = branch.wanted.iter().map(|token| {
                let byte = u8::try_from(token.0).unwrap();
                table
                    .get(&(before.clone(), byte))
                    .map_or(f32::NEG_INFINITY, |p| p.ln())
            });
            wanted.collect()
        });
        Ok(answers.collect())
    }
}
