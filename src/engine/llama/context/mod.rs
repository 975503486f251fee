//! A llama.cpp context as an [`Engine`]: prefixes, lanes behind them, branches off these.
//!
//! The first sequences hold the prefixes. Each lane is a sequence of its own that shares a
//! prefix's cells, with document and answer so far behind them. A question about tokens
//! further ahead is one batch in which every path is one more sequence that shares its
//! lane's cells; paths with a common beginning share its tokens.

mod lanes;
mod prefix;
mod remarks;
mod room;

use crate::engine::llama::context::lanes::{Lane, lane_sequence, sequence};
pub use crate::engine::llama::context::prefix::PrefixOrigin;
use crate::engine::llama::guard::Guard;
use crate::engine::llama::model::Model;
use crate::engine::llama::options::{ContextOptions, Settled};
use crate::engine::llama::parked::Parked;
use crate::engine::{Branch, Engine, EngineError, Limit, MAX_LANES, MAX_PREFIXES};
use crate::vocab::{Bridges, Specials, Token, Tokenizer};

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

    fn guard(&mut self) -> Result<&mut Guard<'m>, EngineError> {
        let (needed, capacity) = (1, 0);
        let guard = self
            .guard
            .as_mut()
            .ok_or(EngineError::ContextFull { needed, capacity })?;
        guard.limit.clone_from(&self.limit);
        Ok(guard)
    }

    fn forget(&mut self) {
        self.prefixes.clear();
        self.lanes.clear();
    }
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

    fn longest_piece(&self) -> usize {
        self.model.longest_piece()
    }

    fn bridges(&self) -> Option<&Bridges> {
        self.model.bridges()
    }
}

impl Engine for LlamaEngine<'_> {
    fn reserve(&mut self, longest: usize, total: usize) -> Result<(), EngineError> {
        self.make_room(longest, total)
    }

    fn set_prefixes(&mut self, prefixes: &[&[Token]]) -> Result<(), EngineError> {
        self.change_prefixes(prefixes)
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
        self.answer(branches)
    }

    fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }
}
