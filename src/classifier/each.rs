//! Many documents: what fails at one of them is told apart from what concerns them all.

use std::time::{Duration, Instant};

use crate::classifier::{Classification, Classifier, ClassifyError, Prepared};
use crate::engine::{Engine, Limit};

impl<E: Engine> Classifier<E> {
    /// When the documents from now on are given up.
    pub fn set_limit(&mut self, limit: Limit) {
        self.engine.set_limit(limit);
    }

    /// Classifies documents together and, where that fails, one by one, to find the one that
    /// is at fault. Each may take so long on the average.
    ///
    /// # Errors
    /// [`ClassifyError`] if it concerns all documents.
    pub fn classify_each(
        &mut self,
        group: &[&Prepared],
        timeout: Option<Duration>,
    ) -> Result<Vec<Result<Classification, ClassifyError>>, ClassifyError> {
        if group.len() > 1 {
            self.set_limit(limit(timeout, group.len()));
            if let Ok(answers) = self.classify_group(group) {
                return Ok(answers.into_iter().map(Ok).collect());
            }
        }
        let mut answers = Vec::with_capacity(group.len());
        for prepared in group {
            self.set_limit(limit(timeout, 1));
            match self.classify_prepared(prepared, &mut |_, _| {}) {
                Err(error) if error.concerns_all() => return Err(error),
                answer => answers.push(answer),
            }
        }
        Ok(answers)
    }
}

/// When so many documents are given up, from now on.
fn limit(timeout: Option<Duration>, documents: usize) -> Limit {
    let documents = u32::try_from(documents).unwrap_or(u32::MAX);
    let all = timeout.map(|timeout| timeout.saturating_mul(documents));
    Limit {
        deadline: all.and_then(|all| Instant::now().checked_add(all)),
        ..Limit::default()
    }
}
