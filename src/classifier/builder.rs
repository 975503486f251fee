//! A classifier on a loaded model, with as much said as there is to say.

use crate::classifier::{Budget, Classifier, ClassifierOptions, SetupError};
use crate::engine::llama::{ContextOptions, LlamaEngine, Model};
use crate::tags::TagSet;

/// Makes a [`Classifier`]: as the model was made for, but for what is set here.
#[derive(Clone, Debug)]
pub struct Builder<'m> {
    model: &'m Model,
    tags: TagSet,
    options: ClassifierOptions,
    context: ContextOptions,
}

impl<'m> Classifier<LlamaEngine<'m>> {
    /// A classifier as the model was made for.
    ///
    /// # Errors
    /// [`SetupError`] if the model cannot read the prompt or write every tag.
    pub fn new(model: &'m Model, tags: TagSet) -> Result<Self, SetupError> {
        Self::builder(model, tags).build()
    }

    /// The same with other options.
    #[must_use]
    pub fn builder(model: &'m Model, tags: TagSet) -> Builder<'m> {
        Builder {
            model,
            tags,
            options: ClassifierOptions::for_model(model),
            context: ContextOptions::default(),
        }
    }
}

impl<'m> Builder<'m> {
    /// At most so many tags a document (3).
    #[must_use]
    pub fn max_tags(mut self, max_tags: usize) -> Self {
        self.options.decide.max_tags = max_tags;
        self
    }

    /// At least so many tags a document (0).
    #[must_use]
    pub fn min_tags(mut self, min_tags: usize) -> Self {
        self.options.decide.min_tags = min_tags;
        self
    }

    /// How much of a document is read.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.options.budget = budget;
        self
    }

    /// Whether answers come with probabilities (no).
    #[must_use]
    pub fn scores(mut self, scores: bool) -> Self {
        self.options.decide.scores = scores;
        self
    }

    /// Changes any other option.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut ClassifierOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// How llama.cpp is run: threads, context, cache.
    #[must_use]
    pub fn context(mut self, context: ContextOptions) -> Self {
        self.context = context;
        self
    }

    /// The classifier.
    ///
    /// # Errors
    /// [`SetupError`] if an option cannot be, or the model cannot read the prompt or write
    /// every tag.
    pub fn build(self) -> Result<Classifier<LlamaEngine<'m>>, SetupError> {
        let engine = LlamaEngine::new(self.model, self.context);
        Classifier::with_engine(engine, self.tags, self.options)
    }
}
