//! One document to one [`Classification`]: prompt, engine and decision together.

use crate::constraint::{Candidate, Language, Spelling, SpellingError};
use crate::decide::{DecideOptions, Decision, decide};
use crate::engine::{Engine, EngineError};
use crate::prompt::{AnswerStyle, PromptError, Prompter, Scaffold, Segment, Template, answer_head};
use crate::tags::{TagId, TagSet};
use crate::vocab::{Token, spell};

/// How many of a document's tokens are shown to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// At most so many.
    Tokens(usize),
    /// All of them.
    Full,
}

impl Default for Budget {
    fn default() -> Self {
        Self::Tokens(1024)
    }
}

/// How documents are classified.
#[derive(Clone, Debug)]
pub struct ClassifierOptions {
    /// How the model marks turns.
    pub scaffold: Scaffold,
    /// The wording of the prompt.
    pub template: Template,
    /// What the model writes for a tag.
    pub answer: AnswerStyle,
    /// How much of a document is read.
    pub budget: Budget,
    /// How the tags are chosen.
    pub decide: DecideOptions,
}

/// What the model said of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// The document's id, as given.
    pub id: String,
    /// The tags' ids, most fitting first.
    pub tags: Vec<TagId>,
    /// For each tag its natural-log probability among its slot's candidates; empty unless asked for.
    pub log_probs: Vec<f64>,
    /// All tags and `None` for "no tag", with their natural-log probabilities at
    /// the first slot, most probable first; empty unless asked for.
    pub ranking: Vec<(Option<TagId>, f64)>,
    /// The document's length in tokens.
    pub tokens: usize,
    /// How many of these the model was shown.
    pub used: usize,
}

/// Everything that is fed to the model for one document.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// BOS, scaffold, wording, tag list.
    pub prefix: Segment,
    /// The document, as far as it is shown.
    pub document: Segment,
    /// The rest of the wording, scaffold, answer head.
    pub suffix: Segment,
    /// The document's length in tokens before it was cut.
    pub document_tokens: usize,
}

/// Why a model and a tag list do not go together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The model lacks the scaffold's tokens.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The vocabulary cannot write a tag.
    #[error(transparent)]
    Spelling(#[from] SpellingError),
}

/// Why one document could not be classified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassifyError {
    /// Nothing in it but white space.
    #[error("the document is empty")]
    Empty,
    /// The model failed, or the document does not fit.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A model, a tag list and a wording, ready for documents.
#[derive(Debug)]
pub struct Classifier<E> {
    engine: E,
    tags: TagSet,
    literals: Vec<String>,
    spelling: Spelling,
    prompter: Prompter,
    options: ClassifierOptions,
    has_prefix: bool,
}

impl<E: Engine> Classifier<E> {
    /// Checks that the model can read the prompt and write every answer.
    ///
    /// # Errors
    /// [`SetupError`] where it cannot.
    pub fn new(engine: E, tags: TagSet, options: ClassifierOptions) -> Result<Self, SetupError> {
        let literals = options.answer.literals(&tags);
        let spelling = Spelling::new(&engine, &literals)?;
        let prompter = Prompter::new(
            &engine,
            options.scaffold,
            options.template.clone(),
            options.answer,
            &tags,
        )?;
        let has_prefix = false;
        Ok(Self {
            engine,
            tags,
            literals,
            spelling,
            prompter,
            options,
            has_prefix,
        })
    }

    /// The tags that documents get.
    #[must_use]
    pub fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// How the model writes each part of an answer.
    #[must_use]
    pub fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// The prompt for a document: exactly what [`Classifier::classify`] feeds.
    #[must_use]
    pub fn prompt(&self, id: &str, text: &str) -> Prompt {
        let mut tokens = self.prompter.document(&self.engine, text);
        let document_tokens = tokens.len();
        if let Budget::Tokens(budget) = self.options.budget {
            self.cut(&mut tokens, budget);
        }
        let text = String::from_utf8_lossy(&spell(&self.engine, &tokens)).into_owned();
        let max_tags = self.options.decide.max_tags;
        Prompt {
            prefix: self.prompter.prefix().clone(),
            document: Segment { text, tokens },
            suffix: self.prompter.suffix(&self.engine, id, max_tags),
            document_tokens,
        }
    }

    /// Shortens tokens to a budget, never in the middle of a character.
    fn cut(&self, tokens: &mut Vec<Token>, budget: usize) {
        if tokens.len() <= budget {
            return;
        }
        tokens.truncate(budget);
        let ends_early = |tokens: &[Token]| {
            let tail = &tokens[tokens.len().saturating_sub(4)..];
            let bytes = spell(&self.engine, tail);
            // `error_len` is `None` only where a character lacks its end.
            std::str::from_utf8(&bytes).is_err_and(|e| e.error_len().is_none())
        };
        while ends_early(tokens) {
            tokens.pop();
        }
    }

    /// Chooses the tags of a document.
    ///
    /// # Errors
    /// [`ClassifyError`] where the document is empty, does not fit, or the model
    /// fails. The next document can be classified all the same.
    pub fn classify(&mut self, id: &str, text: &str) -> Result<Classification, ClassifyError> {
        if text.trim().is_empty() {
            return Err(ClassifyError::Empty);
        }
        let prompt = self.prompt(id, text);
        self.make_room(&prompt)?;
        self.engine.start(&prompt.document.tokens)?;
        self.engine.append(&prompt.suffix.tokens);
        let decision = decide(&mut self.engine, &self.spelling, &self.options.decide)?;
        debug_assert!(self.is_valid(id, &decision));
        let candidate = |candidate| match candidate {
            Candidate::Tag(tag) => Some(self.tags.get(tag).id.clone()),
            Candidate::Stop => None,
        };
        Ok(Classification {
            id: id.to_owned(),
            tags: decision
                .tags
                .iter()
                .map(|&tag| self.tags.get(tag).id.clone())
                .collect(),
            log_probs: decision.log_probs,
            ranking: decision
                .ranking
                .iter()
                .map(|&(c, p)| (candidate(c), p))
                .collect(),
            tokens: prompt.document_tokens,
            used: prompt.document.tokens.len(),
        })
    }

    /// Makes the context long enough, and decodes the prefix where it is not there.
    fn make_room(&mut self, prompt: &Prompt) -> Result<(), EngineError> {
        let longest = self.spelling.tags.iter().map(Vec::len).max().unwrap_or(0);
        let slot = self.spelling.comma.len() + longest;
        let max_tags = self.options.decide.max_tags.min(self.tags.len());
        let answer = max_tags.saturating_mul(slot) + self.spelling.close.len();
        // Room for a whole budget at once, so that a longer document later on
        // does not cost another computation of the prefix.
        let document = match self.options.budget {
            Budget::Tokens(budget) => budget,
            Budget::Full => prompt.document.tokens.len(),
        };
        let prefix = &prompt.prefix.tokens;
        let kept = self
            .engine
            .reserve(prefix.len() + document + prompt.suffix.tokens.len() + answer)?;
        if !kept || !self.has_prefix {
            self.has_prefix = false;
            self.engine.set_prefix(prefix)?;
            self.has_prefix = true;
        }
        Ok(())
    }

    /// Whether what was decided is a word of the language, as written by the model.
    fn is_valid(&self, id: &str, decision: &Decision) -> bool {
        let DecideOptions {
            min_tags, max_tags, ..
        } = self.options.decide;
        let head = answer_head(id);
        let language = Language::new(&head, &self.literals, min_tags, max_tags);
        let literals: Vec<&str> = decision
            .tags
            .iter()
            .map(|&t| self.literals[t].as_str())
            .collect();
        let answer = format!("{head}{}]}}", literals.join(","));
        language.read(answer.as_bytes()).as_deref() == Some(&decision.tags)
    }
}
