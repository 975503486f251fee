//! LoRA adapters: their headers, and several as one.

use minitag::models::{Adapter, Header, Pair, Tensor, join};

use super::file;

/// The matrix whose first half stands the other way.
const EMBEDDINGS: &str = "token_embd.weight";

pub fn holds(data: &[u8]) {
    let hole = 64 << 10;
    let file_of_it = file(data, hole);
    let Ok(adapter) = Adapter::read(file_of_it.path()) else {
        return;
    };
    let (lowest, highest) = adapter.ranks();
    assert!((1..=highest).contains(&lowest));
    let kinds = adapter.kinds();
    assert!(adapter.passed_over().iter().all(|one| kinds.contains(one)));
    let model = model_for(&adapter);
    let mut joined = Vec::new();
    let twice = [(adapter.clone(), 1.0), (adapter.clone(), -0.5)];
    if adapter.fits(&model).is_err() || join(&twice, &mut joined).is_err() {
        return;
    }
    let file = file(&joined, 0);
    let joined = Adapter::read(file.path()).unwrap();
    joined.fits(&model).unwrap();
    let ranks = |of: &Adapter| -> Vec<u64> { of.pairs.values().map(Pair::rank).collect() };
    let doubled: Vec<u64> = ranks(&adapter).iter().map(|rank| rank * 2).collect();
    assert_eq!(ranks(&joined), doubled);
}

/// The header of a model that an adapter could be made for.
fn model_for(adapter: &Adapter) -> Header {
    let mut model = Header::default();
    model.architecture.clone_from(&adapter.header.architecture);
    let tensor = |name: &str, pair: &Pair| {
        let (a, b) = (&pair.a.shape, &pair.b.shape);
        let matrix = if name == EMBEDDINGS {
            [b[1], a[1]]
        } else {
            [a[0], b[1]]
        };
        Tensor {
            name: name.to_owned(),
            shape: matrix.into_iter().chain(a.get(2).copied()).collect(),
            ..pair.a.clone()
        }
    };
    let tensors = adapter.pairs.iter().map(|(name, pair)| tensor(name, pair));
    model.table = tensors.collect();
    if let Some(pair) = adapter.pairs.values().next() {
        model.table.push(tensor("output.weight", pair));
    }
    model
}
