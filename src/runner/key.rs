//! What a record is known by, and which part of a catalogue it belongs to.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// What a record is known by in the journal: its id and its text, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// The key of a document: SHA-256 over its parts, the first half of it.
    pub(super) fn of(id: &str, text: &str, format: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [id, format, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Key {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes()))
    }
}

/// Which of `shards` parts of a catalogue a record belongs to, from 0 on: by its id
/// alone, so that it stays in its part when others come and go.
pub(super) fn shard_of(id: &str, shards: u64) -> u64 {
    let hash = Sha256::digest(id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first) % shards.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_parts_apart() {
        assert_ne!(Key::of("a", "b", "c"), Key::of("ab", "", "c"));
        assert_eq!(Key::of("a", "b", "c"), Key::of("a", "b", "c"));
        let shards: Vec<u64> = ["1", "2", "3", "4"].map(|id| shard_of(id, 2)).to_vec();
        assert!(shards.contains(&0) && shards.contains(&1));
    }
}
