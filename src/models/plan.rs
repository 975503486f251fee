//! What a model will take of memory, computed from its header before it is loaded.
//!
//! Weights, cache and logits are exact. What computing takes is what the widest batch
//! writes to: llama.cpp asks for more, but memory that is never written to is never taken.

use crate::models::gguf::{Header, Tensor};
use crate::models::tensor_type::TensorType;

/// llama.cpp looks at so many cells of the cache at once, at least.
const CELLS: u64 = 256;

/// Metadata by which layers keep something else than the keys and values of all tokens.
const OTHER_CACHES: [&str; 7] = [
    "{arch}.attention.sliding_window",
    "{arch}.attention.key_length_mla",
    "{arch}.attention.shared_kv_layers",
    "{arch}.full_attention_interval",
    "{arch}.attention.indexer.key_length",
    "{arch}.ssm.state_size",
    "{arch}.wkv.head_size",
];

/// How a model is to be run, as far as its memory depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Tokens that the cache has room for.
    pub n_ctx: u64,
    /// Tokens of the prefix, which is decoded first.
    pub prefix: u64,
    /// Tokens that are decoded behind it, at most.
    pub document: u64,
    /// Tokens in one batch.
    pub n_batch: u64,
    /// Tokens that are computed at once.
    pub n_ubatch: u64,
    /// How many tokens' logits there is room for.
    pub outputs: u64,
    /// The type of the cache's keys.
    pub keys: TensorType,
    /// The type of the cache's values.
    pub values: TensorType,
    /// Whether attention is computed without writing its matrix out.
    pub flash_attention: bool,
    /// Layers on the device, the output counted as one more behind them.
    pub gpu_layers: u64,
}

/// What it takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The weights. llama.cpp lays most of them out anew for the processor, instead of
    /// keeping them as they are in the file, so that they are there once.
    pub weights: u64,
    /// The embedding once more, laid out anew for the output.
    pub copy: u64,
    /// Keys and values of all tokens.
    pub cache: u64,
    /// The logits.
    pub logits: u64,
    /// What computing the widest batch writes to.
    pub compute: u64,
    /// What there is of this on the device.
    pub device: OnDevice,
}

/// What is on the device instead, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDevice {
    /// Weights.
    pub weights: u64,
    /// Keys and values.
    pub cache: u64,
    /// What llama.cpp asks for to compute with, all of which a device gives at once.
    pub compute: u64,
}

impl OnDevice {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum([self.weights, self.cache, self.compute])
    }
}

/// Headers say what they like: what is too much for a number is the largest one.
fn sum<const N: usize>(parts: [u64; N]) -> u64 {
    parts.into_iter().fold(0, u64::saturating_add)
}

/// The same for a product.
fn product<const N: usize>(factors: [u64; N]) -> u64 {
    factors.into_iter().fold(1, u64::saturating_mul)
}

/// A model's shape.
struct Shape {
    layers: u64,
    heads: u64,
    kv_heads: u64,
    key_length: u64,
    value_length: u64,
    feed_forward: u64,
}

impl Shape {
    /// `None` where the cache of a layer is not as large as that of the others.
    fn of(header: &Header) -> Option<Self> {
        let number = |name: &str| header.number(&format!("{{arch}}.{name}"));
        let is_list = |name: &str| header.has_array(&format!("{{arch}}.{name}"));
        let other = OTHER_CACHES
            .iter()
            .any(|key| header.number(key).is_some_and(|n| n > 0) || header.has_array(key));
        let lists = ["attention.head_count", "attention.head_count_kv"];
        if other || lists.into_iter().any(is_list) {
            return None;
        }
        let heads = number("attention.head_count").filter(|&n| n > 0)?;
        let length = number("embedding_length")? / heads;
        Some(Self {
            layers: number("block_count").filter(|&n| n > 0)?,
            heads,
            kv_heads: number("attention.head_count_kv").unwrap_or(heads),
            key_length: number("attention.key_length").unwrap_or(length),
            value_length: number("attention.value_length").unwrap_or(length),
            feed_forward: number("feed_forward_length").unwrap_or(0),
        })
    }

    /// Bytes of keys and values that each token adds; `None` for types that are not known.
    fn cache(&self, keys: TensorType, values: TensorType) -> Option<u64> {
        let keys = keys.bytes(product([self.kv_heads, self.key_length]))?;
        let values = values.bytes(product([self.kv_heads, self.value_length]))?;
        Some(product([self.layers, sum([keys, values])]))
    }
}

/// How many numbers a model keeps of each token; `None` where its layers differ.
pub(crate) fn cache_numbers(header: &Header) -> Option<u64> {
    let shape = Shape::of(header)?;
    let lengths = sum([shape.key_length, shape.value_length]);
    Some(product([shape.layers, shape.kv_heads, lengths]))
}

/// The lengths of a head's keys and values; `None` where its layers differ.
pub(crate) fn head_lengths(header: &Header) -> Option<(u64, u64)> {
    Shape::of(header).map(|shape| (shape.key_length, shape.value_length))
}

impl Plan {
    /// What a model takes; `None` where it cannot be told, since its layers do not all
    /// keep the keys and values of all tokens.
    #[must_use]
    pub fn new(header: &Header, demand: &Demand) -> Option<Self> {
        let shape = Shape::of(header)?;
        let cache = product([demand.n_ctx, shape.cache(demand.keys, demand.values)?]);
        let weights: u64 = header.tensors.values().map(|tensors| tensors.bytes).sum();
        let embedding = header.embedding().map_or(0, Tensor::bytes);
        let layers = demand.gpu_layers.min(shape.layers);
        let output_on_device = demand.gpu_layers > shape.layers;
        let part = |bytes: u64| bytes / shape.layers * layers;
        let (written, asked) = compute(header, &shape, demand);
        let mut device = OnDevice::default();
        if demand.gpu_layers > 0 {
            let output = header.output().map_or(embedding, Tensor::bytes);
            device = OnDevice {
                weights: sum([
                    part(header.layer_bytes()),
                    if output_on_device { output } else { 0 },
                ]),
                cache: part(cache),
                compute: asked,
            };
        }
        // What is tied stays where it is, and is copied to where it is used as well.
        let moved = match header.output() {
            None if output_on_device => device.weights.saturating_sub(embedding),
            _ => device.weights,
        };
        let is_copied = header.output().is_none() && !output_on_device;
        let laid_out = |tensor: &&Tensor| is_copied && is_laid_out_anew(tensor.kind);
        Some(Self {
            weights: weights.saturating_sub(moved),
            copy: header.embedding().filter(laid_out).map_or(0, Tensor::bytes),
            cache: cache - device.cache,
            logits: product([demand.outputs, header.tokens, 4]),
            compute: written,
            device,
        })
    }

    /// All of it but what is on the device.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum([
            self.weights,
            self.copy,
            self.cache,
            self.logits,
            self.compute,
        ])
    }

    /// Bytes of the cache that each token takes.
    #[must_use]
    pub fn cache_per_token(header: &Header, demand: &Demand) -> Option<u64> {
        Shape::of(header)?.cache(demand.keys, demand.values)
    }
}

/// What computing the widest batch writes to, and what llama.cpp asks for.
fn compute(header: &Header, shape: &Shape, demand: &Demand) -> (u64, u64) {
    let widest = |cells: u64, tokens: u64| {
        let scores = product([shape.heads, cells, tokens, 4]);
        // Two vectors between the layers of the feed-forward network, and one quantised.
        let vectors = product([shape.feed_forward, tokens, 4 + 4 + 1]);
        if demand.flash_attention {
            (sum([product([cells, tokens, 2]), vectors]), 0)
        } else {
            // The values' own type, where it is not f32, is what the scores are rounded to
            // before they are multiplied with them.
            let rounded = if demand.values == TensorType::F32 {
                0
            } else {
                scores / 2
            };
            (sum([product([cells, tokens, 4]), vectors, rounded]), scores)
        }
    };
    let mut written = 0;
    for (start, length) in [(0, demand.prefix), (demand.prefix, demand.document)] {
        let end = start.saturating_add(length);
        let mut at = start;
        while at < end {
            let batch = demand.n_batch.min(end - at);
            let tokens = demand.n_ubatch.min(batch);
            let filled = (at + batch).checked_next_multiple_of(CELLS);
            let cells = filled.unwrap_or(u64::MAX).min(demand.n_ctx);
            let (rest, scores) = widest(cells, tokens);
            written = written.max(sum([rest, scores]));
            at += batch;
        }
    }
    let tokens = demand.n_ubatch.min(demand.n_ctx);
    let (rest, scores) = widest(demand.n_ctx, tokens);
    let logits = product([tokens, header.tokens, 4]);
    (written, sum([rest, scores.max(logits)]))
}

/// Whether llama.cpp lays matrices of a type out anew for the processor that it was
/// compiled for (`ggml-cpu/repack.cpp`).
fn is_laid_out_anew(kind: TensorType) -> bool {
    let names: &[&str] = if cfg!(target_feature = "avx512f") {
        &["Q4_0", "Q4_K", "IQ4_NL", "MXFP4", "Q2_K"]
    } else if cfg!(target_feature = "avx2") {
        &["Q4_0", "Q4_K", "IQ4_NL", "MXFP4"]
    } else if cfg!(target_feature = "dotprod") {
        &["Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4"]
    } else {
        &[]
    };
    names.contains(&kind.to_string().as_str())
}

/// Bytes of the weights if they were quantised to a type, as llama.cpp does: matrices alone,
/// embedding and output to no less than `Q6_K`. What is smaller already stays.
#[must_use]
pub fn quantised(header: &Header, kind: TensorType) -> u64 {
    let bytes = |kind: TensorType, numbers: u64| kind.bytes(numbers).unwrap_or(u64::MAX);
    let mut all: u64 = 0;
    for (own, tensors) in &header.tensors {
        let matrices = bytes(*own, tensors.in_matrices).min(tensors.bytes);
        let rest = tensors.bytes - matrices;
        all = all.saturating_add(rest + matrices.min(bytes(kind, tensors.in_matrices)));
    }
    let ends = [header.embedding(), header.output()].into_iter().flatten();
    for tensor in ends.filter(|tensor| tensor.shape.len() > 1) {
        let as_matrix = tensor.bytes().min(bytes(kind, tensor.numbers()));
        let least = bytes(TensorType::Q6_K, tensor.numbers()).min(tensor.bytes());
        all = all.saturating_add(least.saturating_sub(as_matrix));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Tensors, check};

    fn demand() -> Demand {
        Demand {
            n_ctx: 1792,
            prefix: 374,
            document: 1100,
            n_batch: 512,
            n_ubatch: 512,
            outputs: 128,
            keys: TensorType::F32,
            values: TensorType::F32,
            flash_attention: false,
            gpu_layers: 0,
        }
    }

    fn tiny() -> Header {
        check("tests/fixtures/tiny-digits.gguf".as_ref()).unwrap()
    }

    /// The figures that llama.cpp writes to its log for this file, in KiB.
    #[test]
    fn weights_cache_and_logits_are_what_llama_cpp_takes() {
        let plan = Plan::new(&tiny(), &demand()).unwrap();
        assert_eq!(plan.weights >> 10, 950);
        assert_eq!(plan.cache, 4032 << 10);
        assert_eq!(plan.logits, 768 << 10);
        assert_eq!(plan.device, OnDevice::default());
    }

    #[test]
    fn the_widest_batch_counts_and_flash_attention_writes_no_matrix() {
        let (heads, feed_forward, mask) = (4, 160, 4);
        let widest = |cells: u64| (heads * 4 + mask) * cells * 512 + feed_forward * 512 * 9;
        let plan = |demand: &Demand| Plan::new(&tiny(), demand).unwrap();
        // 374, then 886 and 1398 tokens are in the cache when 512 are computed.
        assert_eq!(plan(&demand()).compute, widest(1536));
        let flash = Demand {
            flash_attention: true,
            ..demand()
        };
        assert_eq!(plan(&flash).compute, 1536 * 512 * 2 + 160 * 512 * 9);
        let narrow = Demand {
            n_ubatch: 128,
            ..demand()
        };
        assert!(plan(&narrow).compute < plan(&demand()).compute / 3);
    }

    #[test]
    fn layers_on_a_device_are_not_on_the_host() {
        let on = |gpu_layers: u64| {
            let demand = Demand {
                gpu_layers,
                ..demand()
            };
            Plan::new(&tiny(), &demand).unwrap()
        };
        let (none, two, all) = (on(0), on(2), on(99));
        assert_eq!(two.device.cache * 3, none.cache * 2);
        assert_eq!(two.weights + two.device.weights, none.weights);
        assert_eq!(all.cache, 0);
        // The embedding stays, for it is also the output's.
        let header = tiny();
        let embedding = header.embedding().unwrap().bytes();
        assert_eq!(all.device.weights, header.layer_bytes() + embedding);
        assert_eq!(all.weights, none.weights - header.layer_bytes());
    }

    #[test]
    fn what_cannot_be_is_more_than_there_is_and_never_little() {
        let mut bytes = std::fs::read("tests/fixtures/tiny-digits.gguf").unwrap();
        let key = b"minicpm3.feed_forward_length";
        let at = bytes.windows(key.len()).position(|window| window == key);
        let value = at.unwrap() + key.len() + 4;
        bytes[value..value + 4].fill(255);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let wide = Demand {
            n_batch: 1 << 40,
            n_ubatch: 1 << 40,
            prefix: 1 << 40,
            n_ctx: 1 << 62,
            ..demand()
        };
        let plan = Plan::new(&check(file.path()).unwrap(), &wide).unwrap();
        assert_eq!((plan.compute, plan.total()), (u64::MAX, u64::MAX));
    }

    #[test]
    fn a_quantisation_is_smaller_and_never_larger() {
        let header = tiny();
        let now: u64 = header.tensors.values().map(|t| t.bytes).sum();
        assert!(quantised(&header, TensorType::Q4_0) <= quantised(&header, TensorType::Q8_0));
        assert!(quantised(&header, TensorType::Q8_0) <= now);
        assert_eq!(quantised(&header, TensorType::F32), now);
        // What is no matrix stays as it is.
        let mut flat = Header::default();
        let mut embedding = header.embedding().unwrap().clone();
        embedding.shape = vec![1024];
        flat.tensors.insert(
            embedding.kind,
            Tensors {
                count: 1,
                bytes: embedding.bytes(),
                in_matrices: 0,
            },
        );
        flat.table.push(embedding);
        assert_eq!(quantised(&flat, TensorType::Q4_0), 4096);
    }
}
