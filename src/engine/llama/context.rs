//! A llama.cpp context as an [`Engine`]: prefixes, lanes behind them, branches off these.
//!
//! The first sequences hold the prefixes. Each lane is a sequence of its own that shares a
//! prefix's cells, with document and answer so far behind them. A question about tokens
//! further ahead is one batch in which every path is one more sequence that shares its
//! lane's cells; paths with a common beginning share its tokens.

use std::io;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use llama_cpp_2::context::params::LlamaContextParams;
use xxhash_rust::xxh3::Xxh3;

use crate::engine::llama::backend::backend;
use crate::engine::llama::guard::Guard;
use crate::engine::llama::model::Model;
use crate::engine::llama::options::{ContextOptions, Settled};
use crate::engine::llama::parked::Parked;
use crate::engine::llama::paths::SharedPaths;
use crate::engine::llama::row::log_probs;
use crate::engine::prefix_cache::Lookup;
use crate::engine::{BRANCH_CELLS, Branch, Engine, EngineError, Limit, MAX_LANES, MAX_PREFIXES};
use crate::memory;
use crate::vocab::{Specials, Token, Tokenizer};

/// Sequences of a context: the prefixes, the lanes, and the paths of one batch.
pub(super) const N_SEQ: usize = MAX_PREFIXES + MAX_LANES + MAX_PATHS;

/// Paths of one batch.
const MAX_PATHS: usize = 95;

/// A context's length is a multiple of this; llama.cpp pads to it anyway.
pub(super) const CONTEXT_STEP: usize = 256;

/// A model with a context.
pub struct LlamaEngine<'m> {
    model: &'m Model,
    options: ContextOptions,
    /// What the options came to, once there is a context.
    settled: Option<Settled>,
    guard: Option<Guard<'m>>,
    n_ctx: usize,
    prefixes: Vec<Vec<Token>>,
    /// Other prefixes.
    parked: Parked,
    lanes: Vec<Lane>,
    limit: Limit,
    prefix_origin: PrefixOrigin,
    computed_prefixes: usize,
}

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

/// The sequence of one document, prefix included.
#[derive(Debug, Default)]
struct Lane {
    /// How long it is, as far as it is decoded.
    decoded: usize,
    /// Appended, but not decoded yet.
    pending: Vec<Token>,
    /// The logits after it, where nothing is pending.
    last: Vec<f32>,
}

impl<'m> LlamaEngine<'m> {
    /// An engine on a loaded model. The context is made by the first
    /// [`Engine::reserve`], when it is known how long it has to be.
    #[must_use]
    pub fn new(model: &'m Model, options: ContextOptions) -> Self {
        Self {
            model,
            options,
            settled: None,
            guard: None,
            n_ctx: 0,
            prefixes: Vec::new(),
            parked: Parked::default(),
            lanes: Vec::new(),
            limit: Limit::default(),
            prefix_origin: PrefixOrigin::None,
            computed_prefixes: 0,
        }
    }

    /// The model that it runs.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// How the context computes, and why so; `None` before there is one.
    #[must_use]
    pub fn description(&self) -> Option<String> {
        let settled = self.settled.as_ref()?;
        let on = match self.model.computed_on() {
            on if on.is_empty() => on,
            on => format!(", {on}"),
        };
        Some(format!("a context of {} tokens, {settled}{on}", self.n_ctx))
    }

    /// Where the state of the prefix came from.
    #[must_use]
    pub fn prefix_origin(&self) -> &PrefixOrigin {
        &self.prefix_origin
    }

    /// How many prefixes were computed so far, rather than had from memory or a file.
    #[must_use]
    pub fn computed_prefixes(&self) -> usize {
        self.computed_prefixes
    }

    /// Forgets all prefixes, those that are not in use too.
    pub fn forget_prefixes(&mut self) {
        self.prefixes.clear();
        self.parked = Parked::default();
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

    /// Keeps the prefixes in memory that are in use, as far as there may be room for them.
    fn park(&mut self) {
        let limit = self.options.parked_bytes;
        let Some(guard) = &self.guard else { return };
        for (place, tokens) in self.prefixes.drain(..).enumerate() {
            let bytes = guard.bytes(sequence(place));
            if bytes > limit || self.parked.has(&tokens) {
                continue;
            }
            if let Some(state) = guard.copy(sequence(place)) {
                self.parked.put(tokens, bytes, state, limit);
            }
        }
    }

    /// Fills a sequence with a prefix: from memory, from the cache, or else by decoding it.
    fn fill_prefix(
        &mut self,
        sequence: i32,
        tokens: &[Token],
    ) -> Result<PrefixOrigin, EngineError> {
        let started = Instant::now();
        if let (Some(guard), Some(state)) = (&mut self.guard, self.parked.get(tokens))
            && guard.restore(state, sequence)
        {
            return Ok(PrefixOrigin::Kept(started.elapsed()));
        }
        let cache = self.options.prefix_cache.clone();
        let cache = cache.and_then(|cache| Some((self.prefix_key(tokens).ok()?, cache)));
        let mut damaged = None;
        if let Some((key, cache)) = &cache {
            damaged = match cache.find(key) {
                Lookup::Found(path) if self.guard()?.load(&path, sequence, tokens) => {
                    return Ok(PrefixOrigin::Kept(started.elapsed()));
                }
                Lookup::Found(path) | Lookup::Damaged(path) => Some(path),
                Lookup::Missing => None,
            };
        }
        self.guard()?.truncate(sequence, 0)?;
        let positions = (0..).zip(tokens);
        self.decode(positions.map(|(position, &token)| (token, position, sequence)))?;
        self.computed_prefixes += 1;
        let time = started.elapsed();
        if let Some((key, cache)) = cache.filter(|(_, cache)| time >= cache.worth) {
            let about = format!("{} tokens for {}", tokens.len(), self.model.name());
            let guard = self.guard()?;
            let save = |path: &std::path::Path| guard.save(path, sequence, tokens);
            let kept = cache.store(&key, &about, tokens.len(), save);
            if let Err(error) = kept {
                return Ok(PrefixOrigin::NotKept(error.to_string()));
            }
        }
        Ok(damaged.map_or(PrefixOrigin::Computed(time), PrefixOrigin::Damaged))
    }

    fn guard(&mut self) -> Result<&mut Guard<'m>, EngineError> {
        let (needed, capacity) = (1, 0);
        let guard = self
            .guard
            .as_mut()
            .ok_or(EngineError::ContextFull { needed, capacity })?;
        guard.limit.clone_from(&self.limit);
        Ok(guard)
    }

    fn open(&mut self, n_ctx: usize) -> Result<(), EngineError> {
        let failed = |reason: String| EngineError::NoContext { n_ctx, reason };
        let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let uint = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let backend = backend(false).map_err(|e| failed(e.to_string()))?;
        let settled = Settled::new(&self.options, self.model.is_small(), self.model.place());
        // A batch shorter than the number of sequences makes llama.cpp end the process.
        let n_batch = settled.n_batch.max(BRANCH_CELLS);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(uint(n_ctx)))
            .with_n_batch(uint(n_batch))
            .with_n_ubatch(uint(settled.n_ubatch))
            .with_n_seq_max(uint(N_SEQ))
            // Otherwise each sequence would get its part of the context alone.
            .with_kv_unified(true)
            .with_n_threads(int(settled.threads))
            .with_n_threads_batch(int(settled.threads_batch))
            .with_type_k(settled.type_k.into())
            .with_type_v(settled.type_v.into())
            .with_flash_attention_policy(settled.flash_attention.into());
        self.park();
        // The old cache is let go before the new one is asked for.
        self.guard = None;
        self.settled = Some(settled);
        let mut context = self
            .model
            .inner()
            .new_context(backend, params)
            .map_err(|e| failed(e.to_string()))?;
        self.model.adapt(&mut context).map_err(failed)?;
        self.guard = Some(Guard::new(context, n_batch, N_SEQ));
        self.n_ctx = n_ctx;
        self.forget();
        Ok(())
    }

    /// Refuses a context that memory has no room for, before the system ends the process
    /// for it.
    fn afford(&self, n_ctx: usize) -> Result<(), EngineError> {
        let settled = Settled::new(&self.options, self.model.is_small(), self.model.place());
        let cell = self.model.cell_bytes(settled.type_k, settled.type_v);
        // A graphics card's memory is its own, and llama.cpp says where that is short.
        let is_here = !self.model.is_on_device();
        let (true, true, Some(cell), Some(free)) =
            (self.options.check_memory, is_here, cell, memory::free())
        else {
            return Ok(());
        };
        // The old cache is let go before the new one is asked for.
        let old = if self.guard.is_some() { self.n_ctx } else { 0 };
        let needed = cell.saturating_mul(n_ctx.saturating_sub(old) as u64);
        let free = free.all();
        if needed > free {
            return Err(EngineError::NoMemory {
                n_ctx,
                needed,
                free,
            });
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.prefixes.clear();
        self.lanes.clear();
    }

    /// Decodes tokens to the end of sequences, each with the position and the sequence
    /// it belongs to, batch by batch, asking for no logits.
    fn decode(
        &mut self,
        mut tokens: impl Iterator<Item = (Token, usize, i32)>,
    ) -> Result<(), EngineError> {
        let guard = self.guard()?;
        loop {
            guard.clear_batch();
            let mut any = false;
            for (token, position, sequence) in tokens.by_ref().take(guard.n_batch()) {
                guard.push(token, position, &[sequence], false)?;
                any = true;
            }
            if !any {
                return Ok(());
            }
            guard.decode()?;
        }
    }

    /// Decodes what is pending in some lanes, together with paths off them, which have
    /// to fit into one batch; returns the place of each path's node in the batch.
    fn decode_paths(
        &mut self,
        lanes: &[usize],
        paths: &mut SharedPaths,
    ) -> Result<Vec<usize>, EngineError> {
        let mut pending = Vec::new();
        for &lane in lanes {
            pending.push((lane, std::mem::take(&mut self.lanes[lane].pending)));
        }
        let starts: Vec<usize> = self.lanes.iter().map(|lane| lane.decoded).collect();
        let lane_count = self.lanes.len();
        let guard = self.guard()?;
        guard.clear_batch();
        let (leaves, nodes) = paths.resolve();
        let leaf_sequence = |leaf: usize| lane_sequence(lane_count + leaf);
        for (leaf, &lane) in leaves.iter().enumerate() {
            guard.fork(lane_sequence(lane), leaf_sequence(leaf))?;
        }
        let mut ends = starts.clone();
        let mut lasts = Vec::new();
        for (lane, tokens) in &pending {
            let off = leaves.iter().enumerate().filter(|&(_, l)| l == lane);
            let sequences: Vec<i32> = [lane_sequence(*lane)]
                .into_iter()
                .chain(off.map(|(leaf, _)| leaf_sequence(leaf)))
                .collect();
            for (index, &token) in tokens.iter().enumerate() {
                let is_last = index + 1 == tokens.len();
                let place = guard.push(token, starts[*lane] + index, &sequences, is_last)?;
                if is_last {
                    lasts.push((*lane, place));
                }
            }
            ends[*lane] += tokens.len();
        }
        let mut places = Vec::with_capacity(nodes.len());
        for node in nodes {
            let sequences: Vec<i32> = node.leaves.iter().map(|&l| leaf_sequence(l)).collect();
            let position = ends[node.lane] + node.depth;
            places.push(guard.push(node.token, position, &sequences, node.asked)?);
        }
        guard.decode()?;
        for leaf in 0..leaves.len() {
            guard.truncate(leaf_sequence(leaf), 0)?;
        }
        for (lane, place) in lasts {
            let logits = self.guard()?.logits(place)?.to_vec();
            self.lanes[lane].last = logits;
            self.lanes[lane].decoded = ends[lane];
        }
        Ok(places)
    }
}

/// The sequence of a lane. Those behind the last lane's are the paths'.
fn lane_sequence(lane: usize) -> i32 {
    sequence(MAX_PREFIXES + lane)
}

/// The number of a sequence as llama.cpp has it.
fn sequence(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

impl Tokenizer for LlamaEngine<'_> {
    fn tokenize(&self, text: &str, specials: Specials) -> Vec<Token> {
        self.model.tokenize(text, specials)
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.model.piece(token)
    }

    fn is_control(&self, token: Token) -> bool {
        self.model.is_control(token)
    }

    fn bos(&self) -> Option<Token> {
        self.model.bos()
    }
}

impl Engine for LlamaEngine<'_> {
    fn reserve(&mut self, longest: usize, total: usize) -> Result<(), EngineError> {
        let needed = total.saturating_add(BRANCH_CELLS);
        if needed <= self.n_ctx && self.guard.is_some() {
            return Ok(());
        }
        let trained = self.model.n_ctx_train();
        let longest = longest.saturating_add(BRANCH_CELLS);
        let limit = self.options.n_ctx.unwrap_or(trained.max(needed));
        if needed > limit || self.options.n_ctx.is_none() && longest > trained {
            let needed = if needed > limit { needed } else { longest };
            let capacity = limit.min(self.options.n_ctx.unwrap_or(trained));
            return Err(EngineError::ContextFull { needed, capacity });
        }
        let grown = needed.next_multiple_of(CONTEXT_STEP).min(limit);
        let n_ctx = self.options.n_ctx.unwrap_or(grown);
        self.afford(n_ctx)?;
        self.open(n_ctx)
    }

    fn set_prefixes(&mut self, prefixes: &[&[Token]]) -> Result<(), EngineError> {
        self.lanes.clear();
        if self.prefixes == prefixes {
            return Ok(());
        }
        self.park();
        self.guard()?.clear();
        self.prefix_origin = PrefixOrigin::None;
        for (place, tokens) in prefixes.iter().enumerate() {
            let origin = self.fill_prefix(sequence(place), tokens)?;
            self.prefix_origin = std::mem::take(&mut self.prefix_origin).and(origin);
        }
        self.prefixes = prefixes.iter().map(|tokens| tokens.to_vec()).collect();
        Ok(())
    }

    fn start(&mut self, documents: &[&[Token]]) -> Result<(), EngineError> {
        let prefixes: Vec<usize> = self.prefixes.iter().map(Vec::len).collect();
        let guard = self.guard()?;
        // All of them: after an error those of paths hold something too.
        for lane in 0..MAX_LANES + MAX_PATHS {
            guard.truncate(lane_sequence(lane), 0)?;
        }
        // Of each lane its prefix, the length of that, and the document.
        let lanes = documents.iter().flat_map(|&document| {
            let prefixes = prefixes.iter().enumerate();
            prefixes.map(move |(prefix, &length)| (prefix, length, document))
        });
        for (lane, (prefix, _, _)) in lanes.clone().enumerate() {
            guard.fork(sequence(prefix), lane_sequence(lane))?;
        }
        let new_lane = |(_, prefix, document): (usize, usize, &[Token])| Lane {
            decoded: prefix + document.len(),
            ..Lane::default()
        };
        self.lanes = lanes.clone().map(new_lane).collect();
        let tokens = lanes.enumerate().flat_map(|(lane, (_, prefix, document))| {
            let positions = (prefix..).zip(document);
            positions.map(move |(position, &token)| (token, position, lane_sequence(lane)))
        });
        self.decode(tokens)
    }

    fn append(&mut self, lane: usize, tokens: &[Token]) {
        self.lanes[lane].pending.extend_from_slice(tokens);
    }

    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        let room = self.guard()?.n_batch().min(BRANCH_CELLS);
        // Of what is pending, the last part goes together with the first paths.
        for lane in 0..self.lanes.len() {
            let Lane {
                decoded, pending, ..
            } = &mut self.lanes[lane];
            if pending.len() > room / 2 {
                let rest = pending.split_off(pending.len() - 1);
                let tokens = std::mem::replace(pending, rest);
                let start = *decoded;
                *decoded += tokens.len();
                let positions = (start..).zip(tokens);
                self.decode(positions.map(|(p, token)| (token, p, lane_sequence(lane))))?;
            }
        }
        let mut answers = Vec::with_capacity(branches.len());
        while answers.len() < branches.len() {
            let rest = &branches[answers.len()..];
            let mut paths = SharedPaths::default();
            let mut lanes: Vec<usize> = Vec::new();
            let mut pending = 0;
            let mut fit = 0;
            for branch in rest {
                let new = !lanes.contains(&branch.lane);
                let more = self.lanes[branch.lane].pending.len() * usize::from(new);
                let full = paths.len() + pending + more > room;
                if full || !paths.add(branch, room - pending - more, MAX_PATHS) {
                    break;
                }
                if new {
                    lanes.push(branch.lane);
                }
                pending += more;
                fit += 1;
            }
            if fit == 0 {
                let needed = rest[0].path.len();
                let capacity = room;
                return Err(EngineError::ContextFull { needed, capacity });
            }
            let places = if paths.len() + pending > 0 {
                self.decode_paths(&lanes, &mut paths)?
            } else {
                Vec::new()
            };
            for branch in &rest[..fit] {
                answers.push(match paths.end(branch) {
                    Some(node) => log_probs(self.guard()?.logits(places[node])?, &branch.wanted)?,
                    None => log_probs(&self.lanes[branch.lane].last, &branch.wanted)?,
                });
            }
        }
        Ok(answers)
    }

    fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::llama::model::ModelOptions;

    #[test]
    fn a_context_beyond_memory_is_refused_and_a_shorter_one_is_not() {
        let path = "tests/fixtures/tiny-digits.gguf".as_ref();
        let model = Model::load(path, &ModelOptions::default()).unwrap();
        let mut engine = LlamaEngine::new(&model, ContextOptions::default());
        engine.reserve(100, 100).unwrap();
        if memory::free().is_some() {
            let refused = engine.afford(1 << 50);
            assert!(matches!(refused, Err(EngineError::NoMemory { .. })));
        }
        engine.afford(engine.n_ctx + 1).unwrap();
        engine.options.check_memory = false;
        engine.afford(1 << 50).unwrap();
    }
}
