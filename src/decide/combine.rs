//! One decision from several: the windows of a long document.
//!
//! No text is generated between the windows; their numbers are combined. Each
//! window is decided by itself and gives every tag a score: its highest probability
//! over the slots, since a second topic shows only once the first is written
//! (EMNLP 2025 main.126). A window that finds that no tag fits says little and
//! counts little: its weight is the probability that it has something to say.

use crate::constraint::Candidate;
use crate::decide::{Decision, ranked};

/// How the windows' scores of a tag become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combining {
    /// Their weighted mean.
    #[default]
    Mean,
    /// The highest.
    Max,
    /// The probability that at least one window is right: 1 − ∏(1 − p).
    NoisyOr,
}

/// What the windows decided together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Combined {
    /// The chosen tags, by their place in the list, highest score first.
    pub tags: Vec<usize>,
    /// For each of them the window that speaks for it most, counted from 0.
    pub windows: Vec<usize>,
    /// All tags in list order with the natural logarithms of their scores, `stop`
    /// last. They are no distribution: a document may be about several things.
    pub scores: Vec<(Candidate, f64)>,
}

/// Takes the windows' decisions one by one, in memory that does not grow with them.
#[derive(Clone, Debug)]
pub struct WindowTally {
    combining: Combining,
    tags: Vec<TagTally>,
    /// Over all windows: weight × probability to stop at once, weight × number of
    /// tags, weight.
    stop: f64,
    chosen: f64,
    weight: f64,
    windows: usize,
}

#[derive(Clone, Debug)]
struct TagTally {
    weighted: f64,
    highest: f64,
    against: f64,
    window: usize,
}

impl WindowTally {
    /// An empty tally for a list of so many tags.
    #[must_use]
    pub fn new(tags: usize, combining: Combining) -> Self {
        let empty = TagTally {
            weighted: 0.0,
            highest: 0.0,
            against: 1.0,
            window: 0,
        };
        let (stop, chosen, weight, windows) = (0.0, 0.0, 0.0, 0);
        Self {
            combining,
            tags: vec![empty; tags],
            stop,
            chosen,
            weight,
            windows,
        }
    }

    /// Adds the next window's decision, which has to have its slots.
    pub fn add(&mut self, decision: &Decision) {
        let stop = decision.slots.first().and_then(|slot| {
            let stop = slot
                .iter()
                .find(|&&(candidate, _)| candidate == Candidate::Stop);
            stop.map(|&(_, log_prob)| log_prob.exp())
        });
        let stop = stop.unwrap_or(0.0);
        let weight = 1.0 - stop;
        let mut scores = vec![0.0_f64; self.tags.len()];
        for &(candidate, log_prob) in decision.slots.iter().flatten() {
            if let Candidate::Tag(tag) = candidate {
                scores[tag] = scores[tag].max(log_prob.exp());
            }
        }
        for (tally, score) in self.tags.iter_mut().zip(scores) {
            tally.weighted += weight * score;
            tally.against *= 1.0 - weight * score;
            if weight * score > tally.highest {
                tally.highest = weight * score;
                tally.window = self.windows;
            }
        }
        self.stop += weight * stop;
        #[expect(clippy::cast_precision_loss, reason = "a handful of tags")]
        let chosen = decision.tags.len() as f64;
        self.chosen += weight * chosen;
        self.weight += weight;
        self.windows += 1;
    }

    /// How many windows there were.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// The decision: as many tags as the windows chose in the mean, those with the
    /// highest combined scores.
    #[must_use]
    pub fn finish(&self, min_tags: usize, max_tags: usize) -> Combined {
        let mean = |sum: f64| {
            if self.weight > 0.0 {
                sum / self.weight
            } else {
                0.0
            }
        };
        let score = |tally: &TagTally| match self.combining {
            Combining::Mean => mean(tally.weighted),
            Combining::Max => tally.highest,
            Combining::NoisyOr => 1.0 - tally.against,
        };
        let tags = self.tags.iter().enumerate();
        let mut scores: Vec<_> = tags
            .map(|(i, t)| (Candidate::Tag(i), score(t).ln()))
            .collect();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to max_tags"
        )]
        let count = (mean(self.chosen).round() as usize).clamp(min_tags, max_tags.max(min_tags));
        let best = ranked(&scores)
            .into_iter()
            .filter_map(|(candidate, _)| match candidate {
                Candidate::Tag(tag) => Some(tag),
                Candidate::Stop => None,
            });
        let tags: Vec<usize> = best.take(count).collect();
        scores.push((Candidate::Stop, mean(self.stop).ln()));
        let windows = tags.iter().map(|&tag| self.tags[tag].window).collect();
        Combined {
            tags,
            windows,
            scores,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window that chooses the tags given, with the probabilities of tags 0 and 1 and of
    /// stopping at its one slot.
    fn window(tags: &[usize], p: [f64; 3]) -> Decision {
        let candidates = [Candidate::Tag(0), Candidate::Tag(1), Candidate::Stop];
        let slot = candidates.into_iter().zip(p.map(f64::ln)).collect();
        Decision {
            tags: tags.to_vec(),
            slots: vec![slot],
            ..Decision::default()
        }
    }

    #[test]
    fn windows_that_say_nothing_count_little() {
        let mut tally = WindowTally::new(2, Combining::Mean);
        tally.add(&window(&[0], [0.8, 0.1, 0.1]));
        for _ in 0..9 {
            tally.add(&window(&[], [0.005, 0.015, 0.98]));
        }
        let combined = tally.finish(0, 3);
        assert_eq!((combined.tags, combined.windows), (vec![0], vec![0]));
        // (0.9·0.8 + 9·0.02·0.005) / (0.9 + 9·0.02)
        assert!((combined.scores[0].1.exp() - 0.7209 / 1.08).abs() < 1e-9);
        assert_eq!(tally.windows(), 10);
    }

    #[test]
    fn the_number_of_tags_is_the_windows_mean() {
        let mut tally = WindowTally::new(2, Combining::Mean);
        tally.add(&window(&[0, 1], [0.6, 0.4, 0.0]));
        tally.add(&window(&[1], [0.1, 0.9, 0.0]));
        tally.add(&window(&[1, 0], [0.2, 0.8, 0.0]));
        assert_eq!(tally.finish(0, 3).tags, [1, 0]);
        assert_eq!(tally.finish(0, 1).tags, [1]);
        assert_eq!(tally.finish(0, 3).windows, [1, 0]);
    }

    #[test]
    fn the_combinings_differ_as_they_should() {
        let score = |combining| {
            let mut tally = WindowTally::new(2, combining);
            tally.add(&window(&[0], [0.6, 0.4, 0.0]));
            tally.add(&window(&[0], [0.5, 0.5, 0.0]));
            tally.finish(0, 3).scores[0].1.exp()
        };
        assert!((score(Combining::Mean) - 0.55).abs() < 1e-9);
        assert!((score(Combining::Max) - 0.6).abs() < 1e-9);
        assert!((score(Combining::NoisyOr) - 0.8).abs() < 1e-9);
    }
}
