//! `minitag export-sft`: records whose right tags are known to samples for fine-tuning.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use minitag::classifier::Sample;
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
use minitag::eval::Item;
use minitag::whole_file::{Readers, beside};
use minitag::wire::SampleFormat;
use minitag::{Classifier, ClassifierOptions, Long, TagSet};
use tempfile::NamedTempFile;

use crate::cli::args::{ExportSftArgs, LongArg, SftFormat};
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::gold;
use crate::cli::plan::Plan;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &ExportSftArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.wording.reading.long == LongArg::Windows {
        return Err(
            wrong_usage("a document that is read in windows has no one prompt to learn")
                .hint("`--long condense` or `--long head`"),
        );
    }
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::count(&args.count, &tags)?;
    let (items, all) = gold(&args.gold, &tags, screen)?;
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.needs_model("export-sft")?;
    if args.wording.learned.is_some() {
        return Err(wrong_usage(
            "`--learned` has no part in what a model is trained on",
        ));
    }
    // With an adapter the model is shown what it is shown without evidence.
    plan.options.evidence = None;
    let model = plan.load_vocabulary()?;
    debug_assert!(!matches!(plan.options.long, Long::Windows(_)));
    let export = Export {
        model: &model,
        tags: &tags,
        options: &plan.options,
        args,
    };
    let format = SampleFormat::from(args.sft_format);
    let mut out = Output::new(&args.output)?;
    let mut summary = Summary::default();
    for (place, item) in (0..).zip(&items) {
        match export.sample(item, place) {
            Ok(sample) => {
                summary.add(&sample, item, args.count.max_tags);
                out.write(&format.line(&sample))?;
            }
            Err(error) => {
                let (file, line) = (args.gold.display(), item.record.line);
                screen.error(&format!("`{file}`, line {line}: {error:#}"), None);
            }
        }
    }
    if summary.samples == 0 {
        let message = format!("no record of `{}` makes a sample", args.gold.display());
        return Err(wrong_usage(message));
    }
    out.finish()?;
    summary.tell(args, screen);
    Ok(if summary.samples == all {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// What all samples share.
struct Export<'a> {
    model: &'a Model,
    tags: &'a TagSet,
    options: &'a ClassifierOptions,
    args: &'a ExportSftArgs,
}

impl Export<'_> {
    /// The sample of the record at a place of the file.
    fn sample(&self, item: &Item, place: u64) -> anyhow::Result<Sample> {
        let document = item.document();
        let document = document.context("there is neither `text` nor `path`")?;
        let tags = if self.args.shuffle_tags {
            // Neighbouring seeds draw unlike orders.
            self.tags.shuffled(self.args.seed.wrapping_add(place))
        } else {
            self.tags.clone()
        };
        let id = |&gold: &usize| &self.tags.get(gold).id;
        let place = |gold| tags.iter().position(|tag| tag.id == *id(gold));
        let gold: Vec<usize> = item.record.tags.iter().filter_map(place).collect();
        let engine = LlamaEngine::new(self.model, ContextOptions::default());
        let classifier = Classifier::with_engine(engine, tags, self.options.clone())?;
        Ok(classifier.sample(&item.record.id, document, &gold)?)
    }
}

impl From<SftFormat> for SampleFormat {
    fn from(format: SftFormat) -> Self {
        match format {
            SftFormat::Messages => Self::Messages,
            SftFormat::Alpaca => Self::Alpaca,
            SftFormat::Tokens => Self::Tokens,
        }
    }
}

/// What there is to say of all samples.
#[derive(Default)]
struct Summary {
    samples: usize,
    tokens: usize,
    longest: usize,
    /// With more tags than an answer may have.
    cut: usize,
    /// For these a trainer that tokenises texts comes to other tokens than classification.
    other_prompts: usize,
    other_answers: usize,
}

impl Summary {
    fn add(&mut self, sample: &Sample, item: &Item, max_tags: usize) {
        let tokens = sample.prompt_tokens.len() + sample.answer_tokens.len();
        self.samples += 1;
        self.tokens += tokens;
        self.longest = self.longest.max(tokens);
        self.cut += usize::from(item.record.tags.len() > max_tags);
        self.other_prompts += usize::from(!sample.same_prompt);
        self.other_answers += usize::from(!sample.same_answer);
    }

    fn tell(&self, args: &ExportSftArgs, screen: &Screen) {
        let Self {
            samples, longest, ..
        } = self;
        let mean = self.tokens / samples;
        screen.note(&format!(
            "{samples} samples of {mean} tokens on average, the longest has {longest}"
        ));
        if self.cut > 0 {
            let (cut, most) = (self.cut, args.count.max_tags);
            screen.note(&format!(
                "{cut} records have more than {most} tags (`--max-tags`): the first {most} are taken"
            ));
        }
        if args.sft_format == SftFormat::Tokens {
            return;
        }
        for (what, count) in [
            ("prompts", self.other_prompts),
            ("answers", self.other_answers),
        ] {
            if count > 0 {
                screen.warning(&format!(
                    "{count} of the {samples} {what} are other tokens as one text than they are in \
                     classification; `--sft-format tokens` writes those"
                ));
            }
        }
    }
}

/// The file that the samples go to: there once it is complete.
enum Output<'a> {
    Stdout(io::StdoutLock<'static>),
    File {
        path: &'a Path,
        file: BufWriter<NamedTempFile>,
    },
}

impl<'a> Output<'a> {
    fn new(path: &'a Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(io::stdout().lock()));
        }
        let file = beside(path, Readers::Owner).map_err(|error| cannot_write(path, error))?;
        let file = BufWriter::new(file);
        Ok(Self::File { path, file })
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => Ok(writeln!(out, "{line}")?),
            Self::File { path, file } => {
                writeln!(file, "{line}").map_err(|error| cannot_write(path, error))
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File { path, file } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error);
                let written = file.and_then(|file| file.persist(path).map_err(|e| e.error));
                written.map(drop).map_err(|error| cannot_write(path, error))
            }
        }
    }
}
