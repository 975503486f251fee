//! Many documents: what fails at one of them is told apart from what concerns them all.

use std::time::{Duration, Instant};

use crate::classifier::{Classification, Classifier, ClassifyError, Document, Prepared};
use crate::engine::{Engine, Limit};

impl<E: Engine> Classifier<E> {
    /// When the documents from now on are given up.
    pub fn set_limit(&mut self, limit: Limit) {
        self.engine.set_limit(limit);
    }

    /// Chooses the tags of one document after the other; each comes with what it was given
    /// with. Ends with the first error that concerns all documents.
    pub fn classify_all<'a, T>(
        &'a mut self,
        documents: impl IntoIterator<Item = (T, &'a str, Document<'a>)>,
    ) -> impl Iterator<Item = Result<(T, Result<Classification, ClassifyError>), ClassifyError>>
    {
        let answers = documents
            .into_iter()
            .map(|(item, id, document)| (item, self.classify(id, document)));
        until_all_fail(answers)
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

/// Answers up to the first error that concerns all documents; none is asked for behind it.
fn until_all_fail<T, A>(
    mut answers: impl Iterator<Item = (T, Result<A, ClassifyError>)>,
) -> impl Iterator<Item = Result<(T, Result<A, ClassifyError>), ClassifyError>> {
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        match answers.next()? {
            (_, Err(error)) if error.concerns_all() => {
                ended = true;
                Some(Err(error))
            }
            answer => Some(Ok(answer)),
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn one_bad_document_stops_nothing_and_a_bad_list_everything() {
        let long_list = || ClassifyError::LongList {
            tags: 9,
            needed: 9,
            capacity: 1,
            fit: 0,
        };
        let mut asked = 0;
        let results = [Ok(1), Err(ClassifyError::Empty), Ok(2), Err(long_list())];
        let results = results.into_iter().chain([Ok(3)]).enumerate();
        let answers = until_all_fail(results.inspect(|_| asked += 1));
        let kinds: Vec<_> = answers
            .map(|answer| answer.map(|(item, answer)| (item, answer.ok())).ok())
            .collect();
        let expected = [
            Some((0, Some(1))),
            Some((1, None)),
            Some((2, Some(2))),
            None,
        ];
        assert_eq!(kinds, expected);
        assert_eq!(asked, 4);
    }
}
