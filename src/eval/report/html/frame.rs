//! Where things stand in a plot: a square of 0 to 1 put into pixels, with its axes.

use maud::{Markup, html};

/// How wide every plot is, in its own pixels. On a phone a plot is about as wide.
pub(super) const WIDTH: f64 = 440.0;

/// What is marked on an axis.
const TICKS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The part of a plot that data are drawn in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Frame {
    /// The pixel of a value from 0 to 1, to the right.
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * value
    }

    /// The pixel of a value from 0 to 1, upwards.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * value
    }

    /// Lines across, with figures below.
    pub(super) fn x_axis(&self) -> Markup {
        html! {
            @for tick in TICKS {
                line.grid x1=(px(self.x(tick))) x2=(px(self.x(tick))) y1=(px(self.top)) y2=(px(self.bottom)) {}
                text.tick x=(px(self.x(tick))) y=(px(self.bottom + 16.0)) text-anchor="middle" { (tick) }
            }
        }
    }

    /// Lines along, with figures to the left.
    pub(super) fn y_axis(&self) -> Markup {
        html! {
            @for tick in TICKS {
                line.grid x1=(px(self.left)) x2=(px(self.right)) y1=(px(self.y(tick))) y2=(px(self.y(tick))) {}
                text.tick x=(px(self.left - 6.0)) y=(px(self.y(tick) + 4.0)) text-anchor="end" { (tick) }
            }
        }
    }

    /// What the axes are, below and above.
    pub(super) fn names(&self, x: &str, y: &str) -> Markup {
        html! {
            text.axis x=(px(self.right)) y=(px(self.bottom + 34.0)) text-anchor="end" { (x) }
            text.axis x=(px(self.left - 28.0)) y=(px(self.top - 26.0)) { (y) }
        }
    }
}

/// A plot of a height, and what a reader hears who cannot see it.
pub(super) fn svg(height: f64, label: &str, content: &Markup) -> Markup {
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", px(height))) role="img" aria-label=(label) { (content) }
    }
}

/// A tenth of a pixel is enough.
pub(super) fn px(value: f64) -> String {
    format!("{value:.1}")
}

/// The beginning of a text, at most so many characters of it.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
