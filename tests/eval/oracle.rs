//! The metrics against scikit-learn's, on random answers: see `fixtures/metrics.py`.

use std::fs;

use minitag::eval::{Judged, Metric, calibration, metrics, tag_rows};
use serde::Deserialize;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/metrics.json");

#[derive(Deserialize)]
struct Case {
    tags: usize,
    documents: Vec<Document>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Document {
    gold: Vec<usize>,
    found: Vec<usize>,
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct Expected {
    micro: Averages,
    #[serde(rename = "macro")]
    macro_: Averages,
    exact: f64,
    jaccard: f64,
    per_tag: Vec<Row>,
    calibration: Option<Curve>,
    ece: Option<f64>,
}

#[derive(Deserialize)]
struct Averages {
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Deserialize)]
struct Row {
    tag: usize,
    support: usize,
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Deserialize)]
struct Curve {
    share: Vec<f64>,
    mean: Vec<f64>,
    sizes: Vec<usize>,
}

#[track_caller]
fn assert_near(actual: f64, expected: f64, what: &str) {
    assert!(
        (actual - expected).abs() < 1e-12,
        "{what}: {actual} instead of {expected}"
    );
}

/// All cases, each with its number.
fn cases() -> impl Iterator<Item = (usize, Case, Vec<Judged>)> {
    let text = fs::read_to_string(FIXTURE).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 50);
    cases.into_iter().enumerate().map(|(number, case)| {
        let judged = |document: &Document| Judged {
            gold: document.gold.clone(),
            ok: Vec::new(),
            found: document.found.clone(),
            scores: document.scores.clone(),
        };
        let judged = case.documents.iter().map(judged).collect();
        (number, case, judged)
    })
}

#[test]
fn averages_agree() {
    for (number, case, judged) in cases() {
        let metrics = metrics(&judged, case.tags);
        let Expected {
            micro,
            macro_,
            exact,
            jaccard,
            ..
        } = case.expected;
        for (metric, expected) in [
            (Metric::MicroPrecision, micro.precision),
            (Metric::MicroRecall, micro.recall),
            (Metric::MicroF1, micro.f1),
            (Metric::MacroPrecision, macro_.precision),
            (Metric::MacroRecall, macro_.recall),
            (Metric::MacroF1, macro_.f1),
            (Metric::Exact, exact),
            (Metric::Jaccard, jaccard),
        ] {
            assert_near(
                metrics[metric],
                expected,
                &format!("case {number}, {}", metric.key()),
            );
        }
    }
}

#[test]
fn the_table_of_tags_agrees() {
    for (number, case, judged) in cases() {
        let mut rows = tag_rows(&judged, case.tags);
        rows.sort_by_key(|row| row.tag);
        assert_eq!(rows.len(), case.expected.per_tag.len(), "case {number}");
        for (row, expected) in rows.iter().zip(&case.expected.per_tag) {
            let what = format!("case {number}, tag {}", expected.tag);
            assert_eq!(
                (row.tag, row.counts.gold),
                (expected.tag, expected.support),
                "{what}"
            );
            assert_near(row.counts.precision(), expected.precision, &what);
            assert_near(row.counts.recall(), expected.recall, &what);
            assert_near(row.counts.f1(), expected.f1, &what);
        }
    }
}

#[test]
fn the_reliability_diagram_agrees() {
    for (number, case, judged) in cases() {
        let Expected {
            calibration: curve,
            ece,
            ..
        } = case.expected;
        let what = format!("case {number}");
        let Some(curve) = curve else {
            assert_eq!(calibration(&judged), None, "{what}");
            continue;
        };
        let calibration = calibration(&judged).unwrap();
        assert_near(calibration.ece, ece.unwrap(), &what);
        let bins: Vec<_> = calibration.bins.iter().filter(|bin| bin.tags > 0).collect();
        let sizes: Vec<usize> = bins.iter().map(|bin| bin.tags).collect();
        assert_eq!(sizes, curve.sizes, "{what}");
        for ((bin, share), mean) in bins.iter().zip(curve.share).zip(curve.mean) {
            assert_near(bin.precision(), share, &what);
            assert_near(bin.mean_score, mean, &what);
        }
    }
}
