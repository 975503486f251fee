//! Records as they come, and what there is to say of an input at its end.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::document::Guess;
use crate::runner::input::error::InputError;
use crate::runner::record::{Record, RecordError};

/// A record or why it is none, and how much of the input has been read with it.
#[derive(Debug)]
pub struct Item {
    /// The record.
    pub record: Result<Record, RecordError>,
    /// Bytes, or files of a folder.
    pub position: u64,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This.
    Item(Item),
    /// Nothing so far, but something may come.
    NothingYet,
    /// Nothing more.
    End,
}

/// What is known of an input beside its records, when all were read.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Fields that were asked for by name and that no record has.
    pub unseen: Vec<String>,
    /// What separates the cells of rows, where that was found out and is not what is usual.
    pub delimiter: Option<u8>,
    /// How the input is encoded, where that was found out and is not UTF-8.
    pub encoding: Option<Guess>,
    /// What of a folder is no record.
    pub left_out: LeftOut,
}

/// What of a folder is no record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Files that are no documents by their names, or fit no pattern: by their endings, or
    /// empty where there is none.
    pub files: BTreeMap<String, u64>,
    /// Links to folders, which are not followed.
    pub links: u64,
    /// What is neither a file nor a folder.
    pub others: u64,
}

impl LeftOut {
    /// How much it is.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.files.values().sum::<u64>() + self.links + self.others
    }
}

/// The records of an input, as they come.
#[derive(Debug)]
pub struct Feed {
    pub(super) receiver: Receiver<Result<Item, InputError>>,
    pub(super) told: Arc<Mutex<Told>>,
    /// The length of the input where it is known: bytes, or files of a folder.
    pub length: Option<u64>,
    /// Whether records come from somewhere that may have none for now.
    pub is_live: bool,
}

impl Feed {
    /// The next record, where one comes in time.
    ///
    /// # Errors
    /// [`InputError`] where the input cannot be read any further.
    pub fn next(&self, patience: Duration) -> Result<Next, InputError> {
        match self.receiver.recv_timeout(patience) {
            Ok(item) => item.map(Next::Item),
            Err(RecvTimeoutError::Timeout) => Ok(Next::NothingYet),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
        }
    }

    /// What there is to say of the input at its end.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told
            .lock()
            .map(|told| told.clone())
            .unwrap_or_default()
    }
}
