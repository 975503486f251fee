//! What is known of a model before its file is here: enough to tell what memory it will take.

use std::path::Path;

use crate::models::gguf::{Header, Tensor, Tensors};
use crate::models::locate::{LocateError, Located, locate};
use crate::models::registry::{Entry, Registry};
use crate::models::tensor_type::TensorType;

impl Entry {
    /// A header such as its file will have, as far as memory depends on it; `None` if the
    /// registry does not know its size or its shape.
    #[must_use]
    pub fn expected_header(&self) -> Option<Header> {
        let (shape, size) = (self.shape.as_ref()?, self.size?);
        let mut header = Header::of_numbers(&[
            ("block_count", shape.layers),
            ("attention.head_count", shape.heads),
            ("attention.head_count_kv", shape.kv_heads),
            ("attention.key_length", shape.key_length),
            ("attention.value_length", shape.value_length),
            ("embedding_length", shape.embedding),
            ("feed_forward_length", shape.feed_forward),
        ]);
        header.tokens = shape.vocabulary;
        header.expected_bytes = size;
        let tensor = |name: &str, kind, shape: Vec<u64>| Tensor {
            name: name.to_owned(),
            shape,
            kind,
            offset: 0,
        };
        // As llama.cpp makes a Q4_K_M: what turns vectors into tokens is stored larger.
        let ends = vec![shape.embedding, shape.vocabulary];
        let table = &mut header.table;
        if shape.tied {
            table.push(tensor("token_embd.weight", TensorType::Q6_K, ends));
        } else {
            table.push(tensor("token_embd.weight", TensorType::Q4_K, ends.clone()));
            table.push(tensor("output.weight", TensorType::Q6_K, ends));
        }
        // One tensor stands for all layers.
        let ends: u64 = table.iter().map(Tensor::bytes).sum();
        let layers = size.saturating_sub(ends) / 4;
        table.push(tensor("blk.0", TensorType::F32, vec![layers]));
        let all = Tensors {
            bytes: size,
            ..Tensors::default()
        };
        header.tensors.insert(TensorType::Q4_K, all);
        Some(header)
    }
}

/// A model of the registry that is not here, with what its file will be like; `None` if it is
/// here, or not known well enough.
///
/// # Errors
/// [`LocateError`] if the registry cannot be used.
pub fn expected(name: &Path) -> Result<Option<(Located, Header)>, LocateError> {
    let Err(LocateError::NotHere { name, file, .. }) = locate(Some(name)) else {
        return Ok(None);
    };
    let registry = Registry::load()?;
    let entry = registry.get(&name);
    Ok(entry.and_then(|entry| {
        let located = Located::Registered {
            path: file.file.into(),
            entry: Box::new(entry.clone()),
        };
        Some((located, entry.expected_header()?))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::plan::cache_numbers;

    /// The file of MiniCPM3-4B has a header that says the same.
    #[test]
    fn a_shape_says_what_each_token_takes() {
        let registry = Registry::load().unwrap();
        let header = |name: &str| registry.get(name).unwrap().expected_header();
        let large = header("minicpm3-4b").unwrap();
        assert_eq!(cache_numbers(&large), Some(793_600 / 2));
        let bytes: u64 = large.table.iter().map(Tensor::bytes).sum();
        assert!(large.expected_bytes - bytes < 4);
        let small = header("minicpm5-1b").unwrap();
        assert_eq!(cache_numbers(&small), Some(24 * 2 * (128 + 128)));
        assert!(small.output().is_some());
        assert_eq!(header("minicpm-1b"), None);
    }

    /// The numbers of all matrices are those of the parameters that the makers name.
    #[test]
    fn shapes_have_as_many_numbers_as_their_makers_say() {
        let registry = Registry::load().unwrap();
        for (name, parameters) in [
            ("minicpm5-1b", 1_080_632_832),
            ("minicpm5-2b", 2_516_756_480),
        ] {
            let shape = registry.get(name).unwrap().shape.clone().unwrap();
            let queries = shape.embedding * shape.heads * shape.key_length;
            let keys = shape.embedding * shape.kv_heads * shape.key_length;
            let network = 3 * shape.embedding * shape.feed_forward;
            let layer = 2 * queries + 2 * keys + network + 2 * shape.embedding;
            let ends = 2 * shape.vocabulary * shape.embedding + shape.embedding;
            assert_eq!(shape.layers * layer + ends, parameters, "{name}");
        }
    }
}
