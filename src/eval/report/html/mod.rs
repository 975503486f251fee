//! The evaluation as one page of HTML; everything that comes from documents, lists and files
//! is escaped by the template.

mod cases;
mod frame;
mod plots;

use maud::{Markup, html};

use crate::eval::report::section::Section;
use crate::eval::report::tables::{self, Limits, figure};
use crate::eval::report::words;
use crate::eval::{Calibration, Estimate, Evaluation, Group, Metric};
use crate::layout::{self, Table};

const STYLE: &str = include_str!("style.css");

/// The metrics that stand at the top in large figures.
const HEADLINES: [Metric; 5] = [
    Metric::MicroF1,
    Metric::MicroPrecision,
    Metric::MicroRecall,
    Metric::First,
    Metric::Exact,
];

/// The whole page.
#[must_use]
pub fn html(evaluation: &Evaluation) -> String {
    let title = words::title(evaluation);
    let body = html! {
        header {
            p.kicker { "minitag eval" }
            h1 { (title) }
            (legend(evaluation))
            @if let Some(verdict) = words::verdict(evaluation) {
                p.verdict { (verdict) }
            }
        }
        main {
            (headlines(evaluation))
            div.plots { (figures(evaluation)) }
            div.plots.uneven { (by_tag(evaluation)) (confused(evaluation)) }
            (cases::wrong(evaluation))
        }
        footer { p { (words::BRACKETS) " Written by minitag " (env!("CARGO_PKG_VERSION")) "." } }
    };
    layout::page(&title, STYLE, &body)
}

/// Which colour is whose.
fn legend(evaluation: &Evaluation) -> Markup {
    html! {
        p.legend {
            @for (system, class) in evaluation.systems.iter().zip(["ours", "other"]) {
                span class=(class) { (system.name) }
            }
        }
    }
}

fn headlines(evaluation: &Evaluation) -> Markup {
    let of = |system: usize, wanted: Metric| -> Option<Estimate> {
        let estimates = &evaluation.systems.get(system)?.estimates;
        estimates
            .iter()
            .find(|(metric, _)| *metric == wanted)
            .map(|&(_, estimate)| estimate)
    };
    html! {
        section.tiles aria-label="Overall" {
            @for metric in HEADLINES {
                div.tile {
                    h2 { (metric.label()) }
                    @if let Some(Estimate { value, interval }) = of(0, metric) {
                        p.big { (figure(value)) }
                        p { (format!("{:.2} to {:.2}", interval.low, interval.high)) }
                    }
                    @if let Some(other) = of(1, metric) {
                        p.other { (figure(other.value)) }
                    }
                }
            }
        }
    }
}

/// All plots that there are data for.
fn figures(evaluation: &Evaluation) -> Markup {
    let rows = (0..Metric::ALL.len()).map(|row| {
        let systems = evaluation.systems.iter();
        let label = Metric::ALL[row].label().to_owned();
        (
            label,
            systems.map(|system| system.estimates[row].1).collect(),
        )
    });
    let groups = |groups: &[Group]| -> Vec<(String, Vec<Estimate>)> {
        let row = |group: &Group| {
            let documents = words::counted(group.documents, "document");
            (format!("{}: {documents}", group.name), vec![group.f1])
        };
        groups.iter().map(row).collect()
    };
    let groups = [groups(&evaluation.scripts), groups(&evaluation.lengths)].concat();
    html! {
        (plot("All metrics", "Each with its 95 % interval.", &plots::intervals(&rows.collect::<Vec<_>>(), false)))
        @if let Some(points) = &evaluation.coverage {
            (plot(
                "Effect of a threshold",
                "With a higher threshold, fewer documents get a tag, and more of the tags are right. The figures at the points are thresholds.",
                &plots::coverage(points),
            ))
        }
        @if let Some(alone) = &evaluation.left_alone {
            (plot(
                "Documents that can be left alone",
                "The surest documents first: their share, and how many of their tags are right. The lower line is the lower bound at 95 % confidence; the points are where 1, 5 and 10 % are wrong.",
                &plots::alone(alone),
            ))
        }
        @if let Some(calibration) = &evaluation.calibration {
            (plot("Calibration of the scores", &ece_of_bars(calibration), &plots::reliability(calibration)))
        }
        @if !groups.is_empty() {
            (plot("By script and by length", "Micro F1 with its 95 % interval.", &plots::intervals(&groups, true)))
        }
    }
}

fn plot(title: &str, caption: &str, svg: &Markup) -> Markup {
    html! {
        figure {
            figcaption { h2 { (title) } p { (caption) } }
            (svg)
        }
    }
}

/// The tags that matter most as bars, all of them as a table behind it.
fn by_tag(evaluation: &Evaluation) -> Markup {
    let (tags, pairs) = (usize::MAX, usize::MAX);
    let all = tables::by_tag(evaluation, Limits { tags, pairs });
    let drawn = plots::MOST_TAGS.min(evaluation.tag_rows.len());
    html! {
        figure {
            figcaption {
                h2 { "By tag" }
                p {
                    "F1 of the " (words::counted(drawn, "tag")) " that are right most often; "
                    "next to each bar its F1, and the number of documents that it is right for."
                }
            }
            (plots::tags(evaluation))
            (folded("All tags as a table", &all))
        }
    }
}

fn confused(evaluation: &Evaluation) -> Markup {
    let (tags, pairs) = (usize::MAX, 15);
    let section = tables::confused(evaluation, Limits { tags, pairs });
    html! {
        @if let Some(section) = section {
            section.card {
                h2 { (section.title) }
                p { "The tag on the left is right and was not given; the one next to it was given and is wrong." }
                @if let Some(shown) = &section.table { (table(shown)) }
            }
        }
    }
}

fn folded(summary: &str, section: &Section) -> Markup {
    html! {
        @if let Some(shown) = &section.table {
            details { summary { (summary) } (table(shown)) }
        }
    }
}

fn table(table: &Table) -> Markup {
    let class = |column: usize| table.has_figures(column).then_some("figure");
    html! {
        div.scroll {
            table {
                thead {
                    tr { @for (i, cell) in table.head().enumerate() { th class=[class(i)] { (cell) } } }
                }
                tbody {
                    @for row in table.rows() {
                        tr { @for (i, cell) in row.iter().enumerate() { td class=[class(i)] { (cell) } } }
                    }
                }
            }
        }
    }
}

/// How far scores are from the truth, above a plot.
fn ece_of_bars(calibration: &Calibration) -> String {
    let ece = calibration.ece;
    format!(
        "The share of right tags for each tenth of the scores, and the number of tags. Scores are calibrated if the \
         bars reach the dashed line. Expected calibration error: {ece:.3}."
    )
}
