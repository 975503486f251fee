//! `minitag tune`: labelled records in, the options that suit them out.

mod levers;
pub(in crate::cli) mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minitag::classifier::ClassifyError;
use minitag::eval::Item;
use minitag::tune::{Bench, Folder, MeasureError, Measured, Outcome, SaveError, Search, report};

use crate::cli::args::{LeverArg, TuneArgs};
use crate::cli::decision;
use crate::cli::failure::{Failure, Status, cannot_read, cannot_write, wrong_usage};
use crate::cli::gold::gold;
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::progress::stop_at_signals;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// With fewer records than this, hardly anything is more than noise.
const FEW: usize = 50;

/// Runs the command.
pub(crate) fn run(args: &TuneArgs, screen: &Screen) -> Result<Status, Failure> {
    if let Some(path) = &args.write {
        write::check(path, args.overwrite)?;
    }
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::decide(&args.decide, true, &tags)?;
    let (items, all) = gold(&args.gold, &tags, screen)?;
    let items: Vec<Item> = items
        .into_iter()
        .filter(|item| item.text.is_some())
        .collect();
    if items.is_empty() {
        let message = format!("no record of `{}` has a text", args.gold.display());
        return Err(wrong_usage(message));
    }
    if items.len() < FEW {
        screen.warning(&format!(
            "{} records are few: only large differences are more than noise; {FEW} or more tell more",
            items.len()
        ));
    }
    let (threshold, min_tags) = (decide.threshold, decide.min_tags);
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    decision::refuse(&plan.options, "tune")?;
    plan.hold_out(screen);
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    // What was learned has to be for this list.
    let is_alone = plan.classifier(&model, &tags)?.is_alone();
    let mut options = plan.options.clone();
    // Thresholds are tried on the scores; the answers have to be whole for that.
    options.decide.threshold = 0.0;
    let levers = levers::levers(args, &options, &tags, is_alone)?;
    let mut search = Search::new(levers);
    let folder = args.save.as_deref().map(Folder::new).transpose();
    let bench = Bench {
        model: &model,
        tags: &tags,
        items: &items,
        context: plan.context.clone(),
        options,
        folder: folder.map_err(save_failure)?,
    };
    let stopped = measure_all(&bench, &mut search, screen)?;
    let fit = args.levers.contains(&LeverArg::Threshold);
    let outcome = Outcome::new(search.trials(), tags.len(), threshold, min_tags, fit);
    let findings = report::Findings {
        search: &search,
        outcome: &outcome,
        documents: items.len(),
        left_out: all - items.len(),
        with_threshold: fit,
        is_complete: !stopped,
    };
    if args.format.is_json() {
        print::json(&report::record(&findings))?;
    } else {
        print::text(&report::text(&findings, print::width()))?;
    }
    if stopped {
        return Ok(Status::Interrupted);
    }
    if let Some(path) = &args.write {
        match findings.winner() {
            Some(options) => {
                let name = args.gold.display().to_string();
                write::write(path, &options, &name, screen)?;
            }
            None => screen.note(&format!(
                "nothing is written to `{}`: the options stay as they are",
                path.display()
            )),
        }
    }
    Ok(if all == items.len() {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// Measures one configuration after the other; whether the user stopped it.
fn measure_all(bench: &Bench, search: &mut Search, screen: &Screen) -> Result<bool, Failure> {
    let mut progress = Progress::new(screen, "documents");
    let stop: Arc<AtomicBool> = Arc::default();
    let warning = "stopping after this document; once more stops at once";
    stop_at_signals(&stop, screen, progress.bar(), warning, false)?;
    let mut tell_failed = |id: &str, error: &ClassifyError| {
        screen.error(&format!("cannot tag `{id}`: {error}"), error.hint());
    };
    while let Some(configuration) = search.next() {
        let (done, each) = (search.trials().len(), bench.items.len());
        let all = search.most() * each;
        let mut goes_on = |documents| {
            progress.tell(done * each + documents, all);
            !stop.load(Ordering::Relaxed)
        };
        let name = configuration.name(search.levers());
        let measured = bench.measure(
            search.levers(),
            &configuration,
            &mut goes_on,
            &mut tell_failed,
        );
        match measured.map_err(|error| measure_failure(error, bench))? {
            Measured::All { judged, failed } => {
                if failed > 0 {
                    screen.warning(&format!(
                        "{failed} of {each} documents failed with {name}; they count as without tags"
                    ));
                }
                search.add(configuration, judged);
            }
            Measured::Impossible(reason) if !configuration.is_default() => {
                screen.warning(&format!("{name} cannot be: {reason}"));
                search.skip(configuration);
            }
            Measured::Impossible(reason) => {
                return Err(Failure::model(anyhow::anyhow!(reason)));
            }
            Measured::Stopped => return Ok(true),
        }
    }
    Ok(false)
}

fn measure_failure(error: MeasureError, bench: &Bench) -> Failure {
    match error {
        MeasureError::Classify(error) => error.into(),
        MeasureError::Model(error) => session::unknown_model(bench.model, error),
        MeasureError::Save(error) => save_failure(error),
        error => Failure::model(error),
    }
}

fn save_failure(error: SaveError) -> Failure {
    match error {
        SaveError::Read { path, source } => cannot_read(&path, source),
        SaveError::Write { path, source } => cannot_write(&path, source),
        error => Failure::usage(error),
    }
}
