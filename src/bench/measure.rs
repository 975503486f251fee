//! Timing: everything on the path that documents take, and the model's share of it.

use std::time::{Duration, Instant};

use crate::bench::report::{DocumentReport, PrefixReport, StepReport};
use crate::classifier::{
    Budget, Classifier, ClassifierOptions, ClassifyError, Long, Prepared, SetupError,
};
use crate::document::windows;
use crate::engine::llama::{LlamaEngine, PrefixOrigin};
use crate::engine::{Branch, Engine, EngineError};
use crate::tags::TagSet;
use crate::vocab::Token;

/// Branches of the batch that is timed: as many as ids have first digits.
const BRANCHES: usize = 10;

/// The id of all documents.
const ID: &str = "7462";

/// A classifier that is measured.
pub struct Bench<'m> {
    classifier: Classifier<LlamaEngine<'m>>,
    /// Long enough for every document.
    text: String,
    rounds: usize,
}

impl<'m> Bench<'m> {
    /// Documents are made of `text`, which is repeated until it has `longest` tokens; each
    /// measurement takes so many rounds. The options' budget is not used.
    ///
    /// # Errors
    /// [`SetupError`] if model, list and options do not go together.
    pub fn new(
        engine: LlamaEngine<'m>,
        tags: TagSet,
        options: ClassifierOptions,
        text: &str,
        longest: usize,
        rounds: usize,
    ) -> Result<Self, SetupError> {
        let options = ClassifierOptions {
            budget: Budget::Tokens(longest),
            long: Long::Head,
            ..options
        };
        let classifier = Classifier::with_engine(engine, tags, options)?;
        let mut repeated = format!("{text}\n");
        while classifier.count(&repeated) < longest {
            repeated.push_str(&repeated.clone());
        }
        Ok(Self {
            classifier,
            text: repeated,
            rounds,
        })
    }

    /// How the model is computed, once it was.
    #[must_use]
    pub fn description(&self) -> String {
        self.classifier.engine().description().unwrap_or_default()
    }

    /// The tag list: computed, then from the file that this left, then in memory.
    ///
    /// # Errors
    /// [`EngineError`] if the model cannot compute it.
    pub fn prefix(&mut self) -> Result<PrefixReport, EngineError> {
        let prompt = self.classifier.prompt(ID, &self.text);
        let tokens = &prompt.prefix.tokens;
        let room = tokens.len() + prompt.document.tokens.len() + prompt.suffix.tokens.len();
        let engine = self.classifier.engine_mut();
        engine.reserve(room, room)?;
        let seconds = |time: Duration| time.as_secs_f64();
        engine.set_prefix(tokens)?;
        let computed = match engine.prefix_origin() {
            PrefixOrigin::Computed(time) => seconds(*time),
            _ => f64::NAN,
        };
        engine.forget_prefixes();
        let started = Instant::now();
        engine.set_prefix(tokens)?;
        let kept = matches!(engine.prefix_origin(), PrefixOrigin::Kept(_));
        let from_disk = kept.then(|| seconds(started.elapsed()));
        let started = Instant::now();
        engine.start(&[&[]])?;
        let in_memory = seconds(started.elapsed());
        Ok(PrefixReport {
            tokens: tokens.len(),
            computed_seconds: computed,
            from_disk_seconds: from_disk,
            in_memory_seconds: in_memory,
        })
    }

    /// One more token after the longest document, and a batch of branches off its end.
    ///
    /// # Errors
    /// [`EngineError`] if the model cannot compute them.
    pub fn steps(&mut self) -> Result<StepReport, EngineError> {
        let document = self.classifier.prompt(ID, &self.text).document.tokens;
        let rounds = self.rounds;
        let engine = self.classifier.engine_mut();
        engine.start(&[&document])?;
        let mut time = |branches: usize| -> Result<f64, EngineError> {
            let branch = |&token: &Token| Branch {
                lane: 0,
                path: vec![token],
                wanted: vec![token],
            };
            // Tokens of the vocabulary's beginning, each another.
            let tokens: Vec<Token> = (3..).map(Token).take(branches).collect();
            let branches: Vec<Branch> = tokens.iter().map(branch).collect();
            let mut times = Vec::new();
            for _ in 0..rounds {
                let started = Instant::now();
                engine.log_probs(&branches)?;
                times.push(started.elapsed().as_secs_f64());
            }
            Ok(median(times))
        };
        Ok(StepReport {
            token_seconds: time(1)?,
            branches: BRANCHES,
            branches_seconds: time(BRANCHES)?,
        })
    }

    /// Documents of so many tokens, up to so many together, and, turn about, the same
    /// tokens through the model alone.
    ///
    /// # Errors
    /// [`ClassifyError`] if such a document cannot be classified.
    pub fn documents(
        &mut self,
        tokens: usize,
        parallel: usize,
    ) -> Result<DocumentReport, ClassifyError> {
        let prepared = self.document(tokens)?;
        let all: Vec<&Prepared> = vec![&prepared; parallel];
        let (mut documents, mut model) = (Vec::new(), Vec::new());
        // The first round finds caches cold, and is not counted.
        for round in 0..=self.rounds {
            let started = Instant::now();
            let mut rest = &all[..];
            while !rest.is_empty() {
                let (group, later) = rest.split_at(self.classifier.group(rest));
                self.classifier.classify_group(group)?;
                rest = later;
            }
            let time = started.elapsed();
            let alone = self.model_alone(tokens)?;
            if round > 0 {
                documents.push(time.as_secs_f64() / count(parallel));
                model.push(alone.as_secs_f64());
            }
        }
        let overheads = documents.iter().zip(&model).map(|(all, model)| all / model);
        let overhead = median(overheads.collect());
        let seconds = median(documents);
        Ok(DocumentReport {
            tokens,
            parallel,
            seconds,
            per_hour: 3600.0 / seconds,
            tokens_per_second: count(tokens) / seconds,
            model_seconds: median(model),
            overhead,
        })
    }

    /// A document's tokens, and those behind it up to where the answer begins, decoded and
    /// nothing else.
    fn model_alone(&mut self, tokens: usize) -> Result<Duration, EngineError> {
        let prompt = self.classifier.prompt(ID, self.head(tokens));
        let all = [prompt.document.tokens, prompt.suffix.tokens].concat();
        let started = Instant::now();
        self.classifier.engine_mut().start(&[&all])?;
        Ok(started.elapsed())
    }

    fn document(&self, tokens: usize) -> Result<Prepared, ClassifyError> {
        self.classifier.prepare(ID, self.head(tokens))
    }

    /// The beginning of the text, so many tokens of it.
    fn head(&self, tokens: usize) -> &str {
        let count = |part: &str| self.classifier.count(part);
        let first = windows(&self.text, tokens, 0, &count).into_iter().next();
        &self.text[first.unwrap_or_default()]
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(n: usize) -> f64 {
    n as f64
}

/// The median; of an even number the upper one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!(median(Vec::new()).is_nan());
    }
}
