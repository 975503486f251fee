//! From arguments to a tag list, a model, a classifier.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use etcetera::BaseStrategy;
use minitag::calibrate::CalibrationFile;
use minitag::constraint::Joining;
use minitag::decide::Combining;
use minitag::document::{self, Format, Text};
use minitag::engine::MAX_PREFIXES;
use minitag::engine::llama::{
    ContextOptions, Device, LlamaEngine, Model, ModelOptions, PrefixOrigin,
};
use minitag::engine::prefix_cache::PrefixCache;
use minitag::models::{Header, Located, is_old_identity, locate};
use minitag::runner::Settings;
use minitag::{
    AnswerStyle, Budget, Classifier, ClassifierOptions, DecideOptions, Document, ListStyle, Long,
    Strategy, TagSet, Template,
};

use crate::cli::args::{
    Answer, AnswerArgs, CalibrationArgs, Combine, CountArgs, DecideArgs, GpuLayers, ListStyleArg,
    LongArg, ModelArgs, ReadingArgs, StrategyArg, WordingArgs,
};
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::lora;
use crate::cli::memory::{Forecast, Task};
use crate::cli::models::{CHAT_TEMPLATE, chat, hold, taken_by_name, unusable};
use crate::cli::output::Shape;
use crate::cli::screen::Screen;
pub(crate) use crate::cli::tag_list::{tag_set, tag_set_from};

/// The metadata keys by which a model says how it wants to be used.
const ANSWER_KEY: &str = "minitag.answer";
pub(crate) const BUDGET_KEY: &str = "minitag.budget";

/// The metadata keys by which the built-in model says what it is worth: a figure, and
/// the names it was trained on, one a line.
const QUALITY_KEY: &str = "minitag.quality";
const NAMES_KEY: &str = "minitag.names";

/// How to get the model that this program is made for.
const GET_REAL_ONE: &str = if cfg!(feature = "download") {
    "`minitag models pull minicpm3-4b`"
} else {
    "`hf download openbmb/MiniCPM3-4B-GGUF minicpm3-4b-q4_k_m.gguf`"
};

/// What is computed in less is not kept: reading a large model's state takes half a
/// second, and a small model's is not worth a file.
const WORTH_KEEPING: Duration = Duration::from_secs(1);

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
    scores: bool,
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
    if !(1..=MAX_PREFIXES).contains(&args.permutations) {
        let message = format!(
            "`--permutations {}` is not possible; it must be from 1 to {MAX_PREFIXES}",
            args.permutations
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
        permutations: args.permutations,
        scores,
        ..count(&args.count, tags)?
    })
}

/// Finds and checks the model, looks whether there is memory for the task, loads it, and
/// says so where it is the built-in one without having been asked for.
pub(crate) fn model(args: &ModelArgs, task: &Task, screen: &Screen) -> Result<Model, Failure> {
    let located = locate(args.model.as_deref())?;
    let path = located.path();
    if let Some(note) = taken_by_name(&located) {
        screen.note(&note);
    }
    let header = header(&located)?;
    lora::check(&args.lora, path, &header, screen)?;
    let forecast = Forecast::new(path, &header, args, task)?;
    if !args.force {
        forecast.check(path, screen)?;
    }
    if let Some(warning) = without_card(args, forecast.devices()) {
        screen.warning(&warning);
    }
    let options = ModelOptions {
        gpu_layers: forecast.gpu_layers(),
        devices: args.device.clone(),
        vocab_only: false,
        loras: args.lora.clone(),
        verbose: args.verbose,
        identify: true,
    };
    let model = load(path, &options)?;
    if let (Located::BuiltIn { named, .. }, Some(tags)) = (&located, task.tags) {
        // What an adapter was trained on is not known here.
        let tags = args.lora.is_empty().then_some(tags);
        introduce(&model, tags, *named, screen);
    }
    Ok(model)
}

/// Finds, checks and loads the model's vocabulary alone.
pub(crate) fn vocabulary(named: Option<&Path>) -> Result<Model, Failure> {
    let located = locate(named)?;
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    header(&located)?;
    load(located.path(), &options)
}

/// What to say if layers are wanted on a graphics card and there is none.
fn without_card(args: &ModelArgs, devices: &[Device]) -> Option<String> {
    let GpuLayers::Count(layers @ 1..) = args.gpu_layers else {
        return None;
    };
    let built_for_cards = cfg!(any(
        feature = "cuda",
        feature = "metal",
        feature = "rocm",
        feature = "vulkan"
    ));
    let why = match (&args.device, built_for_cards) {
        (Some(_), _) => "`--device` names no graphics card",
        (None, true) => "llama.cpp finds no graphics card",
        (None, false) => "this program was built for the processor alone",
    };
    let without = devices.is_empty();
    without.then(|| format!("`-ngl {layers}` has no effect: {why}"))
}

/// The built-in model is honest about itself.
fn introduce(model: &Model, tags: Option<&TagSet>, named: bool, screen: &Screen) {
    let quality = model.metadata(QUALITY_KEY).unwrap_or_default();
    if !named {
        screen.note(&format!("the built-in small model is answering ({quality}); MiniCPM3-4B is far better: {GET_REAL_ONE}"));
    }
    let Some(tags) = tags else { return };
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

/// Reads the header of a model file, which says whether it can be loaded; the file is the one
/// that the registry knows, if it was named so.
pub(crate) fn header(located: &Located) -> Result<Header, Failure> {
    let path = located.path();
    let header = minitag::models::check(path).map_err(|error| unusable(path, error))?;
    hold(located)?;
    Ok(header)
}

/// Loads a model file that was checked.
fn load(path: &Path, options: &ModelOptions) -> Result<Model, Failure> {
    Model::load(path, options)
        .map_err(|e| Failure::model(e).hint("`--verbose` shows what llama.cpp says"))
}

/// What of an answer is written.
pub(crate) fn shape(args: &AnswerArgs, decide: &DecideArgs) -> Result<Shape, Failure> {
    if let Some(below) = args.review_below.filter(|p| !(0.0..=1.0).contains(p)) {
        return Err(wrong_usage(format!(
            "`--review-below {below}` is not a probability; it must be from 0 to 1"
        )));
    }
    Ok(Shape {
        names: args.names,
        scores: args.scores,
        review_below: args.review_below,
        details: args.details,
        orders: decide.permutations,
    })
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
    let options = options(model, wording, decide, args)?;
    let engine = LlamaEngine::new(model, context(args, screen)?);
    Ok(Classifier::new(engine, tags, options)?)
}

/// How documents are classified with a model: as asked for, else as it was made for.
pub(crate) fn options(
    model: &Model,
    wording: &WordingArgs,
    decide: DecideOptions,
    args: &ModelArgs,
) -> Result<ClassifierOptions, Failure> {
    let answer = match (wording.answer, model.metadata(ANSWER_KEY).as_deref()) {
        (Some(answer), _) => answer.into(),
        (None, Some("name")) => AnswerStyle::Name,
        (None, _) => AnswerStyle::Id,
    };
    let template = match &wording.prompt {
        Some(path) => template(path)?,
        None => Template::built_in(answer),
    };
    let chat_template = model.metadata(CHAT_TEMPLATE);
    let chat = chat(chat_template.as_deref(), args.model.as_deref());
    Ok(ClassifierOptions {
        scaffold: chat.scaffold,
        template,
        list: match wording.list_style {
            ListStyleArg::Json => ListStyle::Json,
            ListStyleArg::Lines => ListStyle::Lines,
        },
        answer,
        joining: Joining::of_metadata(model.metadata(Joining::KEY).as_deref()),
        budget: budget(&wording.reading, model)?,
        long: long(&wording.reading),
        decide,
    })
}

/// Everything that decides an answer: a journal's records hold for these alone.
pub(crate) fn settings(classifier: &Classifier<LlamaEngine>) -> anyhow::Result<Settings> {
    let DecideOptions {
        threshold,
        temperature,
        seed,
        ..
    } = &classifier.options().decide;
    Ok(made_for(classifier)?
        .with("version", env!("CARGO_PKG_VERSION"))
        .with("threshold", threshold.to_string())
        .with("temperature", temperature.to_string())
        .with("seed", seed.to_string()))
}

/// Everything that decides what the model says: a calibration holds for these alone.
pub(crate) fn made_for(classifier: &Classifier<LlamaEngine>) -> anyhow::Result<Settings> {
    let options = classifier.options();
    let long = match options.long {
        Long::Condense => "condense".to_owned(),
        Long::Head => "head".to_owned(),
        Long::Windows(combining) => format!("windows, combined by {combining:?}"),
    };
    let budget = match options.budget {
        Budget::Tokens(tokens) => tokens.to_string(),
        Budget::Full => "full".to_owned(),
    };
    let DecideOptions {
        strategy,
        min_tags,
        max_tags,
        seed,
        permutations,
        ..
    } = &options.decide;
    let model = classifier.engine().model();
    let identity = model
        .identity()
        .with_context(|| format!("cannot tell what `{}` is", model.name()))?;
    let settings = Settings::new()
        .with_model(&identity, &model.name())
        .with_tags(&classifier.tags().to_json())
        .with("prompt", options.template.text())
        .with("list-style", format!("{:?}", options.list).to_lowercase())
        .with("answer", format!("{:?}", options.answer).to_lowercase())
        .with("budget", budget)
        .with("long", long)
        .with("strategy", format!("{strategy:?}").to_lowercase())
        .with("min-tags", min_tags.to_string())
        .with("max-tags", max_tags.to_string());
    // What came later is named where it is another than before: older journals hold
    // without it.
    let settings = match options.joining {
        Joining::Parts => settings,
        Joining::Whole => settings.with("spelling", "whole"),
    };
    Ok(if *permutations > 1 {
        settings.with("permutations", format!("{permutations} with seed {seed}"))
    } else {
        settings
    })
}

/// A difference between settings in words.
pub(crate) fn describe(&(name, was, is): &(&str, &str, &str)) -> String {
    match name {
        "tags" => "the tag list is another".to_owned(),
        "prompt" => "the wording of the prompt is another".to_owned(),
        "calibration" => "the calibration is another".to_owned(),
        "spelling" => "answers were compared in other tokens by an earlier version".to_owned(),
        "model" => other_model(was, is),
        "version" => format!("the {name} was `{was}` and is `{is}`"),
        _ => format!("`--{name}` was {was} and is {is}"),
    }
}

/// How one model differs from another, by what is noted of them.
fn other_model(was: &str, is: &str) -> String {
    let ((was, old_name), (is, name)) = (Settings::model(was), Settings::model(is));
    let file = |identity: &str| identity.split(" + ").next().map(str::to_owned);
    if is_old_identity(was) {
        format!(
            "the model was `{was}`, by name, size and beginning as earlier versions told models, \
             which does not show that it is this `{name}`"
        )
    } else if old_name != name {
        format!("the model was `{old_name}` and is `{name}`, with other content")
    } else if file(was) == file(is) {
        format!("the model is still called `{name}`, but an adapter on it is another")
    } else {
        format!("the model is still called `{name}`, but the content of its file is another")
    }
}

/// Lets the classifier correct what the model says by a calibration, where there is one and
/// it was made for this; returns what it is told from others by.
pub(crate) fn apply_calibration(
    classifier: &mut Classifier<LlamaEngine>,
    args: &CalibrationArgs,
) -> Result<Option<String>, Failure> {
    let Some(path) = &args.calibration else {
        return Ok(None);
    };
    let file = CalibrationFile::read(path).map_err(Failure::usage)?;
    let here = made_for(classifier).map_err(Failure::model)?;
    let there = file.made_for();
    let differences: Vec<String> = here.differences(&there).iter().map(describe).collect();
    if !differences.is_empty() {
        let (path, differences) = (path.display(), differences.join("; "));
        let message =
            format!("the calibration `{path}` was made for something else: {differences}");
        return Err(wrong_usage(message).hint("`minitag calibrate` makes one for these settings"));
    }
    classifier.set_correction(file.correction(classifier.tags()))?;
    Ok(Some(file.hash()))
}

fn template(path: &Path) -> Result<Template, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, e))?;
    Template::parse(&text)
        .with_context(|| format!("the prompt `{}` cannot be used", path.display()))
        .map_err(Failure::usage)
}

/// How much of a document is shown: what was asked for, else what the model was made for.
pub(crate) fn budget(args: &ReadingArgs, model: &Model) -> Result<Budget, Failure> {
    budget_for(args, model.metadata(BUDGET_KEY).as_deref())
}

/// The same where it is known what the model was made for.
pub(crate) fn budget_for(args: &ReadingArgs, made_for: Option<&str>) -> Result<Budget, Failure> {
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
        None => Ok(made_for.and_then(parse).unwrap_or_default()),
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

/// How the context is made.
pub(crate) fn context(args: &ModelArgs, screen: &Screen) -> Result<ContextOptions, Failure> {
    for (name, value) in [
        ("threads", args.threads),
        ("ctx-size", args.ctx_size),
        ("batch-size", Some(args.batch_size)),
        ("ubatch-size", args.ubatch_size),
        ("threads-batch", args.threads_batch),
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
    let keep = !args.no_prefix_cache;
    let limit = args.prefix_cache_limit.as_u64();
    // Without a folder for it the program goes on without it.
    let prefix_cache = keep.then(|| prefix_cache(limit).ok()).flatten();
    Ok(ContextOptions {
        n_ctx: args.ctx_size,
        threads: args.threads,
        threads_batch: args.threads_batch,
        n_batch: args.batch_size,
        n_ubatch: args.ubatch_size,
        low_memory: args.low_memory,
        check_memory: !args.force,
        prefix_cache,
        type_k: args.cache_type_k,
        type_v: args.cache_type_v,
        flash_attention: args.flash_attn,
    })
}

/// Where the states of tag lists are kept, at most so many bytes of them.
pub(crate) fn prefix_cache(limit: u64) -> Result<PrefixCache, Failure> {
    let base = etcetera::choose_base_strategy()
        .context("there is no folder for what is kept from one run to the next")
        .map_err(Failure::usage)?;
    Ok(PrefixCache {
        folder: base.cache_dir().join("minitag/prefixes"),
        limit,
        worth: WORTH_KEEPING,
    })
}

/// Says what there is to say of the engine's work once it has begun: how it computes,
/// where that is asked for, and what went wrong with the kept state of the tag list.
pub(crate) fn tell_of_engine(engine: &LlamaEngine, verbose: bool, screen: &Screen) {
    match engine.prefix_origin() {
        PrefixOrigin::Damaged(path) => screen.warning(&format!(
            "the kept state of the tag list was damaged and is computed anew: `{}`",
            path.display()
        )),
        PrefixOrigin::NotKept(reason) => screen.warning(&format!(
            "the state of the tag list cannot be kept for the next run: {reason}"
        )),
        PrefixOrigin::Computed(time) if verbose => {
            screen.note(&format!(
                "the tag list was read in {:.2} s",
                time.as_secs_f64()
            ));
        }
        PrefixOrigin::Kept(time) if verbose => screen.note(&format!(
            "the tag list's state was had from an earlier run in {:.2} s",
            time.as_secs_f64()
        )),
        _ => {}
    }
    if let Some(description) = engine.description().filter(|_| verbose) {
        screen.note(&format!("computed with {description}"));
    }
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
    if Format::of(Some(path), &text.text).is_broken(&text.text) {
        let name = path.display();
        screen.warning(&format!(
            "`{name}` is a broken notebook: it is read as far as it goes"
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
