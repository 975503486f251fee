//! Records on their way, in input order: known, failed, or waiting for the model.

use std::collections::VecDeque;

use serde_json::value::RawValue;

use crate::classifier::Prepared;
use crate::runner::key::Key;
use crate::runner::outcome::Outcome;
use crate::wire::Reading;

/// A record on its way.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) id: Option<String>,
    pub(super) kept: Vec<(String, Box<RawValue>)>,
    /// How its document was read, if that is shown.
    pub(super) reading: Option<Reading>,
    pub(super) state: State,
}

/// How far a record is.
#[derive(Debug)]
pub(super) enum State {
    /// The model has to decide.
    Waiting(Box<Waiting>),
    /// This came of it, and it is not in the journal.
    Done(Outcome),
    /// What came of it is in the journal, or will be before its turn.
    Recorded { key: Key, is_new: bool },
}

/// A document that the model has to decide on.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) key: Key,
    pub(super) prepared: Prepared,
}

/// All records on their way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    places: VecDeque<Place>,
}

impl Queue {
    pub(super) fn push(&mut self, place: Place) {
        self.places.push_back(place);
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The first record, where it is done.
    pub(super) fn pop_done(&mut self) -> Option<Place> {
        let is_done = |place: &mut Place| !matches!(place.state, State::Waiting(_));
        self.places.pop_front_if(is_done)
    }

    /// The documents that wait, in input order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.places.iter().filter_map(|place| match &place.state {
            State::Waiting(waiting) => Some(waiting.as_ref()),
            _ => None,
        })
    }

    /// Replaces the states of the first documents that wait.
    pub(super) fn settle(&mut self, states: impl IntoIterator<Item = State>) {
        let waiting = self
            .places
            .iter_mut()
            .filter(|place| matches!(place.state, State::Waiting(_)));
        for (place, state) in waiting.zip(states) {
            place.state = state;
        }
    }
}
