//! Looking into an answer: prompts for any text, and what is thought of given tags.

use crate::classifier::{Classifier, ClassifyError, Prompt};
use crate::decide::{Evidence, FollowedSlot, follow};
use crate::engine::{Engine, MAX_LANES};

impl<E: Engine> Classifier<E> {
    /// The prompt that shows a text as it stands, whatever the budget.
    #[must_use]
    pub fn prompt_as_is(&self, id: &str, text: &str) -> Prompt {
        self.prompt_for(id, text, 0)
    }

    /// How many prompts can be computed together at most.
    #[must_use]
    pub fn together(&self) -> usize {
        MAX_LANES / self.list.permutations()
    }

    /// For each prompt the slots of an answer in which `tags`, places in the list, are chosen
    /// one after the other; see [`follow`]. The prompts are computed
    /// together: at most [`Classifier::together`].
    ///
    /// # Errors
    /// [`ClassifyError`] where they do not fit or the model fails.
    pub fn follow(
        &mut self,
        prompts: &[&Prompt],
        tags: &[usize],
    ) -> Result<Vec<Vec<FollowedSlot>>, ClassifyError> {
        let evidence = self.hear(prompts, self.list.permutations())?;
        let evidence: Vec<&Evidence> = evidence.iter().collect();
        let options = &self.options.decide;
        let (engine, spelling) = (&mut self.engine, &self.list.spelling);
        Ok(follow(engine, &evidence, spelling, options, tags)?)
    }
}
