//! The plots, as SVG.

use maud::{Markup, html};

use crate::eval::report::html::frame::{Frame, WIDTH, px, shortened, svg};
use crate::eval::report::tables::figure;
use crate::eval::report::words;
use crate::eval::{Calibration, Counts, Estimate, Evaluation, LeftAlone, Point};

/// As many tags as are drawn.
pub(super) const MOST_TAGS: usize = 30;

/// Characters of a tag's name that there is room for.
const TAG_NAME: usize = 20;

/// The frame of a plot with figures on both axes.
const SQUARE: Frame = Frame {
    left: 40.0,
    right: WIDTH - 16.0,
    top: 38.0,
    bottom: 312.0,
};
const SQUARE_HEIGHT: f64 = 352.0;

/// Rows of numbers with their intervals; labels beside the rows, or above them where
/// they are long.
pub(super) fn intervals(rows: &[(String, Vec<Estimate>)], above: bool) -> Markup {
    let (left, pitch) = if above { (16.0, 44.0) } else { (138.0, 30.0) };
    let height = pitch * f64::from(u32::try_from(rows.len()).unwrap_or(0));
    let frame = Frame {
        left,
        right: WIDTH - 52.0,
        top: 6.0,
        bottom: 6.0 + height,
    };
    let content = html! {
        (frame.x_axis())
        @for (i, (label, estimates)) in (0_u32..).zip(rows) {
            @let middle = frame.top + pitch * (f64::from(i) + if above { 0.72 } else { 0.5 });
            @if above {
                text.label x=(px(frame.left)) y=(px(middle - 14.0)) { (label) }
            } @else {
                text.label x=(px(frame.left - 10.0)) y=(px(middle + 4.0)) text-anchor="end" { (label) }
            }
            @let apart = if estimates.len() > 1 { 5.5 } else { 0.0 };
            @for ((estimate, class), way) in estimates.iter().zip(["ours", "other"]).zip([-1.0, 1.0]) {
                (whisker(&frame, *estimate, class, middle + apart * way, label))
            }
            @if let Some(Estimate { value, .. }) = estimates.first() {
                text.value x=(px(WIDTH - 4.0)) y=(px(middle + 4.0)) text-anchor="end" { (figure(*value)) }
            }
        }
    };
    svg(height + 30.0, "Figures with their intervals", &content)
}

/// One number: a dot, and a line as long as its interval.
fn whisker(frame: &Frame, estimate: Estimate, class: &str, y: f64, label: &str) -> Markup {
    let Estimate { value, interval } = estimate;
    html! {
        g class=(class) {
            title { (label) ": " (figure(value)) ", " (figure(interval.low)) " to " (figure(interval.high)) }
            line.whisker x1=(px(frame.x(interval.low))) x2=(px(frame.x(interval.high))) y1=(px(y)) y2=(px(y)) {}
            circle cx=(px(frame.x(value))) cy=(px(y)) r="4.5" {}
        }
    }
}

/// Coverage to the right, precision upwards, a line through all thresholds.
pub(super) fn coverage(points: &[Point]) -> Markup {
    let frame = SQUARE;
    let kept = |point: &&Point| point.counts.given > 0;
    let at = |point: &Point| (frame.x(point.coverage), frame.y(point.counts.precision()));
    let line: Vec<String> = points
        .iter()
        .filter(kept)
        .map(|point| {
            let (x, y) = at(point);
            format!("{},{}", px(x), px(y))
        })
        .collect();
    // Every tenth threshold that moves anything gets its figure.
    let mut marked: Vec<&Point> = Vec::new();
    for point in points.iter().step_by(10).filter(kept) {
        let far = |other: &&Point| {
            let ((x, y), (other_x, other_y)) = (at(point), at(other));
            (x - other_x).hypot(y - other_y) > 18.0
        };
        if marked.last().is_none_or(far) {
            marked.push(point);
        }
    }
    let content = html! {
        (frame.x_axis())
        (frame.y_axis())
        (frame.names("coverage: documents that keep a tag", "precision"))
        g.ours {
            polyline points=(line.join(" ")) {}
            @for point in marked {
                @let (x, y) = at(point);
                g {
                    title {
                        "threshold " (point.threshold) ": coverage " (figure(point.coverage))
                        ", precision " (figure(point.counts.precision()))
                    }
                    circle cx=(px(x)) cy=(px(y)) r="4" {}
                    text.mark x=(px(x)) y=(px(y - 9.0)) text-anchor="middle" { (point.threshold) }
                }
            }
        }
    };
    svg(SQUARE_HEIGHT, "Precision against coverage", &content)
}

/// Documents that are left alone to the right, precision upwards, with its lower bound.
pub(super) fn alone(alone: &LeftAlone) -> Markup {
    let frame = SQUARE;
    let line = |precision: &dyn Fn(&(f64, f64, f64)) -> f64| {
        let at = |point: &(f64, f64, f64)| {
            format!("{},{}", px(frame.x(point.0)), px(frame.y(precision(point))))
        };
        let points: Vec<String> = alone.curve.iter().map(at).collect();
        points.join(" ")
    };
    let marked = alone.rows.iter().filter(|row| row.score.is_some());
    let content = html! {
        (frame.x_axis())
        (frame.y_axis())
        (frame.names("documents that are left alone", "precision"))
        g.other { polyline points=(line(&|point| point.2)) {} }
        g.ours {
            polyline points=(line(&|point| point.1)) {}
            @for row in marked {
                @let counts = Counts { hits: row.right, given: row.given, gold: 0 };
                @let (x, y) = (frame.x(row.share), frame.y(counts.precision()));
                @let wrong = format!("{:.0} %", row.error * 100.0);
                g {
                    title { (wrong) " wrong: " (figure(row.share)) " of the documents" }
                    circle cx=(px(x)) cy=(px(y)) r="4" {}
                    text.mark x=(px(x)) y=(px(y - 9.0)) text-anchor="middle" { (wrong) }
                }
            }
        }
    };
    svg(
        SQUARE_HEIGHT,
        "Precision against documents left alone",
        &content,
    )
}

/// For each tenth of the scores a bar as high as the share of tags that are right; the
/// dashed line is where the bars would end if the scores meant what they say.
pub(super) fn reliability(calibration: &Calibration) -> Markup {
    let frame = SQUARE;
    let content = html! {
        (frame.x_axis())
        (frame.y_axis())
        (frame.names("score", "right"))
        @for (i, bin) in (0_u32..).zip(&calibration.bins).filter(|(_, bin)| bin.tags > 0) {
            @let (from, to) = (f64::from(i) / 10.0, f64::from(i + 1) / 10.0);
            @let right = bin.precision();
            g.ours {
                title {
                    (words::counted(bin.tags, "tag")) ", mean score " (figure(bin.mean_score)) ", right " (figure(right))
                }
                rect.bar x=(px(frame.x(from) + 2.0)) y=(px(frame.y(right))) width=(px(frame.x(to) - frame.x(from) - 4.0))
                    height=(px(frame.bottom - frame.y(right))) rx="2" {}
                text.mark x=(px(frame.x(f64::midpoint(from, to)))) y=(px(frame.y(right) - 5.0)) text-anchor="middle" {
                    (bin.tags)
                }
            }
        }
        line.ideal x1=(px(frame.x(0.0))) y1=(px(frame.y(0.0))) x2=(px(frame.x(1.0))) y2=(px(frame.y(1.0))) {}
    };
    svg(SQUARE_HEIGHT, "Share of right tags against score", &content)
}

/// A bar for each tag as long as its F1.
pub(super) fn tags(evaluation: &Evaluation) -> Markup {
    let rows = evaluation.tag_rows.iter().take(MOST_TAGS);
    let pitch = 22.0;
    let height = pitch * f64::from(u32::try_from(rows.len()).unwrap_or(0));
    let frame = Frame {
        left: 150.0,
        right: WIDTH - 74.0,
        top: 6.0,
        bottom: 6.0 + height,
    };
    let content = html! {
        (frame.x_axis())
        @for (i, row) in (0_u32..).zip(rows) {
            @let middle = frame.top + pitch * (f64::from(i) + 0.5);
            @let name = evaluation.tags.get(row.tag).label();
            @let f1 = row.counts.f1();
            g.ours {
                title {
                    (name) ": precision " (figure(row.counts.precision())) ", recall " (figure(row.counts.recall()))
                    ", given " (row.counts.given) " times"
                }
                text.label x=(px(frame.left - 8.0)) y=(px(middle + 4.0)) text-anchor="end" { (shortened(&name, TAG_NAME)) }
                rect.bar x=(px(frame.left)) y=(px(middle - 7.0)) width=(px(frame.x(f1) - frame.left)) height="14" rx="2" {}
                text.value x=(px(WIDTH - 36.0)) y=(px(middle + 4.0)) text-anchor="end" { (format!("{f1:.2}")) }
                text.tick x=(px(WIDTH - 4.0)) y=(px(middle + 4.0)) text-anchor="end" { (row.counts.gold) }
            }
        }
    };
    svg(height + 30.0, "F1 of each tag", &content)
}
