//! One document to one [`Classification`]: prompt, engine and decision together.

mod options;
mod result;

pub use crate::classifier::options::{Budget, ClassifierOptions, Document, Long};
pub use crate::classifier::result::{Classification, ClassifyError, Prompt, SetupError, Usage};
use crate::constraint::{Candidate, Language, Spelling};
use crate::decide::{Combining, DecideOptions, Decision, WindowTally, decide, ranked};
use crate::document::{condense, windows};
use crate::engine::{Engine, EngineError, MAX_PATH};
use crate::prompt::{Prompter, Segment, answer_head};
use crate::tags::TagSet;

/// Neighbouring windows share so much of their length: an eighth.
const WINDOW_OVERLAP: usize = 8;

/// Tokens of a document that still says something.
const SHORT_DOCUMENT: usize = 100;

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
        let most = MAX_PATH - spelling.comma.len();
        let mut paths = literals.iter().zip(&spelling.tags);
        if let Some((literal, path)) = paths.find(|(_, path)| path.len() > most) {
            let literal = literal.chars().take(60).collect();
            return Err(SetupError::LongTag {
                literal,
                tokens: path.len(),
            });
        }
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

    /// The prompt for a document: exactly what [`Classifier::classify`] feeds. Of a
    /// document that is read in windows, the first.
    #[must_use]
    pub fn prompt<'d>(&self, id: &str, document: impl Into<Document<'d>>) -> Prompt {
        let document = document.into();
        let count = |part: &str| self.count(part);
        match (self.options.budget, self.options.long) {
            (Budget::Full, _) => self.prompt_for(id, document.text, 0),
            (Budget::Tokens(budget), Long::Condense) => {
                let condensed = condense(document.text, document.format, Some(budget), &count);
                self.prompt_for(id, &condensed.text, condensed.tokens - condensed.used)
            }
            (Budget::Tokens(budget), Long::Head | Long::Windows(_)) => {
                let first = windows(document.text, budget, 0, &count).into_iter().next();
                let (head, rest) = document.text.split_at(first.map_or(0, |range| range.end));
                self.prompt_for(id, head, self.count(rest))
            }
        }
    }

    /// How many tokens a text has as part of a document.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.prompter.document(&self.engine, text).len()
    }

    fn prompt_for(&self, id: &str, text: &str, left_out: usize) -> Prompt {
        let tokens = self.prompter.document(&self.engine, text);
        let text = text.to_owned();
        Prompt {
            prefix: self.prompter.prefix().clone(),
            document: Segment { text, tokens },
            suffix: self
                .prompter
                .suffix(&self.engine, id, self.options.decide.max_tags),
            left_out,
        }
    }

    /// Chooses the tags of a document.
    ///
    /// # Errors
    /// [`ClassifyError`] where the document is empty, does not fit, or the model
    /// fails. The next document can be classified all the same.
    pub fn classify<'d>(
        &mut self,
        id: &str,
        document: impl Into<Document<'d>>,
    ) -> Result<Classification, ClassifyError> {
        self.classify_reporting(id, document.into(), &mut |_, _| {})
    }

    /// The same, telling before each window how many are done and how many there are.
    ///
    /// # Errors
    /// As [`Classifier::classify`].
    pub fn classify_reporting(
        &mut self,
        id: &str,
        document: Document,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        if document.text.trim().is_empty() {
            return Err(ClassifyError::Empty);
        }
        if let (Budget::Tokens(budget), Long::Windows(combining)) =
            (self.options.budget, self.options.long)
        {
            return self.classify_windows(id, document.text, budget, combining, report);
        }
        let prompt = self.prompt(id, document);
        let decision = self.decide(&prompt, &self.options.decide.clone())?;
        debug_assert!(self.is_valid(id, &decision));
        let first = decision
            .slots
            .first()
            .map(|slot| ranked(slot))
            .unwrap_or_default();
        let usage = Usage {
            total: self.count(document.text),
            used: prompt.document.tokens.len(),
            left_out: prompt.left_out,
            windows: 1,
            spoke: Vec::new(),
        };
        Ok(self.classification(id, &decision.tags, decision.log_probs, &first, usage))
    }

    /// Classifies each window by itself and combines what they say.
    fn classify_windows(
        &mut self,
        id: &str,
        text: &str,
        budget: usize,
        combining: Combining,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        let overlap = budget / WINDOW_OVERLAP;
        let ranges = windows(text, budget, overlap, &|part: &str| self.count(part));
        let options = DecideOptions {
            scores: true,
            ..self.options.decide.clone()
        };
        let mut tally = WindowTally::new(self.tags.len(), combining);
        let mut used = 0;
        let all = ranges.len();
        for (done, range) in ranges.into_iter().enumerate() {
            report(done, all);
            let prompt = self.prompt_for(id, &text[range], 0);
            used += prompt.document.tokens.len();
            tally.add(&self.decide(&prompt, &options)?);
        }
        let combined = tally.finish(options.min_tags, options.max_tags.min(self.tags.len()));
        let score = |tag: usize| combined.scores[tag].1;
        let wanted = self.options.decide.scores;
        let log_probs = if wanted {
            combined.tags.iter().map(|&t| score(t)).collect()
        } else {
            Vec::new()
        };
        let ranking = if wanted {
            ranked(&combined.scores)
        } else {
            Vec::new()
        };
        let (total, windows, spoke) = (self.count(text), tally.windows(), combined.windows);
        let usage = Usage {
            total,
            used,
            left_out: 0,
            windows,
            spoke,
        };
        Ok(self.classification(id, &combined.tags, log_probs, &ranking, usage))
    }

    /// Lets the model decide on one prompt.
    fn decide(
        &mut self,
        prompt: &Prompt,
        options: &DecideOptions,
    ) -> Result<Decision, ClassifyError> {
        self.make_room(prompt)
            .map_err(|error| self.blame(prompt, error))?;
        self.engine.start(&prompt.document.tokens)?;
        self.engine.append(&prompt.suffix.tokens);
        Ok(decide(&mut self.engine, &self.spelling, options)?)
    }

    /// Whether it is the list that does not fit, rather than the document.
    fn blame(&self, prompt: &Prompt, error: EngineError) -> ClassifyError {
        match error {
            EngineError::ContextFull { needed, capacity } => {
                let needed = needed - prompt.document.tokens.len();
                let list = prompt.prefix.tokens.len();
                let room = capacity.saturating_sub(needed - list + SHORT_DOCUMENT);
                let tags = self.tags.len();
                let fit = tags * room / list;
                // Where no tag at all would fit, the context is to blame.
                if needed <= capacity || fit == 0 {
                    return error.into();
                }
                ClassifyError::LongList {
                    tags,
                    needed,
                    capacity,
                    fit,
                }
            }
            error => error.into(),
        }
    }

    /// Puts the list's ids in the place of places in the list.
    fn classification(
        &self,
        id: &str,
        tags: &[usize],
        log_probs: Vec<f64>,
        ranking: &[(Candidate, f64)],
        usage: Usage,
    ) -> Classification {
        let tag_id = |tag: usize| self.tags.get(tag).id.clone();
        let candidate = |&(candidate, log_prob): &(Candidate, f64)| match candidate {
            Candidate::Tag(tag) => (Some(tag_id(tag)), log_prob),
            Candidate::Stop => (None, log_prob),
        };
        Classification {
            id: id.to_owned(),
            tags: tags.iter().map(|&tag| tag_id(tag)).collect(),
            log_probs,
            ranking: ranking.iter().map(candidate).collect(),
            usage,
        }
    }

    /// Makes the context long enough, and decodes the prefix where it is not there.
    fn make_room(&mut self, prompt: &Prompt) -> Result<(), EngineError> {
        let longest = self.spelling.tags.iter().map(Vec::len).max().unwrap_or(0);
        let slot = self.spelling.comma.len() + longest;
        let max_tags = self.options.decide.max_tags.min(self.tags.len());
        let answer = max_tags.saturating_mul(slot) + self.spelling.close.len();
        let prefix = &prompt.prefix.tokens;
        let around = prefix.len() + prompt.suffix.tokens.len() + answer;
        let needed = around + prompt.document.tokens.len();
        // Room for a whole budget at once, so that a longer document later on does
        // not cost another computation of the prefix; but only where there is room.
        let wanted = match self.options.budget {
            Budget::Tokens(budget) => around.saturating_add(budget).max(needed),
            Budget::Full => needed,
        };
        let kept = match self.engine.reserve(wanted) {
            Err(EngineError::ContextFull { .. }) if needed < wanted => {
                self.engine.reserve(needed)?
            }
            result => result?,
        };
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
