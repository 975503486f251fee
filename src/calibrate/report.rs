//! What a calibration found, in sentences and as JSON.

use serde::Serialize;

use crate::calibrate::fit::{FOLDS, Fit, MIN_EACH, MIN_OF_A_TAG, Quality};
use crate::calibrate::prior::Prior;
use crate::eval::report::{EstimateRecord, round};
use crate::eval::{Promise, Unreachable};
use crate::tags::{TagId, TagSet};

/// Tags that are named at most.
const NAMED: usize = 5;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    prior: Option<PriorReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<FitReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promise: Option<PromiseReport>,
}

#[derive(Clone, Debug, Serialize)]
struct PromiseReport {
    precision: f64,
    confidence: f64,
    /// Nothing if it cannot be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct PriorReport {
    texts: usize,
    strength: f64,
    tags: usize,
    /// The tags that the model expects most.
    highest: Vec<Expected>,
}

#[derive(Clone, Debug, Serialize)]
struct Expected {
    id: TagId,
    name: String,
    p: f64,
}

#[derive(Clone, Debug, Serialize)]
struct FitReport {
    folds: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<ScaleReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    /// How many tags have a threshold of their own.
    own_thresholds: usize,
    before: QualityReport,
    after: QualityReport,
    /// Of micro F1: after less before.
    difference: EstimateRecord,
    p: f64,
}

#[derive(Clone, Debug, Serialize)]
struct ScaleReport {
    slope: f64,
    bias: f64,
}

#[derive(Clone, Debug, Serialize)]
struct QualityReport {
    ece: Option<f64>,
    micro_f1: EstimateRecord,
}

impl Report {
    /// Puts together what there is to say of a prior and of a fit.
    #[must_use]
    pub fn new(prior: Option<&Prior>, fit: Option<&Fit>, tags: &TagSet) -> Self {
        Self {
            prior: prior.map(|prior| PriorReport::new(prior, tags)),
            fit: fit.map(FitReport::new),
            promise: None,
        }
    }

    /// Adds what came of the wish to promise a precision.
    #[must_use]
    pub fn with_promise(
        mut self,
        precision: f64,
        confidence: f64,
        found: Result<Promise, Unreachable>,
    ) -> Self {
        let made = found.as_ref().ok();
        self.promise = Some(PromiseReport {
            precision,
            confidence,
            score: made.map(|promise| round(promise.score)),
            share: made.map(|promise| round(promise.share)),
            problem: found.err().map(|problem| problem.to_string()),
        });
        self
    }

    /// In sentences, each a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(prior) = &self.prior {
            let named = prior.highest.iter().map(|tag| {
                let Expected { name, p, .. } = tag;
                format!("`{name}` {:.1} %", p * 100.0)
            });
            lines.push(format!(
                "from {} texts: the model expects {} ({:.1} % would be even)",
                prior.texts,
                named.collect::<Vec<_>>().join(", "),
                100.0 / f64::from(u32::try_from(prior.tags).unwrap_or(u32::MAX))
            ));
        }
        if let Some(fit) = &self.fit {
            lines.extend(fit.lines());
        }
        lines.extend(self.promise.as_ref().map(PromiseReport::line));
        lines
    }
}

impl PriorReport {
    fn new(prior: &Prior, tags: &TagSet) -> Self {
        let mut highest: Vec<Expected> = tags
            .iter()
            .zip(&prior.tags)
            .map(|(tag, prior)| Expected {
                id: tag.id.clone(),
                name: tag.name.trim().to_owned(),
                p: round(prior.p),
            })
            .collect();
        highest.sort_by(|a, b| b.p.total_cmp(&a.p));
        highest.truncate(NAMED);
        Self {
            texts: prior.texts,
            strength: prior.strength,
            tags: tags.len(),
            highest,
        }
    }
}

impl FitReport {
    fn new(fit: &Fit) -> Self {
        let scale = fit.scale.map(|scale| ScaleReport {
            slope: round(scale.slope),
            bias: round(scale.bias),
        });
        Self {
            folds: FOLDS,
            scale,
            threshold: fit.threshold,
            own_thresholds: fit.own.len(),
            before: QualityReport::new(&fit.before),
            after: QualityReport::new(&fit.after),
            difference: fit.comparison.difference.into(),
            p: round(fit.comparison.p),
        }
    }

    fn lines(&self) -> Vec<String> {
        let ece = |quality: &QualityReport| {
            quality
                .ece
                .map_or("none".to_owned(), |ece| format!("{ece:.3}"))
        };
        let mut lines = vec![format!(
            "in {} parts, each with what the others teach: expected calibration error {} before, {} after",
            self.folds,
            ece(&self.before),
            ece(&self.after)
        )];
        lines.push(format!(
            "micro F1 {} before, {} after; the difference is {} (p = {:.3})",
            self.before.micro_f1, self.after.micro_f1, self.difference, self.p
        ));
        if self.scale.is_none() {
            lines.push(format!(
                "the scores stay as they are: {MIN_EACH} right and {MIN_EACH} wrong tags are needed"
            ));
        }
        lines.push(match self.threshold {
            Some(threshold) => format!(
                "tags below {threshold:.2} are left out; {} tags, given {MIN_OF_A_TAG} times or more, have a threshold of their own",
                self.own_thresholds
            ),
            None => "no threshold makes the answers to other documents better".to_owned(),
        });
        lines
    }
}

impl PromiseReport {
    fn line(&self) -> String {
        let Self {
            precision,
            confidence,
            ..
        } = self;
        match (self.score, self.share, &self.problem) {
            (Some(score), Some(share), _) => format!(
                "{:.0} % of the documents can be left alone: of the tags of answers with scores of \
                 {score:.3} or more, {precision} are right (at {confidence} confidence); the \
                 others are marked for review",
                share * 100.0
            ),
            (.., problem) => format!(
                "a precision of {precision} cannot be promised: {}",
                problem.as_deref().unwrap_or_default()
            ),
        }
    }
}

impl QualityReport {
    fn new(quality: &Quality) -> Self {
        Self {
            ece: quality.ece.map(round),
            micro_f1: quality.f1.into(),
        }
    }
}
