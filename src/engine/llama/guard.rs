//! What llama.cpp and its Rust crate leave unchecked, checked.
//!
//! A sequence number past the context's limit is written out of bounds; a batch
//! longer than `n_batch` ends the process; logits that were not asked for panic;
//! a partial removal that failed is easily overlooked. Here each is an error.

use std::io;
use std::path::Path;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LlamaStateSeqFlags, SeqState};

use crate::engine::{EngineError, Limit};
use crate::vocab::Token;

/// A context with the batch that is fed to it.
pub(super) struct Guard<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    /// Whether logits were asked for, for each token of the batch.
    asked: Vec<bool>,
    n_batch: usize,
    n_seq: usize,
    /// When to decode no more.
    pub(super) limit: Limit,
}

impl<'m> Guard<'m> {
    /// Guards a context whose sequences are numbered below `n_seq`.
    pub(super) fn new(context: LlamaContext<'m>, n_batch: usize, n_seq: usize) -> Self {
        let n_seq_max = i32::try_from(n_seq).unwrap_or(1);
        Self {
            context,
            batch: LlamaBatch::new(n_batch, n_seq_max),
            asked: Vec::with_capacity(n_batch),
            n_batch,
            n_seq,
            limit: Limit::default(),
        }
    }

    /// How many tokens one batch holds.
    pub(super) fn n_batch(&self) -> usize {
        self.n_batch
    }

    /// Adds a token to the batch; returns its place there.
    pub(super) fn push(
        &mut self,
        token: Token,
        position: usize,
        sequences: &[i32],
        logits: bool,
    ) -> Result<usize, EngineError> {
        let fits = self.asked.len() < self.n_batch;
        let known = |&s: &i32| usize::try_from(s).is_ok_and(|s| s < self.n_seq);
        let position = i32::try_from(position).ok();
        let (true, true, Some(position)) = (fits, sequences.iter().all(known), position) else {
            return Err(self.refused("a token outside the batch, its sequences or positions"));
        };
        self.batch
            .add(LlamaToken(token.0), position, sequences, logits)
            .map_err(|e| self.refused(&e.to_string()))?;
        self.asked.push(logits);
        Ok(self.asked.len() - 1)
    }

    /// Decodes the batch. Its logits can be read until the next one is decoded.
    pub(super) fn decode(&mut self) -> Result<(), EngineError> {
        self.limit.check()?;
        let result = self.context.decode(&mut self.batch);
        result.map_err(|e| self.refused(&e.to_string()))
    }

    /// Empties the batch, for the next one.
    pub(super) fn clear_batch(&mut self) {
        self.batch.clear();
        self.asked.clear();
    }

    /// The logits of a token of the decoded batch, one for each vocabulary entry.
    pub(super) fn logits(&self, place: usize) -> Result<&[f32], EngineError> {
        match (self.asked.get(place), i32::try_from(place)) {
            (Some(true), Ok(index)) => Ok(self.context.get_logits_ith(index)),
            _ => Err(self.refused("logits that were not asked for")),
        }
    }

    /// Lets another sequence begin with all that one holds.
    pub(super) fn fork(&mut self, from: i32, to: i32) -> Result<(), EngineError> {
        let result = self.context.kv_cache_seq_cp(from, to, None, None);
        result.map_err(|e| self.refused(&e.to_string()))
    }

    /// Removes what a sequence holds from a position on.
    pub(super) fn truncate(&mut self, sequence: i32, from: usize) -> Result<(), EngineError> {
        let from = u32::try_from(from).ok();
        let result = self.context.kv_cache_seq_rm(sequence, from, None);
        result.map_err(|e| self.refused(&e.to_string()))
    }

    /// Writes what a sequence holds to a file.
    pub(super) fn save(&self, path: &Path, sequence: i32, tokens: &[Token]) -> io::Result<()> {
        let tokens: Vec<LlamaToken> = tokens.iter().map(|token| LlamaToken(token.0)).collect();
        let saved = self.context.state_seq_save_file(path, sequence, &tokens);
        saved.map(|_| ()).map_err(io::Error::other)
    }

    /// Fills a sequence from a file; returns whether it holds these tokens now.
    pub(super) fn load(&mut self, path: &Path, sequence: i32, tokens: &[Token]) -> bool {
        let loaded = self
            .context
            .state_seq_load_file(path, sequence, tokens.len());
        loaded.is_ok_and(|(loaded, _)| {
            loaded
                .iter()
                .map(|token| token.0)
                .eq(tokens.iter().map(|t| t.0))
        })
    }

    /// How many bytes a copy of what a sequence holds takes.
    pub(super) fn bytes(&self, sequence: i32) -> u64 {
        let flags = LlamaStateSeqFlags::empty();
        self.context.state_seq_get_size_ext(sequence, flags) as u64
    }

    /// A copy of what a sequence holds; `None` if llama.cpp cannot make one.
    pub(super) fn copy(&self, sequence: i32) -> Option<SeqState> {
        let flags = LlamaStateSeqFlags::empty();
        self.context.state_seq_get(sequence, flags).ok()
    }

    /// Fills a sequence with such a copy; returns whether that could be done.
    pub(super) fn restore(&mut self, state: &SeqState, sequence: i32) -> bool {
        self.context.state_seq_set(state, sequence).is_ok()
    }

    /// Empties all sequences. What they held stays where it is until something else does, as
    /// with [`Self::truncate`]: to write zeros over a whole cache takes as long as a document.
    pub(super) fn clear(&mut self) {
        let all = self.context.clear_kv_cache_seq(None, None, None);
        if !all.unwrap_or(false) {
            self.context.clear_kv_cache();
        }
        self.clear_batch();
    }

    fn refused(&self, reason: &str) -> EngineError {
        EngineError::Decode {
            tokens: self.asked.len(),
            reason: reason.to_owned(),
        }
    }
}
