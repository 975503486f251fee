//! An estimate as JSON, in every report that has one.

use std::fmt;

use serde::Serialize;

use crate::eval::bootstrap::Estimate;

/// A number with its interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct EstimateRecord {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl From<Estimate> for EstimateRecord {
    fn from(Estimate { value, interval }: Estimate) -> Self {
        Self {
            value: round(value),
            low: round(interval.low),
            high: round(interval.high),
        }
    }
}

impl fmt::Display for EstimateRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, low, high } = self;
        write!(f, "{value:.3} [{low:.3}, {high:.3}]")
    }
}

/// Six digits after the point, as scores are written.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
