//! A note once a run, if the model would rather write something else than an answer.

use minitag::Classification;

use crate::cli::screen::Screen;

/// Below this median the prompt does not suit the model, or the model not the task.
const TOO_LITTLE: f64 = 0.1;

/// What all candidates of the first slot had together in each answer.
#[derive(Debug, Default)]
pub(crate) struct Masses(Vec<f64>);

impl Masses {
    /// Takes note of an answer, where its probabilities were computed.
    pub(crate) fn add(&mut self, answer: &Classification) {
        self.0.extend(answer.certainty.masses.first());
    }

    /// Says so if the median is low.
    pub(crate) fn tell(mut self, screen: &Screen) {
        self.0.sort_by(f64::total_cmp);
        let median = self.0.get(self.0.len() / 2);
        if let Some(median) = median.filter(|&&median| median < TOO_LITTLE) {
            screen.note(&format!(
                "left alone, the model would begin an answer with one of these tags or with none in {} of \
                 100 cases (median): its scores say little; try another `--answer`, `--prompt` or model",
                percent(*median)
            ));
        }
    }
}

/// One digit that counts.
fn percent(p: f64) -> String {
    let percent = p * 100.0;
    if percent < 0.01 {
        "fewer than 0.01".to_owned()
    } else if percent < 1.0 {
        format!("{percent:.2}")
    } else {
        format!("{percent:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_keep_a_digit() {
        assert_eq!(percent(0.093), "9");
        assert_eq!(percent(0.0031), "0.31");
        assert_eq!(percent(1e-7), "fewer than 0.01");
    }
}
