//! How probable each tag is to a model before it has read the document.

use serde::{Deserialize, Serialize};

use crate::classifier::Classification;
use crate::tags::{TagId, TagSet};

/// Texts that say nothing, after Zhao et al.
pub const CONTENT_FREE: [&str; 3] = ["N/A", "[MASK]", "…"];

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

/// The probability of each tag at the first place, the tags' sum being 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// From what it was taken.
    pub method: Method,
    /// How many texts that were.
    pub texts: usize,
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
    tags: Vec<TagPrior>,
    texts: usize,
}

impl PriorTally {
    /// Nothing known of a list.
    #[must_use]
    pub fn new(tags: &TagSet) -> Self {
        let tag = |tag: &crate::tags::Tag| TagPrior {
            id: tag.id.clone(),
            p: 0.0,
        };
        Self {
            tags: tags.iter().map(tag).collect(),
            texts: 0,
        }
    }

    /// Adds a text's answer, which has to have its ranking.
    pub fn add(&mut self, answer: &Classification) {
        for tag in &mut self.tags {
            let is_it = |(id, _): &&(Option<TagId>, f64)| id.as_ref() == Some(&tag.id);
            tag.p += answer
                .ranking
                .iter()
                .find(is_it)
                .map_or(0.0, |&(_, p)| p.exp());
        }
        self.texts += 1;
    }

    /// The prior. One more text is counted that makes no difference between tags, so that a
    /// tag that none of the texts is about does not become sure.
    #[must_use]
    pub fn finish(mut self, method: Method, strength: f64) -> Prior {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let even = 1.0 / self.tags.len() as f64;
        let total: f64 = self.tags.iter().map(|tag| tag.p + even).sum();
        for tag in &mut self.tags {
            tag.p = (tag.p + even) / total;
        }
        Prior {
            method,
            texts: self.texts,
            strength,
            tags: self.tags,
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

    #[test]
    fn a_prior_is_the_mean_with_one_even_text_more() {
        let mut tally = PriorTally::new(&TagSet::parse("a\nb").unwrap());
        tally.add(&answer([0.9, 0.1, 0.0]));
        tally.add(&answer([0.5, 0.1, 0.4]));
        let prior = tally.finish(Method::Batch, 0.5);
        // 1.4 + 0.5 and 0.2 + 0.5 over 2.6.
        assert!((prior.tags[0].p - 1.9 / 2.6).abs() < 1e-12);
        assert!((prior.tags[1].p - 0.7 / 2.6).abs() < 1e-12);
        let shifts = prior.shifts();
        assert!((shifts[1] - shifts[0] - 0.5 * (1.9_f64 / 0.7).ln()).abs() < 1e-12);
        assert!(shifts.iter().sum::<f64>().abs() < 1e-12);
    }

    #[test]
    fn an_even_prior_shifts_nothing() {
        let mut tally = PriorTally::new(&TagSet::parse("a\nb").unwrap());
        tally.add(&answer([0.2, 0.2, 0.6]));
        let shifts = tally.finish(Method::Contextual, 1.0).shifts();
        assert!(shifts.iter().all(|shift| shift.abs() < 1e-12));
    }
}
