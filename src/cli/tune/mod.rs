//! `minitag tune`: labelled records in, the options that suit them out.

mod levers;
mod report;
mod save;
pub(in crate::cli) mod write;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
use minitag::eval::{AnswerRecord, Judged};
use minitag::tune::{Configuration, Lever, Outcome, Search};
use minitag::{Classifier, ClassifierOptions, Document, TagSet, wire};

use crate::cli::args::{LeverArg, TuneArgs};
use crate::cli::failure::{Failure, Status, classify_hint, wrong_usage};
use crate::cli::gold::{Item, gold};
use crate::cli::plan::{Plan, Task};
use crate::cli::progress::stop_at_signals;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;
use crate::cli::tune::save::Folder;

/// With fewer records than this, hardly anything is more than noise.
const FEW: usize = 50;

/// What all configurations have in common.
struct Bench<'a> {
    model: &'a Model,
    tags: &'a TagSet,
    items: &'a [Item],
    context: ContextOptions,
    options: ClassifierOptions,
    folder: Option<Folder>,
    screen: &'a Screen,
    stop: Arc<AtomicBool>,
}

/// How the measuring of a configuration ended.
enum Measured {
    /// The answers, and how many documents failed.
    All(Vec<Judged>, usize),
    /// The user stopped it.
    Stopped,
    /// It cannot be, for a reason.
    Impossible(String),
}

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
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    let mut options = plan.options.clone();
    // Thresholds are tried on the scores; the answers have to be whole for that.
    options.decide.threshold = 0.0;
    let levers = levers::levers(args, &options, &tags)?;
    let mut search = Search::new(levers);
    let mut bench = Bench {
        model: &model,
        tags: &tags,
        items: &items,
        context: plan.context.clone(),
        options,
        folder: args.save.as_deref().map(Folder::new).transpose()?,
        screen,
        stop: Arc::default(),
    };
    let stopped = measure_all(&mut bench, &mut search)?;
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
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", report::json(&findings)?)?;
    } else {
        out.write_all(report::text(&findings).as_bytes())?;
    }
    out.flush()?;
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
fn measure_all(bench: &mut Bench, search: &mut Search) -> Result<bool, Failure> {
    let mut progress = Progress::new(bench.screen, "documents");
    let warning = "stopping after this document; once more stops at once";
    stop_at_signals(&bench.stop, bench.screen, progress.bar(), warning, false)?;
    while let Some(configuration) = search.next() {
        let (done, each) = (search.trials().len(), bench.items.len());
        let all = search.most() * each;
        let mut tell = |documents| progress.tell(done * each + documents, all);
        let name = levers::name(&configuration.changes(search.levers()));
        match measure(bench, search.levers(), &configuration, &mut tell)? {
            Measured::All(judged, failed) => {
                if failed > 0 {
                    bench.screen.warning(&format!(
                        "{failed} of {each} documents failed with {name}; they count as without tags"
                    ));
                }
                search.add(configuration, judged);
            }
            Measured::Impossible(reason) if !configuration.is_default() => {
                bench.screen.warning(&format!("{name} cannot be: {reason}"));
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

/// Lets the model answer with a configuration, as far as it has not before.
fn measure(
    bench: &mut Bench,
    levers: &[Lever],
    configuration: &Configuration,
    tell: &mut dyn FnMut(usize),
) -> Result<Measured, Failure> {
    let mut options = bench.options.clone();
    for (lever, &at) in levers.iter().zip(&configuration.0) {
        levers::set(&mut options, &lever.name, &lever.values[at])?;
    }
    let engine = LlamaEngine::new(bench.model, bench.context.clone());
    let mut classifier = match Classifier::with_engine(engine, bench.tags.clone(), options) {
        Ok(classifier) => classifier,
        Err(error) => return Ok(Measured::Impossible(error.to_string())),
    };
    let mut saved = match &bench.folder {
        Some(folder) => {
            let name = levers::file_name(&configuration.changes(levers));
            let settings = classifier
                .settings()
                .map_err(|error| session::unknown_model(bench.model, error))?;
            Some(folder.open(&name, &settings, bench.items, bench.tags)?)
        }
        None => None,
    };
    let (mut judged, mut failed) = (Vec::new(), 0);
    for (done, item) in bench.items.iter().enumerate() {
        tell(done);
        if bench.stop.load(Ordering::Relaxed) {
            return Ok(Measured::Stopped);
        }
        let known = saved.as_ref().and_then(|saved| saved.get(&item.record.id));
        if let Some(answer) = known {
            judged.push(judge(item, answer));
            continue;
        }
        let Some((text, format)) = &item.text else {
            continue;
        };
        let (text, format) = (text.as_str(), *format);
        match classifier.classify(&item.record.id, Document { text, format }) {
            Ok(answer) => {
                let line = wire::Answer::with_scores(&answer);
                if let Some(saved) = &mut saved {
                    saved.add(&line)?;
                }
                judged.push(judge(item, &AnswerRecord::of(&line, bench.tags)));
            }
            Err(error) if error.concerns_all() && configuration.is_default() => {
                return Err(error.into());
            }
            Err(error) if error.concerns_all() => {
                return Ok(Measured::Impossible(error.to_string()));
            }
            Err(error) => {
                let id = &item.record.id;
                let message = format!("cannot tag `{id}`: {error}");
                bench.screen.error(&message, classify_hint(&error));
                judged.push(judge(item, &AnswerRecord::default()));
                failed += 1;
            }
        }
    }
    Ok(Measured::All(judged, failed))
}

fn judge(item: &Item, answer: &AnswerRecord) -> Judged {
    Judged {
        gold: item.record.tags.clone(),
        ok: item.record.ok.clone(),
        found: answer.tags.clone(),
        scores: answer.scores.clone(),
    }
}
