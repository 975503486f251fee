//! A forecast part by part: as JSON, and as a table.

use std::path::Path;

use serde::Serialize;

use crate::forecast::{Forecast, Way};
use crate::layout::{Table, size};
use crate::memory::{Free, program};
use crate::models::{Plan, TensorType};

/// What a run will take, part by part. Sizes in bytes, lengths in tokens.
#[derive(Clone, Debug, Serialize)]
pub struct ForecastReport {
    model: String,
    /// The file is not here, so that only what the registry knows was used.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    estimate: bool,
    context: u64,
    tag_list: usize,
    document: usize,
    answer: usize,
    keys: String,
    values: String,
    flash_attention: bool,
    weights: u64,
    copied_embedding: u64,
    cache: u64,
    cache_per_token: u64,
    logits: u64,
    compute: u64,
    program: u64,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<u64>,
    #[serde(skip)]
    free_in_words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    swap: Option<u64>,
    fits: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceReport>,
    /// What would make it fit.
    ways: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct DeviceReport {
    names: Vec<String>,
    layers: u64,
    weights: u64,
    cache: u64,
    compute: u64,
    total: u64,
    free: u64,
}

impl ForecastReport {
    /// What is forecast for a model's file; `None` if it cannot be told.
    #[must_use]
    pub fn new(path: &Path, forecast: &Forecast) -> Option<Self> {
        let (demand, plan) = forecast.plan()?;
        let program = program().unwrap_or(0);
        let lengths = forecast.lengths();
        let free = forecast.free();
        let fits = forecast.fits();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let on_device = demand.gpu_layers > 0;
        let type_name = |kind: TensorType| kind.to_string().to_lowercase();
        Some(Self {
            model: name.into_owned(),
            estimate: !path.is_file(),
            context: demand.n_ctx,
            tag_list: lengths.prefix,
            document: lengths.document,
            answer: lengths.suffix,
            keys: type_name(demand.keys),
            values: type_name(demand.values),
            flash_attention: demand.flash_attention,
            weights: plan.weights,
            copied_embedding: plan.copy,
            cache: plan.cache,
            cache_per_token: Plan::cache_per_token(forecast.header, &demand).unwrap_or(0),
            logits: plan.logits,
            compute: plan.compute,
            program,
            total: plan.total() + program,
            free: free.map(|free| free.bytes),
            free_in_words: free.map(Free::to_string),
            swap: free.map(|free| free.swap),
            fits,
            device: on_device.then(|| DeviceReport {
                names: forecast.devices().iter().map(|d| d.name.clone()).collect(),
                layers: demand.gpu_layers,
                weights: plan.device.weights,
                cache: plan.device.cache,
                compute: plan.device.compute,
                total: plan.device.total(),
                free: forecast.devices().iter().map(|d| d.memory_free).sum(),
            }),
            ways: if fits {
                Vec::new()
            } else {
                forecast.ways().iter().map(Way::to_string).collect()
            },
        })
    }

    /// For people: a thing and what is to be said of it, a line each.
    #[must_use]
    pub fn table(&self) -> Table {
        let Self {
            context,
            tag_list,
            document,
            answer,
            keys,
            values,
            cache_per_token,
            ..
        } = self;
        let flash = if self.flash_attention {
            "with"
        } else {
            "without"
        };
        let mut table = Table::new("ll");
        let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
        line("model", self.model.clone());
        line(
            "context",
            format!(
                "{context} tokens, for a list of {tag_list}, documents of {document}, answers of {answer}"
            ),
        );
        line("weights", size(self.weights));
        if self.copied_embedding > 0 {
            line("embedding, twice", size(self.copied_embedding));
        }
        line(
            "cache",
            format!(
                "{}: {cache_per_token} bytes a token, keys in {keys}, values in {values}",
                size(self.cache)
            ),
        );
        line("logits", size(self.logits));
        line(
            "computing",
            format!("{}, {flash} flash attention", size(self.compute)),
        );
        line("program", size(self.program));
        line("in all", size(self.total));
        let free = self.free_in_words.as_deref().unwrap_or("unknown");
        line("free", free.to_owned());
        if let Some(device) = &self.device {
            line(
                "on the device",
                format!(
                    "{} on {}: {} layers {}, cache {}, computing {}; {} are free",
                    size(device.total),
                    device.names.join(", "),
                    device.layers,
                    size(device.weights),
                    size(device.cache),
                    size(device.compute),
                    size(device.free)
                ),
            );
        }
        if !self.ways.is_empty() {
            line("would fit with", self.ways.join(", "));
        }
        table
    }
}
