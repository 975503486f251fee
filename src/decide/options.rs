//! How tags are chosen, and what cannot be asked for.

use serde::{Deserialize, Serialize};

use crate::decide::{Correction, OptionsError};
use crate::engine::MAX_PREFIXES;

/// In so many orders at most a list is shown with [`DecideOptions::with_auto_permutations`].
const AUTO_PERMUTATIONS: usize = 4;

/// A choice that leads by so much in the list's own order is taken without the others: a
/// candidate 1.11 times as probable as the next. See docs/decision.md for what that costs and
/// how often the others would have turned it.
pub const ENOUGH_LEAD: f64 = 0.1;

/// How the tags of one document are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The best candidate, then the best after it, until `stop` is the best.
    #[default]
    Sequence,
    /// One distribution at the first slot; the best tags of it. `stop` does not
    /// end the list, only the threshold does.
    Rank,
}

/// What to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// How tags are chosen.
    pub strategy: Strategy,
    /// At least so many tags.
    pub min_tags: usize,
    /// At most so many tags; at least 1.
    pub max_tags: usize,
    /// Tags less probable than this at their slot are left out, from 0 to 1.
    pub threshold: f64,
    /// 0 takes the best; above, candidates are drawn from the distribution with
    /// its log-probabilities divided by this.
    pub temperature: f64,
    /// What is drawn with, orders of the tag list included.
    pub seed: u64,
    /// In how many orders the model is shown the tag list; at least 1. What it says to each
    /// is averaged, so that a tag's place in the list counts less.
    pub permutations: usize,
    /// A document whose every choice leads by at least so much in the list's own order, as a
    /// difference of natural logarithms, is shown no other order. `None`: all are always shown.
    pub enough_lead: Option<f64>,
    /// What a calibration does to the probabilities.
    pub correction: Option<Correction>,
    /// Whether probabilities are wanted even where the choice needs none.
    pub scores: bool,
}

impl Default for DecideOptions {
    fn default() -> Self {
        Self {
            strategy: Strategy::Sequence,
            min_tags: 0,
            max_tags: 3,
            threshold: 0.0,
            temperature: 0.0,
            seed: 0,
            permutations: 1,
            enough_lead: None,
            correction: None,
            scores: false,
        }
    }
}

impl DecideOptions {
    /// The same with as many permutations as each document takes: see [`ENOUGH_LEAD`].
    #[must_use]
    pub fn with_auto_permutations(self) -> Self {
        Self {
            permutations: AUTO_PERMUTATIONS,
            enough_lead: Some(ENOUGH_LEAD),
            ..self
        }
    }

    /// The lead in one order that is enough, if not all orders have to be shown in any case.
    pub(crate) fn stops_early(&self) -> Option<f64> {
        let is_sampled = self.temperature > 0.0;
        self.enough_lead
            .filter(|_| self.permutations > 1 && !is_sampled)
    }

    /// Checks that a list of so many tags can be chosen from like this.
    ///
    /// # Errors
    /// [`OptionsError`] with the first option that cannot be.
    pub fn check(&self, tags: usize) -> Result<(), OptionsError> {
        let wrong = |option, value: &dyn ToString, problem: String| {
            let value = value.to_string();
            Err(OptionsError {
                option,
                value,
                problem,
            })
        };
        let (min_tags, max_tags) = (self.min_tags, self.max_tags);
        if max_tags == 0 {
            let problem = "leaves nothing to decide; it must be at least 1";
            return wrong("max_tags", &max_tags, problem.to_owned());
        }
        if min_tags > max_tags {
            let problem = format!("is more than the most that a document can get: {max_tags}");
            return wrong("min_tags", &min_tags, problem);
        }
        if min_tags > tags {
            let problem = format!("is more than the list has: {tags} tags");
            return wrong("min_tags", &min_tags, problem);
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            let problem = "is not a probability; it must be from 0 to 1";
            return wrong("threshold", &self.threshold, problem.to_owned());
        }
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            let problem = "must be a number from 0 up";
            return wrong("temperature", &self.temperature, problem.to_owned());
        }
        if !(1..=MAX_PREFIXES).contains(&self.permutations) {
            let problem = format!("is not possible; it must be from 1 to {MAX_PREFIXES}");
            return wrong("permutations", &self.permutations, problem);
        }
        if let Some(correction) = &self.correction {
            correction.check(tags)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_wrong(options: &DecideOptions, tags: usize, message: &str) {
        assert_eq!(options.check(tags).unwrap_err().to_string(), message);
    }

    #[test]
    fn the_default_suits_every_list() {
        for tags in [1, 2, 500] {
            assert_eq!(DecideOptions::default().check(tags), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        let of = |min_tags, max_tags| DecideOptions {
            min_tags,
            max_tags,
            ..DecideOptions::default()
        };
        assert_wrong(
            &of(0, 0),
            9,
            "`max_tags 0` leaves nothing to decide; it must be at least 1",
        );
        assert_wrong(
            &of(3, 2),
            9,
            "`min_tags 3` is more than the most that a document can get: 2",
        );
        assert_wrong(
            &of(3, 3),
            2,
            "`min_tags 3` is more than the list has: 2 tags",
        );
        assert_eq!(of(3, 5).check(3), Ok(()));
        for (threshold, is_possible) in [(0.0, true), (1.0, true), (1.1, false), (f64::NAN, false)]
        {
            let options = DecideOptions {
                threshold,
                ..DecideOptions::default()
            };
            assert_eq!(options.check(9).is_ok(), is_possible, "{threshold}");
        }
        for (temperature, is_possible) in [(0.0, true), (-1.0, false), (f64::INFINITY, false)] {
            let options = DecideOptions {
                temperature,
                ..DecideOptions::default()
            };
            assert_eq!(options.check(9).is_ok(), is_possible, "{temperature}");
        }
        for (permutations, is_possible) in [(0, false), (1, true), (16, true), (17, false)] {
            let options = DecideOptions {
                permutations,
                ..DecideOptions::default()
            };
            assert_eq!(options.check(9).is_ok(), is_possible, "{permutations}");
        }
    }

    #[test]
    fn a_correction_is_for_a_list_of_its_length() {
        let options = DecideOptions {
            correction: Some(Correction {
                shifts: vec![0.0; 3],
                ..Correction::default()
            }),
            ..DecideOptions::default()
        };
        assert_eq!(options.check(3), Ok(()));
        let message = "`correction for 3 tags` does not go with a list of 4";
        assert_wrong(&options, 4, message);
    }
}
