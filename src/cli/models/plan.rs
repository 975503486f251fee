//! `minitag models plan`: how much memory a run will take, and of what.

use std::path::Path;

use minitag::forecast::Forecast;
use minitag::layout::{Table, size};
use minitag::memory as machine;
use minitag::models::{Demand, Header, Plan, TensorType};
use serde::Serialize;

use crate::cli::args::ModelsPlanArgs;
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::memory::{self, free_in_words};
use crate::cli::plan::{self, Task};
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

/// The plan as JSON. Sizes in bytes, lengths in tokens.
#[derive(Serialize)]
struct Report {
    model: String,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    swap: Option<u64>,
    fits: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceReport>,
    /// What would make it fit.
    ways: Vec<String>,
}

#[derive(Serialize)]
struct DeviceReport {
    names: Vec<String>,
    layers: u64,
    weights: u64,
    cache: u64,
    compute: u64,
    total: u64,
    free: u64,
}

/// Runs the command.
pub(crate) fn run(args: &ModelsPlanArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.parallel == 0 {
        return Err(wrong_usage(
            "`--parallel 0` is not possible; it must be at least 1",
        ));
    }
    let tags = args
        .tags
        .as_deref()
        .map(|path| session::tag_set_from(path, screen))
        .transpose()?;
    let decide = match &tags {
        Some(tags) => session::count(&args.count, tags)?,
        None => minitag::DecideOptions::default(),
    };
    let named = args.name.as_deref().or(args.model.model.as_deref());
    let planned = plan::Plan::of(named, &args.model, &args.wording, decide, screen)?;
    let task = Task {
        tags: tags.as_ref(),
        longest: None,
        together: args.parallel,
    };
    let run = planned.run(&task);
    let (path, header) = (run.path, run.header);
    let forecast = Forecast::exact(&run).map_err(Failure::usage)?;
    let Some((demand, plan)) = forecast.plan() else {
        let name = path.display();
        let message =
            format!("cannot plan the memory of `{name}`: its layers use different kinds of cache");
        return Err(wrong_usage(message).hint("it is loaded without a plan"));
    };
    let report = report(path, header, &forecast, &demand, &plan);
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        print::table(&table(&report, &forecast))?;
    }
    memory::check(&forecast, path, screen)?;
    Ok(Status::Success)
}

fn report(
    path: &Path,
    header: &Header,
    forecast: &Forecast,
    demand: &Demand,
    plan: &Plan,
) -> Report {
    let program = machine::program().unwrap_or(0);
    let lengths = forecast.lengths();
    let free = forecast.free();
    let fits = forecast.fits();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let on_device = demand.gpu_layers > 0;
    let type_name = |kind: TensorType| kind.to_string().to_lowercase();
    Report {
        model: name.into_owned(),
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
        cache_per_token: Plan::cache_per_token(header, demand).unwrap_or(0),
        logits: plan.logits,
        compute: plan.compute,
        program,
        total: plan.total() + program,
        free: free.map(|free| free.bytes),
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
            forecast.ways().iter().map(memory::way).collect()
        },
    }
}

/// The plan for people: a thing and what is to be said of it, a line each.
fn table(report: &Report, forecast: &Forecast) -> Table {
    let Report {
        context,
        tag_list,
        document,
        answer,
        keys,
        values,
        cache_per_token,
        ..
    } = report;
    let flash = if report.flash_attention {
        "with"
    } else {
        "without"
    };
    let mut table = Table::new("ll");
    let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
    line("model", report.model.clone());
    line(
        "context",
        format!(
            "{context} tokens, for a list of {tag_list}, documents of {document}, answers of {answer}"
        ),
    );
    line("weights", size(report.weights));
    if report.copied_embedding > 0 {
        line("embedding, twice", size(report.copied_embedding));
    }
    line(
        "cache",
        format!(
            "{}: {cache_per_token} bytes a token, keys in {keys}, values in {values}",
            size(report.cache)
        ),
    );
    line("logits", size(report.logits));
    line(
        "computing",
        format!("{}, {flash} flash attention", size(report.compute)),
    );
    line("program", size(report.program));
    line("in all", size(report.total));
    let free = forecast.free();
    line("free", free.map_or("unknown".to_owned(), free_in_words));
    if let Some(device) = &report.device {
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
    if !report.ways.is_empty() {
        line("would fit with", report.ways.join(", "));
    }
    table
}
