//! How probable each tag is to a model before it has read the document.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::classifier::Classification;
use crate::tags::{TagId, TagSet};

/// Texts that say nothing, after Zhao et al.
pub const CONTENT_FREE: [&str; 3] = ["N/A", "[MASK]", "…"];

/// How the probabilities that several texts give a tag are brought together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mean {
    /// The mean of the probabilities: texts that are about the tag count most.
    #[default]
    Arithmetic,
    /// The mean of their logarithms: what the tag has in texts that are not about it counts
    /// as much.
    Geometric,
}

/// From what a prior is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The mean over texts that say nothing: contextual calibration (Zhao et al.,
    /// "Calibrate Before Use", ICML 2021, arXiv 2102.09690).
    Contextual,
    /// The mean over a sample of documents: batch calibration (Zhou et al., ICLR 2024,
    /// arXiv 2309.17249).
    Batch,
}

/// The probability of each tag at the first slot, the tags' sum being 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// From what it was taken.
    pub method: Method,
    /// How many texts that were.
    pub texts: usize,
    /// How they were brought together; before there was a choice, by the arithmetic mean.
    #[serde(default)]
    pub mean: Mean,
    /// How far it is evened out: 0 not at all, 1 wholly.
    pub strength: f64,
    /// By the tags' ids, in list order.
    pub tags: Vec<TagPrior>,
}

/// One tag's part of a [`Prior`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagPrior {
    /// The tag.
    pub id: TagId,
    /// Its probability.
    pub p: f64,
}

/// Takes rankings one by one.
#[derive(Clone, Debug)]
pub struct PriorTally {
    tags: Vec<TagId>,
    /// For each tag the sum of its probabilities, and that of their natural logarithms.
    sums: Vec<(f64, f64)>,
    texts: usize,
}

/// The least that a tag is taken to have of a text's probability, as a natural logarithm.
const LEAST: f64 = -30.0;

impl PriorTally {
    /// Nothing known of a list.
    #[must_use]
    pub fn new(tags: &TagSet) -> Self {
        Self {
            tags: tags.iter().map(|tag| tag.id.clone()).collect(),
            sums: vec![(0.0, 0.0); tags.len()],
            texts: 0,
        }
    }

    /// Adds a text's answer, which has to have its ranking. What counts is how the tags share
    /// what they have together: how much that is, is a matter of `stop`.
    pub fn add(&mut self, answer: &Classification) {
        let ranking = answer.ranking.iter();
        let ranking: Vec<(&TagId, f64)> = ranking
            .filter_map(|(id, log_prob)| Some((id.as_ref()?, *log_prob)))
            .collect();
        let log_probs = || ranking.iter().map(|&(_, log_prob)| log_prob);
        let highest = log_probs().fold(f64::NEG_INFINITY, f64::max);
        // In the ranking's order: another one would round another sum.
        let total: f64 = log_probs().map(|p| (p - highest).exp()).sum();
        let tags: HashMap<&TagId, f64> = ranking.iter().copied().collect();
        for (id, (sum, logs)) in self.tags.iter().zip(&mut self.sums) {
            let log_prob = tags.get(id).map_or(LEAST, |p| p - highest - total.ln());
            *sum += log_prob.exp();
            *logs += log_prob.max(LEAST);
        }
        self.texts += 1;
    }

    /// The prior. One more text is counted that makes no difference between tags, so that a
    /// tag that none of the texts is about does not become sure.
    #[must_use]
    pub fn finish(self, method: Method, mean: Mean, strength: f64) -> Prior {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let (texts, even) = (self.texts as f64 + 1.0, 1.0 / self.tags.len() as f64);
        let share = |&(sum, logs): &(f64, f64)| match mean {
            Mean::Arithmetic => (sum + even) / texts,
            Mean::Geometric => ((logs + even.ln()) / texts).exp(),
        };
        let shares: Vec<f64> = self.sums.iter().map(share).collect();
        let total: f64 = shares.iter().sum();
        let tags = self.tags.into_iter().zip(shares);
        Prior {
            method,
            texts: self.texts,
            mean,
            strength,
            tags: tags.map(|(id, p)| TagPrior { id, p: p / total }).collect(),
        }
    }
}

impl Prior {
    /// What each tag's natural-log probability is shifted by; 0 in the mean.
    #[must_use]
    pub fn shifts(&self) -> Vec<f64> {
        let logs: Vec<f64> = self.tags.iter().map(|tag| tag.p.ln()).collect();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.iter().map(|p| self.strength * (mean - p)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(p: [f64; 3]) -> Classification {
        let tag = |(id, p): (&str, f64)| (Some(TagId::from_text(id)), p.ln());
        let mut ranking: Vec<(Option<TagId>, f64)> =
            ["a", "b"].into_iter().zip(p).map(tag).collect();
        ranking.push((None, p[2].ln()));
        Classification {
            ranking,
            ..Classification::default()
        }
    }

    fn tally(answers: &[[f64; 3]]) -> PriorTally {
        let mut tally = PriorTally::new(&TagSet::parse("a\nb").unwrap());
        for &p in answers {
            tally.add(&answer(p));
        }
        tally
    }

    #[test]
    fn a_prior_is_the_mean_with_one_even_text_more() {
        let prior = tally(&[[0.9, 0.1, 0.0], [0.3, 0.1, 0.6]]);
        let prior = prior.finish(Method::Batch, Mean::Arithmetic, 0.5);
        // 0.9, 0.75 and 0.5.
        assert!((prior.tags[0].p - 2.15 / 3.0).abs() < 1e-12);
        assert!((prior.tags[1].p - 0.85 / 3.0).abs() < 1e-12);
        let shifts = prior.shifts();
        assert!((shifts[1] - shifts[0] - 0.5 * (2.15_f64 / 0.85).ln()).abs() < 1e-12);
        assert!(shifts.iter().sum::<f64>().abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_logarithms_is_that_of_odds() {
        let prior = tally(&[[0.9, 0.1, 0.0], [0.3, 0.1, 0.6]]);
        let prior = prior.finish(Method::Batch, Mean::Geometric, 1.0);
        let odds = prior.tags[0].p / prior.tags[1].p;
        assert!((odds - 27_f64.powf(1.0 / 3.0)).abs() < 1e-9, "{odds}");
        let total: f64 = prior.tags.iter().map(|tag| tag.p).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_same_answers_give_the_same_bits() {
        let names: Vec<String> = (0..60).map(|n| format!("tag {n}")).collect();
        let tags = TagSet::from_names(names.iter().map(String::as_str)).unwrap();
        let log_prob = |n: u32| -f64::from(n * 7 % 61) / 9.0;
        let ranking = tags.iter().zip(0..);
        let ranking = ranking.map(|(tag, n)| (Some(tag.id.clone()), log_prob(n)));
        let answer = Classification {
            ranking: ranking.collect(),
            ..Classification::default()
        };
        let prior = || {
            let mut tally = PriorTally::new(&tags);
            tally.add(&answer);
            tally.finish(Method::Batch, Mean::Arithmetic, 1.0)
        };
        let first = prior();
        assert!((0..20).all(|_| prior() == first));
    }

    #[test]
    fn what_the_tags_have_together_does_not_count() {
        for mean in [Mean::Arithmetic, Mean::Geometric] {
            let much = tally(&[[0.8, 0.2, 0.0], [0.6, 0.4, 0.0]]);
            let little = tally(&[[8e-9, 2e-9, 1.0], [6e-9, 4e-9, 1.0]]);
            let [much, little] = [much, little].map(|t| t.finish(Method::Batch, mean, 1.0));
            for (much, little) in much.tags.iter().zip(&little.tags) {
                assert!((much.p - little.p).abs() < 1e-9, "{mean:?}");
            }
        }
    }

    #[test]
    fn an_even_prior_shifts_nothing() {
        let tally = tally(&[[0.2, 0.2, 0.6]]);
        let shifts = tally
            .finish(Method::Contextual, Mean::Arithmetic, 1.0)
            .shifts();
        assert!(shifts.iter().all(|shift| shift.abs() < 1e-12));
    }

    #[test]
    fn an_impossible_tag_is_not_infinitely_so() {
        let prior = tally(&[[1.0, 0.0, 0.0]]).finish(Method::Batch, Mean::Geometric, 1.0);
        assert!(prior.shifts().iter().all(|shift| shift.is_finite()));
    }
}
