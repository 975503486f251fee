//! What the service did so far, in the words of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the service did so far.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// Replies by their status.
    replies: Mutex<BTreeMap<u16, u64>>,
    /// Questions that were answered, and documents that were tagged.
    pub(super) questions: AtomicU64,
    /// Tokens that were read for them.
    pub(super) tokens: AtomicU64,
    /// Microseconds that the model was at work.
    busy: AtomicU64,
    /// Requests that wait for the model, or that it works on.
    pub(super) waiting: AtomicUsize,
    /// Panics that ended in an error for one request.
    pub(super) panics: AtomicU64,
}

impl Metrics {
    /// Counts a reply.
    pub(super) fn replied(&self, status: u16) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        *replies.entry(status).or_default() += 1;
    }

    /// Counts time that the model was at work.
    pub(super) fn worked(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.busy.fetch_add(micros, Ordering::Relaxed);
    }

    /// All of it.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, String)]| {
            let _ = writeln!(
                text,
                "# HELP minitag_{name} {help}\n# TYPE minitag_{name} {kind}"
            );
            for (labels, value) in values {
                let _ = writeln!(text, "minitag_{name}{labels} {value}");
            }
        };
        let replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        let replies = replies.iter();
        let replies: Vec<_> = replies
            .map(|(status, count)| (format!("{{status=\"{status}\"}}"), count.to_string()))
            .collect();
        metric("replies_total", "counter", "HTTP replies.", &replies);
        let micros = Duration::from_micros(self.busy.load(Ordering::Relaxed));
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
        for (name, kind, help, value) in [
            (
                "questions_total",
                "counter",
                "Questions that were answered, and documents that were tagged.",
                load(&self.questions),
            ),
            (
                "input_tokens_total",
                "counter",
                "Tokens that were read for them.",
                load(&self.tokens),
            ),
            (
                "model_seconds_total",
                "counter",
                "Time that the model was at work.",
                micros.as_secs_f64().to_string(),
            ),
            (
                "requests_waiting",
                "gauge",
                "Requests in the queue or in work.",
                self.waiting.load(Ordering::Relaxed).to_string(),
            ),
            (
                "panics_total",
                "counter",
                "Requests that ended in a panic.",
                load(&self.panics),
            ),
        ] {
            metric(name, kind, help, &[(String::new(), value)]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reply_is_counted_by_its_status() {
        let metrics = Metrics::default();
        for status in [200, 200, 422] {
            metrics.replied(status);
        }
        metrics.worked(Duration::from_millis(1500));
        let text = metrics.to_text();
        for line in [
            "minitag_replies_total{status=\"200\"} 2",
            "minitag_replies_total{status=\"422\"} 1",
            "minitag_model_seconds_total 1.5",
            "minitag_requests_waiting 0",
        ] {
            assert!(text.lines().any(|l| l == line), "{text}");
        }
    }
}
