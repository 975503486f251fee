//! Which ids a run has seen: a temporary SQLite database, which the system removes and which
//! takes no more memory for millions of them.

use rusqlite::{Connection, OptionalExtension};
use xxhash_rust::xxh3::xxh3_64;

/// The ids that were seen, each with the line that has it first.
#[derive(Debug)]
pub(in crate::runner) struct SeenIds {
    connection: Connection,
}

impl SeenIds {
    /// None yet. `None` where no temporary file can be made.
    pub(in crate::runner) fn new() -> Option<Self> {
        // SQLite's name for a database that nobody else sees.
        let connection = Connection::open("").ok()?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000;
                 CREATE TABLE ids(
                     id INTEGER PRIMARY KEY,
                     line INTEGER NOT NULL,
                     is_new INTEGER NOT NULL DEFAULT 0
                 );
                 BEGIN",
            )
            .ok()?;
        Some(Self { connection })
    }

    /// Adds an id; the line that has it already, where one has. Ids are told apart by 64 bits
    /// of their hash.
    pub(in crate::runner) fn add(&mut self, id: &str, line: u64) -> Option<u64> {
        let hash = xxh3_64(id.as_bytes()).cast_signed();
        let look = || -> rusqlite::Result<Option<i64>> {
            let sql = "INSERT INTO ids(id, line) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            let mut insert = self.connection.prepare_cached(sql)?;
            if insert.execute([hash, line.cast_signed()])? > 0 {
                return Ok(None);
            }
            let mut query = self
                .connection
                .prepare_cached("SELECT line FROM ids WHERE id = ?1")?;
            query.query_row([hash], |row| row.get(0)).optional()
        };
        // A full disk is no reason to end a run: what is not seen is not told.
        look().ok().flatten().map(i64::cast_unsigned)
    }

    /// Remembers that a record with this id is done in this run.
    pub(in crate::runner) fn set_new(&mut self, id: &str) {
        let hash = xxh3_64(id.as_bytes()).cast_signed();
        let sql = "UPDATE ids SET is_new = 1 WHERE id = ?1";
        let written = self.connection.prepare_cached(sql);
        // As above.
        let _ = written.and_then(|mut update| update.execute([hash]));
    }

    /// Whether a record with this id was done in this run.
    pub(in crate::runner) fn is_new(&self, id: &str) -> bool {
        let hash = xxh3_64(id.as_bytes()).cast_signed();
        let sql = "SELECT is_new FROM ids WHERE id = ?1";
        let query = self.connection.prepare_cached(sql);
        query.is_ok_and(|mut query| query.query_row([hash], |row| row.get(0)).unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_an_id_is_known() {
        let mut ids = SeenIds::new().unwrap();
        for line in 1..5000 {
            assert_eq!(ids.add(&line.to_string(), line), None);
        }
        assert_eq!(ids.add("7", 5000), Some(7));
        assert_eq!(ids.add("7", 5001), Some(7));
        assert_eq!(ids.add("07", 5002), None);
        ids.set_new("7");
        assert!(ids.is_new("7") && !ids.is_new("07") && !ids.is_new("none"));
    }
}
