//! Room for tokens: contexts made anew where one is too short, as long as memory has room.

use std::num::NonZeroU32;

use llama_cpp_2::context::params::LlamaContextParams;

use crate::engine::llama::backend::backend;
use crate::engine::llama::context::{CONTEXT_STEP, LlamaEngine, N_SEQ};
use crate::engine::llama::guard::Guard;
use crate::engine::llama::options::Settled;
use crate::engine::{BRANCH_CELLS, EngineError};
use crate::memory;

impl LlamaEngine<'_> {
    /// Makes sure that lanes fit.
    pub(super) fn make_room(&mut self, longest: usize, total: usize) -> Result<(), EngineError> {
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
        self.open_if_affordable(self.options.n_ctx.unwrap_or(grown))
    }

    /// Makes a context of this length, if there seems to be memory for it.
    pub(super) fn open_if_affordable(&mut self, n_ctx: usize) -> Result<(), EngineError> {
        self.afford(n_ctx)?;
        self.open(n_ctx)
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::llama::model::{Model, ModelOptions};
    use crate::engine::llama::options::ContextOptions;

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
