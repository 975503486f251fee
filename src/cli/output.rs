//! Answers as they are written: JSON lines, indented JSON, CSV, a table.
//!
//! The wire types stand here, apart from the library's own, so that a renamed field
//! in the library cannot change what users' scripts read.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use minitag::Classification;
use minitag::document::Text;
use minitag::engine::llama::Model;
use minitag::models::Lora;
use minitag::table;
use minitag::tags::{TagId, TagSet};
use serde::Serialize;

use crate::cli::args::{Format, Scores};

/// What of an answer is written beside its tags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Whether the tags' names.
    pub(crate) names: bool,
    /// Which scores.
    pub(crate) scores: Option<Scores>,
    /// Answers less sure than this are marked.
    pub(crate) review_below: Option<f64>,
    /// Whether there are details.
    pub(crate) details: bool,
    /// In how many orders the model was shown the tag list.
    pub(crate) orders: usize,
}

impl Shape {
    /// Whether scores have to be computed.
    pub(crate) fn needs_scores(self) -> bool {
        self.scores.is_some() || self.review_below.is_some() || self.details
    }

    /// Whether an answer is to be marked.
    fn marks(self, answer: &Classification) -> bool {
        let below = |(least, limit)| least < limit;
        answer
            .least_score()
            .zip(self.review_below)
            .is_some_and(below)
    }
}

/// What `--details` adds beyond the classification.
#[derive(Debug)]
pub(crate) struct Details<'a> {
    /// The model.
    pub(crate) model: &'a Model,
    /// From reading the document to the answer.
    pub(crate) time: Duration,
    /// How the document was read.
    pub(crate) text: &'a Text,
    /// Its length in tokens.
    pub(crate) tokens: usize,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    tags: &'a [TagId],
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<Vec<f64>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    certainty: Option<CertaintyRecord>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    review: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ranking: Option<Vec<Ranked<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<DetailsRecord<'a>>,
}

/// How sure the choice was, in probabilities.
#[derive(Serialize)]
struct CertaintyRecord {
    /// Each tag's highest over the places.
    max_scores: Vec<f64>,
    /// Each tag's lead over the next best candidate.
    margins: Vec<f64>,
    /// That of "no more" at each place.
    stops: Vec<f64>,
}

/// One candidate: a tag's id, or `stop`.
#[derive(Serialize)]
struct Ranked<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a TagId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<bool>,
    logprob: f64,
}

#[derive(Serialize)]
struct DetailsRecord<'a> {
    tokens: Tokens,
    windows: usize,
    /// For each tag the window that speaks for it most, counted from 0.
    #[serde(skip_serializing_if = "<[usize]>::is_empty")]
    spoke: &'a [usize],
    encoding: &'a str,
    replaced_bytes: usize,
    removed_characters: usize,
    /// For each slot what all candidates have together before they are normalised.
    mass: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stability: Option<Stability>,
    model: String,
    /// The adapters on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lora: Vec<String>,
    seconds: f64,
}

/// How many orders of the tag list agree with the answer.
#[derive(Serialize)]
struct Stability {
    orders: usize,
    agree: usize,
}

#[derive(Serialize)]
struct Tokens {
    total: usize,
    used: usize,
}

/// Writes answers in one format, each flushed before the next is begun.
pub(crate) struct Writer<'a> {
    format: Format,
    shape: Shape,
    tags: &'a TagSet,
    begun: bool,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(format: Format, shape: Shape, tags: &'a TagSet) -> Self {
        let begun = false;
        Self {
            format,
            shape,
            tags,
            begun,
        }
    }

    pub(crate) fn write(
        &mut self,
        answer: &Classification,
        details: Option<&Details>,
    ) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(
                out,
                "{}",
                serde_json::to_string(&record(answer, self.shape, self.tags, details))?
            )?,
            Format::Pretty => writeln!(
                out,
                "{}",
                serde_json::to_string_pretty(&record(answer, self.shape, self.tags, details))?
            )?,
            Format::Csv => out.write_all(&self.csv(answer)?)?,
            Format::Table => writeln!(out, "{}", self.table(answer))?,
        }
        self.begun = true;
        out.flush()
    }

    fn csv(&self, answer: &Classification) -> io::Result<Vec<u8>> {
        let join = |parts: Vec<String>| parts.join(";");
        let mut header = vec!["id", "tags"];
        let ids = table::join(answer.tags.iter().map(TagId::to_text));
        let mut row = vec![answer.id.clone(), ids];
        if self.shape.names {
            header.push("names");
            row.push(table::join(names(answer, self.tags)));
        }
        if self.shape.scores.is_some() {
            header.push("scores");
            row.push(join(
                answer
                    .log_probs
                    .iter()
                    .map(|p| round(p.exp()).to_string())
                    .collect(),
            ));
        }
        if self.shape.review_below.is_some() {
            header.push("review");
            row.push(self.shape.marks(answer).to_string());
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.begun {
            writer.write_record(&header)?;
        }
        writer.write_record(&row)?;
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    fn table(&self, answer: &Classification) -> String {
        let tags: Vec<String> = answer
            .tags
            .iter()
            .enumerate()
            .map(|(place, id)| {
                let name = self
                    .tags
                    .iter()
                    .find(|tag| tag.id == *id)
                    .map_or("", |tag| tag.name.trim());
                let score = answer
                    .log_probs
                    .get(place)
                    .filter(|_| self.shape.scores.is_some())
                    .map(|p| format!(" {:.0} %", p.exp() * 100.0));
                let id = id.to_text();
                let shown = if id == name {
                    id
                } else {
                    format!("{name} ({id})")
                };
                shown + &score.unwrap_or_default()
            })
            .collect();
        let tags = if tags.is_empty() {
            "none".to_owned()
        } else {
            tags.join(", ")
        };
        let mark = if self.shape.marks(answer) {
            " (to review)"
        } else {
            ""
        };
        format!("{:<40} {tags}{mark}", answer.id)
    }
}

/// What a batch keeps of an answer: the same JSON object, without the id.
pub(crate) fn answer_json(
    answer: &Classification,
    shape: Shape,
    tags: &TagSet,
    details: Option<&Details>,
) -> String {
    let record = Record {
        id: None,
        ..record(answer, shape, tags, details)
    };
    // Texts and finite numbers: there is nothing that could fail.
    serde_json::to_string(&record).unwrap_or_default()
}

fn record<'r>(
    answer: &'r Classification,
    shape: Shape,
    tags: &'r TagSet,
    details: Option<&Details<'r>>,
) -> Record<'r> {
    let scores = shape.scores;
    let chosen = scores
        .is_some()
        .then(|| answer.log_probs.iter().map(|p| round(p.exp())).collect());
    let rounded = |values: &[f64]| values.iter().map(|&p| round(p)).collect();
    let certainty = (scores == Some(Scores::All)).then(|| CertaintyRecord {
        max_scores: rounded(&answer.certainty.max),
        margins: rounded(&answer.certainty.margins),
        stops: rounded(&answer.certainty.stops),
    });
    let ranked = |(id, log_prob): &'r (Option<TagId>, f64)| Ranked {
        id: id.as_ref(),
        stop: id.is_none().then_some(true),
        logprob: round(*log_prob),
    };
    let ranking =
        (scores == Some(Scores::All)).then(|| answer.ranking.iter().map(ranked).collect());
    let details = details.map(|details| DetailsRecord {
        tokens: Tokens {
            total: details.tokens,
            used: answer.usage.used,
        },
        windows: answer.usage.windows,
        spoke: &answer.usage.spoke,
        encoding: details.text.encoding,
        replaced_bytes: details.text.replaced_bytes,
        removed_characters: details.text.removed,
        mass: rounded(&answer.certainty.masses),
        stability: (shape.orders > 1).then_some(Stability {
            orders: shape.orders,
            agree: answer.agreeing,
        }),
        model: file_name(details.model.path()),
        lora: details.model.loras().iter().map(Lora::to_string).collect(),
        seconds: (details.time.as_secs_f64() * 1e3).round() / 1e3,
    });
    Record {
        id: Some(&answer.id),
        tags: &answer.tags,
        names: shape.names.then(|| names(answer, tags)),
        scores: chosen,
        certainty,
        review: shape.marks(answer),
        ranking,
        details,
    }
}

/// The names of an answer's tags, without the spaces around them.
fn names<'t>(answer: &Classification, tags: &'t TagSet) -> Vec<&'t str> {
    let name = |id: &TagId| tags.iter().find(|tag| tag.id == *id);
    let tags = answer.tags.iter().filter_map(name);
    tags.map(|tag| tag.name.trim()).collect()
}

/// A path's last part.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Six digits after the point: more than a model's probabilities are good for.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
