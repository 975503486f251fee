//! From arguments to a tag list, a model, a classifier.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Context;
use minitag::decide::Combining;
use minitag::document::{self, Format, Text};
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::models::{Located, locate};
use minitag::{
    AnswerStyle, Budget, Classifier, ClassifierOptions, DecideOptions, Document, Long, Scaffold,
    Strategy, TagSet, Template,
};

use crate::cli::args::{
    Answer, Combine, CountArgs, DecideArgs, LongArg, ModelArgs, ReadingArgs, Scores, StrategyArg,
    TagArgs, WordingArgs,
};
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;

/// The metadata keys by which a model says how it wants to be used.
const ANSWER_KEY: &str = "minitag.answer";
const BUDGET_KEY: &str = "minitag.budget";

/// The metadata keys by which the built-in model says what it is worth: a figure, and
/// the names it was trained on, one a line.
const QUALITY_KEY: &str = "minitag.quality";
const NAMES_KEY: &str = "minitag.names";

/// How to get the model that this program is made for.
const GET_REAL_ONE: &str = "`hf download openbmb/MiniCPM3-4B-GGUF minicpm3-4b-q4_k_m.gguf`";

/// As many threads as llama.cpp can be given.
const MAX_THREADS: usize = 512;

impl From<Answer> for AnswerStyle {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Id => Self::Id,
            Answer::Name => Self::Name,
        }
    }
}

/// Reads and checks the tag list.
pub(crate) fn tag_set(args: &TagArgs) -> Result<TagSet, Failure> {
    let path = args
        .tags
        .as_deref()
        .ok_or_else(|| wrong_usage("no tag list was given"))?;
    tag_set_from(path)
}

/// The same from a path.
pub(crate) fn tag_set_from(path: &Path) -> Result<TagSet, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, e))?;
    TagSet::parse(&text)
        .with_context(|| format!("the tag list `{}` cannot be used", path.display()))
        .map_err(Failure::usage)
}

/// Checks how many tags are wanted.
pub(crate) fn count(args: &CountArgs, tags: &TagSet) -> Result<DecideOptions, Failure> {
    let (min_tags, max_tags) = (args.min_tags, args.max_tags);
    if max_tags == 0 {
        return Err(wrong_usage(
            "`--max-tags 0` leaves nothing to decide; it must be at least 1",
        ));
    }
    if min_tags > max_tags {
        return Err(wrong_usage(format!(
            "`--min-tags {min_tags}` is more than `--max-tags {max_tags}`"
        )));
    }
    if min_tags > tags.len() {
        let message = format!(
            "`--min-tags {min_tags}` is more than the list has: {} tags",
            tags.len()
        );
        return Err(wrong_usage(message));
    }
    Ok(DecideOptions {
        min_tags,
        max_tags,
        ..DecideOptions::default()
    })
}

/// Checks how tags are to be chosen.
pub(crate) fn decide(
    args: &DecideArgs,
    scores: Option<Scores>,
    tags: &TagSet,
) -> Result<DecideOptions, Failure> {
    if !(0.0..=1.0).contains(&args.threshold) {
        let message = format!(
            "`--threshold {}` is not a probability; it must be from 0 to 1",
            args.threshold
        );
        return Err(wrong_usage(message));
    }
    if !(args.temperature >= 0.0 && args.temperature.is_finite()) {
        let message = format!(
            "`--temperature {}` must be a number from 0 up",
            args.temperature
        );
        return Err(wrong_usage(message));
    }
    Ok(DecideOptions {
        strategy: match args.strategy {
            StrategyArg::Sequence => Strategy::Sequence,
            StrategyArg::Rank => Strategy::Rank,
        },
        threshold: args.threshold,
        temperature: args.temperature,
        seed: args.seed,
        scores: scores.is_some(),
        ..count(&args.count, tags)?
    })
}

/// Finds, checks and loads the model, and says so where it is the built-in one
/// without having been asked for.
pub(crate) fn model(
    args: &ModelArgs,
    tags: &TagSet,
    screen: &Screen,
) -> Result<(Model, PathBuf), Failure> {
    let located = locate(args.model.as_deref()).map_err(Failure::model)?;
    let (gpu_layers, verbose, vocab_only) = (args.gpu_layers, args.verbose, false);
    let options = ModelOptions {
        gpu_layers,
        vocab_only,
        verbose,
    };
    let model = load(located.path(), &options)?;
    if let Located::BuiltIn { named, .. } = located {
        introduce(&model, tags, named, screen);
    }
    Ok((model, located.path().to_owned()))
}

/// Finds, checks and loads the model's vocabulary alone.
pub(crate) fn vocabulary(named: Option<&Path>) -> Result<Model, Failure> {
    let located = locate(named).map_err(Failure::model)?;
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    load(located.path(), &options)
}

/// The built-in model is honest about itself.
fn introduce(model: &Model, tags: &TagSet, named: bool, screen: &Screen) {
    let quality = model.metadata(QUALITY_KEY).unwrap_or_default();
    if !named {
        screen.note(&format!("the built-in small model is answering ({quality}); MiniCPM3-4B is far better: {GET_REAL_ONE}"));
    }
    let known = model.metadata(NAMES_KEY).unwrap_or_default();
    let known: Vec<&str> = known.lines().collect();
    let strange = tags
        .iter()
        .filter(|tag| !known.contains(&tag.name.trim().to_lowercase().as_str()))
        .count();
    if strange * 2 > tags.len() {
        let all = tags.len();
        screen.warning(&format!(
            "{strange} of the {all} tag names were never shown to the built-in model in training: expect guesses"
        ));
    }
}

/// Checks and loads a model file.
fn load(path: &Path, options: &ModelOptions) -> Result<Model, Failure> {
    minitag::models::check(path)
        .with_context(|| format!("the model `{}` cannot be used", path.display()))
        .map_err(Failure::model)?;
    Model::load(path, options)
        .map_err(|e| Failure::model(e).hint("`--verbose` shows what llama.cpp says"))
}

/// Puts model, tags and wording together.
pub(crate) fn classifier<'m>(
    model: &'m Model,
    tags: TagSet,
    wording: &WordingArgs,
    decide: DecideOptions,
    args: &ModelArgs,
    screen: &Screen,
) -> Result<Classifier<LlamaEngine<'m>>, Failure> {
    let answer = match (wording.answer, model.metadata(ANSWER_KEY).as_deref()) {
        (Some(answer), _) => answer.into(),
        (None, Some("name")) => AnswerStyle::Name,
        (None, _) => AnswerStyle::Id,
    };
    let template = match &wording.prompt {
        Some(path) => template(path)?,
        None => Template::built_in(answer),
    };
    let chat_template = model.metadata("tokenizer.chat_template");
    let scaffold = chat_template.and_then(|text| Scaffold::from_chat_template(&text));
    let options = ClassifierOptions {
        scaffold: scaffold.unwrap_or_default(),
        template,
        answer,
        budget: budget(&wording.reading, model)?,
        long: long(&wording.reading),
        decide,
    };
    let engine = LlamaEngine::new(model, context(args, screen)?);
    Ok(Classifier::new(engine, tags, options)?)
}

fn template(path: &Path) -> Result<Template, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, e))?;
    Template::parse(&text)
        .with_context(|| format!("the prompt `{}` cannot be used", path.display()))
        .map_err(Failure::usage)
}

/// How much of a document is shown: what was asked for, else what the model was made for.
pub(crate) fn budget(args: &ReadingArgs, model: &Model) -> Result<Budget, Failure> {
    let parse = |text: &str| match (text, text.parse()) {
        ("full", _) => Some(Budget::Full),
        (_, Ok(tokens)) if tokens > 0 => Some(Budget::Tokens(tokens)),
        _ => None,
    };
    match &args.budget {
        Some(text) => parse(text).ok_or_else(|| {
            wrong_usage(format!(
                "`--budget {text}` is neither a number of tokens from 1 up nor `full`"
            ))
        }),
        None => Ok(model
            .metadata(BUDGET_KEY)
            .and_then(|text| parse(&text))
            .unwrap_or_default()),
    }
}

fn long(args: &ReadingArgs) -> Long {
    let combining = match args.combine {
        Combine::Mean => Combining::Mean,
        Combine::Max => Combining::Max,
        Combine::NoisyOr => Combining::NoisyOr,
    };
    match args.long {
        LongArg::Condense => Long::Condense,
        LongArg::Head => Long::Head,
        LongArg::Windows => Long::Windows(combining),
    }
}

fn context(args: &ModelArgs, screen: &Screen) -> Result<ContextOptions, Failure> {
    for (name, value) in [
        ("threads", args.threads),
        ("ctx-size", args.ctx_size),
        ("batch-size", Some(args.batch_size)),
    ] {
        if value == Some(0) {
            return Err(wrong_usage(format!(
                "`--{name} 0` is not possible; it must be at least 1"
            )));
        }
    }
    if args.threads.is_some_and(|threads| threads > MAX_THREADS) {
        let message = "`--threads` is more than llama.cpp allows: 512";
        return Err(wrong_usage(message).hint("more threads than cores make it slower, not faster"));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if let Some(threads) = args.threads.filter(|&threads| threads > cores) {
        screen.warning(&format!(
            "{threads} threads on {cores} cores wait for each other; fewer are faster"
        ));
    }
    Ok(ContextOptions {
        n_ctx: args.ctx_size,
        threads: args.threads,
        n_batch: args.batch_size,
        type_k: args.cache_type_k,
        type_v: args.cache_type_v,
        flash_attention: args.flash_attn,
    })
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
        File::open(path)
            .map_err(document::ReadError::Io)
            .and_then(document::read)
    };
    let text = text.with_context(|| format!("cannot use `{}`", path.display()))?;
    if text.replaced > 0 {
        let (name, n) = (path.display(), text.replaced);
        let places = if n == 1 { "place was" } else { "places were" };
        screen.warning(&format!(
            "`{name}` is not valid {}: {n} {places} replaced by U+FFFD",
            text.encoding
        ));
    }
    Ok(text)
}

/// A document's text with the markup that its name or its content tells.
pub(crate) fn document<'t>(path: &Path, text: &'t Text) -> Document<'t> {
    let text = text.text.as_str();
    let format = Format::of(Some(path), text);
    Document { text, format }
}
