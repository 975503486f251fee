//! What speaks for the tags of one document beside the language model.

use std::sync::Arc;

use crate::constraint::Candidate;
use crate::decide::correction::log_sum;
use crate::decide::{Distribution, Parts};

/// A document's evidence, mixed log-linearly with what the model says at every slot:
/// `log p(c) = log p_LM(c) + e(c) − log Z`, with 0 for `stop`. Log-linear pooling: Genest and
/// Zidek, *Combining Probability Distributions*, Statistical Science 1986; as product of
/// experts: Hinton, 2002. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// What a decision model answered to questions of its own: for each tag in list order its
    /// natural-log odds. Empty for other models.
    pub asked: Vec<f64>,
    /// What the word vectors say: for each tag in list order its natural-log odds against
    /// `stop`. Empty if they take no part.
    pub vectors: Vec<f64>,
    /// What was learned adds to these; empty if nothing was.
    pub learned: Vec<f64>,
    /// For each tag whether the model is heard on it. If it is not, its evidence stands alone:
    /// the model counts as undecided between the tag and `stop`. Empty if it is heard on all.
    pub heard: Arc<[bool]>,
    /// Whether each tag is a question of its own, which the model was not asked to choose from:
    /// the odds are those against "it does not fit", no tag takes from the others, and `stop`
    /// is that not even the most probable one fits.
    pub apart: bool,
}

/// No tag is thought to be less probable than this, so that differences can be taken.
pub(super) const LEAST: f64 = -700.0;

impl Evidence {
    /// Whether the model has no say at all, and need not be asked.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        !self.heard.is_empty() && !self.heard.contains(&true)
    }

    /// A slot's candidates if the model is not asked, all alike: the tags that were not chosen,
    /// and `stop` if the answer may end.
    pub(super) fn unasked(&self, chosen: &[usize], may_stop: bool) -> Distribution {
        let tags = (0..self.heard.len()).filter(|tag| !chosen.contains(tag));
        let candidates = tags.map(Candidate::Tag);
        let candidates = candidates.chain(may_stop.then_some(Candidate::Stop));
        candidates.map(|candidate| (candidate, 0.0)).collect()
    }

    /// A tag's natural-log odds, apart from what the model writes.
    pub(super) fn odds(&self, tag: usize) -> f64 {
        let of = |odds: &[f64]| odds.get(tag).copied().unwrap_or(0.0);
        of(&self.asked) + of(&self.vectors) + of(&self.learned)
    }

    /// Gives each tag the probability that it fits.
    fn take_apart(&self, distribution: &mut Distribution) {
        let mut against: f64 = 0.0;
        for (candidate, log_prob) in distribution {
            *log_prob = match *candidate {
                Candidate::Tag(tag) => {
                    let odds = self.odds(tag);
                    against = against.min(log_sigmoid(-odds));
                    log_sigmoid(odds)
                }
                // Behind all tags.
                Candidate::Stop => against,
            };
        }
    }

    /// Mixes a slot's distribution with the evidence.
    pub(super) fn apply(&self, distribution: &mut Distribution) {
        if self.apart {
            return self.take_apart(distribution);
        }
        if self.asked.is_empty() && self.vectors.is_empty() {
            return;
        }
        let parts = self.parts(distribution);
        for ((_, log_prob), parts) in distribution.iter_mut().zip(parts) {
            *log_prob = parts.sum();
        }
        let all = log_sum(distribution.iter().map(|&(_, p)| p));
        for (_, p) in distribution.iter_mut() {
            *p -= all;
        }
    }

    /// What each candidate's odds are made of, the model having said this.
    pub(super) fn parts(&self, distribution: &Distribution) -> Vec<Parts> {
        let undecided = self.undecided(distribution);
        let parts = |&(candidate, log_prob): &(Candidate, f64)| match candidate {
            Candidate::Tag(tag) => Parts {
                model: if self.hears(tag) {
                    Some(log_prob.max(LEAST) - undecided)
                } else {
                    self.asked.get(tag).copied()
                },
                vectors: self.vectors.get(tag).copied(),
                learned: self.learned.get(tag).copied(),
                prior: None,
            },
            Candidate::Stop => Parts::default(),
        };
        distribution.iter().map(parts).collect()
    }

    /// Whether the model is heard on every tag.
    pub(super) fn hears_all(&self) -> bool {
        self.heard.iter().all(|&heard| heard)
    }

    fn hears(&self, tag: usize) -> bool {
        self.heard.is_empty() || self.heard[tag]
    }

    /// What the model would say of a tag that it cannot tell from `stop`. If the answer may not
    /// stop, the mean of what it says of the tags on which it is heard.
    fn undecided(&self, distribution: &Distribution) -> f64 {
        let stop = distribution.iter().find(|(c, _)| *c == Candidate::Stop);
        if let Some(&(_, log_prob)) = stop {
            return log_prob.max(LEAST);
        }
        let heard = distribution
            .iter()
            .filter_map(|&(candidate, log_prob)| match candidate {
                Candidate::Tag(tag) if self.hears(tag) => Some(log_prob.max(LEAST)),
                _ => None,
            });
        let heard: Vec<f64> = heard.collect();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let count = heard.len().max(1) as f64;
        heard.iter().sum::<f64>() / count
    }
}

/// The natural-log probability of what has such natural-log odds.
fn log_sigmoid(odds: f64) -> f64 {
    if odds < 0.0 {
        odds - odds.exp().ln_1p()
    } else {
        -(-odds).exp().ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(tags: &[f64], stop: Option<f64>) -> Distribution {
        let tags = tags.iter().enumerate();
        let tags = tags.map(|(tag, p)| (Candidate::Tag(tag), p.ln()));
        tags.chain(stop.map(|p| (Candidate::Stop, p.ln())))
            .collect()
    }

    #[track_caller]
    fn assert_mixed(evidence: &Evidence, before: &Distribution, expected: &[f64]) {
        let mut mixed = before.clone();
        evidence.apply(&mut mixed);
        for ((_, p), expected) in mixed.iter().zip(expected) {
            assert!((p.exp() - expected).abs() < 1e-12, "{mixed:?}");
        }
    }

    fn evidence(odds: &[f64], heard: &[bool]) -> Evidence {
        Evidence {
            vectors: odds.iter().map(|odds| odds.ln()).collect(),
            heard: heard.into(),
            ..Evidence::default()
        }
    }

    #[test]
    fn evidence_multiplies_odds_against_stop() {
        let model = distribution(&[0.6, 0.2], Some(0.2));
        assert_mixed(&Evidence::default(), &model, &[0.6, 0.2, 0.2]);
        // 3 · ½ and 1 · 4 against 1.
        let sum = 1.5 + 4.0 + 1.0;
        let both = evidence(&[0.5, 4.0], &[]);
        assert_mixed(&both, &model, &[1.5 / sum, 4.0 / sum, 1.0 / sum]);
    }

    #[test]
    fn of_a_name_that_the_model_does_not_know_the_evidence_speaks_alone() {
        // The model would never write the second tag, since it never saw its name.
        let model = distribution(&[0.5, 1e-9], Some(0.5));
        let sum = 1.0 + 4.0 + 1.0;
        let one = evidence(&[1.0, 4.0], &[true, false]);
        assert_mixed(&one, &model, &[1.0 / sum, 4.0 / sum, 1.0 / sum]);
        assert!(!one.is_alone());
        let must = distribution(&[0.5, 1e-9], None);
        assert_mixed(&one, &must, &[0.2, 0.8]);
    }

    #[test]
    fn alone_it_is_a_distribution_over_what_is_left() {
        let alone = evidence(&[1.0, 3.0, 4.0], &[false; 3]);
        assert!(alone.is_alone());
        let mut slot = alone.unasked(&[1], true);
        alone.apply(&mut slot);
        let places: Vec<Candidate> = slot.iter().map(|&(c, _)| c).collect();
        assert_eq!(
            places,
            [Candidate::Tag(0), Candidate::Tag(2), Candidate::Stop]
        );
        for ((_, p), expected) in slot.iter().zip([1.0, 4.0, 1.0]) {
            assert!((p.exp() - expected / 6.0).abs() < 1e-12);
        }
    }

    #[test]
    fn apart_each_tag_has_a_probability_of_its_own() {
        let apart = Evidence {
            apart: true,
            ..evidence(&[9.0, 1.0, 4.0], &[false; 3])
        };
        let slot = |chosen: &[usize]| {
            let mut slot = apart.unasked(chosen, true);
            apart.apply(&mut slot);
            slot.iter().map(|(_, p)| p.exp()).collect::<Vec<_>>()
        };
        let near = |slot: Vec<f64>, expected: &[f64]| {
            let close = slot
                .iter()
                .zip(expected)
                .all(|(p, e)| (p - e).abs() < 1e-12);
            close && slot.len() == expected.len()
        };
        assert!(near(slot(&[]), &[0.9, 0.5, 0.8, 0.1]));
        assert!(near(slot(&[0]), &[0.5, 0.8, 0.2]));
        assert!(near(slot(&[0, 2]), &[0.5, 0.5]));
        let far = Evidence {
            asked: vec![-800.0, 800.0],
            vectors: Vec::new(),
            heard: [false; 2].into(),
            apart: true,
            ..Evidence::default()
        };
        let mut slot = far.unasked(&[], true);
        far.apply(&mut slot);
        let far: Vec<f64> = slot.iter().map(|&(_, p)| p).collect();
        assert_eq!(far, [-800.0, 0.0, -800.0]);
    }
}
