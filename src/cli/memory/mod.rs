//! What a run will take of memory: forecast before the model is loaded.

mod advice;

use std::path::Path;

use anyhow::anyhow;
use bytesize::ByteSize;
use minitag::classifier::GROUP_TOKENS;
use minitag::engine::llama::{
    ContextOptions, Device, Lengths, LlamaEngine, Model, ModelOptions, chosen,
};
use minitag::memory::{Free, free};
use minitag::models::{Demand, Header, Plan};
use minitag::{Budget, Classifier, DecideOptions, TagSet};

use crate::cli::args::{GpuLayers, ModelArgs, WordingArgs};
use crate::cli::failure::Failure;
use crate::cli::screen::{LogFormat, Screen};
use crate::cli::session;

/// A plan is right within a tenth (docs/models.md), so what does not fit by less may fit.
const TENTH: u64 = 10;

/// The id in a prompt whose length is wanted: contexts grow in steps far longer than ids.
const ANY_ID: &str = "00000000";

/// Bytes of a prompt beside list and wording: chat tokens, answer head and answer.
const PROMPT_BYTES: usize = 1000;

/// What a model is loaded for.
pub(crate) struct Task<'a> {
    /// The tag list; without one, nothing is decoded before the documents.
    pub(crate) tags: Option<&'a TagSet>,
    pub(crate) wording: &'a WordingArgs,
    pub(crate) decide: &'a DecideOptions,
    /// The longest document in tokens, where that is known better than by the budget.
    pub(crate) longest: Option<usize>,
    /// How many documents are computed together at most.
    pub(crate) together: usize,
}

impl<'a> Task<'a> {
    /// Documents behind a tag list, one at a time.
    pub(crate) fn one_by_one(
        tags: &'a TagSet,
        wording: &'a WordingArgs,
        decide: &'a DecideOptions,
    ) -> Self {
        Self {
            tags: Some(tags),
            wording,
            decide,
            longest: None,
            together: 1,
        }
    }
}

/// What a run will take, and what there is.
pub(crate) struct Forecast<'a> {
    header: &'a Header,
    context: ContextOptions,
    devices: Vec<Device>,
    gpu_layers: u64,
    lengths: Lengths,
    together: usize,
    /// Whether the documents' lengths are bounded by `--budget`.
    budgeted: bool,
    pub(crate) free: Option<Free>,
}

/// What could be done otherwise.
#[derive(Clone, Debug, Default)]
struct Change {
    context: Option<usize>,
    budget: Option<usize>,
    quantised_cache: bool,
    low_memory: bool,
    weights: Option<u64>,
}

impl<'a> Forecast<'a> {
    /// The forecast of a run with a model. Tokens are counted with the model's vocabulary,
    /// which takes no time, but only where it matters: a text has at most as many tokens as
    /// bytes, and mostly even those would fit.
    pub(crate) fn new(
        path: &Path,
        header: &'a Header,
        args: &ModelArgs,
        task: &Task,
    ) -> Result<Self, Failure> {
        let mut forecast = Self::at_most(header, args, task)?;
        let fits = forecast.free.is_none() || forecast.fits();
        if !fits || !forecast.devices.is_empty() {
            forecast.count(path, args, task);
        }
        forecast.settle_layers(args);
        Ok(forecast)
    }

    /// The same, with tokens counted in any case.
    pub(crate) fn exact(
        path: &Path,
        header: &'a Header,
        args: &ModelArgs,
        task: &Task,
    ) -> Result<Self, Failure> {
        let mut forecast = Self::at_most(header, args, task)?;
        forecast.count(path, args, task);
        forecast.settle_layers(args);
        Ok(forecast)
    }

    /// With as many tokens as there are bytes.
    fn at_most(header: &'a Header, args: &ModelArgs, task: &Task) -> Result<Self, Failure> {
        let quiet = Screen::new(true, LogFormat::Text);
        let made_for = header.text(session::BUDGET_KEY);
        let budget = match task.longest {
            Some(longest) => Budget::Tokens(longest),
            None => session::budget_for(&task.wording.reading, made_for)?,
        };
        let (document, budgeted) = match budget {
            Budget::Tokens(tokens) => (tokens, task.longest.is_none()),
            // As long as the documents: what is known is what there is without any.
            Budget::Full => (0, false),
        };
        let list = task.tags.map_or(0, |tags| tags.to_json().len());
        let wording = task.wording.prompt.as_deref().map_or(0, |path| {
            std::fs::metadata(path).map_or(0, |meta| meta.len())
        });
        let devices = chosen(args.device.as_deref(), args.verbose).map_err(Failure::usage)?;
        let mut forecast = Self {
            header,
            context: session::context(args, &quiet)?,
            devices,
            gpu_layers: 0,
            lengths: Lengths {
                prefix: list + usize::try_from(wording).unwrap_or(usize::MAX) + PROMPT_BYTES,
                document,
                suffix: PROMPT_BYTES,
                together: 0,
            },
            together: task.together,
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

    /// Counts the tokens with the model's vocabulary. Where that fails, loading will say why.
    fn count(&mut self, path: &Path, args: &ModelArgs, task: &Task) {
        let Some(tags) = task.tags else {
            (self.lengths.prefix, self.lengths.suffix) = (0, 0);
            return;
        };
        let options = ModelOptions {
            vocab_only: true,
            verbose: args.verbose,
            ..ModelOptions::default()
        };
        let Ok(vocabulary) = Model::load(path, &options) else {
            return;
        };
        let Ok(options) = session::options(&vocabulary, task.wording, task.decide.clone(), args)
        else {
            return;
        };
        let engine = LlamaEngine::new(&vocabulary, ContextOptions::default());
        if let Ok(classifier) = Classifier::new(engine, tags.clone(), options) {
            let (prefix, suffix) = classifier.tokens_around(ANY_ID);
            (self.lengths.prefix, self.lengths.suffix) = (prefix, suffix);
            self.put_together();
        }
    }

    /// How many layers go onto the devices: as many as asked for, or as fit there.
    fn settle_layers(&mut self, args: &ModelArgs) {
        let all = self.header.number("{arch}.block_count").unwrap_or(0) + 1;
        self.gpu_layers = match args.gpu_layers {
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
        let free: u64 = self.devices.iter().map(|device| device.memory_free).sum();
        free - free / TENTH
    }

    /// How many layers to load onto the devices; `None` where there are none.
    pub(crate) fn gpu_layers(&self) -> Option<u32> {
        let some = !self.devices.is_empty();
        some.then(|| u32::try_from(self.gpu_layers).unwrap_or(u32::MAX))
    }

    pub(crate) fn devices(&self) -> &[Device] {
        &self.devices
    }

    pub(crate) fn lengths(&self) -> Lengths {
        self.lengths
    }

    /// What the run asks for and takes; `None` where it cannot be told.
    pub(crate) fn plan(&self) -> Option<(Demand, Plan)> {
        self.with(&Change::default())
    }

    fn with(&self, change: &Change) -> Option<(Demand, Plan)> {
        self.with_layers(self.gpu_layers, change)
    }

    fn with_layers(&self, layers: u64, change: &Change) -> Option<(Demand, Plan)> {
        let mut context = self.context.clone();
        let mut lengths = self.lengths;
        context.n_ctx = change.context.or(context.n_ctx);
        context.low_memory |= change.low_memory;
        if change.quantised_cache {
            let (keys, values) = advice::QUANTISED;
            (context.type_k, context.type_v) = (Some(keys), Some(values));
        }
        if let Some(budget) = change.budget {
            lengths.document = budget;
        }
        let demand = context.demand(self.header, lengths, &self.devices, layers)?;
        let mut plan = Plan::new(self.header, &demand)?;
        if let Some(weights) = change.weights {
            plan.weights = weights;
        }
        Some((demand, plan))
    }

    /// Whether the run fits; also where it cannot be told.
    pub(crate) fn fits(&self) -> bool {
        match (self.plan(), &self.free) {
            (Some((_, plan)), Some(free)) => self.on_host(&plan) <= free.bytes,
            _ => true,
        }
    }

    /// Bytes of the machine's own memory that a plan takes.
    fn on_host(&self, plan: &Plan) -> u64 {
        let shared = self.devices.iter().any(Device::shares_memory);
        let device = if shared { plan.device.total() } else { 0 };
        plan.total().saturating_add(device)
    }

    /// Why it surely does not fit, even with swap; `None` where it may.
    pub(crate) fn failure(&self, path: &Path) -> Option<Failure> {
        let (_, plan) = self.plan()?;
        let at_least = |bytes: u64| bytes - bytes / TENTH;
        let (needed, room) = (self.on_host(&plan), self.free.as_ref()?.all());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let message = |needed: u64, free: String| {
            let needed = size(needed);
            anyhow!("the model `{name}` does not fit into memory: it needs {needed}, and {free}")
        };
        if at_least(needed) > room {
            let free = format!("{} are free{}", size(room), self.place());
            return Some(Failure::model(message(needed, free)).hint(self.advice()));
        }
        let needed = plan.device.total();
        let room: u64 = self.devices.iter().map(|device| device.memory_free).sum();
        (self.gpu_layers > 0 && at_least(needed) > room).then(|| {
            let names: Vec<&str> = self.devices.iter().map(|d| d.name.as_str()).collect();
            let free = format!("{} are free on `{}`", size(room), names.join(","));
            Failure::model(message(needed, free))
                .hint("fewer layers there, or `-ngl auto`; `--force` loads it all the same")
        })
    }

    /// Whose memory is meant.
    fn place(&self) -> String {
        let group = self.free.as_ref().and_then(|free| free.group.as_ref());
        group.map_or(String::new(), |group| {
            format!(" in the control group `{}`", group.display())
        })
    }

    /// Refuses what does not fit, and warns of what hardly does.
    pub(crate) fn check(&self, path: &Path, screen: &Screen) -> Result<(), Failure> {
        if let Some(failure) = self.failure(path) {
            return Err(failure);
        }
        if let (false, Some((_, plan)), Some(free)) = (self.fits(), self.plan(), &self.free) {
            screen.warning(&format!(
                "the model needs {} of memory, and {} are free{}: it may be slow, or be stopped by the system",
                size(self.on_host(&plan)),
                size(free.bytes),
                self.place()
            ));
        }
        Ok(())
    }
}

/// Bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}
