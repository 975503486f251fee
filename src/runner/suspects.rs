//! Which documents are suspect if processes end at them, and when to give up.

use std::collections::HashMap;

use crate::runner::key::Key;
use crate::runner::outcome::Failure;

/// So often a document may end its process, or something outside of any document may.
pub const TRIES: u32 = 2;

/// If so many processes in a row end at their first document, it is not the documents.
const IN_A_ROW: u32 = 6;

/// What is known of processes that ended.
#[derive(Clone, Debug, Default)]
pub struct Suspects {
    /// How often one ended at which document.
    tries: HashMap<Key, u32>,
    outside: u32,
    in_a_row: u32,
}

/// What is to be done after a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another one goes on, without these documents.
    GoOn {
        /// Those that ended too many.
        given_up: Vec<Key>,
    },
    /// So many have ended outside of any document: there is no use in another one.
    Outside(u32),
    /// They end at one document after the other: there is no use in another one.
    Everywhere,
}

impl Suspects {
    /// The documents at which a process ended. They are computed alone.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.tries.keys().copied().collect()
    }

    /// Takes note of a process that ended with these documents begun, and whether it had done
    /// any before.
    pub fn after(&mut self, begun: &[Key], has_worked: bool) -> Verdict {
        self.outside += u32::from(begun.is_empty());
        self.in_a_row = if has_worked { 0 } else { self.in_a_row + 1 };
        if self.outside >= TRIES {
            return Verdict::Outside(self.outside);
        }
        if self.in_a_row >= IN_A_ROW {
            return Verdict::Everywhere;
        }
        let mut given_up = Vec::new();
        for &key in begun {
            let tries = self.tries.entry(key).or_default();
            *tries += 1;
            if *tries >= TRIES {
                given_up.push(key);
            }
        }
        Verdict::GoOn { given_up }
    }

    /// What becomes of a document that is given up, processes having been ended by a signal.
    #[must_use]
    pub fn failure(signal: &str) -> Failure {
        let message = format!(
            "the process was ended by {signal} while it was at this document, {TRIES} times"
        );
        Failure::new("crash", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Key = Key([1; 16]);
    const B: Key = Key([2; 16]);

    fn go_on(given_up: &[Key]) -> Verdict {
        let given_up = given_up.to_vec();
        Verdict::GoOn { given_up }
    }

    #[test]
    fn a_document_is_given_up_the_second_time() {
        let mut suspects = Suspects::default();
        assert_eq!(suspects.after(&[A, B], true), go_on(&[]));
        let mut keys = suspects.keys();
        keys.sort_by_key(|key| key.0);
        assert_eq!(keys, [A, B]);
        // Computed alone, the other one was not to blame.
        assert_eq!(suspects.after(&[B], true), go_on(&[B]));
        assert_eq!(suspects.after(&[A], true), go_on(&[A]));
    }

    #[test]
    fn what_ends_outside_of_documents_is_not_theirs() {
        let mut suspects = Suspects::default();
        assert_eq!(suspects.after(&[], true), go_on(&[]));
        assert_eq!(suspects.after(&[A], true), go_on(&[]));
        assert_eq!(suspects.after(&[], true), Verdict::Outside(2));
    }

    #[test]
    fn one_after_the_other_is_not_the_documents() {
        let end = |n: u8, has_worked: fn(u8) -> bool| {
            let mut suspects = Suspects::default();
            let ends = (0..n).map(|n| suspects.after(&[Key([n; 16])], has_worked(n)));
            ends.last().unwrap()
        };
        assert_eq!(end(5, |_| false), go_on(&[]));
        assert_eq!(end(6, |_| false), Verdict::Everywhere);
        // One that has worked in between begins the count anew.
        assert_eq!(end(10, |n| n == 4), go_on(&[]));
    }
}
