//! What commands share between their arguments and their answers: how tags are chosen, what
//! of an answer is written, documents, the calibration.

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::Context;
use minitag::calibrate::CalibrationFile;
use minitag::classifier::Mismatch;
use minitag::decide::{Combining, OptionsError};
use minitag::document::{self, Format, Text};
use minitag::engine::llama::{LlamaEngine, Model};
use minitag::eval::Promise;
use minitag::layout::size;
use minitag::wire::{Layout, Shape, Writing};
use minitag::{AnswerStyle, Classifier, DecideOptions, Document, Long, Strategy, TagSet};

use crate::cli::args::{
    Answer, AnswerArgs, CalibrationArgs, Combine, CountArgs, DecideArgs, LongArg, PermutationsArg,
    ReadingArgs, StrategyArg,
};
use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::plan::Plan;
use crate::cli::screen::Screen;
pub(crate) use crate::cli::tag_list::{tag_set, tag_set_from};

impl From<Answer> for AnswerStyle {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Id => Self::Id,
            Answer::Name => Self::Name,
        }
    }
}

impl From<&ReadingArgs> for Long {
    fn from(args: &ReadingArgs) -> Self {
        let combining = match args.combine {
            Combine::Mean => Combining::Mean,
            Combine::Max => Combining::Max,
            Combine::NoisyOr => Combining::NoisyOr,
        };
        match args.long {
            LongArg::Condense => Self::Condense,
            LongArg::Head => Self::Head,
            LongArg::Windows => Self::Windows(combining),
        }
    }
}

/// An option as it is typed.
impl From<OptionsError> for Failure {
    fn from(error: OptionsError) -> Self {
        let OptionsError {
            option,
            value,
            problem,
        } = error;
        let option = option.replace('_', "-");
        wrong_usage(format!("`--{option} {value}` {problem}"))
    }
}

/// Checks how many tags are wanted.
pub(crate) fn count(args: &CountArgs, tags: &TagSet) -> Result<DecideOptions, Failure> {
    let options = DecideOptions {
        min_tags: args.min_tags,
        max_tags: args.max_tags,
        ..DecideOptions::default()
    };
    options.check(tags.len())?;
    Ok(options)
}

/// Checks how tags are to be chosen.
pub(crate) fn decide(
    args: &DecideArgs,
    scores: bool,
    tags: &TagSet,
) -> Result<DecideOptions, Failure> {
    let options = asked(args, scores);
    options.check(tags.len())?;
    Ok(options)
}

/// How tags are to be chosen, from whatever list.
pub(crate) fn asked(args: &DecideArgs, scores: bool) -> DecideOptions {
    let options = DecideOptions {
        min_tags: args.count.min_tags,
        max_tags: args.count.max_tags,
        strategy: match args.strategy {
            StrategyArg::Sequence => Strategy::Sequence,
            StrategyArg::Rank => Strategy::Rank,
        },
        threshold: args.threshold,
        temperature: args.temperature,
        seed: args.seed,
        scores,
        ..DecideOptions::default()
    };
    match args.permutations {
        PermutationsArg::Fixed(permutations) => DecideOptions {
            permutations,
            ..options
        },
        PermutationsArg::Auto => options.with_auto_permutations(),
    }
}

/// What of an answer is written.
pub(crate) fn shape(args: &AnswerArgs, calibration: &CalibrationArgs) -> Result<Shape, Failure> {
    if let Some(below) = args.review_below.filter(|p| !(0.0..=1.0).contains(p)) {
        return Err(wrong_usage(format!(
            "`--review-below {below}` is not a probability; it must be from 0 to 1"
        )));
    }
    Ok(Shape {
        names: args.names,
        scores: args.scores.map(Into::into),
        review_below: match args.review_below {
            Some(below) => Some(below),
            None => promise(calibration)?.map(|promise| promise.score),
        },
        details: args.details,
    })
}

/// What a calibration promises, if there is one.
pub(crate) fn promise(args: &CalibrationArgs) -> Result<Option<Promise>, Failure> {
    let Some(path) = &args.calibration else {
        return Ok(None);
    };
    let file = CalibrationFile::read(path).map_err(Failure::usage)?;
    Ok(file.promise())
}

/// How the answers of a model are written.
pub(crate) fn writing<'a>(
    shape: Shape,
    layout: Layout,
    tags: &'a TagSet,
    model: &Model,
    plan: &Plan,
) -> Writing<'a> {
    Writing {
        shape,
        layout,
        tags,
        model: plan.name(model),
        first: None,
        loras: model.loras().iter().map(ToString::to_string).collect(),
        orders: plan.options.decide.permutations,
    }
}

/// Lets the classifier correct what the model says by a calibration, if there is one and it
/// was made for this; returns what it is told from others by.
pub(crate) fn apply_calibration(
    classifier: &mut Classifier<LlamaEngine>,
    args: &CalibrationArgs,
) -> Result<Option<String>, Failure> {
    let Some(path) = &args.calibration else {
        return Ok(None);
    };
    let file = CalibrationFile::read(path).map_err(Failure::usage)?;
    let correction = file.correction_for(classifier).map_err(|error| {
        let is_other = matches!(error, Mismatch::Other(_));
        let message = format!("the calibration `{}` cannot be used", path.display());
        let failure = Failure::usage(anyhow::Error::new(error).context(message));
        if is_other {
            failure.hint("`minitag calibrate` makes one for these settings")
        } else {
            failure
        }
    })?;
    classifier.set_correction(correction)?;
    Ok(Some(file.hash()))
}

/// A model of which it cannot be told what it is.
pub(crate) fn unknown_model(model: &Model, error: io::Error) -> Failure {
    let message = format!("cannot tell what `{}` is", model.name());
    Failure::model(anyhow::Error::new(error).context(message))
}

/// Says what there is to say of the engine's work once it has begun.
pub(crate) fn tell_of_engine(engine: &LlamaEngine, verbose: bool, screen: &Screen) {
    screen.remarks(&engine.remarks(verbose));
}

/// The document's id: as given, or else its path.
pub(crate) fn id(given: Option<&str>, path: &Path) -> String {
    given.map_or_else(|| path.display().to_string(), str::to_owned)
}

/// Reads a document; says on the screen what had to be replaced in it.
pub(crate) fn read_document(path: &Path, screen: &Screen) -> anyhow::Result<Text> {
    let text = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            screen.note("reading the document from the terminal; Ctrl-D ends it");
        }
        document::read(io::stdin().lock())
    } else {
        document::open(path)
    };
    let text = text.with_context(|| format!("cannot use `{}`", path.display()))?;
    let format = Format::of(Some(path), &text.text);
    screen.remarks(&text.remarks(&path.display().to_string(), format));
    Ok(text)
}

/// A document's text with the markup that its name or its content tells.
pub(crate) fn document<'t>(path: &Path, text: &'t Text) -> Document<'t> {
    let text = text.text.as_str();
    let format = Format::of(Some(path), text);
    Document { text, format }
}

/// What the budget left out of a document: nothing is left out silently.
pub(crate) fn left_out(used: usize, left_out: usize, name: &str) -> Option<String> {
    (left_out > 0).then(|| {
        format!(
            "the model was shown {used} tokens of `{name}`, the budget left out {} of text \
             (`minitag document` shows which)",
            size(left_out as u64)
        )
    })
}
