//! A note on many answers, if the model would rather write something else than an answer.

use crate::classifier::Classification;

/// Below this median the prompt does not suit the model, or the model not the task.
const TOO_LITTLE: f64 = 0.1;

/// Fewer answers say nothing of a model.
const ENOUGH: usize = 5;

/// What all candidates of the first slot had together in each answer.
#[derive(Debug, Default)]
pub struct Masses(Vec<f64>);

impl Masses {
    /// Takes note of an answer, where its probabilities were computed.
    pub fn add(&mut self, answer: &Classification) {
        self.0.extend(answer.certainty.masses.first());
    }

    /// What to say if the median is low.
    #[must_use]
    pub fn note(self) -> Option<String> {
        self.low_median().map(|median| {
            format!(
                "all answers together have {} of the model's probability (median): it would rather \
                 write something else, so scores say little; another `--answer`, `--prompt` or \
                 model may suit better",
                percent(median)
            )
        })
    }

    fn low_median(mut self) -> Option<f64> {
        self.0.sort_by(f64::total_cmp);
        let median = self.0.get(self.0.len() / 2).copied();
        median.filter(|&median| self.0.len() >= ENOUGH && median < TOO_LITTLE)
    }
}

fn percent(p: f64) -> String {
    match p * 100.0 {
        percent if percent < 0.01 => "less than 0.01 %".to_owned(),
        percent if percent < 1.0 => format!("{percent:.2} %"),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_keep_a_digit() {
        assert_eq!(percent(0.093), "9 %");
        assert_eq!(percent(0.0031), "0.31 %");
        assert_eq!(percent(1e-7), "less than 0.01 %");
    }

    #[test]
    fn the_median_of_enough_answers_counts() {
        let low = |masses: &[f64]| Masses(masses.to_vec()).low_median();
        assert_eq!(low(&[0.01; 4]), None);
        assert_eq!(low(&[0.01; 5]), Some(0.01));
        assert_eq!(low(&[0.9, 0.02, 0.8, 0.03, 0.05]), Some(0.05));
        assert_eq!(low(&[0.9, 0.02, 0.8, 0.03, 0.2]), None);
        assert_eq!(low(&[]), None);
    }
}
