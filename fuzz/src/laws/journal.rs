//! The journal of a batch run: an SQLite file that anything may have been done to.

use minitag::classifier::Settings;
use minitag::runner::{Journal, Key, Outcome};

/// What is looked up and put; the journals among the kept inputs have it.
const KEY: Key = Key(*b"0123456789abcdef");

pub fn holds(data: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = Journal::path_for(&folder.path().join("out.jsonl"));
    std::fs::write(&path, data).unwrap();
    let Ok(mut journal) = Journal::open(&path) else {
        return;
    };
    // An error or an answer: both are fine, and so is another one after it.
    drop(journal.settings());
    drop(journal.get(KEY));
    let settings = Settings::new().with("model", "m").with_tags("[]");
    let is_stale = |outcome: &Outcome| outcome.tags().is_none();
    drop(journal.renew(&settings, &is_stale));
    let outcome = Outcome::Answer(Box::default());
    drop(journal.put(&[(KEY, outcome)]));
    drop(journal.get(KEY));
    drop(journal.forget_changes());
    drop(journal);
    // No other process has it, whatever state it is in.
    drop(Journal::open(&path));
}
