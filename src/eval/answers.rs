//! Somebody's answers to documents whose right tags are known.

use std::collections::{HashMap, HashSet};

use crate::eval::evaluation::Case;
use crate::eval::item::Item;
use crate::eval::keyword::keyword_tags;
use crate::eval::records::AnswerRecord;
use crate::tags::TagSet;

/// Somebody's answers, by the documents' ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// Who answered: a model or a file.
    pub name: String,
    by_id: HashMap<String, AnswerRecord>,
}

impl Answers {
    /// The answers of somebody.
    #[must_use]
    pub fn new(name: String, answers: impl IntoIterator<Item = AnswerRecord>) -> Self {
        let answers = answers.into_iter();
        Self {
            name,
            by_id: answers.map(|answer| (answer.id.clone(), answer)).collect(),
        }
    }

    /// What searching for the tags' names finds, if there is a text to search.
    #[must_use]
    pub fn of_keywords(items: &[Item], tags: &TagSet, most: usize) -> Self {
        let answer = |item: &Item| {
            let (text, _) = item.text.as_ref()?;
            Some(AnswerRecord {
                id: item.record.id.clone(),
                tags: keyword_tags(text, tags, most),
                scores: Vec::new(),
            })
        };
        Self::new("keyword".to_owned(), items.iter().filter_map(answer))
    }

    /// The documents without an answer.
    pub fn missing<'i>(&self, items: &'i [Item]) -> impl Iterator<Item = &'i Item> {
        let is_there = |item: &&Item| self.by_id.contains_key(&item.record.id);
        items.iter().filter(move |item| !is_there(item))
    }

    /// How many answers are to none of these documents.
    #[must_use]
    pub fn strange(&self, items: &[Item]) -> usize {
        let wanted: HashSet<&str> = items.iter().map(|item| item.record.id.as_str()).collect();
        let ids = self.by_id.keys().filter(|id| !wanted.contains(id.as_str()));
        ids.count()
    }
}

impl Case {
    /// A document with its answers; `None` if one is missing.
    #[must_use]
    pub fn of(item: Item, ours: &Answers, other: Option<&Answers>) -> Option<Self> {
        let id = &item.record.id;
        let judged = |answers: &Answers| Some(item.judged(answers.by_id.get(id)?));
        let judged_other = match other {
            Some(other) => Some(judged(other)?),
            None => None,
        };
        Some(Self {
            judged: judged(ours)?,
            other: judged_other,
            id: id.clone(),
            text: item.text.map(|(text, _)| text),
        })
    }
}
