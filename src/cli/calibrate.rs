//! `minitag calibrate`: which tags a model favours, and what its scores are worth.

use std::path::Path;

use minitag::calibrate::{
    CONTENT_FREE, CalibrationFile, Draw, Fit, MIN_DOCUMENTS, Method, Prior, PriorTally, Report, fit,
};
use minitag::classifier::ClassifyError;
use minitag::document::Format;
use minitag::engine::llama::LlamaEngine;
use minitag::eval::{AnswerRecord, Item, promise};
use minitag::runner::Fields;
use minitag::wire::Answer;
use minitag::{Classification, Classifier, DecideOptions, Document, TagSet, whole_file};
use serde::Serialize;

use crate::cli::args::{CalibrateArgs, PriorArg};
use crate::cli::catalogue::{self, tell_unusable};
use crate::cli::decision;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::{gold, place, tell_without_text};
use crate::cli::overwrite::is_other;
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// A text with an id and its markup.
struct Sample {
    id: String,
    text: String,
    format: Format,
}

/// What was found, and where it is.
#[derive(Serialize)]
struct Written {
    output: String,
    #[serde(flatten)]
    report: Report,
}

/// Classifies what it is given, and counts what failed.
struct Asking<'a, 'm> {
    classifier: Classifier<LlamaEngine<'m>>,
    screen: &'a Screen,
    failed: usize,
}

/// Runs the command.
pub(crate) fn run(args: &CalibrateArgs, screen: &Screen) -> Result<Status, Failure> {
    check(args)?;
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = DecideOptions {
        threshold: 0.0,
        temperature: 0.0,
        ..session::decide(&args.decide, true, &tags)?
    };
    let min_tags = decide.min_tags;
    let gold_path = args.gold.as_ref().unwrap_or(&args.documents);
    let (items, all) = if args.fit {
        gold(gold_path, &tags, screen)?
    } else {
        (Vec::new(), 0)
    };
    if args.fit && items.len() < MIN_DOCUMENTS {
        let (path, n) = (gold_path.display(), items.len());
        let message = format!(
            "`--fit` needs {MIN_DOCUMENTS} records with their right tags; `{path}` has {n}"
        );
        return Err(wrong_usage(message));
    }
    let samples = match args.prior {
        PriorArg::None => Vec::new(),
        PriorArg::Contextual => CONTENT_FREE.map(Sample::of).into(),
        PriorArg::Batch => samples(args, screen)?,
    };
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    decision::refuse(&plan.options, "calibrate")?;
    plan.hold_out(screen);
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    let classifier = plan.classifier(&model, &tags)?;
    let settings = classifier
        .fingerprint()
        .map_err(|error| session::unknown_model(&model, error))?;
    let mut asking = Asking {
        classifier,
        screen,
        failed: all - items.len(),
    };
    let prior = asking.prior(args, &samples, &tags)?;
    let found = CalibrationFile::new(&settings, prior.clone(), None, &tags);
    let correction = found.correction_for(&asking.classifier);
    let correction = correction.map_err(Failure::model)?;
    asking.classifier.set_correction(correction)?;
    let fit = asking.fit(&items, gold_path, &tags, min_tags)?;
    if args.fit && fit.is_none() {
        let message = format!("fewer than {MIN_DOCUMENTS} records could be tagged");
        return Err(wrong_usage(message));
    }
    let file = CalibrationFile::new(&settings, prior.clone(), fit.as_ref(), &tags);
    let mut report = Report::new(prior.as_ref(), fit.as_ref(), &tags);
    let mut promised = None;
    if let (Some(precision), Some(fit)) = (args.target_precision, &fit) {
        let found = promise(&fit.answers, precision, args.confidence);
        promised = found.ok();
        report = report.with_promise(precision, args.confidence, found);
    }
    let file = file.with_promise(promised);
    file.write(&args.output)
        .map_err(|error| cannot_write(&args.output, error))?;
    let output = args.output.display().to_string();
    if args.format.is_json() {
        print::json(&Written { output, report })?;
    } else {
        for line in report.lines() {
            screen.note(&line);
        }
        screen.note(&format!("written to `{output}`"));
    }
    let is_promised = args.target_precision.is_none() || promised.is_some();
    Ok(if asking.failed == 0 && is_promised {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// Refuses what cannot be, before any work is done.
fn check(args: &CalibrateArgs) -> Result<(), Failure> {
    if args.prior == PriorArg::None && !args.fit {
        return Err(wrong_usage("there is nothing to find out without `--prior` and `--fit`")
            .hint("`--prior batch` evens out what the model favours, `--fit` learns from right tags what a score is worth"));
    }
    if !(0.0..=1.0).contains(&args.strength) {
        let message = format!("`--strength {}` must be from 0 to 1", args.strength);
        return Err(wrong_usage(message));
    }
    for (name, p) in [
        ("target-precision", args.target_precision),
        ("confidence", Some(args.confidence)),
    ] {
        if let Some(p) = p.filter(|&p| !(p > 0.0 && p < 1.0)) {
            let message = format!("`--{name} {p}` must be above 0 and below 1");
            return Err(wrong_usage(message));
        }
    }
    if args.sample == 0 {
        return Err(wrong_usage(
            "`--sample 0` leaves nothing to measure; it must be at least 1",
        ));
    }
    let output = &args.output;
    if output.exists() && CalibrationFile::read(output).is_err() {
        return Err(is_other(output, "calibration"));
    }
    whole_file::check(output).map_err(|error| cannot_write(output, error))
}

impl Sample {
    fn of(text: &str) -> Self {
        Self {
            id: text.to_owned(),
            text: text.to_owned(),
            format: Format::of(None, text),
        }
    }
}

/// Documents to take a prior from: all of them, or as many drawn as are asked for.
fn samples(args: &CalibrateArgs, screen: &Screen) -> Result<Vec<Sample>, Failure> {
    let path = &args.documents;
    let mut drawn = Draw::new(args.sample, args.decide.seed);
    catalogue::each(path, Fields::default(), screen, |record| {
        drawn.offer(record);
    })?;
    let mut samples = Vec::new();
    for record in drawn.finish() {
        match record.content.read() {
            Ok((text, format)) => samples.push(Sample {
                id: record.id,
                text: text.text,
                format,
            }),
            Err(error) => tell_unusable(path, record.line, &error.message, screen),
        }
    }
    Ok(samples)
}

impl Asking<'_, '_> {
    /// The prior from some texts, where one is wanted.
    fn prior(
        &mut self,
        args: &CalibrateArgs,
        samples: &[Sample],
        tags: &TagSet,
    ) -> Result<Option<Prior>, Failure> {
        let method = match args.prior {
            PriorArg::None => return Ok(None),
            PriorArg::Contextual => Method::Contextual,
            PriorArg::Batch => Method::Batch,
        };
        let mut tally = PriorTally::new(tags);
        let mut progress = Progress::new(self.screen, "texts for the prior");
        let documents = samples.iter().enumerate().map(|(done, sample)| {
            progress.tell(done, samples.len());
            let (text, format) = (sample.text.as_str(), sample.format);
            (sample, sample.id.as_str(), Document { text, format })
        });
        let mut read = 0;
        let (screen, failed) = (self.screen, &mut self.failed);
        let each = |sample: &Sample, answer: Result<Classification, ClassifyError>| {
            match answer {
                Ok(answer) => {
                    tally.add(&answer);
                    read += 1;
                }
                Err(error) => {
                    let place = format!("`{}`", args.documents.display());
                    tell_failed(&place, &sample.id, &error, screen);
                    *failed += 1;
                }
            }
            Ok::<(), Failure>(())
        };
        let workers = self.classifier.best_workers();
        self.classifier.classify_many(workers, documents, each)?;
        if read == 0 {
            let message = format!(
                "no document of `{}` could be used",
                args.documents.display()
            );
            return Err(wrong_usage(message));
        }
        Ok(Some(tally.finish(
            method,
            args.prior_mean.into(),
            args.strength,
        )))
    }

    /// What the right tags teach, where they are known.
    fn fit(
        &mut self,
        items: &[Item],
        gold: &Path,
        tags: &TagSet,
        min_tags: usize,
    ) -> Result<Option<Fit>, Failure> {
        tell_without_text(items, gold, None, self.screen);
        let mut progress = Progress::new(self.screen, "records with their right tags");
        let documents = items.iter().enumerate().filter_map(|(done, item)| {
            progress.tell(done, items.len());
            Some((item, item.record.id.as_str(), item.document()?))
        });
        let mut judged = Vec::new();
        let screen = self.screen;
        let each = |item: &Item, answer: Result<Classification, ClassifyError>| {
            match answer {
                Ok(answer) => {
                    let mut record = AnswerRecord::of(&Answer::with_scores(&answer), tags);
                    // As they were computed, not as they are written.
                    record.scores = answer.log_probs.iter().map(|p| p.exp()).collect();
                    judged.push(item.judged(&record));
                }
                Err(error) => tell_failed(&place(gold, item), &item.record.id, &error, screen),
            }
            Ok::<(), Failure>(())
        };
        let workers = self.classifier.best_workers();
        self.classifier.classify_many(workers, documents, each)?;
        self.failed += items.len() - judged.len();
        Ok(fit(&judged, tags.len(), min_tags))
    }
}

/// Says that a document cannot be used.
fn tell_failed(place: &str, id: &str, error: &ClassifyError, screen: &Screen) {
    let message = format!("{place}: cannot tag `{id}`: {error}");
    screen.error(&message, error.hint());
}
