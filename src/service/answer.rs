//! What is answered, as it is written.

use std::collections::HashMap;

use serde::Serialize;

use crate::classifier::Classification;
use crate::service::ordered::Ordered;
use crate::service::question::{Answers, Question};
use crate::tags::{TagId, TagSet};
use crate::wire::round;

/// An answer. Probabilities are shares of the question's own answers, with six digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// To yes or no.
    #[serde(rename = "noul")]
    YesNo {
        /// The probability of yes.
        noul: f64,
    },
    /// To a choice.
    Choice {
        /// The most probable option.
        choice: String,
        /// Of each option.
        probabilities: Ordered<f64>,
        /// 0 if all options are as probable, 1 if one is certain.
        confidence: f64,
    },
    /// To a score.
    Score {
        /// The mean of the levels, counted from 0, by their probabilities.
        score: f64,
        /// The levels, by their numbers.
        legend: Ordered<String>,
        /// Of each level, by its number.
        probabilities: Ordered<f64>,
        /// 0 if all levels are as probable, 1 if one is certain.
        confidence: f64,
    },
    /// To labels.
    MultiLabel {
        /// The chosen labels, most fitting first.
        selected: Vec<String>,
        /// The probability of each, at its slot.
        scores: Vec<f64>,
        /// Of each label, at the first slot.
        probabilities: Ordered<f64>,
        /// The probability of no label at all, at the first slot.
        x_stop: f64,
    },
}

/// An answer, and what was read for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// Tokens of the question and of what was read of the document.
    pub tokens: usize,
    /// Bytes of the document's text that the budget left out.
    pub left_out: usize,
}

impl Answer {
    /// What a classification says in answer to a question, whose answers are these tags.
    pub(super) fn new(question: &Question, tags: &TagSet, said: &Classification) -> Self {
        let ranking = said.ranking.iter();
        let ranking: HashMap<Option<&TagId>, f64> =
            ranking.map(|(id, log)| (id.as_ref(), log.exp())).collect();
        let of = |id: Option<&TagId>| ranking.get(&id).copied().unwrap_or(0.0);
        let shares: Vec<f64> = tags.iter().map(|tag| of(Some(&tag.id))).collect();
        let places = said
            .tags
            .iter()
            .filter_map(|id| tags.iter().position(|tag| tag.id == *id));
        match &question.answers {
            Answers::YesNo { .. } => Self::YesNo {
                noul: round(shares[0]),
            },
            Answers::Choice(options) => {
                let names: Vec<&str> = options.iter().map(|o| o.name.as_str()).collect();
                let chosen = places.map(|place| names[place].to_owned()).next();
                Self::Choice {
                    choice: chosen.unwrap_or_default(),
                    confidence: confidence(&shares),
                    probabilities: named(&names, &shares),
                }
            }
            Answers::Score(levels) => {
                let numbers: Vec<String> = (0..levels.len()).map(|n| n.to_string()).collect();
                Self::Score {
                    score: round(mean(&shares)),
                    confidence: confidence(&shares),
                    probabilities: named(&numbers, &shares),
                    legend: Ordered(numbers.into_iter().zip(levels.iter().cloned()).collect()),
                }
            }
            Answers::MultiLabel { labels, .. } => {
                let names: Vec<&str> = labels.iter().map(|l| l.name.as_str()).collect();
                Self::MultiLabel {
                    selected: places.map(|place| names[place].to_owned()).collect(),
                    scores: said.log_probs.iter().map(|log| round(log.exp())).collect(),
                    probabilities: named(&names, &shares),
                    x_stop: round(of(None)),
                }
            }
        }
    }
}

/// Shares by the names of what has them.
fn named(names: &[impl AsRef<str>], shares: &[f64]) -> Ordered<f64> {
    let pairs = names.iter().zip(shares);
    let pair = |(name, &share): (&_, &f64)| (AsRef::<str>::as_ref(name).to_owned(), round(share));
    Ordered(pairs.map(pair).collect())
}

/// How far the largest share is from what it is if all are the same.
#[expect(clippy::cast_precision_loss, reason = "a few hundred answers")]
fn confidence(shares: &[f64]) -> f64 {
    let even = 1.0 / shares.len() as f64;
    let largest = shares.iter().copied().fold(0.0, f64::max);
    round(((largest - even) / (1.0 - even)).clamp(0.0, 1.0))
}

/// The mean of places, by their shares.
#[expect(clippy::cast_precision_loss, reason = "a few levels")]
fn mean(shares: &[f64]) -> f64 {
    let weighted = shares.iter().enumerate();
    weighted.map(|(place, share)| place as f64 * share).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::json::Json;

    /// The answer if the tags have these probabilities and so many of the first are chosen.
    fn answer(question: &str, shares: &[f64], stop: Option<f64>, chosen: usize) -> String {
        let question = Question::read(&Json::parse(question.as_bytes()).unwrap()).unwrap();
        let tags = question.tag_set().unwrap();
        let ids: Vec<TagId> = tags.iter().map(|tag| tag.id.clone()).collect();
        let ranked = ids.iter().cloned().map(Some).zip(shares);
        let said = Classification {
            tags: ids[..chosen].to_vec(),
            log_probs: shares[..chosen].iter().map(|p| p.ln()).collect(),
            ranking: ranked
                .map(|(id, p)| (id, p.ln()))
                .chain(stop.map(|p| (None, p.ln())))
                .collect(),
            ..Classification::default()
        };
        serde_json::to_string(&Answer::new(&question, &tags, &said)).unwrap()
    }

    #[test]
    fn answers_are_shares_of_the_questions_answers() {
        assert_eq!(
            answer(
                r#"{"type":"noul","instructions":"?"}"#,
                &[0.75, 0.25],
                None,
                1
            ),
            r#"{"type":"noul","noul":0.75}"#
        );
        assert_eq!(
            answer(
                r#"{"type":"choice","criteria":{"z":null,"b":null}}"#,
                &[0.75, 0.25],
                None,
                1
            ),
            r#"{"type":"choice","choice":"z","probabilities":{"z":0.75,"b":0.25},"confidence":0.5}"#
        );
        assert_eq!(
            answer(
                r#"{"type":"score","criteria":["a","b","c"]}"#,
                &[0.5, 0.25, 0.25],
                None,
                1
            ),
            r#"{"type":"score","score":0.75,"legend":{"0":"a","1":"b","2":"c"},"probabilities":{"0":0.5,"1":0.25,"2":0.25},"confidence":0.25}"#
        );
        assert_eq!(
            answer(
                r#"{"type":"multi_label","labels":["b","a"]}"#,
                &[0.5, 0.25],
                Some(0.25),
                1
            ),
            r#"{"type":"multi_label","selected":["b"],"scores":[0.5],"probabilities":{"b":0.5,"a":0.25},"x_stop":0.25}"#
        );
    }

    #[test]
    fn confidence_is_from_even_to_certain() {
        for n in 2..9 {
            #[expect(clippy::cast_precision_loss, reason = "a small number")]
            let even = vec![1.0 / n as f64; n];
            assert!(confidence(&even) < 1e-9);
            let mut certain = vec![0.0; n];
            certain[n - 1] = 1.0;
            assert!((confidence(&certain) - 1.0).abs() < 1e-9);
        }
    }
}
