//! LoRA adapters: their headers, and several as one.

use minitag::models::{Adapter, Header, Tensor, join};

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
    assert_eq!(joined.pairs.len(), adapter.pairs.len());
    for (name, pair) in &joined.pairs {
        assert_eq!(pair.rank(), adapter.pairs[name].rank() * 2);
    }
}

/// The header of a model that an adapter could be made for.
fn model_for(adapter: &Adapter) -> Header {
    let mut model = Header::default();
    model.architecture.clone_from(&adapter.header.architecture);
    let matrix = |name: &str, a: &Tensor, b: &Tensor| {
        let ends = if name == EMBEDDINGS {
            [b.shape[1], a.shape[1]]
        } else {
            [a.shape[0], b.shape[1]]
        };
        let mut matrix = a.clone();
        name.clone_into(&mut matrix.name);
        matrix.shape = ends.into_iter().chain(a.shape.get(2).copied()).collect();
        matrix
    };
    let pairs = adapter.pairs.iter();
    model.table = pairs
        .map(|(name, pair)| matrix(name, &pair.a, &pair.b))
        .collect();
    if let Some(pair) = adapter.pairs.values().next() {
        model.table.push(matrix("output.weight", &pair.a, &pair.b));
    }
    model
}
