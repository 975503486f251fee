//! One document to one [`Classification`]: prompt, engine and decision together.

mod builder;
mod fingerprint;
mod follow;
mod made_for;
mod options;
mod prepare;
mod result;
mod room;
mod sample;
mod settings;

pub use crate::classifier::builder::Builder;
pub use crate::classifier::made_for::MadeFor;
pub use crate::classifier::options::{Budget, BudgetError, ClassifierOptions, Document, Long};
pub use crate::classifier::prepare::Prepared;
use crate::classifier::prepare::Reading;
pub use crate::classifier::result::{Classification, ClassifyError, Prompt, SetupError, Usage};
pub use crate::classifier::sample::Sample;
pub use crate::classifier::settings::{Difference, Settings};
use std::time::Instant;

use crate::constraint::{Candidate, Language, Spelling};
use crate::decide::{
    Certainty, Combining, Correction, DecideOptions, Decision, OptionsError, WindowTally, decide,
    ranked,
};
use crate::engine::{Engine, MAX_LANES, MAX_PATH};
use crate::prompt::{Prompter, answer_head};
use crate::tags::TagSet;
use crate::vocab::Token;

/// Documents are computed together up to so many tokens. More would save little, since
/// this many fill the processor, and every token would have to pass over the others'.
pub const GROUP_TOKENS: usize = 1024;

/// A model, a tag list and a wording, ready for documents.
#[derive(Debug)]
pub struct Classifier<E> {
    engine: E,
    tags: TagSet,
    spelling: Spelling,
    /// The longest token path of a candidate.
    longest_path: usize,
    prompter: Prompter,
    /// The prompt's beginning with each order of the tag list, the list's own first.
    prefixes: Vec<Vec<Token>>,
    options: ClassifierOptions,
    has_prefix: bool,
}

impl<E: Engine> Classifier<E> {
    /// A classifier on an engine of any kind. Checks that the model can read the prompt and
    /// write every answer.
    ///
    /// # Errors
    /// [`SetupError`] if it cannot, or an option cannot be.
    pub fn with_engine(
        engine: E,
        tags: TagSet,
        options: ClassifierOptions,
    ) -> Result<Self, SetupError> {
        options.decide.check(tags.len())?;
        let orders = options.decide.permutations;
        let literals = options.answer.literals(&tags);
        let spelling = Spelling::new(&engine, &literals, options.joining)?;
        let longest_path = longest_path(&engine, &spelling)?;
        let prompter = |tags: &TagSet| {
            let list = options.list.write(tags, options.answer);
            Prompter::new(&engine, options.scaffold, options.template.clone(), &list)
        };
        let own = prompter(&tags)?;
        let mut prefixes = vec![own.prefix().tokens.clone()];
        for order in shuffles(tags.len(), orders - 1, options.decide.seed) {
            let prefix = prompter(&tags.reordered(&order))?.prefix().tokens.clone();
            prefixes.push(prefix);
        }
        let prompter = own;
        let has_prefix = false;
        Ok(Self {
            engine,
            tags,
            spelling,
            longest_path,
            prompter,
            prefixes,
            options,
            has_prefix,
        })
    }

    /// The tags that documents get.
    #[must_use]
    pub fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// What computes the probabilities.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The same, for measuring. What is decoded with it is forgotten with the next document;
    /// a prefix that is put into it has to be the one of these documents.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// How documents are classified.
    #[must_use]
    pub fn options(&self) -> &ClassifierOptions {
        &self.options
    }

    /// Corrects what the model says of documents from now on.
    ///
    /// # Errors
    /// [`OptionsError`] if it was made for a list of another length.
    pub fn set_correction(&mut self, correction: Correction) -> Result<(), OptionsError> {
        correction.check(self.tags.len())?;
        self.options.decide.correction = Some(correction);
        Ok(())
    }

    /// How the model writes each part of an answer.
    #[must_use]
    pub fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// Chooses the tags of a document.
    ///
    /// # Errors
    /// [`ClassifyError`] where the document is empty, does not fit, or the model
    /// fails. The next document can be classified all the same.
    pub fn classify<'d>(
        &mut self,
        id: &str,
        document: impl Into<Document<'d>>,
    ) -> Result<Classification, ClassifyError> {
        let prepared = self.prepare(id, document)?;
        self.classify_prepared(&prepared, &mut |_, _| {})
    }

    /// The same for a document that was prepared, telling before its windows are
    /// computed how many are done and how many there are.
    ///
    /// # Errors
    /// As [`Classifier::classify`].
    pub fn classify_prepared(
        &mut self,
        prepared: &Prepared,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        match &prepared.reading {
            Reading::Whole(prompt) => Ok(self.classify_whole(&[(&prepared.id, prompt)])?.remove(0)),
            Reading::Windows { combining, .. } => {
                self.classify_windows(prepared, *combining, report)
            }
        }
    }

    /// How many of these documents, from the first on, are best computed together.
    /// Depends on them alone, and is at least 1 where there are any.
    #[must_use]
    pub fn group(&self, documents: &[&Prepared]) -> usize {
        let orders = self.prefixes.len();
        let mut tokens: usize = 0;
        let most = MAX_LANES / orders;
        let fit = documents.iter().take(most).take_while(|document| {
            tokens = tokens.saturating_add(document.tokens().saturating_mul(orders));
            tokens <= GROUP_TOKENS
        });
        fit.count().max(documents.len().min(1))
    }

    /// Chooses the tags of several documents, computing them together. The tags are
    /// those that each would get by itself; scores can differ in the fourth digit.
    ///
    /// # Errors
    /// [`ClassifyError`] where one of them is at fault: which, only
    /// [`Classifier::classify_prepared`] on each can tell.
    pub fn classify_group(
        &mut self,
        group: &[&Prepared],
    ) -> Result<Vec<Classification>, ClassifyError> {
        let mut prompts = Vec::new();
        for prepared in group {
            match &prepared.reading {
                Reading::Whole(prompt) => prompts.push((prepared.id.as_str(), prompt)),
                Reading::Windows { .. } => {
                    let one = |p: &&Prepared| self.classify_prepared(p, &mut |_, _| {});
                    return group.iter().map(one).collect();
                }
            }
        }
        self.classify_whole(&prompts)
    }

    /// After so much time a document is given up, with [`TimedOut`](crate::engine::EngineError::TimedOut).
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.engine.set_deadline(deadline);
    }

    /// Classifies documents that each have one prompt.
    fn classify_whole(
        &mut self,
        prompts: &[(&str, &Prompt)],
    ) -> Result<Vec<Classification>, ClassifyError> {
        let options = self.options.decide.clone();
        let all: Vec<&Prompt> = prompts.iter().map(|&(_, prompt)| prompt).collect();
        let decisions = self.decide(&all, &options)?;
        let classifications = prompts
            .iter()
            .zip(decisions)
            .map(|(&(id, prompt), decision)| {
                debug_assert!(self.is_valid(id, &decision));
                let first = decision.slots.first().map(|slot| ranked(slot));
                let usage = Usage {
                    used: prompt.document.tokens.len(),
                    left_out: prompt.left_out,
                    windows: 1,
                    spoke: Vec::new(),
                };
                self.classification(id, decision, &first.unwrap_or_default(), usage)
            });
        Ok(classifications.collect())
    }

    /// Classifies each window by itself and combines what they say.
    fn classify_windows(
        &mut self,
        prepared: &Prepared,
        combining: Combining,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        let mut options = self.options.decide.clone();
        let wanted = std::mem::replace(&mut options.scores, true);
        // What scores are worth, and which are enough, is a matter of the whole document.
        let correction = options.correction.clone().unwrap_or_default();
        options.correction = options.correction.map(|correction| Correction {
            scale: None,
            thresholds: Vec::new(),
            ..correction
        });
        let mut agree = vec![true; options.permutations];
        let mut tally = WindowTally::new(self.tags.len(), combining);
        let (mut used, mut mass) = (0, 0.0);
        let all = prepared.windows();
        for window in 0..all {
            report(window, all);
            let prompt = self.window_prompt(prepared, window);
            used += prompt.document.tokens.len();
            for decision in self.decide(&[&prompt], &options)? {
                tally.add(&decision);
                mass += decision.certainty.masses.first().unwrap_or(&0.0);
                let orders = agree.iter_mut().zip(decision.agree);
                orders.for_each(|(all, this)| *all &= this);
            }
        }
        let combined = tally.finish(options.min_tags, options.max_tags.min(self.tags.len()));
        let mut usage = Usage {
            used,
            left_out: 0,
            windows: all,
            spoke: combined.windows,
        };
        let scores = combined.tags.iter().map(|&t| combined.scores[t].1);
        let log_probs = scores.map(|p| correction.score(p)).collect();
        let mut decision = Decision {
            log_probs,
            certainty: Certainty::of_ranking(&combined.tags, &combined.scores, mass / count(all)),
            tags: combined.tags,
            agree,
            slots: Vec::new(),
        };
        let keep = decision.leave_out(&correction, options.min_tags);
        let mut keep = keep.iter().copied();
        usage.spoke.retain(|_| keep.next().unwrap_or(true));
        let mut ranking = ranked(&combined.scores);
        if !wanted {
            decision.log_probs.clear();
            decision.certainty = Certainty::default();
            ranking.clear();
        }
        Ok(self.classification(&prepared.id, decision, &ranking, usage))
    }

    /// Lets the model decide on some prompts together.
    fn decide(
        &mut self,
        prompts: &[&Prompt],
        options: &DecideOptions,
    ) -> Result<Vec<Decision>, ClassifyError> {
        self.feed(prompts)?;
        Ok(decide(
            &mut self.engine,
            prompts.len(),
            &self.spelling,
            options,
        )?)
    }

    /// Shows the model some prompts, each in a lane of its own.
    fn feed(&mut self, prompts: &[&Prompt]) -> Result<(), ClassifyError> {
        self.make_room(prompts)
            .map_err(|error| self.blame(prompts, error))?;
        let documents: Vec<_> = prompts
            .iter()
            .map(|p| p.document.tokens.as_slice())
            .collect();
        self.engine.start(&documents)?;
        let orders = self.prefixes.len();
        for lane in 0..prompts.len() * orders {
            let suffix = &prompts[lane / orders].suffix.tokens;
            self.engine.append(lane, suffix);
        }
        Ok(())
    }

    /// Puts the list's ids in the place of places in the list.
    fn classification(
        &self,
        id: &str,
        decision: Decision,
        ranking: &[(Candidate, f64)],
        usage: Usage,
    ) -> Classification {
        let tag_id = |tag: usize| self.tags.get(tag).id.clone();
        let candidate = |&(candidate, log_prob): &(Candidate, f64)| match candidate {
            Candidate::Tag(tag) => (Some(tag_id(tag)), log_prob),
            Candidate::Stop => (None, log_prob),
        };
        Classification {
            id: id.to_owned(),
            tags: decision.tags.iter().map(|&tag| tag_id(tag)).collect(),
            log_probs: decision.log_probs,
            certainty: decision.certainty,
            agreeing: decision.agree.iter().filter(|&&agrees| agrees).count(),
            ranking: ranking.iter().map(candidate).collect(),
            usage,
        }
    }

    /// Whether what was decided is a word of the language, as written by the model.
    fn is_valid(&self, id: &str, decision: &Decision) -> bool {
        let DecideOptions {
            min_tags, max_tags, ..
        } = self.options.decide;
        let head = answer_head(id);
        let language = Language::new(&head, self.spelling.literals(), min_tags, max_tags);
        let literals: Vec<&str> = decision
            .tags
            .iter()
            .map(|&t| self.spelling.literals()[t].as_str())
            .collect();
        let answer = format!("{head}{}]}}", literals.join(","));
        language.read(answer.as_bytes()).as_deref() == Some(&decision.tags)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(n: usize) -> f64 {
    n.max(1) as f64
}

/// The length of the longest token path of a candidate, which has to be looked ahead.
fn longest_path<E: Engine>(engine: &E, spelling: &Spelling) -> Result<usize, SetupError> {
    let first = spelling.first();
    let later = spelling.after(engine, &first, 0);
    for (tag, literal) in spelling.literals().iter().enumerate() {
        let paths = [&first, &later].map(|slot| slot.paths(Candidate::Tag(tag)));
        let tokens = paths.concat().iter().map(Vec::len).max().unwrap_or(0);
        if tokens > MAX_PATH {
            let literal = literal.chars().take(60).collect();
            return Err(SetupError::LongTag { literal, tokens });
        }
    }
    Ok(first.longest().max(later.longest()))
}

/// So many orders of a list of so many, besides its own.
fn shuffles(length: usize, orders: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let shuffle = |_| {
        let mut order: Vec<usize> = (0..length).collect();
        rng.shuffle(&mut order);
        order
    };
    (0..orders).map(shuffle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_orders_have_every_place_once() {
        let orders = shuffles(20, 4, 7);
        let own: Vec<usize> = (0..20).collect();
        assert_eq!(orders.len(), 4);
        for order in &orders {
            assert_ne!(order, &own);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, own);
        }
        assert_eq!(orders, shuffles(20, 4, 7));
        // More orders are the same ones and others behind them.
        assert_eq!(orders, shuffles(20, 8, 7)[..4]);
        assert_ne!(orders, shuffles(20, 4, 8));
    }
}
