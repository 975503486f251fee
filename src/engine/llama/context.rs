//! A llama.cpp context as an [`Engine`]: one sequence, and branches off its end.
//!
//! Sequence 0 holds prefix, document and answer so far. A question about tokens
//! further ahead is one batch in which every branch is a sequence of its own that
//! shares sequence 0's cells; branches with a common beginning share its tokens.

use std::num::NonZeroU32;
use std::str::FromStr;

use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};

use crate::engine::llama::guard::Guard;
use crate::engine::llama::model::{Model, backend};
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

/// The type of the numbers in the KV cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit floats with the exponent of 32-bit ones.
    Bf16,
    /// 8-bit blocks: half the memory of `F16`, and slower on a CPU.
    Q8_0,
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            "q8_0" => Ok(Self::Q8_0),
            _ => Err("expected `f32`, `f16`, `bf16` or `q8_0`".to_owned()),
        }
    }
}

impl From<KvType> for KvCacheType {
    fn from(kv: KvType) -> Self {
        match kv {
            KvType::F32 => Self::F32,
            KvType::F16 => Self::F16,
            KvType::Bf16 => Self::BF16,
            KvType::Q8_0 => Self::Q8_0,
        }
    }
}

/// Whether attention is computed without writing its matrix out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlashAttention {
    /// Where llama.cpp thinks it fit; off where the cache is in 32-bit floats, which
    /// it would round to 16.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl FromStr for FlashAttention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("expected `auto`, `on` or `off`".to_owned()),
        }
    }
}

/// How a context is made.
#[derive(Clone, Debug)]
pub struct ContextOptions {
    /// Its length in tokens; `None` lets it grow with the documents, up to
    /// what the model was trained on.
    pub n_ctx: Option<usize>,
    /// Threads to compute with; `None` takes the physical cores, and one for a
    /// small model, whose threads would spend their time waiting for each other.
    pub threads: Option<usize>,
    /// Tokens in one batch.
    pub n_batch: usize,
    /// The type of the cache's keys; `None` takes 32-bit floats where the model
    /// is so small that they cost little, else 16-bit floats.
    pub type_k: Option<KvType>,
    /// The type of the cache's values; `None` as for the keys.
    pub type_v: Option<KvType>,
    /// How attention is computed.
    pub flash_attention: FlashAttention,
}

impl Default for ContextOptions {
    fn default() -> Self {
        Self {
            n_ctx: None,
            threads: None,
            n_batch: 512,
            type_k: None,
            type_v: None,
            flash_attention: FlashAttention::default(),
        }
    }
}

/// The cores this process may use; two hyper-threads of one core share its vector
/// unit and count once.
fn physical_cores() -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    available.min(num_cpus::get_physical())
}

/// The logits after the sequence, and what makes probabilities of them.
struct Row {
    logits: Vec<f32>,
    log_sum_exp: f32,
}

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
        let n_batch = self.options.n_batch.clamp(32, n_ctx.max(32));
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
            .map(|place| guard.logits(place).and_then(row))
            .transpose()?;
        let rows = places
            .iter()
            .map(|&place| guard.logits(place).and_then(row));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        for &branch in &branches {
            guard.truncate(branch, 0)?;
        }
        self.decoded = end;
        self.last = last.or(self.last.take());
        Ok(rows)
    }
}

/// One token of the branches' paths.
struct PathNode {
    token: Token,
    /// Tokens before it in its path.
    depth: usize,
    /// The branches whose path goes through it, and those whose path ends there.
    through: Vec<usize>,
    ends: Vec<usize>,
}

/// The tokens of all paths, common beginnings once, parents before children.
fn shared_paths(paths: &[&[Token]]) -> Vec<PathNode> {
    let mut nodes: Vec<PathNode> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (branch, path) in paths.iter().enumerate() {
        for depth in 0..path.len() {
            let node = *known.entry(&path[..=depth]).or_insert_with(|| {
                let (through, ends) = (Vec::new(), Vec::new());
                nodes.push(PathNode {
                    token: path[depth],
                    depth,
                    through,
                    ends,
                });
                nodes.len() - 1
            });
            nodes[node].through.push(branch);
            if depth + 1 == path.len() {
                nodes[node].ends.push(branch);
            }
        }
    }
    nodes
}

/// Keeps the logits of one position, with the logarithm of the sum of their
/// exponentials.
fn row(logits: &[f32]) -> Result<Row, EngineError> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&l| f64::from((l - max).exp())).sum();
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm needs no f64")]
    let log_sum_exp = max + sum.ln() as f32;
    if !log_sum_exp.is_finite() {
        return Err(EngineError::NotANumber);
    }
    Ok(Row {
        logits: logits.to_vec(),
        log_sum_exp,
    })
}

impl Row {
    fn log_probs(&self, wanted: &[Token]) -> Vec<f32> {
        let log_prob = |token: &Token| {
            let index = usize::try_from(token.0).ok();
            let logit = index.and_then(|i| self.logits.get(i));
            logit.map_or(f32::NEG_INFINITY, |l| l - self.log_sum_exp)
        };
        wanted.iter().map(log_prob).collect()
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
        let needed = tokens + BRANCH_CELLS;
        if needed <= self.n_ctx && self.guard.is_some() {
            return Ok(true);
        }
        let limit = self.options.n_ctx.unwrap_or(self.model.n_ctx_train());
        if needed > limit {
            let capacity = limit.saturating_sub(BRANCH_CELLS);
            return Err(EngineError::ContextFull {
                needed: tokens,
                capacity,
            });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings() {
        // 1 ─ 7 (branch 0)          1: through 0, 1, 3
        //   └ 8 (branch 1)          ends: branch 3
        // 3 (branch 2); 1 (branch 3)
        let t = |ids: &[i32]| ids.iter().map(|&i| Token(i)).collect::<Vec<_>>();
        let paths = [t(&[1, 7]), t(&[1, 8]), t(&[3]), t(&[1])];
        let paths: Vec<&[Token]> = paths.iter().map(Vec::as_slice).collect();
        let nodes = shared_paths(&paths);
        let seen: Vec<_> = nodes
            .iter()
            .map(|n| (n.token.0, n.depth, n.through.clone(), n.ends.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 0, vec![0, 1, 3], vec![3]),
                (7, 1, vec![0], vec![0]),
                (8, 1, vec![1], vec![1]),
                (3, 0, vec![2], vec![2]),
            ]
        );
    }

    #[test]
    fn a_row_gives_log_softmax_values() {
        let row = row(&[0.0, 1.0, 2.0]).unwrap();
        let probs = row.log_probs(&[Token(2), Token(0), Token(9)]);
        assert!((probs[0] - -0.407_606).abs() < 1e-5);
        assert!((probs[1] - -2.407_606).abs() < 1e-5);
        assert!(probs[2].is_infinite());
        assert!(super::row(&[f32::NAN, 1.0]).is_err());
    }
}
