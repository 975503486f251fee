//! A tag list as questions to a decision model, and what its answers say of each tag.

use std::sync::Arc;

use crate::classifier::{Asking, Classifier, ClassifierOptions, ClassifyError, Prompt, SetupError};
use crate::decide::{DecideOptions, Evidence};
use crate::engine::{Branch, Engine, MAX_PATH};
use crate::models::{DecisionKind, DecisionModel};
use crate::prompt::{Asked, DecisionPrompt, OptionOf, Prompter, RATINGS, Segment};
use crate::tags::{Tag, TagSet};
use crate::vocab::{Token, Tokenizer};

/// What the answer to one question says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Whether a tag fits.
    Each,
    /// Whether it is the first tag, or the second one.
    YesNo,
    /// Which of the tags.
    Which,
}

/// A tag list, as a decision model is asked about it.
#[derive(Debug)]
pub(super) struct Questions {
    model: Arc<DecisionModel>,
    said: Said,
    /// What logits are divided by.
    temperature: f64,
    /// The tokens that are looked at.
    wanted: Vec<Token>,
    /// What stands behind the document for the first question.
    pub(super) first: Segment,
    /// What is asked one after the other.
    rounds: Vec<Round>,
}

/// Questions that are asked together, with what they have in common once.
#[derive(Debug)]
struct Round {
    shared: Vec<Token>,
    paths: Vec<Vec<Token>>,
}

impl Questions {
    /// Makes the questions of a list, and the prompter for the documents.
    pub(super) fn new<T: Tokenizer + ?Sized>(
        tokenizer: &T,
        model: &Arc<DecisionModel>,
        tags: &TagSet,
        options: &ClassifierOptions,
    ) -> Result<(Self, Prompter), SetupError> {
        model.check()?;
        let prompt = DecisionPrompt::new(tokenizer, model)?;
        let labels = prompt.labels();
        let (said, asked) = asked(model, tags, options, labels.len());
        let (kind, answers) = (asked[0].kind, asked[0].options.len());
        if answers > labels.len() {
            let (tags, most) = (answers, labels.len());
            return Err(SetupError::LongChoice { tags, most });
        }
        let sheet = prompt.sheet(tokenizer, &asked)?;
        let prompter = Prompter::of_decisions(tokenizer, &sheet, options.template.clone());
        let behind = sheet.behind.iter();
        let behind: Vec<Segment> = behind
            .map(|text| prompter.behind(tokenizer, text))
            .collect();
        let tokens: Vec<&[Token]> = behind.iter().map(|b| b.tokens.as_slice()).collect();
        let rounds = if said == Said::Each {
            vec![Round::of(&tokens)]
        } else {
            // The orders of a long list have little in common.
            tokens.iter().map(|&whole| Round::of(&[whole])).collect()
        };
        for (path, tag) in rounds
            .iter()
            .flat_map(|round| &round.paths)
            .zip(tags.iter())
        {
            if path.len() > MAX_PATH {
                let (literal, tokens) = (tag.name.chars().take(60).collect(), path.len());
                return Err(SetupError::LongTag { literal, tokens });
            }
        }
        let is_rating = kind == NOUL && model.kind == DecisionKind::Lev;
        let read = if is_rating { RATINGS } else { answers };
        let questions = Self {
            said,
            temperature: model.temperature(kind, answers),
            wanted: labels[..read].to_vec(),
            model: Arc::clone(model),
            first: behind.into_iter().next().unwrap_or_default(),
            rounds,
        };
        Ok((questions, prompter))
    }

    /// Whether answers can be chosen like this.
    pub(super) fn suit(&self, decide: &DecideOptions) -> bool {
        self.said == Said::Each || is_one(decide)
    }

    /// What the answers about one document say: for each round a row of natural-log
    /// probabilities for each question.
    fn evidence(&self, rounds: &[&[Vec<f32>]]) -> Evidence {
        let rows = rounds.iter().flat_map(|rows| rows.iter());
        let mut said: Vec<Vec<f64>> = rows.map(|row| softmax(row, self.temperature)).collect();
        let odds = match self.said {
            Said::Each => said
                .iter()
                .map(|p| self.yes(p))
                .map(|p| p.ln() - (-p).ln_1p())
                .collect(),
            Said::YesNo => {
                let yes = self.yes(&said[0]);
                vec![yes.ln(), (-yes).ln_1p()]
            }
            Said::Which => {
                for reversed in said.iter_mut().skip(1) {
                    reversed.reverse();
                }
                #[expect(clippy::cast_precision_loss, reason = "two orders at most")]
                let orders = said.len() as f64;
                let tags = 0..self.wanted.len();
                tags.map(|tag| (said.iter().map(|p| p[tag]).sum::<f64>() / orders).ln())
                    .collect()
            }
        };
        let heard = vec![false; odds.len()].into();
        let apart = self.said == Said::Each;
        Evidence {
            asked: odds,
            heard,
            apart,
            ..Evidence::default()
        }
    }

    /// The probability of "yes".
    fn yes(&self, p: &[f64]) -> f64 {
        if self.model.kind != DecisionKind::Lev {
            return p[usize::from(!self.model.kind.is_true_first())];
        }
        #[expect(clippy::cast_precision_loss, reason = "nine ratings")]
        let rating = |place: usize| place as f64 / (RATINGS - 1) as f64;
        p.iter().enumerate().map(|(at, p)| rating(at) * p).sum()
    }
}

impl Round {
    /// Questions by their tokens, of which each keeps one at least, if there are several.
    fn of(questions: &[&[Token]]) -> Self {
        let first = questions.first().copied().unwrap_or_default();
        let own = usize::from(questions.len() > 1);
        let shared = questions.iter().map(|question| {
            let same = first
                .iter()
                .zip(question.iter())
                .take_while(|(a, b)| a == b);
            same.count().min(question.len().saturating_sub(own))
        });
        let shared = shared.min().unwrap_or(0);
        Self {
            shared: first[..shared].to_vec(),
            paths: questions.iter().map(|q| q[shared..].to_vec()).collect(),
        }
    }
}

impl<E: Engine> Classifier<E> {
    /// What speaks for each tag in some prompts' documents, beside or in place of what the
    /// model writes. What the model is to write comes next.
    pub(super) fn hear(
        &mut self,
        prompts: &[&Prompt],
        orders: usize,
    ) -> Result<Vec<Evidence>, ClassifyError> {
        let list = Arc::clone(&self.list);
        let Some(questions) = &list.questions else {
            self.feed(prompts, orders, None)?;
            return Ok(prompts.iter().map(|p| p.evidence.clone()).collect());
        };
        let mut rounds: Vec<Vec<Vec<f32>>> = Vec::new();
        for round in &questions.rounds {
            self.feed(prompts, orders, Some(&round.shared))?;
            let branches: Vec<Branch> = (0..prompts.len())
                .flat_map(|lane| {
                    round.paths.iter().map(move |path| Branch {
                        lane,
                        path: path.clone(),
                        wanted: questions.wanted.clone(),
                    })
                })
                .collect();
            rounds.push(self.engine.log_probs(&branches)?);
        }
        let said = (0..prompts.len()).map(|lane| {
            let of_lane = rounds.iter().zip(&questions.rounds);
            let of_lane = of_lane.map(|(rows, round)| {
                let each = round.paths.len();
                &rows[lane * each..(lane + 1) * each]
            });
            questions.evidence(&of_lane.collect::<Vec<_>>())
        });
        Ok(said.collect())
    }
}

/// Whether a document gets exactly one tag.
fn is_one(decide: &DecideOptions) -> bool {
    (decide.min_tags, decide.max_tags) == (1, 1)
}

/// The questions about a list: in both directions, if the model is asked twice; and what their
/// answers say.
fn asked(
    model: &DecisionModel,
    tags: &TagSet,
    options: &ClassifierOptions,
    labels: usize,
) -> (Said, Vec<Asked>) {
    let is_choice = is_one(&options.decide) && tags.len() <= labels;
    let question = match &options.asking {
        Asking::Tags if is_choice => choice(tags, WHICH.to_owned()),
        Asking::Labels(question) if is_choice => choice(tags, question.clone()),
        Asking::Choice(question) => choice(tags, question.clone()),
        Asking::Score(question) => {
            let levels = tags.iter().enumerate();
            let level = |(place, tag): (usize, &Tag)| option(place.to_string(), Some(&tag.name));
            let options = levels.map(level).collect();
            return (
                Said::Which,
                vec![ask("score", "score", question.clone(), options)],
            );
        }
        Asking::YesNo(question) => {
            let means: Vec<_> = tags.iter().map(|tag| tag.description.as_ref()).collect();
            let no = means.get(1).copied().flatten();
            let options = yes_or_no(model, means[0], no);
            return (
                Said::YesNo,
                vec![ask("answer", NOUL, question.clone(), options)],
            );
        }
        Asking::Tags | Asking::Labels(_) => {
            let each = tags.iter().map(|tag| {
                let name = &tag.name;
                let instructions = match &options.asking {
                    Asking::Labels(question) => format!("{question}\nIs \"{name}\" an answer?"),
                    _ => format!("Does the tag \"{name}\" fit the document?"),
                };
                let options = yes_or_no(model, tag.description.as_ref(), None);
                ask(name, NOUL, instructions, options)
            });
            return (Said::Each, each.collect());
        }
    };
    let reversed = Asked {
        options: question.options.iter().rev().cloned().collect(),
        ..question.clone()
    };
    // So that the first label is not preferred.
    let orders = if model.kind == DecisionKind::Lev && tags.len() > 1 {
        vec![question, reversed]
    } else {
        vec![question]
    };
    (Said::Which, orders)
}

/// What is asked if a document gets exactly one tag.
const WHICH: &str = "Which tag fits the document best?";

/// A yes/no question, as templates call it.
const NOUL: &str = "noul";

fn choice(tags: &TagSet, question: String) -> Asked {
    let options = tags
        .iter()
        .map(|tag| option(tag.name.clone(), tag.description.as_ref()));
    ask("tag", "choice", question, options.collect())
}

fn yes_or_no(model: &DecisionModel, yes: Option<&String>, no: Option<&String>) -> Vec<OptionOf> {
    let mut options = vec![
        option("true".to_owned(), yes),
        option("false".to_owned(), no),
    ];
    if !model.kind.is_true_first() {
        options.reverse();
    }
    options
}

fn ask(id: &str, kind: &'static str, instructions: String, options: Vec<OptionOf>) -> Asked {
    let id = id.to_owned();
    Asked {
        id,
        kind,
        instructions,
        options,
    }
}

fn option(key: String, description: Option<&String>) -> OptionOf {
    let description = description.cloned();
    OptionOf { key, description }
}

/// Probabilities of natural-log ones that are divided by a temperature first.
fn softmax(log_probs: &[f32], temperature: f64) -> Vec<f64> {
    let logits = log_probs.iter().map(|&p| f64::from(p) / temperature);
    let highest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logits.map(|logit| (logit - highest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
