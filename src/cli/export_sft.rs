//! `minitag export-sft`: records whose right tags are known to samples for fine-tuning.

use std::io;
use std::path::Path;

use minitag::Long;
use minitag::sft::{Export, Summary};
use minitag::whole_file::Lines;
use minitag::wire::SampleFormat;

use crate::cli::args::{ExportSftArgs, LongArg, SftFormat};
use crate::cli::decision;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::gold;
use crate::cli::overwrite::check_lines;
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
    let fields = ["messages", "instruction", "labels"];
    check_lines(&args.output, "file of `export-sft`", &fields, &[])?;
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::count(&args.count, &tags)?;
    let (items, all) = gold(&args.gold, &tags, screen)?;
    let mut plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.needs_model("export-sft")?;
    decision::refuse(&plan.options, "export-sft")?;
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
        shuffle: args.shuffle_tags.then_some(args.seed),
    };
    let format = SampleFormat::from(args.sft_format);
    let path = args.output.as_path();
    let failed = |error: io::Error| {
        if path == Path::new("-") {
            Failure::from(error)
        } else {
            cannot_write(path, error)
        }
    };
    let mut out = Lines::new(path).map_err(failed)?;
    let mut summary = Summary::default();
    for (place, item) in (0..).zip(&items) {
        match export.sample(item, place) {
            Ok(sample) => {
                summary.add(&sample, item, args.count.max_tags);
                out.write(&format.line(&sample)).map_err(failed)?;
            }
            Err(error) => {
                let (file, line) = (args.gold.display(), item.record.line);
                let error = anyhow::Error::new(error);
                screen.error(&format!("`{file}`, line {line}: {error:#}"), None);
            }
        }
    }
    if summary.samples == 0 {
        let message = format!("no record of `{}` makes a sample", args.gold.display());
        return Err(wrong_usage(message));
    }
    out.finish().map_err(failed)?;
    screen.remarks(&summary.remarks(format, args.count.max_tags));
    Ok(if summary.samples == all {
        Status::Success
    } else {
        Status::SomeFailed
    })
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
