//! How far a decision is from another one: whether more orders of the list could turn it.

use crate::constraint::Candidate;
use crate::decide::{DecideOptions, Decision, Strategy, log_odds, ranked};

impl Decision {
    /// By how much the closest of its choices led: over the next best candidate as a difference
    /// of natural-log probabilities, over a threshold as one of log-odds. Infinite where nothing
    /// could have been chosen instead. The decision has to have its slots.
    pub(crate) fn lead(&self, options: &DecideOptions) -> f64 {
        let rankings = self.slots.iter().map(|slot| ranked(slot));
        match options.strategy {
            Strategy::Sequence => {
                let leads = rankings
                    .enumerate()
                    .map(|(others, ranking)| lead(&ranking, others, options).0);
                leads.fold(f64::INFINITY, f64::min)
            }
            Strategy::Rank => {
                let Some(mut left) = rankings.into_iter().next() else {
                    return f64::INFINITY;
                };
                left.retain(|&(candidate, _)| candidate != Candidate::Stop);
                let mut least = f64::INFINITY;
                for others in 0..options.max_tags.min(left.len()) {
                    let (lead, is_taken) = lead(&left[others..], others, options);
                    least = least.min(lead);
                    if !is_taken {
                        break;
                    }
                }
                least
            }
        }
    }
}

/// The lead of the best of some candidates, most probable first, that is to be chosen after so
/// many others; and whether it is taken.
fn lead(ranking: &[(Candidate, f64)], others: usize, options: &DecideOptions) -> (f64, bool) {
    let [(best, p), rest @ ..] = ranking else {
        return (f64::INFINITY, false);
    };
    let over_next = rest.first().map_or(f64::INFINITY, |(_, next)| p - next);
    let Candidate::Tag(tag) = *best else {
        return (over_next, false);
    };
    if others < options.min_tags {
        return (over_next, true);
    }
    let correction = options.correction.as_ref();
    let score = correction.map_or(*p, |correction| correction.score(*p));
    let over = |threshold: f64| match threshold {
        0.0 => f64::INFINITY,
        _ => log_odds(score) - log_odds(threshold.ln()),
    };
    let over_threshold = over(options.threshold);
    if over_threshold < 0.0 {
        return (-over_threshold, false);
    }
    // What misses a threshold of its own is left out in the end, and others come after it.
    let own = correction.and_then(|correction| correction.thresholds.get(tag));
    let over_own = own.map_or(f64::INFINITY, |&own| over(own).abs());
    (over_next.min(over_threshold).min(over_own), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{Correction, Distribution};
    use Candidate::{Stop, Tag};

    fn lead_of(slots: &[&[(Candidate, f64)]], options: &DecideOptions) -> f64 {
        let slot = |slot: &&[(Candidate, f64)]| -> Distribution {
            slot.iter().map(|&(c, p)| (c, p.ln())).collect()
        };
        let decision = Decision {
            slots: slots.iter().map(slot).collect(),
            ..Decision::default()
        };
        decision.lead(options).exp()
    }

    #[track_caller]
    fn assert_near(actual: f64, expected: f64) {
        let same = actual.is_infinite() && expected.is_infinite();
        assert!(same || (actual - expected).abs() < 1e-9, "{actual}");
    }

    #[test]
    fn the_closest_of_all_choices_counts() {
        let options = DecideOptions::default();
        let clear = [(Tag(0), 0.8), (Tag(1), 0.1), (Stop, 0.1)];
        let close = [(Tag(1), 0.3), (Stop, 0.7)];
        assert_near(lead_of(&[&clear], &options), 8.0);
        assert_near(lead_of(&[&clear, &close], &options), 7.0 / 3.0);
        assert_near(lead_of(&[&[(Tag(0), 1.0)]], &options), f64::INFINITY);
        assert_near(lead_of(&[], &options), f64::INFINITY);
    }

    #[test]
    fn a_threshold_can_be_close_too() {
        let of = |threshold, min_tags| DecideOptions {
            min_tags,
            threshold,
            ..DecideOptions::default()
        };
        let slot = [(Tag(0), 0.75), (Tag(1), 0.05), (Stop, 0.2)];
        // Odds of 3 to 1 and 1 to 1.
        assert_near(lead_of(&[&slot], &of(0.5, 0)), 3.0);
        assert_near(lead_of(&[&slot], &of(0.5, 1)), 3.75);
        // Who is next is of no matter where the best one is not enough.
        assert_near(lead_of(&[&slot], &of(0.9, 0)), 3.0);
    }

    #[test]
    fn a_threshold_of_a_tags_own_ends_nothing() {
        let correction = Correction {
            thresholds: vec![0.9, 0.0],
            ..Correction::default()
        };
        let options = DecideOptions {
            correction: Some(correction),
            ..DecideOptions::default()
        };
        let slot = [(Tag(0), 0.75), (Tag(1), 0.15), (Stop, 0.1)];
        assert_near(lead_of(&[&slot], &options), 3.0);
        let other = [(Tag(1), 0.8), (Tag(0), 0.1), (Stop, 0.1)];
        assert_near(lead_of(&[&other], &options), 8.0);
    }

    #[test]
    fn in_a_ranking_every_place_up_to_the_last_counts_and_stop_does_not() {
        let of = |max_tags, threshold| DecideOptions {
            strategy: Strategy::Rank,
            max_tags,
            threshold,
            ..DecideOptions::default()
        };
        let slot = [(Tag(0), 0.1), (Tag(1), 0.4), (Tag(2), 0.05), (Stop, 0.45)];
        assert_near(lead_of(&[&slot], &of(1, 0.0)), 4.0);
        assert_near(lead_of(&[&slot], &of(2, 0.0)), 2.0);
        assert_near(lead_of(&[&slot], &of(3, 0.0)), 2.0);
        // Odds of 2 to 3 and 1 to 9: the second tag is left out.
        assert_near(lead_of(&[&slot], &of(3, 0.2)), 2.25);
    }
}
