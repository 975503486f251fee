//! A tag list made ready for a model: literals, spelling, and the prompt up to the document.

use crate::classifier::evidence::ListEvidence;
use crate::classifier::questions::Questions;
use crate::classifier::{ClassifierOptions, SetupError};
use crate::constraint::{Candidate, Spelling};
use crate::engine::MAX_PATH;
use crate::prompt::Prompter;
use crate::tags::TagSet;
use crate::vocab::{Token, Tokenizer};

/// A tag list as one model's vocabulary writes it, with one wording. It needs a tokenizer
/// alone, so that lists can be made while the model is at work, and shared.
#[derive(Debug)]
pub struct List {
    pub(super) tags: TagSet,
    pub(super) spelling: Spelling,
    /// The longest token path of a candidate.
    pub(super) longest_path: usize,
    pub(super) prompter: Prompter,
    /// The prompt's beginning with each order of the tag list, the list's own first.
    pub(super) prefixes: Vec<Vec<Token>>,
    /// What a decision model is asked.
    pub(super) questions: Option<Questions>,
    /// What speaks beside the model.
    pub(super) evidence: Option<ListEvidence>,
    /// What it was made with.
    pub(super) options: ClassifierOptions,
}

impl List {
    /// Checks that a model can read the prompt and write every answer. The options' wording
    /// and permutations are the list's; how much is read, and how tags are chosen apart from
    /// that, is up to the [`Classifier`](crate::Classifier) that uses it.
    ///
    /// # Errors
    /// [`SetupError`] if the model cannot, or an option cannot be.
    pub fn new<T: Tokenizer + ?Sized>(
        tokenizer: &T,
        tags: TagSet,
        options: &ClassifierOptions,
    ) -> Result<Self, SetupError> {
        options.decide.check(tags.len())?;
        let literals = options.answer.literals(&tags);
        let spelling = Spelling::new(tokenizer, &literals, options.joining)?;
        let evidence = options.evidence.as_ref();
        evidence.map_or(Ok(()), |evidence| evidence.check(tags.len()))?;
        let evidence = evidence.map(|options| ListEvidence::new(&tags, options));
        // What the model is never asked for may be as long as it likes.
        let longest_path = match &evidence {
            _ if options.decision.is_some() => 0,
            Some(evidence) if evidence.is_alone() => 0,
            _ => longest_path(tokenizer, &spelling)?,
        };
        let prompter = |tags: &TagSet| {
            let list = options.list.write(tags, options.answer);
            Prompter::new(
                tokenizer,
                options.scaffold.clone(),
                options.template.clone(),
                &list,
            )
        };
        // A model that was trained on names alone is led astray by descriptions: the evidence
        // reads them.
        let is_of_names = options.evidence.as_ref().is_some_and(|e| e.heard.is_some());
        let shown = if is_of_names {
            &tags.without_descriptions()
        } else {
            &tags
        };
        let (questions, own) = match &options.decision {
            Some(model) => {
                let (questions, prompter) = Questions::new(tokenizer, model, &tags, options)?;
                (Some(questions), prompter)
            }
            None => (None, prompter(shown)?),
        };
        let mut prefixes = vec![own.prefix().tokens.clone()];
        let others = options.decide.permutations - 1;
        for order in shuffles(tags.len(), others, options.decide.seed) {
            let prefix = prompter(&shown.reordered(&order))?.prefix().tokens.clone();
            prefixes.push(prefix);
        }
        Ok(Self {
            questions,
            evidence,
            tags,
            spelling,
            longest_path,
            prompter: own,
            prefixes,
            options: options.clone(),
        })
    }

    /// The tags.
    #[must_use]
    pub fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// How the model writes each part of an answer.
    #[must_use]
    pub fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// In how many orders the model is shown it.
    #[must_use]
    pub fn permutations(&self) -> usize {
        self.prefixes.len()
    }
}

/// The length of the longest token path of a candidate, which has to be looked ahead.
fn longest_path<T: Tokenizer + ?Sized>(
    tokenizer: &T,
    spelling: &Spelling,
) -> Result<usize, SetupError> {
    let first = spelling.first();
    let later = spelling.after(tokenizer, &first, 0);
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
    fn a_list_can_be_shared() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<List>();
    }

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
