//! A llama.cpp context as an [`Engine`]: prefixes, lanes behind them, branches off these.
//!
//! The first sequence holds the prefix; of several prefixes, each has a context. Each lane is a
//! sequence of its own that shares the prefix's cells, with document and answer so far behind them. A question about tokens
//! further ahead is one batch in which every path is one more sequence that shares its
//! lane's cells; paths with a common beginning share its tokens.

mod lanes;
mod prefix;
mod remarks;
mod room;

use crate::engine::llama::context::lanes::Lane;
pub use crate::engine::llama::context::prefix::PrefixOrigin;
use crate::engine::llama::guard::Guard;
use crate::engine::llama::model::Model;
use crate::engine::llama::options::{ContextOptions, Settled};
use crate::engine::llama::parked::Parked;
use crate::engine::{Branch, Engine, EngineError, Limit, MAX_LANES};
use crate::vocab::{Bridges, Specials, Token, Tokenizer};

/// Sequences of a context: the prefix, the lanes, and the paths of one batch.
pub(super) const N_SEQ: usize = 1 + MAX_LANES + MAX_PATHS;

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
    prefix: Vec<Token>,
    /// Other prefixes.
    parked: Parked,
    lanes: Vec<Lane>,
    limit: Limit,
    prefix_origin: PrefixOrigin,
    computed_prefixes: usize,
    /// For each further prefix an engine, with a context of its own: in one cache, every token
    /// would have to pass over the cells of the other prefixes' lanes.
    others: Vec<Self>,
    /// How many of them are in use.
    in_use: usize,
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
            prefix: Vec::new(),
            parked: Parked::default(),
            lanes: Vec::new(),
            limit: Limit::default(),
            prefix_origin: PrefixOrigin::None,
            computed_prefixes: 0,
            others: Vec::new(),
            in_use: 0,
        }
    }

    /// The model that it runs.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// How it was asked to compute.
    #[must_use]
    pub fn options(&self) -> &ContextOptions {
        &self.options
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
        let others = self.others.iter().map(Self::computed_prefixes);
        self.computed_prefixes + others.sum::<usize>()
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

    /// The prefix of a lane, and which of the lanes behind that it is.
    fn placed(&self, lane: usize) -> (usize, usize) {
        let prefixes = self.in_use + 1;
        (lane % prefixes, lane / prefixes)
    }

    /// Whose prefix it is.
    fn of(&mut self, prefix: usize) -> &mut Self {
        match prefix.checked_sub(1) {
            Some(other) => &mut self.others[other],
            None => self,
        }
    }

    fn forget(&mut self) {
        self.prefix.clear();
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
        self.make_room(longest, total)?;
        let mut others = self.others.iter_mut();
        others.try_for_each(|other| other.make_room(longest, total))
    }

    fn set_prefixes(&mut self, prefixes: &[&[Token]]) -> Result<(), EngineError> {
        self.change_prefixes(prefixes)
    }

    fn start(&mut self, documents: &[&[Token]]) -> Result<(), EngineError> {
        self.start_lanes(documents)?;
        let mut others = self.others.iter_mut().take(self.in_use);
        others.try_for_each(|other| other.start_lanes(documents))
    }

    fn append(&mut self, lane: usize, tokens: &[Token]) {
        let (place, lane) = self.placed(lane);
        let lane = &mut self.of(place).lanes[lane];
        lane.pending.extend_from_slice(tokens);
    }

    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        if self.in_use == 0 {
            return self.answer(branches);
        }
        let mut answers = vec![Vec::new(); branches.len()];
        for prefix in 0..=self.in_use {
            let mut places = Vec::new();
            let mut own = Vec::new();
            for (place, branch) in branches.iter().enumerate() {
                let (of, lane) = self.placed(branch.lane);
                if of == prefix {
                    places.push(place);
                    own.push(Branch {
                        lane,
                        ..branch.clone()
                    });
                }
            }
            let rows = self.of(prefix).answer(&own)?;
            for (place, row) in places.into_iter().zip(rows) {
                answers[place] = row;
            }
        }
        Ok(answers)
    }

    fn set_limit(&mut self, limit: Limit) {
        for other in &mut self.others {
            other.limit.clone_from(&limit);
        }
        self.limit = limit;
    }
}
