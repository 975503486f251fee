//! The states of prefixes that are not in use, in memory: a tag list that comes again is not
//! computed again.
//!
//! They are kept outside of the context, where each token that is decoded would have to pass
//! over them.

use llama_cpp_2::SeqState;

use crate::vocab::Token;

/// States of prefixes, the one that was used last at the end.
#[derive(Default)]
pub(super) struct Parked {
    states: Vec<State>,
}

struct State {
    tokens: Vec<Token>,
    bytes: u64,
    copy: SeqState,
}

impl Parked {
    /// The state of a prefix, which stays.
    pub(super) fn get(&mut self, tokens: &[Token]) -> Option<&SeqState> {
        let at = self.states.iter().position(|s| s.tokens == tokens)?;
        let used = self.states.remove(at);
        self.states.push(used);
        self.states.last().map(|s| &s.copy)
    }

    /// Whether the state of a prefix is here.
    pub(super) fn has(&self, tokens: &[Token]) -> bool {
        self.states.iter().any(|s| s.tokens == tokens)
    }

    /// Keeps a state; those that were not used for longest go, if all together have more than
    /// `limit` bytes.
    pub(super) fn put(&mut self, tokens: Vec<Token>, bytes: u64, copy: SeqState, limit: u64) {
        self.states.push(State {
            tokens,
            bytes,
            copy,
        });
        let mut all: u64 = self.states.iter().map(|s| s.bytes).sum();
        while all > limit && !self.states.is_empty() {
            all -= self.states.remove(0).bytes;
        }
    }
}
