//! Going on with a journal: what of it holds, what is done again, what is refused.

use crate::classifier::{Difference, Settings};
use crate::runner::journal::{Journal, JournalError};
use crate::runner::outcome::Outcome;
use crate::tags::{TagError, TagSet, TagsDiff};

/// What is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redo {
    /// Every record.
    All,
    /// Records whose answer another tag list could change.
    ChangedTags,
}

/// How a run goes on with what earlier ones have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// What is done again.
    pub redo: Option<Redo>,
    /// Whether what failed is tried again.
    pub retry_errors: bool,
}

/// Why a run cannot go on with a journal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// It cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its answers are not those that this run would give.
    #[error("begun with other settings: {}", in_words(.0))]
    OtherSettings(Vec<Difference>),
    /// Only another tag list was reckoned with.
    #[error("more than the tag list is another: {0}")]
    MoreThanTags(Difference),
    /// Somebody else wrote to it.
    #[error("the journal's tag list cannot be read")]
    OldTags(#[source] TagError),
}

fn in_words(differences: &[Difference]) -> String {
    let words: Vec<String> = differences.iter().map(ToString::to_string).collect();
    words.join("; ")
}

/// Whether the answers in a journal have scores, as far as they are not done again. A run that
/// goes on computes them as well then, whatever it shows, so that all answers have them or none.
///
/// # Errors
/// [`JournalError`] if it cannot be read.
pub fn has_scores(journal: &Journal, resume: Resume) -> Result<bool, JournalError> {
    if resume.redo == Some(Redo::All) {
        return Ok(false);
    }
    let before = journal.settings()?;
    Ok(before.is_some_and(|before| before.has_scores()))
}

/// Sees to it that the journal's answers are those of these settings, and marks what has to be
/// done again.
///
/// # Errors
/// [`ResumeError`] if they are not; nothing is changed then.
pub fn agree(
    journal: &mut Journal,
    settings: &Settings,
    tags: &TagSet,
    resume: Resume,
) -> Result<(), ResumeError> {
    let before = journal.settings()?;
    let again = again(before.as_ref(), settings, tags, resume)?;
    if again.is_new_round() {
        journal.forget_changes()?;
    }
    match again {
        Again::Nothing => journal.set_settings(settings)?,
        again => journal.renew(settings, &|outcome| again.concerns(outcome))?,
    }
    Ok(())
}

/// Which records are done again.
#[derive(Debug)]
enum Again {
    Nothing,
    Failures,
    All,
    /// Those that another list concerns, and what failed.
    Changed(TagsDiff),
}

impl Again {
    /// Whether changes are told anew. The same list again goes on with what was begun for it.
    fn is_new_round(&self) -> bool {
        match self {
            Self::All => true,
            Self::Changed(diff) => !diff.is_empty(),
            Self::Nothing | Self::Failures => false,
        }
    }

    fn concerns(&self, outcome: &Outcome) -> bool {
        match self {
            Self::Nothing => false,
            Self::Failures => outcome.tags().is_none(),
            Self::All => true,
            Self::Changed(diff) => outcome.tags().is_none_or(|tags| diff.concerns(tags)),
        }
    }
}

/// The law: the same settings go on, others are refused, unless they were reckoned with.
fn again(
    before: Option<&Settings>,
    settings: &Settings,
    tags: &TagSet,
    resume: Resume,
) -> Result<Again, ResumeError> {
    if resume.redo == Some(Redo::All) {
        return Ok(Again::All);
    }
    let mut differences = before.map_or_else(Vec::new, |before| settings.differences(before));
    let old_tags = before.and_then(Settings::tags);
    if let (Some(Redo::ChangedTags), Some(old)) = (resume.redo, old_tags) {
        differences.retain(|difference| !difference.is_of_tags());
        if !differences.is_empty() {
            return Err(ResumeError::MoreThanTags(differences.remove(0)));
        }
        let old = TagSet::parse(old).map_err(ResumeError::OldTags)?;
        return Ok(Again::Changed(TagsDiff::new(&old, tags)));
    }
    if !differences.is_empty() {
        return Err(ResumeError::OtherSettings(differences));
    }
    Ok(if resume.retry_errors {
        Again::Failures
    } else {
        Again::Nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::outcome::Failure;
    use crate::wire::Known;

    const LIST: &str = r#"[{"id":1,"name":"ai"},{"id":2,"name":"cli"}]"#;
    const FEWER: &str = r#"[{"id":2,"name":"cli"}]"#;

    fn settings(list: &str, max_tags: &str) -> Settings {
        let list = TagSet::parse(list).unwrap().to_json();
        Settings::new().with_tags(&list).with("max-tags", max_tags)
    }

    fn answer(id: &str) -> Outcome {
        Outcome::Answer(Box::new(Known {
            tags: vec![serde_json::from_str(id).unwrap()],
            ..Known::default()
        }))
    }

    /// Whether an answer of tag 1, one of tag 2 and a failure are done again, and whether
    /// changes are told anew.
    fn redone(list: &str, redo: Option<Redo>, retry_errors: bool) -> Result<[bool; 4], String> {
        let resume = Resume { redo, retry_errors };
        let tags = TagSet::parse(list).unwrap();
        let before = settings(LIST, "3");
        let again = again(Some(&before), &settings(list, "3"), &tags, resume);
        let again = again.map_err(|error| error.to_string())?;
        let failure = Outcome::Failure(Failure::new("empty", String::new()));
        let [one, two, failed] =
            [answer("1"), answer("2"), failure].map(|outcome| again.concerns(&outcome));
        Ok([one, two, failed, again.is_new_round()])
    }

    #[test]
    fn what_is_done_again_is_what_was_asked_for() {
        assert_eq!(redone(LIST, None, false), Ok([false; 4]));
        let failures = Ok([false, false, true, false]);
        assert_eq!(redone(LIST, None, true), failures);
        let all = Some(Redo::All);
        assert_eq!(redone(FEWER, all, false), Ok([true; 4]));
        let changed = Some(Redo::ChangedTags);
        assert_eq!(redone(FEWER, changed, false), Ok([true, false, true, true]));
        // The same list again: only failures, and no new round.
        assert_eq!(redone(LIST, changed, false), failures);
        let other = "begun with other settings: the tag list is another".to_owned();
        assert_eq!(redone(FEWER, None, false), Err(other));
    }

    #[test]
    fn another_list_is_no_leave_for_other_settings() {
        let tags = TagSet::parse(FEWER).unwrap();
        let before = settings(LIST, "3");
        let of = |redo| {
            let resume = Resume {
                redo,
                ..Resume::default()
            };
            let again = again(Some(&before), &settings(FEWER, "2"), &tags, resume);
            again.map(drop).map_err(|error| error.to_string())
        };
        let more = "more than the tag list is another: `max-tags` was 3 and is 2".to_owned();
        assert_eq!(of(Some(Redo::ChangedTags)), Err(more));
        assert_eq!(of(Some(Redo::All)), Ok(()));
        let both = "begun with other settings: the tag list is another; `max-tags` was 3 and is 2";
        assert_eq!(of(None), Err(both.to_owned()));
    }

    #[test]
    fn a_new_journal_agrees_with_everything() {
        let tags = TagSet::parse(LIST).unwrap();
        for redo in [None, Some(Redo::ChangedTags)] {
            let resume = Resume {
                redo,
                ..Resume::default()
            };
            let again = again(None, &settings(LIST, "3"), &tags, resume).unwrap();
            assert!(matches!(again, Again::Nothing));
        }
    }

    #[test]
    fn a_journal_with_scores_goes_on_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j")).unwrap();
        let go_on = Resume::default();
        let redo = Resume {
            redo: Some(Redo::All),
            ..go_on
        };
        assert!(!has_scores(&journal, go_on).unwrap());
        let with = |computed| settings(LIST, "3").with_scores(computed);
        let tags = TagSet::parse(LIST).unwrap();
        agree(&mut journal, &with(false), &tags, go_on).unwrap();
        let error = agree(&mut journal, &with(true), &tags, go_on).unwrap_err();
        let message = "begun with other settings: the scores were not computed";
        assert_eq!(error.to_string(), message);
        agree(&mut journal, &with(true), &tags, redo).unwrap();
        assert!(has_scores(&journal, go_on).unwrap());
        assert!(!has_scores(&journal, redo).unwrap());
    }
}
