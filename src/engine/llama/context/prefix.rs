//! The prefixes of a context: computed, or had from memory or from an earlier run.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::Xxh3;

use crate::engine::EngineError;
use crate::engine::llama::context::LlamaEngine;
use crate::engine::llama::context::lanes::PREFIX;
use crate::engine::llama::options::Settled;
use crate::engine::llama::parked::Parked;
use crate::engine::prefix_cache::Lookup;
use crate::vocab::Token;

/// Where the state of the prefix came from; of several, of all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PrefixOrigin {
    /// There is none yet.
    #[default]
    None,
    /// It was computed, in so much time.
    Computed(Duration),
    /// It was computed, and could not be kept.
    NotKept(String),
    /// It was computed, since what was kept had been damaged.
    Damaged(PathBuf),
    /// It was kept by an earlier run, and read in so much time.
    Kept(Duration),
}

impl PrefixOrigin {
    /// The origin of two together: what went wrong with either, else all that took time.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, one)
            | (one, Self::None)
            | (one @ (Self::NotKept(_) | Self::Damaged(_)), _)
            | (_, one @ (Self::NotKept(_) | Self::Damaged(_))) => one,
            (Self::Kept(a), Self::Kept(b)) => Self::Kept(a + b),
            (Self::Computed(a) | Self::Kept(a), Self::Computed(b) | Self::Kept(b)) => {
                Self::Computed(a + b)
            }
        }
    }
}

impl LlamaEngine<'_> {
    /// Forgets all prefixes, those that are not in use too.
    pub fn forget_prefixes(&mut self) {
        self.prefix.clear();
        self.parked = Parked::default();
        self.others.clear();
        self.in_use = 0;
    }

    /// Lets lanes begin with these prefixes: the first one here, the others in engines that have
    /// as much room as this one.
    pub(super) fn change_prefixes(&mut self, prefixes: &[&[Token]]) -> Result<(), EngineError> {
        let Some((first, rest)) = prefixes.split_first() else {
            return Ok(());
        };
        let mut origin = self.change_prefix(first)?;
        self.in_use = rest.len();
        while self.others.len() < rest.len() {
            let mut other = Self::new(self.model, self.options.clone());
            other.limit.clone_from(&self.limit);
            other.open_if_affordable(self.n_ctx)?;
            self.others.push(other);
        }
        for (other, prefix) in self.others.iter_mut().zip(rest) {
            let its = other.change_prefix(prefix)?;
            origin = origin.zip(its).map(|(origin, its)| origin.and(its));
        }
        if let Some(origin) = origin {
            self.prefix_origin = origin;
        }
        Ok(())
    }

    /// Lets lanes begin with this prefix; returns where it came from, if it is another than before.
    fn change_prefix(&mut self, tokens: &[Token]) -> Result<Option<PrefixOrigin>, EngineError> {
        self.lanes.clear();
        if self.prefix == tokens && !tokens.is_empty() {
            return Ok(None);
        }
        self.park();
        self.guard()?.clear();
        let origin = self.fill_prefix(tokens)?;
        self.prefix = tokens.to_vec();
        Ok(Some(origin))
    }

    /// A hash of everything that the state of a prefix depends on.
    fn prefix_key(&self, tokens: &[Token]) -> io::Result<String> {
        let mut parts = vec![
            env!("MINITAG_VERSION").to_owned(),
            std::env::consts::ARCH.to_owned(),
            self.model.identity()?,
            self.model.computed_on(),
            self.settled
                .as_ref()
                .map(Settled::numbers)
                .unwrap_or_default(),
        ];
        parts.extend(tokens.iter().map(|token| token.0.to_string()));
        let mut hash = Xxh3::new();
        for part in &parts {
            hash.update(part.as_bytes());
            hash.update(b"\0");
        }
        Ok(format!("{:032x}", hash.digest128()))
    }

    /// Keeps the prefix in memory that is in use, as far as there may be room for it.
    pub(super) fn park(&mut self) {
        let limit = self.options.parked_bytes;
        let tokens = std::mem::take(&mut self.prefix);
        let Some(guard) = self.guard.as_ref().filter(|_| !tokens.is_empty()) else {
            return;
        };
        let bytes = guard.bytes(PREFIX);
        if bytes > limit || self.parked.has(&tokens) {
            return;
        }
        if let Some(state) = guard.copy(PREFIX) {
            self.parked.put(tokens, bytes, state, limit);
        }
    }

    /// Fills the sequence of the prefix: from memory, from the cache, or else by decoding it.
    fn fill_prefix(&mut self, tokens: &[Token]) -> Result<PrefixOrigin, EngineError> {
        let started = Instant::now();
        if let (Some(guard), Some(state)) = (&mut self.guard, self.parked.get(tokens))
            && guard.restore(state, PREFIX)
        {
            return Ok(PrefixOrigin::Kept(started.elapsed()));
        }
        let cache = self.options.prefix_cache.clone();
        let cache = cache.and_then(|cache| Some((self.prefix_key(tokens).ok()?, cache)));
        let mut damaged = None;
        if let Some((key, cache)) = &cache {
            damaged = match cache.find(key) {
                Lookup::Found(path) if self.guard()?.load(&path, PREFIX, tokens) => {
                    return Ok(PrefixOrigin::Kept(started.elapsed()));
                }
                Lookup::Found(path) | Lookup::Damaged(path) => Some(path),
                Lookup::Missing => None,
            };
        }
        self.guard()?.truncate(PREFIX, 0)?;
        let positions = (0..).zip(tokens);
        self.decode(positions.map(|(position, &token)| (token, position, PREFIX)))?;
        self.computed_prefixes += 1;
        let time = started.elapsed();
        if let Some((key, cache)) = cache.filter(|(_, cache)| time >= cache.worth) {
            let about = format!("{} tokens for {}", tokens.len(), self.model.name());
            let guard = self.guard()?;
            let save = |path: &std::path::Path| guard.save(path, PREFIX, tokens);
            let kept = cache.store(&key, &about, tokens.len(), save);
            if let Err(error) = kept {
                return Ok(PrefixOrigin::NotKept(error.to_string()));
            }
        }
        Ok(damaged.map_or(PrefixOrigin::Computed(time), PrefixOrigin::Damaged))
    }
}
