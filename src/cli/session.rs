//! From arguments to a tag list, a model, a classifier.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use minitag::document::{self, Text};
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::{
    AnswerStyle, Budget, Classifier, ClassifierOptions, DecideOptions, Scaffold, Strategy, TagSet,
    Template,
};

use crate::cli::args::{
    Answer, CountArgs, DecideArgs, ModelArgs, Scores, StrategyArg, TagArgs, WordingArgs,
};
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::screen::Screen;

/// The metadata keys by which a model says how it wants to be used.
const ANSWER_KEY: &str = "minitag.answer";
const BUDGET_KEY: &str = "minitag.budget";

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
        .map_err(|e| {
            Failure::usage(e).hint("`minitag tags check FILE` looks at a tag list without a model")
        })
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

/// Finds, checks and loads the model.
pub(crate) fn model(args: &ModelArgs) -> Result<(Model, PathBuf), Failure> {
    let path = args.model.clone().ok_or_else(|| {
        wrong_usage("no model was given")
            .hint("`-m FILE` names a GGUF file, MiniCPM3-4B for instance")
    })?;
    let options = ModelOptions {
        gpu_layers: args.gpu_layers,
        verbose: args.verbose,
    };
    Ok((load(&path, &options)?, path))
}

/// Checks and loads a model file.
pub(crate) fn load(path: &Path, options: &ModelOptions) -> Result<Model, Failure> {
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
    let budget = match &wording.budget {
        Some(text) => budget(text)?,
        None => model
            .metadata(BUDGET_KEY)
            .and_then(|text| budget(&text).ok())
            .unwrap_or_default(),
    };
    let options = ClassifierOptions {
        scaffold: scaffold.unwrap_or_default(),
        template,
        answer,
        budget,
        decide,
    };
    let engine = LlamaEngine::new(model, context(args)?);
    Ok(Classifier::new(engine, tags, options)?)
}

fn template(path: &Path) -> Result<Template, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, e))?;
    Template::parse(&text)
        .with_context(|| format!("the prompt `{}` cannot be used", path.display()))
        .map_err(Failure::usage)
}

fn budget(text: &str) -> Result<Budget, Failure> {
    match (text, text.parse()) {
        ("full", _) => Ok(Budget::Full),
        (_, Ok(tokens)) if tokens > 0 => Ok(Budget::Tokens(tokens)),
        _ => Err(wrong_usage(format!(
            "`--budget {text}` is neither a number of tokens from 1 up nor `full`"
        ))),
    }
}

fn context(args: &ModelArgs) -> Result<ContextOptions, Failure> {
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
    Ok(ContextOptions {
        n_ctx: args.ctx_size,
        threads: args.threads,
        n_batch: args.batch_size,
        type_k: args.cache_type_k,
        type_v: args.cache_type_v,
        flash_attention: args.flash_attn,
    })
}

/// Reads a document; says on the screen what had to be replaced in it.
pub(crate) fn read_document(path: &Path, screen: &Screen) -> anyhow::Result<Text> {
    let text = if path == Path::new("-") {
        document::read(io::stdin().lock())
    } else {
        File::open(path)
            .map_err(document::ReadError::Io)
            .and_then(document::read)
    };
    let text = text.with_context(|| format!("cannot use `{}`", path.display()))?;
    if text.replaced > 0 {
        let (name, n) = (path.display(), text.replaced);
        screen.warning(&format!(
            "`{name}` is not valid UTF-8: {n} places were replaced by U+FFFD"
        ));
    }
    Ok(text)
}
