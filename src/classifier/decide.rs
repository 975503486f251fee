//! Prompts that are shown to the model, in as many orders of the list as they take, and decided on.

use crate::classifier::{Classifier, ClassifyError, Prompt};
use crate::decide::{DecideOptions, Decision, Evidence, decide};
use crate::engine::Engine;
use crate::vocab::Token;

impl<E: Engine> Classifier<E> {
    /// Lets the model decide on some prompts together.
    pub(super) fn decide(
        &mut self,
        prompts: &[&Prompt],
        options: &DecideOptions,
    ) -> Result<Vec<Decision>, ClassifyError> {
        let Some(enough) = options.stops_early() else {
            return self.decide_in(prompts, options);
        };
        let first = DecideOptions {
            permutations: 1,
            scores: true,
            ..options.clone()
        };
        let mut decisions = self.decide_in(prompts, &first)?;
        let mut close = Vec::new();
        for (place, decision) in decisions.iter_mut().enumerate() {
            if decision.lead(options) < enough {
                close.push(place);
            } else if !options.scores {
                decision.forget_scores();
            }
        }
        if !close.is_empty() {
            let prompts: Vec<&Prompt> = close.iter().map(|&place| prompts[place]).collect();
            let again = self.decide_in(&prompts, options)?;
            for (place, decision) in close.into_iter().zip(again) {
                decisions[place] = decision;
            }
        }
        Ok(decisions)
    }

    /// Lets another lead in one order of the list be enough; returns the one of before.
    pub(crate) fn set_enough_lead(&mut self, lead: Option<f64>) -> Option<f64> {
        std::mem::replace(&mut self.options.decide.enough_lead, lead)
    }

    /// The same with as many orders of the list for each as the options say.
    fn decide_in(
        &mut self,
        prompts: &[&Prompt],
        options: &DecideOptions,
    ) -> Result<Vec<Decision>, ClassifyError> {
        let evidence = self.hear(prompts, options.permutations)?;
        let evidence: Vec<&Evidence> = evidence.iter().collect();
        let (engine, spelling) = (&mut self.engine, &self.list.spelling);
        Ok(decide(engine, &evidence, spelling, options)?)
    }

    /// Shows the model some prompts, each in a lane of its own, if it has a say; with something
    /// else behind all documents, if that is given.
    pub(super) fn feed(
        &mut self,
        prompts: &[&Prompt],
        orders: usize,
        behind: Option<&[Token]>,
    ) -> Result<(), ClassifyError> {
        if prompts.iter().all(|prompt| prompt.evidence.is_alone()) {
            return Ok(());
        }
        self.make_room(prompts, orders)
            .map_err(|error| self.blame(prompts, error))?;
        let documents: Vec<_> = prompts
            .iter()
            .map(|p| p.document.tokens.as_slice())
            .collect();
        self.engine.start(&documents)?;
        for lane in 0..prompts.len() * orders {
            let suffix = &prompts[lane / orders].suffix.tokens;
            self.engine.append(lane, behind.unwrap_or(suffix));
        }
        Ok(())
    }
}
