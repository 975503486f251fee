//! An evaluation as titled tables.

use crate::eval::groups::{Group, thousands};
use crate::eval::report::section::Section;
use crate::eval::report::words;
use crate::eval::{Calibration, Counts, Evaluation, LeftAlone, Point};
use crate::layout::Table;

/// As many tags, and pairs of tags, as a reader looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) tags: usize,
    pub(super) pairs: usize,
}

/// A group of fewer documents gets no interval.
const FEW: usize = 10;

/// The whole evaluation, part by part; what there are no data for is left out.
pub(super) fn sections(evaluation: &Evaluation, limits: Limits) -> Vec<Section> {
    let mut sections = vec![overall(evaluation), by_tag(evaluation, limits)];
    sections.extend(confused(evaluation, limits));
    sections.extend(evaluation.coverage.as_deref().map(thresholds));
    sections.extend(evaluation.left_alone.as_ref().map(alone));
    sections.extend(evaluation.calibration.as_ref().map(scores));
    sections.extend(groups("By script", &evaluation.scripts));
    sections.extend(groups("By length", &evaluation.lengths));
    sections
}

fn overall(evaluation: &Evaluation) -> Section {
    let systems = evaluation.systems.iter();
    let head = std::iter::once("").chain(systems.map(|system| system.name.as_str()));
    let columns = format!("l{}", "r".repeat(evaluation.systems.len()));
    let mut table = Table::new(columns).with_head(head);
    for (row, (metric, _)) in evaluation.systems[0].estimates.iter().enumerate() {
        let systems = evaluation.systems.iter();
        let cells = systems.map(|system| system.estimates[row].1.to_string());
        let label = metric.label().to_owned();
        table.push(std::iter::once(label).chain(cells));
    }
    Section {
        title: words::title(evaluation),
        notes: [Some(words::BRACKETS.to_owned()), words::verdict(evaluation)]
            .into_iter()
            .flatten()
            .collect(),
        table: Some(table),
    }
}

pub(super) fn by_tag(evaluation: &Evaluation, limits: Limits) -> Section {
    let most = limits.tags;
    let mut table =
        Table::new("lrrrrr").with_head(["tag", "gold", "given", "precision", "recall", "F1"]);
    for row in evaluation.tag_rows.iter().take(most) {
        let counts = row.counts;
        table.push([
            evaluation.tags.get(row.tag).label(),
            thousands(counts.gold),
            thousands(counts.given),
            figure(counts.precision()),
            figure(counts.recall()),
            figure(counts.f1()),
        ]);
    }
    let all = evaluation.tag_rows.len();
    let more = all.saturating_sub(most);
    let note = (more > 0)
        .then(|| format!("The {most} tags that are right most often; {more} more are in the JSON and in the report."));
    Section {
        title: "By tag".to_owned(),
        notes: note.into_iter().collect(),
        table: Some(table),
    }
}

pub(super) fn confused(evaluation: &Evaluation, limits: Limits) -> Option<Section> {
    let most = limits.pairs;
    let mut table = Table::new("llr").with_head(["missed", "given instead", "documents"]);
    for pair in evaluation.confusions.iter().take(most) {
        table.push([
            evaluation.tags.get(pair.missed).label(),
            evaluation.tags.get(pair.given).label(),
            thousands(pair.documents),
        ]);
    }
    (!table.is_empty()).then(|| Section {
        title: "Most confused".to_owned(),
        notes: Vec::new(),
        table: Some(table),
    })
}

fn thresholds(points: &[Point]) -> Section {
    let mut table =
        Table::new("rrrrr").with_head(["threshold", "coverage", "precision", "recall", "F1"]);
    for point in points
        .iter()
        .step_by(10)
        .filter(|point| point.counts.given > 0)
    {
        table.push([
            format!("{:.1}", point.threshold),
            figure(point.coverage),
            figure(point.counts.precision()),
            figure(point.counts.recall()),
            figure(point.counts.f1()),
        ]);
    }
    Section {
        title: "Effect of a threshold".to_owned(),
        notes: vec!["Coverage: documents that keep at least one tag.".to_owned()],
        table: Some(table),
    }
}

fn alone(alone: &LeftAlone) -> Section {
    let mut table = Table::new("rrrrrr").with_head([
        "wrong tags",
        "score",
        "left alone",
        "precision",
        "at least",
        "promised",
    ]);
    for row in &alone.rows {
        let score = row.score;
        let of_set = |value: f64| score.map_or_else(|| "–".to_owned(), |_| figure(value));
        table.push([
            percent(row.error),
            of_set(score.unwrap_or_default()),
            percent(row.share),
            of_set(
                Counts {
                    hits: row.right,
                    given: row.given,
                    gold: 0,
                }
                .precision(),
            ),
            of_set(row.low),
            percent(row.promised),
        ]);
    }
    Section {
        title: "Documents that can be left alone".to_owned(),
        notes: words::ALONE.map(str::to_owned).into(),
        table: Some(table),
    }
}

fn scores(calibration: &Calibration) -> Section {
    let mut table = Table::new("lrrr").with_head(["score", "tags", "mean score", "right"]);
    for (i, bin) in calibration
        .bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| bin.tags > 0)
    {
        table.push([
            words::bin(i),
            thousands(bin.tags),
            figure(bin.mean_score),
            figure(bin.precision()),
        ]);
    }
    Section {
        title: "Calibration of the scores".to_owned(),
        notes: vec![words::ece(calibration)],
        table: Some(table),
    }
}

fn groups(title: &str, groups: &[Group]) -> Option<Section> {
    let mut table =
        Table::new("lrrrr").with_head(["", "documents", "micro F1", "precision", "recall"]);
    for group in groups {
        table.push([
            group.name.clone(),
            thousands(group.documents),
            // Drawn from a handful of documents, an interval would promise too much.
            if group.documents < FEW {
                figure(group.f1.value)
            } else {
                group.f1.to_string()
            },
            figure(group.precision.value),
            figure(group.recall.value),
        ]);
    }
    (!groups.is_empty()).then(|| Section {
        title: title.to_owned(),
        notes: Vec::new(),
        table: Some(table),
    })
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Three digits after the point.
pub(super) fn figure(value: f64) -> String {
    format!("{value:.3}")
}
