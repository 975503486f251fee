//! A llama.cpp context as an [`Engine`]: one sequence, and branches off its end.
//!
//! Sequence 0 holds prefix, document and answer so far. A question about tokens
//! further ahead is one batch in which every branch is a sequence of its own that
//! shares sequence 0's cells; branches with a common beginning share its tokens.

use std::num::NonZeroU32;

use llama_cpp_2::context::params::LlamaContextParams;

use crate::engine::llama::guard::Guard;
use crate::engine::llama::model::{Model, backend};
use crate::engine::llama::options::{ContextOptions, FlashAttention, KvType};
use crate::engine::llama::paths::shared_paths;
use crate::engine::llama::row::Row;
use crate::engine::{Branch, Engine, EngineError};
use crate::vocab::{Specials, Token, Tokenizer};

/// Sequences of a context: sequence 0 and the branches of one batch.
const N_SEQ: usize = 64;

/// Cells kept free for the branches of one batch.
const BRANCH_CELLS: usize = 256;

/// A model whose cache takes at most so many numbers a token is small: it gets
/// them in 32 bits, and one thread.
const SMALL_CACHE: usize = 8192;

/// A context's length is a multiple of this; llama.cpp pads to it anyway.
const CONTEXT_STEP: usize = 256;

/// A model with a context.
pub struct LlamaEngine<'m> {
    model: &'m Model,
    options: ContextOptions,
    guard: Option<Guard<'m>>,
    n_ctx: usize,
    /// Length of the prefix, and of all that is decoded into sequence 0.
    prefix: usize,
    decoded: usize,
    /// Appended, but not decoded yet.
    pending: Vec<Token>,
    /// What is known of the token after the sequence, once it is decoded.
    last: Option<Row>,
}

impl<'m> LlamaEngine<'m> {
    /// An engine on a loaded model. The context is made by the first
    /// [`Engine::reserve`], when it is known how long it has to be.
    #[must_use]
    pub fn new(model: &'m Model, options: ContextOptions) -> Self {
        Self {
            model,
            options,
            guard: None,
            n_ctx: 0,
            prefix: 0,
            decoded: 0,
            pending: Vec::new(),
            last: None,
        }
    }

    fn guard(&mut self) -> Result<&mut Guard<'m>, EngineError> {
        let (needed, capacity) = (self.decoded, 0);
        self.guard
            .as_mut()
            .ok_or(EngineError::ContextFull { needed, capacity })
    }

    fn open(&mut self, n_ctx: usize) -> Result<(), EngineError> {
        let failed = |reason: String| EngineError::NoContext { n_ctx, reason };
        let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let uint = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        // A batch shorter than the number of sequences makes llama.cpp end the process.
        let n_batch = self
            .options
            .n_batch
            .clamp(BRANCH_CELLS, n_ctx.max(BRANCH_CELLS));
        let small = self.model.cache_numbers() <= SMALL_CACHE;
        let kv = if small { KvType::F32 } else { KvType::F16 };
        let threads = if small { 1 } else { physical_cores() };
        let threads = int(self.options.threads.unwrap_or(threads));
        let type_k = self.options.type_k.unwrap_or(kv);
        let type_v = self.options.type_v.unwrap_or(kv);
        let flash_attention = match self.options.flash_attention {
            FlashAttention::Off => 0,
            FlashAttention::On => 1,
            FlashAttention::Auto if (type_k, type_v) == (KvType::F32, KvType::F32) => 0,
            FlashAttention::Auto => -1,
        };
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(uint(n_ctx)))
            .with_n_batch(uint(n_batch))
            .with_n_ubatch(uint(n_batch))
            .with_n_seq_max(uint(N_SEQ))
            // Otherwise each sequence would get a 64th of the context.
            .with_kv_unified(true)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_type_k(type_k.into())
            .with_type_v(type_v.into())
            .with_flash_attention_policy(flash_attention);
        // The old cache is let go before the new one is asked for.
        self.guard = None;
        let backend = backend(false).map_err(|e| failed(e.to_string()))?;
        let context = self
            .model
            .inner()
            .new_context(backend, params)
            .map_err(|e| failed(e.to_string()))?;
        self.guard = Some(Guard::new(context, n_batch, N_SEQ));
        self.n_ctx = n_ctx;
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        self.prefix = 0;
        self.decoded = 0;
        self.pending.clear();
        self.last = None;
    }

    /// Decodes tokens into sequence 0, batch by batch, asking for no logits.
    fn decode(&mut self, tokens: &[Token]) -> Result<(), EngineError> {
        let n_batch = self.guard()?.n_batch();
        for chunk in tokens.chunks(n_batch) {
            let start = self.decoded;
            let guard = self.guard()?;
            guard.clear_batch();
            for (position, &token) in (start..).zip(chunk) {
                guard.push(token, position, &[0], false)?;
            }
            guard.decode()?;
            self.decoded += chunk.len();
        }
        self.last = None;
        Ok(())
    }

    /// Decodes what is pending together with the given branches' paths, which
    /// have to fit into one batch; returns the branches' rows.
    fn decode_branches(&mut self, paths: &[&[Token]]) -> Result<Vec<Row>, EngineError> {
        let pending = std::mem::take(&mut self.pending);
        let start = self.decoded;
        let guard = self.guard()?;
        guard.clear_batch();
        let branches: Vec<i32> = (1..).take(paths.len()).collect();
        for &branch in &branches {
            guard.fork(branch)?;
        }
        let everyone: Vec<i32> = (0..).take(paths.len() + 1).collect();
        let mut last = None;
        for (index, &token) in pending.iter().enumerate() {
            let logits = index + 1 == pending.len();
            last = Some(guard.push(token, start + index, &everyone, logits)?);
        }
        let end = start + pending.len();
        let mut places = vec![0; paths.len()];
        for node in shared_paths(paths) {
            let sequences: Vec<i32> = node.through.iter().map(|&b| branches[b]).collect();
            let place = guard.push(
                node.token,
                end + node.depth,
                &sequences,
                !node.ends.is_empty(),
            )?;
            for &branch in &node.ends {
                places[branch] = place;
            }
        }
        guard.decode()?;
        let last = last
            .map(|place| guard.logits(place).and_then(Row::new))
            .transpose()?;
        let rows = places
            .iter()
            .map(|&place| guard.logits(place).and_then(Row::new));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        for &branch in &branches {
            guard.truncate(branch, 0)?;
        }
        self.decoded = end;
        self.last = last.or(self.last.take());
        Ok(rows)
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
}

impl Engine for LlamaEngine<'_> {
    fn reserve(&mut self, tokens: usize) -> Result<bool, EngineError> {
        let needed = tokens.saturating_add(BRANCH_CELLS);
        if needed <= self.n_ctx && self.guard.is_some() {
            return Ok(true);
        }
        let limit = self.options.n_ctx.unwrap_or(self.model.n_ctx_train());
        if needed > limit {
            let capacity = limit;
            return Err(EngineError::ContextFull { needed, capacity });
        }
        let grown = needed.next_multiple_of(CONTEXT_STEP).min(limit);
        self.open(self.options.n_ctx.unwrap_or(grown))?;
        Ok(false)
    }

    fn set_prefix(&mut self, tokens: &[Token]) -> Result<(), EngineError> {
        self.forget();
        self.guard()?.clear();
        self.decode(tokens)?;
        self.prefix = self.decoded;
        Ok(())
    }

    fn start(&mut self, document: &[Token]) -> Result<(), EngineError> {
        let prefix = self.prefix;
        let guard = self.guard()?;
        // Sequences above 0 hold something only after an error.
        for sequence in (1..).take(N_SEQ - 1) {
            guard.truncate(sequence, 0)?;
        }
        guard.truncate(0, prefix)?;
        self.pending.clear();
        self.decoded = prefix;
        self.decode(document)
    }

    fn append(&mut self, tokens: &[Token]) {
        self.pending.extend_from_slice(tokens);
    }

    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        let n_batch = self.guard()?.n_batch();
        // The last part of what is pending goes together with the first branches.
        let room = n_batch.min(BRANCH_CELLS);
        if self.pending.len() > room / 2 {
            let pending = std::mem::take(&mut self.pending);
            let (first, rest) = pending.split_at(pending.len() - 1);
            self.decode(first)?;
            self.pending = rest.to_vec();
        }
        let mut answers = vec![Vec::new(); branches.len()];
        let mut todo: Vec<usize> = (0..branches.len())
            .filter(|&i| !branches[i].path.is_empty())
            .collect();
        while !todo.is_empty() || !self.pending.is_empty() {
            let mut tokens = self.pending.len();
            let fit = todo
                .iter()
                .take(N_SEQ - 1)
                .take_while(|&&i| {
                    tokens += branches[i].path.len();
                    tokens <= room
                })
                .count();
            if fit == 0 && self.pending.is_empty() {
                let needed = branches[todo[0]].path.len();
                return Err(EngineError::ContextFull {
                    needed,
                    capacity: room,
                });
            }
            let group: Vec<usize> = todo.drain(..fit).collect();
            let paths: Vec<&[Token]> = group.iter().map(|&i| branches[i].path.as_slice()).collect();
            let rows = self.decode_branches(&paths)?;
            for (&i, row) in group.iter().zip(&rows) {
                answers[i] = row.log_probs(&branches[i].wanted);
            }
        }
        for (answer, branch) in answers.iter_mut().zip(branches) {
            if branch.path.is_empty() {
                let last = self.last.as_ref().ok_or(EngineError::NotANumber)?;
                *answer = last.log_probs(&branch.wanted);
            }
        }
        Ok(answers)
    }
}

/// The cores this process may use; two hyper-threads of one core share its vector
/// unit and count once.
fn physical_cores() -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    available.min(num_cpus::get_physical())
}
