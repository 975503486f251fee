//! What a run will take of memory, forecast from the model's header before it is loaded.

mod report;
mod ways;
mod words;

use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use crate::forecast::report::ForecastReport;
pub use crate::forecast::ways::Way;

use crate::classifier::{Budget, Classifier, ClassifierOptions, GROUP_TOKENS};
use crate::engine::llama::{
    ContextOptions, Device, Lengths, LlamaEngine, LoadError, Model, ModelOptions, chosen,
};
use crate::forecast::ways::Change;
use crate::memory::{Free, free};
use crate::models::{Demand, Header, OnDevice, Plan};
use crate::tags::TagSet;

/// A plan is right within a tenth (docs/models.md), so what does not fit by less may fit.
const TENTH: u64 = 10;

/// The id in a prompt whose length is wanted: contexts grow in steps far longer than ids.
const ANY_ID: &str = "00000000";

/// Bytes of a prompt beside list and wording: chat tokens, answer head and answer.
const PROMPT_BYTES: usize = 1000;

/// How many layers are put on graphics cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GpuLayers {
    /// As many as fit.
    #[default]
    Auto,
    /// So many, at most.
    Count(u32),
}

impl FromStr for GpuLayers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text
                .parse()
                .map(Self::Count)
                .map_err(|_| "expected a number of layers or `auto`".to_owned()),
        }
    }
}

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The model's file.
    pub path: &'a Path,
    /// Its header.
    pub header: &'a Header,
    /// How llama.cpp is run.
    pub context: &'a ContextOptions,
    /// The devices' names; `None` takes every graphics card there is.
    pub devices: Option<&'a [String]>,
    /// How many layers are put on them.
    pub gpu_layers: GpuLayers,
    /// How documents are classified.
    pub options: &'a ClassifierOptions,
    /// The tag list; without one, nothing is decoded before the documents.
    pub tags: Option<&'a TagSet>,
    /// The longest document in tokens, if that is known better than by the budget.
    pub longest: Option<usize>,
    /// How many documents are computed together at most.
    pub together: usize,
    /// How many documents are computed at the same time, each in a context of its own.
    pub workers: usize,
    /// Whether llama.cpp may write its log to stderr.
    pub verbose: bool,
}

/// What a run will take, and what there is.
#[derive(Clone, Debug)]
pub struct Forecast<'a> {
    header: &'a Header,
    context: ContextOptions,
    devices: Vec<Device>,
    gpu_layers: u64,
    lengths: Lengths,
    together: usize,
    contexts: u64,
    /// Whether the documents' lengths are bounded by the budget.
    budgeted: bool,
    free: Option<Free>,
}

/// Memory that is surely not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The machine's own, with swap.
    Host {
        /// Bytes that the run takes.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// The control group whose limit it is.
        group: Option<PathBuf>,
    },
    /// That of the devices.
    Devices {
        /// Bytes that the run takes there.
        needed: u64,
        /// Bytes that are free there.
        free: u64,
        /// The devices' names.
        names: Vec<String>,
    },
}

impl<'a> Forecast<'a> {
    /// The forecast of a run. Tokens are counted with the model's vocabulary, which takes no
    /// time, but only if it matters: a text has at most as many tokens as bytes, and mostly
    /// even those would fit.
    ///
    /// # Errors
    /// [`LoadError`] if there is no such device.
    pub fn new(run: &Run<'a>) -> Result<Self, LoadError> {
        let mut forecast = Self::at_most(run)?;
        let fits = forecast.free.is_none() || forecast.fits();
        if !fits || !forecast.devices.is_empty() {
            forecast.count(run);
        }
        forecast.settle_layers(run.gpu_layers);
        Ok(forecast)
    }

    /// The same, with tokens counted in any case.
    ///
    /// # Errors
    /// [`LoadError`] if there is no such device.
    pub fn exact(run: &Run<'a>) -> Result<Self, LoadError> {
        let mut forecast = Self::at_most(run)?;
        forecast.count(run);
        forecast.settle_layers(run.gpu_layers);
        Ok(forecast)
    }

    /// With as many tokens as there are bytes.
    fn at_most(run: &Run<'a>) -> Result<Self, LoadError> {
        let (document, budgeted) = match (run.longest, run.options.budget) {
            (Some(longest), _) => (longest, false),
            (None, Budget::Tokens(tokens)) => (tokens, true),
            // As long as the documents: what is known is what there is without any.
            (None, Budget::Full) => (0, false),
        };
        let list = run.tags.map_or(0, |tags| tags.to_json().len());
        let wording = run.options.template.text().len();
        let mut forecast = Self {
            header: run.header,
            context: run.context.clone(),
            devices: chosen(run.devices, run.verbose)?,
            gpu_layers: 0,
            lengths: Lengths {
                prefix: list + wording + PROMPT_BYTES,
                document,
                suffix: PROMPT_BYTES,
                together: 0,
            },
            together: run.together,
            // Each order of the list has a context, too.
            contexts: run.workers.saturating_mul(run.options.decide.permutations) as u64,
            budgeted,
            free: free(),
        };
        forecast.put_together();
        Ok(forecast)
    }

    /// Several short documents share the cache.
    fn put_together(&mut self) {
        if self.together > 1 {
            let behind = self.together * self.lengths.suffix;
            self.lengths.together = GROUP_TOKENS.saturating_add(behind);
        }
    }

    /// Counts the tokens with the model's vocabulary. If that fails, loading will say why.
    fn count(&mut self, run: &Run) {
        let Some(tags) = run.tags else {
            (self.lengths.prefix, self.lengths.suffix) = (0, 0);
            return;
        };
        let options = ModelOptions {
            vocab_only: true,
            verbose: run.verbose,
            ..ModelOptions::default()
        };
        let Ok(vocabulary) = Model::load(run.path, &options) else {
            return;
        };
        let engine = LlamaEngine::new(&vocabulary, ContextOptions::default());
        let classifier = Classifier::with_engine(engine, tags.clone(), run.options.clone());
        if let Ok(classifier) = classifier {
            let (prefix, suffix) = classifier.tokens_around(ANY_ID);
            (self.lengths.prefix, self.lengths.suffix) = (prefix, suffix);
            self.put_together();
        }
    }

    /// How many layers go onto the devices: as many as asked for, or as fit there.
    fn settle_layers(&mut self, wanted: GpuLayers) {
        let all = self.header.number("{arch}.block_count").unwrap_or(0) + 1;
        self.gpu_layers = match wanted {
            _ if self.devices.is_empty() => 0,
            GpuLayers::Count(count) => u64::from(count).min(all),
            GpuLayers::Auto => {
                let room = self.room_on_devices();
                let fits = |layers: &u64| {
                    let plan = self.with_layers(*layers, &Change::default());
                    // What cannot be told is left to llama.cpp.
                    plan.is_none_or(|(_, plan)| plan.device.total() <= room)
                };
                (0..=all).rev().find(fits).unwrap_or(0)
            }
        };
    }

    /// Bytes that may be used on the devices: a tenth is left for what is not planned.
    fn room_on_devices(&self) -> u64 {
        let free = self.free_on_devices();
        free - free / TENTH
    }

    fn free_on_devices(&self) -> u64 {
        self.devices.iter().map(|device| device.memory_free).sum()
    }

    /// How many layers to load onto the devices; `None` if there are none.
    #[must_use]
    pub fn gpu_layers(&self) -> Option<u32> {
        let some = !self.devices.is_empty();
        some.then(|| u32::try_from(self.gpu_layers).unwrap_or(u32::MAX))
    }

    /// The devices that are used.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// How long the parts of a prompt are, in tokens.
    #[must_use]
    pub fn lengths(&self) -> Lengths {
        self.lengths
    }

    /// What memory is free; `None` if the system does not say.
    #[must_use]
    pub fn free(&self) -> Option<&Free> {
        self.free.as_ref()
    }

    /// What the run asks for and takes; `None` if it cannot be told.
    #[must_use]
    pub fn plan(&self) -> Option<(Demand, Plan)> {
        self.with(&Change::default())
    }

    fn with(&self, change: &Change) -> Option<(Demand, Plan)> {
        self.with_layers(self.gpu_layers, change)
    }

    fn with_layers(&self, layers: u64, change: &Change) -> Option<(Demand, Plan)> {
        let (context, lengths) = change.applied(&self.context, self.lengths);
        let demand = context.demand(self.header, lengths, &self.devices, layers)?;
        let mut plan = with_contexts(Plan::new(self.header, &demand)?, self.contexts);
        if let Some(weights) = change.weights {
            plan.weights = weights;
        }
        Some((demand, plan))
    }

    /// Whether the run fits; also if it cannot be told.
    #[must_use]
    pub fn fits(&self) -> bool {
        match (self.needed(), &self.free) {
            (Some(needed), Some(free)) => needed <= free.bytes,
            _ => true,
        }
    }

    /// Bytes of the machine's own memory that the run takes; `None` if it cannot be told.
    #[must_use]
    pub fn needed(&self) -> Option<u64> {
        self.plan().map(|(_, plan)| self.on_host(&plan))
    }

    fn on_host(&self, plan: &Plan) -> u64 {
        let shared = self.devices.iter().any(Device::shares_memory);
        let device = if shared { plan.device.total() } else { 0 };
        plan.total().saturating_add(device)
    }

    /// Why it surely does not fit, even with swap; `None` if it may.
    #[must_use]
    pub fn shortage(&self) -> Option<Shortage> {
        let (_, plan) = self.plan()?;
        let at_least = |bytes: u64| bytes - bytes / TENTH;
        let host = self.free.as_ref()?;
        let (needed, free) = (self.on_host(&plan), host.all());
        if at_least(needed) > free {
            let group = host.group.clone();
            return Some(Shortage::Host {
                needed,
                free,
                group,
            });
        }
        let (needed, free) = (plan.device.total(), self.free_on_devices());
        (self.gpu_layers > 0 && at_least(needed) > free).then(|| Shortage::Devices {
            needed,
            free,
            names: self.devices.iter().map(|d| d.name.clone()).collect(),
        })
    }
}

/// So many contexts on the same weights.
fn with_contexts(plan: Plan, contexts: u64) -> Plan {
    let all = |bytes: u64| bytes.saturating_mul(contexts);
    let device = OnDevice {
        cache: all(plan.device.cache),
        compute: all(plan.device.compute),
        ..plan.device
    };
    Plan {
        cache: all(plan.cache),
        logits: all(plan.logits),
        compute: all(plan.compute),
        device,
        ..plan
    }
}
