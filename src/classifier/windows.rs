//! A document in windows: each is classified, and what they say is combined.

use crate::classifier::prepare::Prepared;
use crate::classifier::{Classification, Classifier, ClassifyError, Usage};
use crate::decide::{Certainty, Combining, Correction, Decision, WindowTally, ranked};
use crate::engine::Engine;

impl<E: Engine> Classifier<E> {
    /// Classifies each window by itself and combines what they say.
    pub(super) fn classify_windows(
        &mut self,
        prepared: &Prepared,
        combining: Combining,
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<Classification, ClassifyError> {
        let mut options = self.options.decide.clone();
        let wanted = std::mem::replace(&mut options.scores, true);
        // What scores are worth, and which are enough, is a matter of the whole document.
        let correction = options.correction.clone().unwrap_or_default();
        options.correction = options.correction.map(|correction| Correction {
            scale: None,
            thresholds: Vec::new(),
            ..correction
        });
        let mut agree = Vec::new();
        let mut tally = WindowTally::new(self.list.tags.len(), combining);
        let (mut used, mut mass) = (0, 0.0);
        let all = prepared.windows();
        for window in 0..all {
            report(window, all);
            let prompt = self.window_prompt(prepared, window);
            used += prompt.document.tokens.len();
            for decision in self.decide(&[&prompt], &options)? {
                tally.add(&decision);
                mass += decision.certainty.masses.first().unwrap_or(&0.0);
                // A window may be shown in fewer orders than another.
                agree.resize(agree.len().max(decision.agree.len()), true);
                let orders = agree.iter_mut().zip(decision.agree);
                orders.for_each(|(all, this)| *all &= this);
            }
        }
        let combined = tally.finish(options.min_tags, options.max_tags.min(self.list.tags.len()));
        let mut usage = Usage {
            used,
            left_out: 0,
            windows: all,
            spoke: combined.windows,
        };
        let scores = combined.tags.iter().map(|&t| combined.scores[t].1);
        let log_probs = scores.map(|p| correction.score(p)).collect();
        let mut decision = Decision {
            log_probs,
            certainty: Certainty::of_ranking(&combined.tags, &combined.scores, mass / count(all)),
            tags: combined.tags,
            agree,
            slots: Vec::new(),
        };
        let keep = decision.leave_out(&correction, options.min_tags);
        let mut keep = keep.iter().copied();
        usage.spoke.retain(|_| keep.next().unwrap_or(true));
        let mut ranking = ranked(&combined.scores);
        if !wanted {
            decision.log_probs.clear();
            decision.certainty = Certainty::default();
            ranking.clear();
        }
        Ok(self.classification(&prepared.id, decision, &ranking, usage))
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(n: usize) -> f64 {
    n.max(1) as f64
}
