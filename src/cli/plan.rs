//! From arguments to one resolved plan: which model, and how it is used. No clap type below it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use minitag::classifier::{EvidenceOptions, MadeFor};
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::evidence::Learned;
use minitag::forecast::{Forecast, GpuLayers, Run};
use minitag::learn::LearnedFile;
use minitag::models::{BUILT_IN_NAME, Header, Located, Lora};
use minitag::prompt::Chat;
use minitag::{Budget, Classifier, ClassifierOptions, DecideOptions, TagSet, Template};

use crate::cli::args::{ListStyleArg, ModelArgs, ReadingArgs, WordingArgs};
use crate::cli::context::context;
use crate::cli::decision;
use crate::cli::failure::{Failure, cannot_read, wrong_usage};
use crate::cli::learned::{self, NO_MODEL};
use crate::cli::lora;
use crate::cli::memory::check_memory;
use crate::cli::models::{Found, found};
use crate::cli::screen::Screen;

/// How to get the model that this program is made for.
const GET_REAL_ONE: &str = if cfg!(feature = "download") {
    "`minitag models pull minicpm3-4b`"
} else {
    "`hf download openbmb/MiniCPM3-4B-GGUF minicpm3-4b-q4_k_m.gguf`"
};

/// Which model is used, and how.
pub(crate) struct Plan {
    pub(crate) located: Located,
    pub(crate) header: Header,
    made_for: MadeFor,
    /// Whether a model is asked at all; else the built-in one's vocabulary measures texts.
    pub(crate) has_model: bool,
    pub(crate) learned: Option<(PathBuf, LearnedFile)>,
    loras: Vec<Lora>,
    devices: Option<Vec<String>>,
    gpu_layers: GpuLayers,
    force: bool,
    pub(crate) verbose: bool,
    pub(crate) context: ContextOptions,
    pub(crate) options: ClassifierOptions,
}

/// What a model is loaded for.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// The tag list; without one, nothing is decoded before the documents.
    pub(crate) tags: Option<&'a TagSet>,
    /// The longest document in tokens, if that is known better than by the budget.
    pub(crate) longest: Option<usize>,
    /// How many documents are computed together at most.
    pub(crate) together: usize,
    /// How many documents are computed at the same time, each in a context of its own.
    pub(crate) workers: usize,
}

impl<'a> Task<'a> {
    /// Documents behind a tag list, one at a time.
    pub(crate) fn one_by_one(tags: &'a TagSet) -> Self {
        Self {
            tags: Some(tags),
            longest: None,
            together: 1,
            workers: 1,
        }
    }
}

impl Plan {
    /// Finds and checks the model, and settles how it is used: as asked for, else as it was
    /// made for.
    pub(crate) fn new(
        args: &ModelArgs,
        wording: &WordingArgs,
        decide: DecideOptions,
        screen: &Screen,
    ) -> Result<Self, Failure> {
        Self::of(args.model.as_deref(), args, wording, decide, screen)
    }

    /// The same of a model that was named elsewhere.
    pub(crate) fn of(
        named: Option<&Path>,
        args: &ModelArgs,
        wording: &WordingArgs,
        decide: DecideOptions,
        screen: &Screen,
    ) -> Result<Self, Failure> {
        Self::found_by(&found, named, args, wording, decide, screen)
    }

    /// The same of a model that is found in another way.
    pub(crate) fn found_by(
        find: &dyn Fn(Option<&Path>) -> Found,
        named: Option<&Path>,
        args: &ModelArgs,
        wording: &WordingArgs,
        decide: DecideOptions,
        screen: &Screen,
    ) -> Result<Self, Failure> {
        let learned = learned::read(wording)?;
        let needs_none = |file: &LearnedFile| !file.asks_a_model();
        let has_model = match named {
            Some(name) => name != Path::new(NO_MODEL),
            None => !learned.as_ref().is_some_and(needs_none),
        };
        let (located, header) = find(if has_model {
            named
        } else {
            Some(Path::new(READER))
        })?;
        let made_for = made_for(&located, &header);
        decision::check(&made_for, located.path(), wording, &decide)?;
        if !(has_model || args.lora.is_empty()) {
            return Err(wrong_usage("`--lora` needs a model"));
        }
        let has_adapters = !args.lora.is_empty();
        let evidence = learned::evidence(
            wording,
            learned.as_ref(),
            &made_for,
            has_adapters,
            has_model,
        )?;
        let learned = wording.learned.clone().zip(learned);
        Ok(Self {
            options: options(&made_for, wording, decide, evidence)?,
            has_model,
            learned,
            context: context(args, screen)?,
            made_for,
            loras: args.lora.clone(),
            devices: args.device.clone(),
            gpu_layers: args.gpu_layers,
            force: args.force,
            verbose: args.verbose,
            located,
            header,
        })
    }

    /// What the model's file is.
    pub(crate) fn path(&self) -> &Path {
        self.located.path()
    }

    /// The run, for a forecast of its memory.
    pub(crate) fn run<'a>(&'a self, task: &Task<'a>) -> Run<'a> {
        Run {
            path: self.path(),
            header: &self.header,
            context: &self.context,
            devices: self.devices.as_deref(),
            gpu_layers: self.gpu_layers,
            options: &self.options,
            tags: task.tags,
            longest: task.longest,
            together: task.together,
            workers: task.workers,
            verbose: self.verbose,
        }
    }

    /// Looks whether there is memory for the task, loads the model, and says so if it is the
    /// built-in one without having been asked for.
    pub(crate) fn load(&self, task: &Task, screen: &Screen) -> Result<Model, Failure> {
        self.load_checked(&self.check(task, screen)?)
    }

    /// The same without loading it yet: says what there is to say, and how it is loaded.
    pub(crate) fn check(&self, task: &Task, screen: &Screen) -> Result<ModelOptions, Failure> {
        if !self.has_model {
            return Ok(VOCABULARY);
        }
        screen.note_if(self.located.taken_by_name());
        self.tell_of_template(screen);
        lora::check(&self.loras, self.path(), &self.header, screen)?;
        let run = self.run(task);
        let forecast = Forecast::new(&run).map_err(Failure::usage)?;
        if !self.force {
            check_memory(&forecast, self.path(), screen)?;
        }
        if let Some(warning) = forecast.without_card(&run) {
            screen.warning(&warning);
        }
        if let (Located::BuiltIn { named, .. }, Some(tags)) = (&self.located, task.tags) {
            // What an adapter was trained on is not known here.
            let tags = self.loras.is_empty().then_some(tags);
            self.introduce(tags, *named, screen);
        }
        Ok(ModelOptions {
            gpu_layers: forecast.gpu_layers(),
            devices: self.devices.clone(),
            vocab_only: false,
            loras: self.loras.clone(),
            verbose: self.verbose,
            identify: true,
        })
    }

    /// Loads the model as it was checked.
    pub(crate) fn load_checked(&self, options: &ModelOptions) -> Result<Model, Failure> {
        load(&self.located, options)
    }

    /// Loads the model's vocabulary alone.
    pub(crate) fn load_vocabulary(&self) -> Result<Model, Failure> {
        load(&self.located, &VOCABULARY)
    }

    /// Puts model and tags together.
    pub(crate) fn classifier<'m>(
        &self,
        model: &'m Model,
        tags: &TagSet,
    ) -> Result<Classifier<LlamaEngine<'m>>, Failure> {
        if let Some((path, file)) = &self.learned {
            learned::check_length(file, path, tags)?;
        }
        let classifier = self.unchecked_classifier(model, tags)?;
        if let Some((path, file)) = &self.learned {
            learned::check(file, path, &classifier)?;
        }
        Ok(classifier)
    }

    /// The same if what was learned is known to be for these tags.
    pub(crate) fn unchecked_classifier<'m>(
        &self,
        model: &'m Model,
        tags: &TagSet,
    ) -> Result<Classifier<LlamaEngine<'m>>, Failure> {
        let engine = LlamaEngine::new(model, self.context.clone());
        let (tags, options) = (tags.clone(), self.options.clone());
        Ok(Classifier::with_engine(engine, tags, options)?)
    }

    /// Takes what was just learned, to measure it on what it was learned from.
    pub(crate) fn learn(&mut self, learned: Option<Learned>) {
        let Some(learned) = learned else { return };
        let evidence = self.options.evidence.take();
        self.options.evidence = Some(EvidenceOptions {
            learned: Some(Arc::new(learned)),
            held_out: true,
            ..evidence.unwrap_or_else(EvidenceOptions::beside_any)
        });
    }

    /// Lets documents that were learned from be seen as if they were new, so that figures are
    /// those of new documents; says so.
    pub(crate) fn hold_out(&mut self, screen: &Screen) {
        if let (Some(evidence), Some(_)) = (&mut self.options.evidence, &self.learned) {
            evidence.held_out = true;
            screen.note(
                "if any of these documents was learned from, it is tagged by what the others \
                 taught, as if it were new",
            );
        }
    }

    /// What the model's file is called in answers.
    pub(crate) fn name(&self, model: &Model) -> String {
        if self.has_model {
            let file = model.path().file_name().unwrap_or_default();
            file.to_string_lossy().into_owned()
        } else {
            NO_MODEL.to_owned()
        }
    }

    /// Refuses to go on without a model.
    pub(crate) fn needs_model(&self, command: &str) -> Result<(), Failure> {
        if self.has_model {
            return Ok(());
        }
        Err(wrong_usage(format!("`minitag {command}` needs a model")))
    }

    /// Says so if the model's own chat template is not used, or does not help.
    pub(crate) fn tell_of_template(&self, screen: &Screen) {
        if self.options.decision.is_some() {
            return;
        }
        if self.made_for.chat.may_think {
            screen.warning(Chat::MAY_THINK);
        }
        if let Some(problem) = &self.made_for.chat.problem {
            screen.note(&format!(
                "the model's chat template is not used: {problem} (`minitag models check` says \
                 what is)"
            ));
        }
    }

    /// The built-in model is honest about itself.
    fn introduce(&self, tags: Option<&TagSet>, named: bool, screen: &Screen) {
        if !named {
            let quality = self.made_for.quality.as_deref().unwrap_or_default();
            screen.note(&format!(
                "the built-in small model is answering (alone {quality}); a larger one: \
                 {GET_REAL_ONE}"
            ));
        }
        let has_vectors = self.options.evidence.is_some();
        // A few other names are no matter: the vectors know them.
        let tags = tags.filter(|tags| self.made_for.strangers(tags) * 2 > tags.len());
        screen.note_if(tags.and_then(|tags| self.made_for.acquaintance(tags, has_vectors)));
    }
}

/// Whose vocabulary counts tokens where no model is asked.
const READER: &str = BUILT_IN_NAME;

/// Only the vocabulary: enough to count tokens.
const VOCABULARY: ModelOptions = ModelOptions {
    gpu_layers: None,
    devices: None,
    vocab_only: true,
    loras: Vec::new(),
    verbose: false,
    identify: false,
};

/// Finds, checks and loads the vocabulary of a model, with what the model was made for.
pub(crate) fn vocabulary(named: Option<&Path>) -> Result<(Model, MadeFor), Failure> {
    let has_model = named != Some(Path::new(NO_MODEL));
    let named = if has_model {
        named
    } else {
        Some(Path::new(READER))
    };
    let (located, header) = found(named)?;
    Ok((load(&located, &VOCABULARY)?, made_for(&located, &header)))
}

/// What a model was made for.
fn made_for(located: &Located, header: &Header) -> MadeFor {
    MadeFor::new(
        &|key| header.written(key),
        Chat::of_header(header, located.chat_format()),
    )
}

/// Loads a model file that was checked.
fn load(located: &Located, options: &ModelOptions) -> Result<Model, Failure> {
    Model::load_located(located, options)
        .map_err(|e| Failure::model(e).hint("`--verbose` shows what llama.cpp says"))
}

/// How documents are classified: as asked for, else as the model was made for.
fn options(
    made_for: &MadeFor,
    wording: &WordingArgs,
    decide: DecideOptions,
    evidence: Option<EvidenceOptions>,
) -> Result<ClassifierOptions, Failure> {
    let answer = wording.answer.map_or(made_for.answer, Into::into);
    Ok(ClassifierOptions {
        template: match &wording.prompt {
            Some(path) => template(path)?,
            None => Template::built_in(answer),
        },
        list: match wording.list_style {
            ListStyleArg::Json => minitag::ListStyle::Json,
            ListStyleArg::Lines => minitag::ListStyle::Lines,
        },
        answer,
        budget: budget(&wording.reading, made_for)?,
        long: (&wording.reading).into(),
        id_in_prompt: wording.id_in_prompt,
        evidence,
        decide,
        ..ClassifierOptions::made_for(made_for)
    })
}

fn template(path: &PathBuf) -> Result<Template, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, e))?;
    Template::parse(&text)
        .with_context(|| format!("the prompt `{}` cannot be used", path.display()))
        .map_err(Failure::usage)
}

/// How much of a document is shown: what was asked for, else what the model was made for.
pub(crate) fn budget(args: &ReadingArgs, made_for: &MadeFor) -> Result<Budget, Failure> {
    let Some(text) = &args.budget else {
        return Ok(made_for.budget);
    };
    text.parse().map_err(|_| {
        wrong_usage(format!(
            "`--budget {text}` is neither a number of tokens from 1 up nor `full`"
        ))
    })
}
