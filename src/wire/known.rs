//! All that is known of an answer, whatever is shown of it.
//!
//! A journal keeps this, so that what is shown can be another each time. Numbers are as they
//! were computed: what is compared with a limit is not rounded.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::classifier::Classification;
use crate::tags::TagId;
use crate::wire::round;

/// What came of a document, without what can be read in the document again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The tags' ids, most fitting first.
    pub tags: Vec<TagId>,
    /// Tokens that the model was shown.
    pub used: usize,
    /// In how many windows.
    pub windows: usize,
    /// For each tag the window that speaks for it most, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spoke: Vec<usize>,
    /// How many orders of the tag list agree.
    pub agree: usize,
    /// Whether the list was shown in its own order alone, since the choice led by enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_order: bool,
    /// How long it took.
    pub seconds: f64,
    /// Whether it is of a cheap voice that was asked first, and could promise it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// The probabilities, if they were computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Computed>,
}

/// The probabilities that an answer was made from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Computed {
    /// For each tag its score.
    pub scores: Vec<f64>,
    /// For each tag its highest probability over the slots up to its own.
    pub max: Vec<f64>,
    /// For each tag its lead over the next best candidate.
    pub margins: Vec<f64>,
    /// The probability of stopping at each slot.
    pub stops: Vec<f64>,
    /// For each slot what all candidates have together before they are normalised.
    pub masses: Vec<f64>,
    /// All tags, and `None` for stopping, with their natural-log probabilities at the first
    /// slot; rounded, since they are many. `None` is that of what is impossible.
    pub ranking: Vec<(Option<TagId>, Option<f64>)>,
}

impl Known {
    /// What is known of an answer that took so long.
    #[must_use]
    pub fn new(answer: &Classification, time: Duration) -> Self {
        let Classification {
            certainty, usage, ..
        } = answer;
        let finite = |log_prob: f64| log_prob.is_finite().then(|| round(log_prob));
        let computed = || Computed {
            scores: answer.log_probs.iter().map(|p| p.exp()).collect(),
            max: certainty.max.clone(),
            margins: certainty.margins.clone(),
            stops: certainty.stops.clone(),
            masses: certainty.masses.clone(),
            ranking: answer
                .ranking
                .iter()
                .map(|(id, log_prob)| (id.clone(), finite(*log_prob)))
                .collect(),
        };
        Self {
            tags: answer.tags.clone(),
            used: usage.used,
            windows: usage.windows,
            spoke: usage.spoke.clone(),
            agree: answer.agreeing,
            one_order: answer.one_order,
            seconds: (time.as_secs_f64() * 1e3).round() / 1e3,
            first: false,
            // With probabilities there is at least that of stopping.
            computed: (!answer.ranking.is_empty()).then(computed),
        }
    }

    /// Whether it has tags, none of which has a lower score.
    #[must_use]
    pub fn stands(&self, least: f64) -> bool {
        !self.tags.is_empty() && self.least_score().is_some_and(|score| score >= least)
    }

    /// The least of its tags' scores, or without tags the probability that none fits.
    pub(super) fn least_score(&self) -> Option<f64> {
        let computed = self.computed.as_ref()?;
        let least = computed.scores.iter().copied().min_by(f64::total_cmp);
        let first = computed.stops.first().copied();
        least.or(first.filter(|_| self.tags.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Certainty;

    fn tag(id: &str) -> TagId {
        serde_json::from_str(id).unwrap()
    }

    #[test]
    fn what_is_kept_is_read_back_bit_by_bit() {
        let answer = Classification {
            tags: vec![tag("12345678901234567890123"), tag("\"x\"")],
            log_probs: vec![-0.1, -1.0 / 3.0],
            certainty: Certainty {
                max: vec![0.9, 0.7],
                margins: vec![0.1, 1.0 / 7.0],
                stops: vec![1e-9, 0.5],
                masses: vec![0.3, 0.2],
            },
            ranking: vec![
                (Some(tag("\"x\"")), -1.0 / 3.0),
                (None, -2.5),
                (Some(tag("3")), f64::NEG_INFINITY),
            ],
            ..Classification::default()
        };
        let known = Known::new(&answer, Duration::from_micros(1_234_567));
        assert!((known.seconds - 1.235).abs() < 1e-12);
        let computed = known.computed.as_ref().unwrap();
        assert_eq!(
            computed.scores[1].to_bits(),
            (-1.0_f64 / 3.0).exp().to_bits()
        );
        assert_eq!(computed.ranking[0].1, Some(-0.333_333));
        let json = serde_json::to_string(&known).unwrap();
        assert!(json.ends_with(r#""ranking":[["x",-0.333333],[null,-2.5],[3,null]]}}"#));
        assert_eq!(serde_json::from_str::<Known>(&json).unwrap(), known);
    }

    #[test]
    fn without_probabilities_there_is_no_least_one() {
        let mut answer = Classification::default();
        assert_eq!(Known::new(&answer, Duration::ZERO).computed, None);
        assert_eq!(Known::new(&answer, Duration::ZERO).least_score(), None);
        answer.ranking = vec![(None, -0.5)];
        answer.certainty.stops = vec![0.6];
        let least = |answer: &Classification| Known::new(answer, Duration::ZERO).least_score();
        assert_eq!(least(&answer), Some(0.6));
        answer.tags = vec![tag("1"), tag("2")];
        answer.log_probs = vec![0.0, f64::NEG_INFINITY];
        assert_eq!(least(&answer), Some(0.0));
    }
}
