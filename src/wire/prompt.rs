//! What a model sees, and what it can write at the first slot.

use serde::Serialize;

use crate::classifier::Prompt;
use crate::constraint::{Candidate, Spelling};
use crate::tags::{Tag, TagId, TagSet};
use crate::vocab::Token;

/// A prompt as text and as tokens.
#[derive(Clone, Debug, Serialize)]
pub struct PromptRecord<'a> {
    /// As the model reads it.
    pub text: String,
    /// As fed, from BOS to the forced part of the answer's head.
    pub tokens: Vec<i32>,
    /// How many of them stand before the document.
    pub prefix_tokens: usize,
    /// How many are the document's.
    pub document_tokens: usize,
    /// What can be written at the first slot; empty of a model that writes nothing.
    pub candidates: Vec<CandidateRecord<'a>>,
    /// What ends the answer there, without any tag.
    pub stop_tokens: Vec<i32>,
}

/// A tag as it can be written at the first slot.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateRecord<'a> {
    /// Its id.
    pub id: &'a TagId,
    /// Its name.
    pub name: &'a str,
    /// The ways to write it; its probability is the sum of theirs.
    pub paths: Vec<Vec<i32>>,
    /// What is fed once it is decided, whatever follows.
    pub tokens: Vec<i32>,
}

impl<'a> PromptRecord<'a> {
    /// Of a prompt and the list that it is for, with how the model writes it, if it does.
    #[must_use]
    pub fn new(prompt: &Prompt, spelling: Option<&Spelling>, tags: &'a TagSet) -> Self {
        let segments = [&prompt.prefix, &prompt.document, &prompt.suffix];
        let first = spelling.map(Spelling::first);
        let candidates = first.iter().flat_map(|first| {
            let tags = tags.iter().enumerate();
            tags.map(move |(place, tag): (usize, &'a Tag)| {
                let paths = first.paths(Candidate::Tag(place));
                CandidateRecord {
                    id: &tag.id,
                    name: &tag.name,
                    paths: paths.iter().map(|path| ids(path)).collect(),
                    tokens: ids(first.stable(place)),
                }
            })
        });
        Self {
            text: prompt.text(),
            tokens: segments.iter().flat_map(|s| ids(&s.tokens)).collect(),
            prefix_tokens: prompt.prefix.tokens.len(),
            document_tokens: prompt.document.tokens.len(),
            candidates: candidates.collect(),
            stop_tokens: first
                .as_ref()
                .map_or_else(Vec::new, |first| ids(first.stop())),
        }
    }
}

fn ids(tokens: &[Token]) -> Vec<i32> {
    tokens.iter().map(|token| token.0).collect()
}
