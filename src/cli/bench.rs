//! `minitag bench`: what a model, a tag list and a machine give, phase by phase.

use std::time::{Duration, Instant};

use anyhow::Context;
use minitag::bench::{self, Bench, Report};
use minitag::engine::llama::LlamaEngine;
use minitag::forecast::Forecast;
use minitag::memory;

use crate::cli::args::BenchArgs;
use crate::cli::decision;
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// What documents are made of where none is given.
const SAMPLE: &str = include_str!("../../examples/lanternfish.md");

/// Runs the command.
pub(crate) fn run(args: &BenchArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.rounds == 0 || args.tokens.contains(&0) || args.parallel.contains(&0) {
        let message = "`--rounds`, `--tokens` and `--parallel` must be at least 1";
        return Err(wrong_usage(message));
    }
    let text = match &args.file {
        Some(file) => {
            session::read_document(file, screen)
                .map_err(Failure::usage)?
                .text
        }
        None => SAMPLE.to_owned(),
    };
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::decide(&args.decide, false, &tags)?;
    let started = Instant::now();
    let longest = args.tokens.iter().copied().max().unwrap_or(1);
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.needs_model("bench")?;
    decision::refuse(&plan.options, "bench")?;
    let task = Task {
        tags: Some(&tags),
        longest: Some(longest),
        together: args.parallel.iter().copied().max().unwrap_or(1),
        workers: 1,
    };
    let planned_memory_bytes = planned(&plan, &task)?;
    let model = plan.load(&task, screen)?;
    let load_seconds = started.elapsed().as_secs_f64();
    // A folder of its own: every state of the tag list is computed once, and kept once.
    let folder = tempfile::tempdir()
        .context("cannot make a folder for the tag list's state")
        .map_err(Failure::usage)?;
    if let Some(cache) = &mut plan.context.prefix_cache {
        folder.path().join("prefixes").clone_into(&mut cache.folder);
        cache.worth = Duration::ZERO;
    }
    let Plan {
        options, context, ..
    } = plan;
    let number_of_tags = tags.len();
    let engine = LlamaEngine::new(&model, context);
    let mut bench = Bench::new(engine, tags, options, &text, longest, args.rounds)?;
    let prefix = bench.prefix().map_err(Failure::model)?;
    let steps = bench.steps().map_err(Failure::model)?;
    let mut progress = Progress::new(screen, "measurements");
    let all = args.tokens.len() * args.parallel.len();
    let mut documents = Vec::new();
    for &tokens in &args.tokens {
        for &parallel in &args.parallel {
            progress.tell(documents.len(), all);
            documents.push(bench.documents(tokens, parallel).map_err(Failure::model)?);
        }
    }
    drop(progress);
    let report = Report {
        version: env!("MINITAG_VERSION"),
        model: model.name(),
        tags: number_of_tags,
        computed_with: bench.description(),
        load_seconds,
        prefix,
        steps,
        documents,
        planned_memory_bytes,
        peak_memory_bytes: memory::peak(),
    };
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        print::text(&bench::text(&report))?;
    }
    Ok(Status::Success)
}

/// What the plan says of it, with what the program itself holds.
fn planned(plan: &Plan, task: &Task) -> Result<Option<u64>, Failure> {
    let forecast = Forecast::exact(&plan.run(task)).map_err(Failure::usage)?;
    let own = memory::program();
    Ok(forecast
        .plan()
        .and_then(|(_, plan)| Some(plan.total() + own?)))
}
