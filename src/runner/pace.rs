//! How fast a run is, and how long its rest will take.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::runner::terms::Summary;

/// Takes note of a run's beginning.
#[derive(Clone, Debug)]
pub struct Pace {
    started: Instant,
    /// Where the input was when the first record was done that no earlier run had done.
    begun: Option<(Instant, u64)>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// Answers written.
    pub tagged: u64,
    /// Errors written.
    pub failed: u64,
    /// Of both, how many were known to an earlier run.
    pub known: u64,
    /// New records a minute.
    pub per_minute: f64,
    /// Tokens of documents that the model read a second.
    pub tokens_per_second: f64,
    /// How long the rest of the input will take, if that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
}

impl Pace {
    /// A run begins.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            started: now,
            begun: None,
        }
    }

    /// Takes note of how far the run is.
    pub fn note(&mut self, summary: &Summary, now: Instant) {
        if self.begun.is_none() && summary.tagged + summary.failed > summary.known {
            self.begun = Some((now, summary.position));
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self, summary: &Summary, now: Instant) -> Progress {
        let Summary {
            tagged,
            failed,
            known,
            ..
        } = *summary;
        let seconds = (now - self.started).as_secs_f64().max(1e-3);
        let round = |value: f64| (value * 10.0).round() / 10.0;
        #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
        let rate = |n: u64| n as f64 / seconds;
        Progress {
            tagged,
            failed,
            known,
            per_minute: round(60.0 * rate(tagged + failed - known)),
            tokens_per_second: round(rate(summary.tokens)),
            seconds_left: self.left(summary, now).map(|left| left.as_secs()),
        }
    }

    /// As long as the rest of the input takes at the speed of what was new so far.
    fn left(&self, summary: &Summary, now: Instant) -> Option<Duration> {
        let (since, position) = self.begun?;
        let read = summary.position.checked_sub(position).filter(|&n| n > 0)?;
        let left = summary.length?.checked_sub(summary.position)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let share = left as f64 / read as f64;
        Some((now - since).mul_f64(share.min(1e6)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_was_new() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(start);
        let mut summary = Summary {
            tagged: 40,
            known: 40,
            position: 400,
            length: Some(1000),
            ..Summary::default()
        };
        pace.note(&summary, after(5));
        let known = pace.progress(&summary, after(5));
        assert_eq!((known.per_minute, known.seconds_left), (0.0, None));
        // What was known already went faster, and does not count.
        summary.tagged = 41;
        pace.note(&summary, after(10));
        summary = Summary {
            tagged: 58,
            failed: 2,
            tokens: 600,
            position: 600,
            ..summary
        };
        pace.note(&summary, after(20));
        let progress = pace.progress(&summary, after(30));
        assert_eq!(progress.seconds_left, Some(40));
        let rates = (progress.per_minute, progress.tokens_per_second);
        assert_eq!(rates, (40.0, 20.0));
        // From a pipe there is no telling.
        summary.length = None;
        assert_eq!(pace.progress(&summary, after(30)).seconds_left, None);
    }
}
