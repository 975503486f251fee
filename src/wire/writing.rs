//! How answers are written: what is shown of them, by whom they are, how lines are laid out.

use crate::document::Text;
use crate::tags::{TagId, TagSet};
use crate::wire::answer::{Answer, Details, Ranked, Stability, Tokens};
use crate::wire::known::{Computed, Known};
use crate::wire::layout::Layout;
use crate::wire::shape::{Scores, Shape};
use crate::wire::{round, rounded};

/// How a document was read; for details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    tokens: usize,
    encoding: String,
    replaced_bytes: usize,
    removed: usize,
}

impl Reading {
    /// Of a text of so many tokens.
    #[must_use]
    pub fn new(text: &Text, tokens: usize) -> Self {
        Self {
            tokens,
            encoding: text.encoding.to_owned(),
            replaced_bytes: text.replaced_bytes,
            removed: text.removed,
        }
    }
}

/// How answers are written.
#[derive(Clone, Debug)]
pub struct Writing<'a> {
    /// What is shown.
    pub shape: Shape,
    /// How a line is laid out.
    pub layout: Layout,
    /// The tags, for their names.
    pub tags: &'a TagSet,
    /// The name of the model's file.
    pub model: String,
    /// The name of what is asked before it, if anything is.
    pub first: Option<String>,
    /// The adapters on the model.
    pub loras: Vec<String>,
    /// In how many orders the model was shown the tag list.
    pub orders: usize,
}

impl Writing<'_> {
    /// What is shown of an answer. For details, it has to be known how the document was read.
    #[must_use]
    pub fn answer(&self, id: &str, known: &Known, reading: Option<&Reading>) -> Answer {
        let Shape { names, scores, .. } = self.shape;
        let nothing = Computed::default();
        let computed = known.computed.as_ref().unwrap_or(&nothing);
        let all = |values: &[f64]| (scores == Some(Scores::All)).then(|| rounded(values));
        let ranked = |(id, log_prob): &(Option<TagId>, Option<f64>)| Ranked {
            id: id.clone(),
            stop: id.is_none().then_some(true),
            logprob: *log_prob,
        };
        let ranking = || computed.ranking.iter().map(ranked).collect();
        let reading = reading.filter(|_| self.shape.details);
        Answer {
            id: id.to_owned(),
            tags: known.tags.clone(),
            names: names.then(|| self.names(&known.tags)),
            scores: scores.map(|_| rounded(&computed.scores)),
            max_scores: all(&computed.max),
            margins: all(&computed.margins),
            stops: all(&computed.stops),
            review: self.marks(known),
            reviewed: false,
            ranking: (scores == Some(Scores::All)).then(ranking),
            details: reading.map(|reading| self.details(known, computed, reading)),
        }
    }

    /// Whether an answer is to be reviewed. What was promised before is not.
    fn marks(&self, known: &Known) -> bool {
        if known.first {
            return false;
        }
        let least = known.least_score().zip(self.shape.review_below);
        least.is_some_and(|(least, limit)| least < limit)
    }

    /// The names of an answer's tags, without the spaces around them.
    fn names(&self, ids: &[TagId]) -> Vec<String> {
        let tag = |id: &TagId| self.tags.iter().find(|tag| tag.id == *id);
        let tags = ids.iter().filter_map(tag);
        tags.map(|tag| tag.name.trim().to_owned()).collect()
    }

    fn details(&self, known: &Known, computed: &Computed, reading: &Reading) -> Details {
        Details {
            tokens: Tokens {
                total: reading.tokens,
                used: known.used,
            },
            windows: known.windows,
            spoke: known.spoke.clone(),
            encoding: reading.encoding.clone(),
            replaced_bytes: reading.replaced_bytes,
            removed_characters: reading.removed,
            mass: computed.masses.iter().copied().map(round).collect(),
            stability: (self.orders > 1).then_some(Stability {
                orders: if known.one_order { 1 } else { self.orders },
                agree: known.agree,
            }),
            model: match &self.first {
                Some(first) if known.first => first.clone(),
                _ => self.model.clone(),
            },
            lora: if known.first {
                Vec::new()
            } else {
                self.loras.clone()
            },
            seconds: known.seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let tag = |id: &str| serde_json::from_str::<TagId>(id).unwrap();
        Known {
            tags: vec![tag("2"), tag("1")],
            agree: 2,
            computed: Some(Computed {
                scores: vec![0.7, 0.499_999_9],
                max: vec![0.7, 0.6],
                margins: vec![0.2, 0.1],
                stops: vec![0.1, 0.2, 0.8],
                masses: vec![0.9],
                ranking: vec![(Some(tag("2")), Some(-0.3)), (None, None)],
            }),
            ..Known::default()
        }
    }

    fn shown(shape: Shape, known: &Known) -> String {
        let tags = TagSet::parse(r#"[{"id":1,"name":" ai "},{"id":2,"name":"cli"}]"#).unwrap();
        let writing = Writing {
            shape,
            layout: Layout::Json,
            tags: &tags,
            first: None,
            model: "m.gguf".to_owned(),
            loras: Vec::new(),
            orders: 3,
        };
        let text = crate::document::clean("a");
        let reading = Reading::new(&text, 4);
        serde_json::to_string(&writing.answer("a", known, Some(&reading))).unwrap()
    }

    #[test]
    fn one_answer_is_shown_as_it_is_asked_for() {
        let plain = Shape::default();
        let mut names = plain;
        names.names = true;
        let mut chosen = plain;
        chosen.scores = Some(Scores::Chosen);
        let mut all = plain;
        all.scores = Some(Scores::All);
        let mut details = plain;
        details.details = true;
        for (shape, expected) in [
            (plain, ""),
            (names, r#","names":["cli","ai"]"#),
            (chosen, r#","scores":[0.7,0.5]"#),
            (
                all,
                r#","scores":[0.7,0.5],"max_scores":[0.7,0.6],"margins":[0.2,0.1],"stops":[0.1,0.2,0.8],"ranking":[{"id":2,"logprob":-0.3},{"stop":true,"logprob":null}]"#,
            ),
            (
                details,
                r#","details":{"tokens":{"total":4,"used":0},"windows":0,"encoding":"UTF-8","replaced_bytes":0,"removed_characters":0,"mass":[0.9],"stability":{"orders":3,"agree":2},"model":"m.gguf","seconds":0.0}"#,
            ),
        ] {
            let expected = format!("{{\"id\":\"a\",\"tags\":[2,1]{expected}}}");
            assert_eq!(shown(shape, &known()), expected);
        }
    }

    #[test]
    fn what_is_compared_is_not_rounded() {
        let review = |below, known: &Known| {
            let shape = Shape {
                review_below: Some(below),
                ..Shape::default()
            };
            shown(shape, known).contains("\"review\":true")
        };
        assert!(review(0.5, &known()));
        assert!(!review(0.499_999_9, &known()));
        let nothing = Known {
            computed: None,
            ..known()
        };
        assert!(!review(1.0, &nothing));
    }
}
