//! The evaluation as JSON: the wire types stand here, apart from the library's own.

use serde::Serialize;

use crate::eval::groups::Group;
use crate::eval::metrics::Judged;
use crate::eval::report::estimate::{EstimateRecord, round};
use crate::eval::{Alone, Counts, Evaluation, System};
use crate::tags::TagId;

#[derive(Serialize)]
struct Wire<'a> {
    gold: &'a str,
    documents: usize,
    left_out: usize,
    tags: usize,
    systems: Vec<WireSystem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<WireComparison>,
    per_tag: Vec<WireTag<'a>>,
    confused: Vec<WirePair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<WirePoint>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_alone: Option<Vec<WireAlone>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<WireCalibration>,
    by_script: Vec<WireGroup<'a>>,
    by_length: Vec<WireGroup<'a>>,
    records: Vec<WireRecord<'a>>,
}

#[derive(Serialize)]
struct WireSystem<'a> {
    name: &'a str,
    metrics: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct WireComparison {
    micro_f1_difference: EstimateRecord,
    p: f64,
    significant: bool,
}

#[derive(Serialize)]
struct WireTag<'a> {
    id: &'a TagId,
    name: &'a str,
    gold: usize,
    given: usize,
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Serialize)]
struct WirePair<'a> {
    missed: &'a TagId,
    given: &'a TagId,
    documents: usize,
}

#[derive(Serialize)]
struct WirePoint {
    threshold: f64,
    coverage: f64,
    /// Null where no tag is left.
    precision: Option<f64>,
    recall: f64,
    f1: f64,
}

#[derive(Serialize)]
struct WireAlone {
    /// So many of the tags may be wrong.
    error: f64,
    /// Null if there are no such documents, as are the next two.
    score: Option<f64>,
    share: f64,
    precision: Option<f64>,
    precision_low: Option<f64>,
    promised_share: f64,
}

#[derive(Serialize)]
struct WireCalibration {
    ece: f64,
    bins: Vec<WireBin>,
}

#[derive(Serialize)]
struct WireBin {
    tags: usize,
    /// Null where no tag has such a score, as is the next one.
    mean_score: Option<f64>,
    precision: Option<f64>,
}

#[derive(Serialize)]
struct WireGroup<'a> {
    name: &'a str,
    documents: usize,
    micro_f1: EstimateRecord,
    micro_precision: EstimateRecord,
    micro_recall: EstimateRecord,
}

#[derive(Serialize)]
struct WireRecord<'a> {
    id: &'a str,
    gold: Vec<&'a TagId>,
    ok: Vec<&'a TagId>,
    tags: Vec<&'a TagId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Vec<&'a TagId>>,
    exact: bool,
}

/// The evaluation as indented JSON, without the documents' texts.
#[must_use]
pub fn json(evaluation: &Evaluation) -> String {
    let wire = wire(evaluation);
    // Maps with text keys and finite numbers always can be written.
    serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
}

fn wire(evaluation: &Evaluation) -> Wire<'_> {
    let id = |place: usize| &evaluation.tags.get(place).id;
    let tags = evaluation.tag_rows.iter().map(|row| WireTag {
        id: id(row.tag),
        name: &evaluation.tags.get(row.tag).name,
        gold: row.counts.gold,
        given: row.counts.given,
        precision: round(row.counts.precision()),
        recall: round(row.counts.recall()),
        f1: round(row.counts.f1()),
    });
    let pairs = evaluation.confusions.iter().map(|pair| WirePair {
        missed: id(pair.missed),
        given: id(pair.given),
        documents: pair.documents,
    });
    let points = evaluation.coverage.as_ref().map(|points| {
        let points = points.iter().map(|point| WirePoint {
            threshold: point.threshold,
            coverage: round(point.coverage),
            precision: (point.counts.given > 0).then(|| round(point.counts.precision())),
            recall: round(point.counts.recall()),
            f1: round(point.counts.f1()),
        });
        points.collect()
    });
    let alone = |row: &Alone| {
        let counts = Counts {
            hits: row.right,
            given: row.given,
            gold: 0,
        };
        let of_set = |value: f64| row.score.map(|_| round(value));
        WireAlone {
            error: row.error,
            score: row.score.map(round),
            share: round(row.share),
            precision: of_set(counts.precision()),
            precision_low: of_set(row.low),
            promised_share: round(row.promised),
        }
    };
    let left_alone = evaluation.left_alone.as_ref();
    let left_alone = left_alone.map(|alone_at| alone_at.rows.iter().map(alone).collect());
    let calibration = evaluation.calibration.as_ref().map(|calibration| {
        let bins = calibration.bins.iter().map(|bin| WireBin {
            tags: bin.tags,
            mean_score: (bin.tags > 0).then(|| round(bin.mean_score)),
            precision: (bin.tags > 0).then(|| round(bin.precision())),
        });
        WireCalibration {
            ece: round(calibration.ece),
            bins: bins.collect(),
        }
    });
    let comparison = evaluation
        .comparison
        .as_ref()
        .map(|comparison| WireComparison {
            micro_f1_difference: comparison.difference.into(),
            p: round(comparison.p),
            significant: comparison.is_significant(),
        });
    let records = evaluation.cases.iter().map(|case| {
        let ids = |places: &[usize]| places.iter().map(|&place| id(place)).collect();
        let Judged {
            gold,
            ok,
            found,
            scores,
        } = &case.judged;
        WireRecord {
            id: &case.id,
            gold: ids(gold),
            ok: ids(ok),
            tags: ids(found),
            scores: evaluation.coverage.is_some().then_some(scores),
            other: case.other.as_ref().map(|other| ids(&other.found)),
            exact: case.judged.is_exact(),
        }
    });
    Wire {
        gold: &evaluation.gold,
        documents: evaluation.cases.len(),
        left_out: evaluation.left_out,
        tags: evaluation.tags.len(),
        systems: evaluation.systems.iter().map(system).collect(),
        comparison,
        per_tag: tags.collect(),
        confused: pairs.collect(),
        coverage: points,
        left_alone,
        calibration,
        by_script: evaluation.scripts.iter().map(group).collect(),
        by_length: evaluation.lengths.iter().map(group).collect(),
        records: records.collect(),
    }
}

fn system(system: &System) -> WireSystem<'_> {
    let metrics = system.estimates.iter();
    let metrics = metrics.map(|&(metric, value)| {
        let EstimateRecord { value, low, high } = value.into();
        let value = serde_json::json!({"value": value, "low": low, "high": high});
        (metric.key().to_owned(), value)
    });
    WireSystem {
        name: &system.name,
        metrics: metrics.collect(),
    }
}

fn group(group: &Group) -> WireGroup<'_> {
    WireGroup {
        name: &group.name,
        documents: group.documents,
        micro_f1: group.f1.into(),
        micro_precision: group.precision.into(),
        micro_recall: group.recall.into(),
    }
}
