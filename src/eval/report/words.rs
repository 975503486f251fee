//! The sentences that all forms of a report share.

use crate::eval::groups::thousands;
use crate::eval::{Calibration, Comparison, Evaluation};

/// What was evaluated: file, documents, tags.
pub(super) fn title(evaluation: &Evaluation) -> String {
    let documents = counted(evaluation.cases.len(), "document");
    let tags = counted(evaluation.tags.len(), "tag");
    let mut title = format!("{}: {documents}, {tags}", evaluation.gold);
    if evaluation.left_out > 0 {
        title += ", ";
        title += &counted(evaluation.left_out, "record");
        title += " left out";
    }
    title
}

/// What the columns on leaving documents alone are.
pub(super) const ALONE: [&str; 3] = [
    "All tags of these documents have this score or more.",
    "`at least`: the lower bound of the precision, at 95 % confidence.",
    "`promised`: what `calibrate --target-precision` could cover.",
];

/// How to read the brackets.
pub(super) const BRACKETS: &str = "In brackets: 95 % bootstrap intervals over the documents.";

/// Whether the one set of answers is better than the other.
pub(super) fn verdict(evaluation: &Evaluation) -> Option<String> {
    let Comparison { difference, p } = evaluation.comparison?;
    let [ours, other] = evaluation.systems.as_slice() else {
        return None;
    };
    let way = if difference.value < 0.0 {
        "lower"
    } else {
        "higher"
    };
    let (ours, other) = (&ours.name, &other.name);
    let verdict = if evaluation.comparison?.is_significant() {
        "more than noise"
    } else {
        "it may be noise"
    };
    let p = if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    };
    let (low, high) = (difference.interval.low, difference.interval.high);
    Some(format!(
        "Micro F1 is {:.3} {way} for {ours} than for {other}: {verdict} ({p}; difference [{low:+.3}, {high:+.3}]).",
        difference.value.abs(),
    ))
}

/// How far scores are from the truth, above a table.
pub(super) fn ece(calibration: &Calibration) -> String {
    let ece = calibration.ece;
    format!(
        "Expected calibration error: {ece:.3}. Scores are calibrated if the last two columns agree."
    )
}

/// The scores of a bin.
pub(super) fn bin(place: usize) -> String {
    format!("0.{place} to {}.{}", (place + 1) / 10, (place + 1) % 10)
}

/// A number with its noun.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}
