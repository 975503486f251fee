//! Why a journal cannot be used.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process has it.
    #[error("another run is writing to `{}`", path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// It is of an earlier version of this program.
    #[error(
        "`{}` was written by an earlier version of minitag, which kept less of each answer",
        path.display()
    )]
    Older {
        /// The journal.
        path: PathBuf,
    },
    /// It is something else, or of a later version of this program.
    #[error("`{}` is no journal of this version of minitag", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its bytes are not what was written.
    #[error("the journal `{}` is damaged", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// It cannot be read or written.
    #[error("the journal `{}` cannot be used", path.display())]
    Sqlite {
        /// The journal.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// What there is to say if a disk is full.
pub(in crate::runner) const KEEPS: &str =
    "nothing that was done is lost; the same command goes on from here";

impl JournalError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "wait for it, or take another `-o`",
            Self::Sqlite { source, .. } if is_passing(source) => KEEPS,
            Self::Sqlite { .. } => {
                "it has to be a file that can be read and written; or take another `-o`"
            }
            Self::Damaged { .. } => {
                "what is in the output stays as it is; without the journal, `--redo` writes it anew"
            }
            Self::Older { .. } => {
                "that version can go on with it; without it, `--redo` writes the output anew"
            }
            Self::Foreign { .. } => {
                "what is in the output stays as it is; another `-o` starts a new run"
            }
        }
    }
}

/// Whether the same command can go on once there is room again.
fn is_passing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory)
    )
}

/// What SQLite says, told apart by what the user can do.
pub(super) fn failure(path: &Path, source: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    // What is not of the kind that was written.
    if let rusqlite::Error::InvalidColumnType(..)
    | rusqlite::Error::FromSqlConversionFailure(..)
    | rusqlite::Error::Utf8Error(..) = source
    {
        return JournalError::Damaged { path, source };
    }
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::InUse { path },
        Some(ErrorCode::NotADatabase) => JournalError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => JournalError::Damaged { path, source },
        _ => JournalError::Sqlite { path, source },
    }
}
