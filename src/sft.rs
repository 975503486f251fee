//! Records whose right tags are known, as samples for fine-tuning.

use crate::classifier::{Classifier, ClassifierOptions, ClassifyError, Sample, SetupError};
use crate::engine::llama::{ContextOptions, LlamaEngine, Model};
use crate::eval::Item;
use crate::layout::Remark;
use crate::tags::TagSet;
use crate::wire::SampleFormat;

/// What all samples share.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    /// The model that is to be trained; its vocabulary is enough.
    pub model: &'a Model,
    /// The tag list.
    pub tags: &'a TagSet,
    /// How documents will be classified.
    pub options: &'a ClassifierOptions,
    /// Shows the list in another order each time, drawn with this seed.
    pub shuffle: Option<u64>,
}

/// Why a record makes no sample.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// It has no document.
    #[error("there is neither `text` nor `path`")]
    NoText,
    /// Model and list do not go together.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// There is nothing in its document.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
}

impl Export<'_> {
    /// The sample of the record at a place of the file.
    ///
    /// # Errors
    /// [`ExportError`] if it makes none.
    pub fn sample(&self, item: &Item, place: u64) -> Result<Sample, ExportError> {
        let document = item.document().ok_or(ExportError::NoText)?;
        let tags = match self.shuffle {
            // Neighbouring seeds draw unlike orders.
            Some(seed) => self.tags.shuffled(seed.wrapping_add(place)),
            None => self.tags.clone(),
        };
        let id = |&gold: &usize| &self.tags.get(gold).id;
        let place = |gold| tags.iter().position(|tag| tag.id == *id(gold));
        let gold: Vec<usize> = item.record.tags.iter().filter_map(place).collect();
        let engine = LlamaEngine::new(self.model, ContextOptions::default());
        let classifier = Classifier::with_engine(engine, tags, self.options.clone())?;
        Ok(classifier.sample(&item.record.id, document, &gold)?)
    }
}

/// What there is to say of all samples.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many there are.
    pub samples: usize,
    tokens: usize,
    longest: usize,
    /// With more tags than an answer may have.
    cut: usize,
    /// For these a trainer that tokenises texts comes to other tokens than classification.
    other_prompts: usize,
    other_answers: usize,
}

impl Summary {
    /// Counts the sample of a record; an answer has at most so many tags.
    pub fn add(&mut self, sample: &Sample, item: &Item, max_tags: usize) {
        let tokens = sample.prompt_tokens.len() + sample.answer_tokens.len();
        self.samples += 1;
        self.tokens += tokens;
        self.longest = self.longest.max(tokens);
        self.cut += usize::from(item.record.tags.len() > max_tags);
        self.other_prompts += usize::from(!sample.same_prompt);
        self.other_answers += usize::from(!sample.same_answer);
    }

    /// How long the samples are, and what is to be known of them.
    #[must_use]
    pub fn remarks(&self, format: SampleFormat, max_tags: usize) -> Vec<Remark> {
        let Self {
            samples,
            longest,
            cut,
            ..
        } = self;
        let mean = self.tokens / (*samples).max(1);
        let mut remarks = vec![Remark::Note(format!(
            "{samples} samples of {mean} tokens on average, the longest has {longest}"
        ))];
        if *cut > 0 {
            remarks.push(Remark::Note(format!(
                "{cut} records have more than {max_tags} tags (`--max-tags`): the first \
                 {max_tags} are taken"
            )));
        }
        let others = [
            ("prompts", self.other_prompts),
            ("answers", self.other_answers),
        ];
        for (what, count) in others {
            if count > 0 && format != SampleFormat::Tokens {
                remarks.push(Remark::Warning(format!(
                    "{count} of the {samples} {what} are other tokens as one text than they are in \
                     classification; `--sft-format tokens` writes those"
                )));
            }
        }
        remarks
    }
}
