//! From options to what a model will ask of memory.

use crate::engine::BRANCH_CELLS;
use crate::engine::llama::context::{CONTEXT_STEP, N_SEQ};
use crate::engine::llama::device::Device;
use crate::engine::llama::model::SMALL_CACHE;
use crate::engine::llama::options::{ContextOptions, KvType, Place, Settled};
use crate::models::{Demand, Header, TensorType};

/// How many tokens the model is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Of the tag list and what is before it.
    pub prefix: usize,
    /// Of the longest document.
    pub document: usize,
    /// Behind a document, up to the answer's end.
    pub suffix: usize,
    /// Of all documents that are computed together, with what is behind each.
    pub together: usize,
}

impl From<KvType> for TensorType {
    fn from(kv: KvType) -> Self {
        match kv {
            KvType::F32 => Self::F32,
            KvType::F16 => Self::F16,
            KvType::Bf16 => Self::BF16,
            KvType::Q8_0 => Self::Q8_0,
        }
    }
}

impl ContextOptions {
    /// What a model asks for with these options, on these devices: as [`LlamaEngine`]
    /// will run it. `None` where its header does not say enough.
    ///
    /// [`LlamaEngine`]: crate::engine::llama::LlamaEngine
    #[must_use]
    pub fn demand(
        &self,
        header: &Header,
        lengths: Lengths,
        devices: &[Device],
        gpu_layers: u64,
    ) -> Option<Demand> {
        let number = |n: usize| n as u64;
        let small = crate::models::cache_numbers(header)? <= number(SMALL_CACHE);
        let (keys, values) = crate::models::head_lengths(header)?;
        let devices = if gpu_layers == 0 { &[] } else { devices };
        let settled = Settled::new(self, small, Place::new(devices, keys, values));
        let trained = header.number("{arch}.context_length").unwrap_or(u64::MAX);
        let mut lengths = lengths;
        let longest = lengths.prefix + lengths.document + lengths.suffix + BRANCH_CELLS;
        if self.n_ctx.is_none() && number(longest) > trained {
            // Then there is room for what the documents have, which is not known here.
            lengths.document = 0;
        }
        let all = lengths.prefix + lengths.together.max(lengths.document + lengths.suffix);
        let n_ctx = self.n_ctx.unwrap_or(all + BRANCH_CELLS);
        let n_ctx = n_ctx.next_multiple_of(CONTEXT_STEP);
        Some(Demand {
            n_ctx: number(n_ctx),
            prefix: number(lengths.prefix.min(n_ctx)),
            document: number(lengths.document.min(n_ctx.saturating_sub(lengths.prefix))),
            n_batch: number(settled.n_batch.max(BRANCH_CELLS)),
            n_ubatch: number(settled.n_ubatch),
            outputs: number(N_SEQ),
            keys: settled.type_k.into(),
            values: settled.type_v.into(),
            flash_attention: settled.computes_flash_attention(),
            gpu_layers: if devices.is_empty() { 0 } else { gpu_layers },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_has_room_for_list_document_answer_and_branches() {
        let header = crate::models::check("tests/fixtures/tiny-digits.gguf".as_ref()).unwrap();
        let lengths = Lengths {
            prefix: 374,
            document: 1024,
            suffix: 100,
            together: 0,
        };
        let demand = |options: &ContextOptions| options.demand(&header, lengths, &[], 99).unwrap();
        let plain = demand(&ContextOptions::default());
        assert_eq!(
            (plain.n_ctx, plain.n_ubatch, plain.gpu_layers),
            (1792, 512, 0)
        );
        assert_eq!(
            (plain.keys, plain.flash_attention),
            (TensorType::F32, false)
        );
        let asked = ContextOptions {
            n_ctx: Some(1000),
            type_k: Some(KvType::F16),
            type_v: Some(KvType::F16),
            ..ContextOptions::default()
        };
        let asked = demand(&asked);
        assert_eq!((asked.n_ctx, asked.document), (1024, 650));
        assert!(asked.flash_attention);
    }
}
