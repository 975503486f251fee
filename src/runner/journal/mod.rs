//! What is done already: an SQLite file beside the output.
//!
//! The output alone would not do: it does not say of which text and by which settings
//! a line came about, errors are not in it, and to look a record up in it would take
//! memory that grows with it. SQLite survives a crash at any moment, is locked against a
//! second run, and finds a record among millions without holding them.

mod error;
mod ids;

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::classifier::Settings;
pub use crate::runner::journal::error::JournalError;
pub(super) use crate::runner::journal::error::KEEPS;
use crate::runner::journal::error::failure;
pub(super) use crate::runner::journal::ids::SeenIds;
use crate::runner::key::Key;
use crate::runner::outcome::{Failure, Outcome};

/// Marks the file as one of ours, in SQLite's header: "mtag".
const APPLICATION_ID: i32 = 0x6d74_6167;

/// The layout of the tables and of what is in them.
const VERSION: i32 = 2;

/// How long a run waits for another one that is about to end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Records that are looked at together where all are gone through.
const PAGE: u32 = 1000;

/// What is known of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What came of it.
    pub outcome: Outcome,
    /// What had come of it before it was done again.
    pub before: Option<Outcome>,
}

/// An open journal, which no other process can use.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    connection: Connection,
}

impl Journal {
    /// Where the journal of an output is.
    #[must_use]
    pub fn path_for(output: &Path) -> PathBuf {
        let mut name = output.as_os_str().to_owned();
        name.push(".journal");
        name.into()
    }

    /// Opens a journal, and makes one where there is none.
    ///
    /// # Errors
    /// [`JournalError`] where that is not possible.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| failure(path, source);
        let connection = Connection::open(path).map_err(failed)?;
        let prepare = || {
            connection.busy_timeout(PATIENCE)?;
            // Exclusive from the first access on: two runs on one output would mix.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
            let (id, version): (i32, i32) = (number("application_id")?, number("user_version")?);
            let tables: i64 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
            if tables == 0 {
                connection.execute_batch(
                    "BEGIN;
                     CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL);
                     CREATE TABLE records(
                         key BLOB PRIMARY KEY,
                         outcome TEXT NOT NULL,
                         before TEXT,
                         stale INTEGER NOT NULL DEFAULT 0
                     ) WITHOUT ROWID;",
                )?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", VERSION)?;
                connection.execute_batch("COMMIT")?;
                return Ok((APPLICATION_ID, VERSION));
            }
            Ok((id, version))
        };
        let (id, version) = prepare().map_err(failed)?;
        let path = path.to_owned();
        match (id, version.cmp(&VERSION)) {
            (APPLICATION_ID, Ordering::Equal) => Ok(Self { path, connection }),
            (APPLICATION_ID, Ordering::Less) => Err(JournalError::Older { path }),
            _ => Err(JournalError::Foreign { path }),
        }
    }

    /// The settings of the runs so far; `None` where there was none.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be read.
    pub fn settings(&self) -> Result<Option<Settings>, JournalError> {
        let read = || {
            let sql = "SELECT name, value FROM settings ORDER BY rowid";
            let mut query = self.connection.prepare(sql)?;
            let mut settings = Settings::new();
            let mut rows = query.query(())?;
            while let Some(row) = rows.next()? {
                settings = settings.with(&row.get::<_, String>(0)?, row.get::<_, String>(1)?);
            }
            Ok((settings != Settings::new()).then_some(settings))
        };
        read().map_err(|e| failure(&self.path, e))
    }

    /// Goes on under these settings.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be written; nothing is changed then.
    pub fn set_settings(&mut self, settings: &Settings) -> Result<(), JournalError> {
        let mut write = || {
            let transaction = self.connection.transaction()?;
            write_settings(&transaction, settings)?;
            transaction.commit()
        };
        write().map_err(|e| failure(&self.path, e))
    }

    /// Goes on under these settings; records whose outcome `is_stale` will be done again.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be written; nothing is changed then.
    pub fn renew(
        &mut self,
        settings: &Settings,
        is_stale: &dyn Fn(&Outcome) -> bool,
    ) -> Result<(), JournalError> {
        let mut write = || {
            let transaction = self.connection.transaction()?;
            write_settings(&transaction, settings)?;
            // Page by page, in the memory of one.
            let mut last = Vec::new();
            loop {
                let page = page(&transaction, &last)?;
                let Some((key, _)) = page.last() else { break };
                if *key <= last {
                    // A damaged file, in which this would go round for ever.
                    return Err(out_of_order());
                }
                last.clone_from(key);
                for (key, _) in page.iter().filter(|(_, outcome)| is_stale(outcome)) {
                    let sql = "UPDATE records SET stale = 1 WHERE key = ?1";
                    transaction.prepare_cached(sql)?.execute([key])?;
                }
            }
            transaction.commit()
        };
        write().map_err(|e| failure(&self.path, e))
    }

    /// Forgets what had come of records before they were done again: what changes from
    /// here on is a change.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be written.
    pub fn forget_changes(&mut self) -> Result<(), JournalError> {
        let sql = "UPDATE records SET before = NULL WHERE before IS NOT NULL";
        let written = self.connection.execute(sql, ());
        written.map(drop).map_err(|e| failure(&self.path, e))
    }

    /// What is known of a record; `None` where it has to be done.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be read.
    pub fn get(&self, key: Key) -> Result<Option<Entry>, JournalError> {
        let read = || {
            let sql = "SELECT outcome, before FROM records WHERE key = ?1 AND stale = 0";
            let mut query = self.connection.prepare_cached(sql)?;
            let row = query.query_row([key.0], |row| {
                Ok(Entry {
                    outcome: outcome(&row.get::<_, String>(0)?),
                    before: row.get::<_, Option<String>>(1)?.map(|text| outcome(&text)),
                })
            });
            row.optional()
        };
        read().map_err(|e| failure(&self.path, e))
    }

    /// Keeps what came of some records: all of it or, where that fails, nothing.
    ///
    /// # Errors
    /// [`JournalError`] where the file cannot be written.
    pub fn put(&mut self, outcomes: &[(Key, Outcome)]) -> Result<(), JournalError> {
        let mut write = || {
            let transaction = self.connection.transaction()?;
            {
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO records(key, outcome) VALUES (?1, ?2)
                     ON CONFLICT(key) DO UPDATE
                     SET before = outcome, outcome = excluded.outcome, stale = 0",
                )?;
                for (key, outcome) in outcomes {
                    let text = serde_json::to_string(outcome).unwrap_or_default();
                    insert.execute(params![key.0, text])?;
                }
            }
            transaction.commit()
        };
        write().map_err(|e| failure(&self.path, e))
    }
}

fn write_settings(transaction: &Transaction, settings: &Settings) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM settings", ())?;
    for (name, value) in settings.iter() {
        let sql = "INSERT INTO settings(name, value) VALUES (?1, ?2)";
        transaction.execute(sql, (name, value))?;
    }
    Ok(())
}

/// Some records, by their keys, behind the `last` one.
fn page(transaction: &Transaction, last: &[u8]) -> rusqlite::Result<Vec<(Vec<u8>, Outcome)>> {
    let sql = "SELECT key, outcome FROM records WHERE key > ?1 ORDER BY key LIMIT ?2";
    let mut query = transaction.prepare_cached(sql)?;
    let rows = query.query_map(params![last, PAGE], |row| {
        Ok((row.get(0)?, outcome(&row.get::<_, String>(1)?)))
    })?;
    rows.collect()
}

/// Keys that are not in their order, which SQLite does not notice by itself.
fn out_of_order() -> rusqlite::Error {
    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(error, Some("its keys are not in order".to_owned()))
}

/// An outcome as it stands in the journal. What cannot be read, only a foreign hand
/// could have written: it is a failure, and can be tried again like any other.
fn outcome(text: &str) -> Outcome {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let message = "what the journal says of it cannot be read";
        Outcome::Failure(Failure::new("journal", message.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::TagId;
    use crate::wire::Known;

    /// An answer with one tag.
    fn answer(tag: &str) -> Outcome {
        Outcome::Answer(Box::new(Known {
            tags: vec![TagId::from_text(tag)],
            ..Known::default()
        }))
    }

    fn key(id: &str) -> Key {
        Key::of(id, "", "")
    }

    #[test]
    fn a_damaged_file_is_not_gone_through_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        let outcomes = [1, 2, 3].map(|n| (Key([n; 16]), answer("x")));
        journal.put(&outcomes).unwrap();
        drop(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.windows(16).position(|window| *window == [3; 16]);
        bytes[last.unwrap()..][..16].fill(0);
        std::fs::write(&path, bytes).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        let error = journal.renew(&Settings::new(), &|_| true).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    }

    #[test]
    fn what_was_put_is_there_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = Journal::path_for(&folder.path().join("out.jsonl"));
        let settings = Settings::new().with("b", "1").with("a", "x");
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.settings().unwrap(), None);
        journal.set_settings(&settings).unwrap();
        journal.put(&[(key("1"), answer("x"))]).unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.settings().unwrap(), Some(settings));
        let entry = journal.get(key("1")).unwrap().unwrap();
        assert_eq!((entry.outcome, entry.before), (answer("x"), None));
        assert_eq!(journal.get(key("2")).unwrap(), None);
    }

    #[test]
    fn stale_records_are_done_again_and_what_was_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j")).unwrap();
        let both = [(key("1"), answer("a")), (key("2"), answer("b"))];
        journal.put(&both).unwrap();
        let is_stale = |outcome: &Outcome| *outcome == answer("a");
        journal.renew(&Settings::new(), &is_stale).unwrap();
        assert_eq!(journal.get(key("1")).unwrap(), None);
        assert!(journal.get(key("2")).unwrap().is_some());
        journal.put(&[(key("1"), answer("c"))]).unwrap();
        let entry = journal.get(key("1")).unwrap().unwrap();
        assert_eq!(
            (entry.outcome, entry.before),
            (answer("c"), Some(answer("a")))
        );
        journal.forget_changes().unwrap();
        let entry = journal.get(key("1")).unwrap().unwrap();
        assert_eq!((entry.outcome, entry.before), (answer("c"), None));
    }

    #[test]
    fn more_records_than_a_page_are_all_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j")).unwrap();
        let all: Vec<(Key, Outcome)> = (0..=2 * PAGE)
            .map(|n| {
                (
                    key(&n.to_string()),
                    answer(if n % 2 == 0 { "a" } else { "b" }),
                )
            })
            .collect();
        journal.put(&all).unwrap();
        let is_stale = |outcome: &Outcome| *outcome == answer("a");
        journal.renew(&Settings::new(), &is_stale).unwrap();
        for (key, outcome) in all {
            let known = journal.get(key).unwrap().is_some();
            assert_eq!(known, outcome == answer("b"));
        }
    }

    #[test]
    fn a_journal_of_an_earlier_version_is_told_from_a_foreign_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let refused = |version: i32| {
            drop(Journal::open(&path));
            let connection = Connection::open(&path).unwrap();
            let set = connection.pragma_update(None, "user_version", version);
            set.unwrap();
            drop(connection);
            Journal::open(&path).unwrap_err()
        };
        assert!(matches!(refused(1), JournalError::Older { .. }));
        assert!(matches!(refused(3), JournalError::Foreign { .. }));
    }

    #[test]
    fn a_journal_in_use_and_a_foreign_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let first = Journal::open(&path).unwrap();
        assert!(matches!(
            Journal::open(&path),
            Err(JournalError::InUse { .. })
        ));
        drop(first);
        assert!(Journal::open(&path).is_ok());
        std::fs::write(
            &path,
            "this is not a database, but a text that is long enough",
        )
        .unwrap();
        assert!(matches!(
            Journal::open(&path),
            Err(JournalError::Foreign { .. })
        ));
    }
}
