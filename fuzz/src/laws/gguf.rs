//! The header of a model file.

use minitag::engine::llama::{ContextOptions, Lengths};
use minitag::models::{Header, Plan, TensorType, check, quantised};

use super::file;

/// What stands for the tensors' numbers, in which nobody looks here.
const HOLE: u64 = 64 << 20;

pub fn holds(data: &[u8]) {
    // As it is, which is mostly too short for its tensors.
    if let Ok(header) = check(file(data, 0).path()) {
        assert_sound(&header, data.len() as u64);
    }
    let file = file(data, HOLE);
    let Ok(header) = check(file.path()) else {
        return;
    };
    assert_sound(&header, data.len() as u64 + HOLE);
    let least = header.expected_bytes;
    file.as_file().set_len(least - 1).unwrap();
    assert!(check(file.path()).is_err(), "one byte less is too little");
}

fn assert_sound(header: &Header, size: u64) {
    assert!(header.expected_bytes <= size && header.tokens <= size);
    assert!(matches!(header.number("{arch}.block_count"), Some(1..=512)));
    assert!(header.marks.iter().all(|mark| mark.id < header.tokens));
    let count: u64 = header.tensors.values().map(|t| t.count).sum();
    assert_eq!(count, header.table.len() as u64);
    let all: u64 = header.tensors.values().map(|t| t.bytes).sum();
    assert!(header.layer_bytes() <= all && all <= size);
    for kind in [TensorType::Q4_0, TensorType::Q8_0, TensorType::F16] {
        assert!(quantised(header, kind) <= all, "it is never larger");
    }
    for gpu_layers in [0, 7, 999] {
        assert_plan(header, all, gpu_layers);
    }
}

/// The forecast of a run on a device that holds so many layers.
fn assert_plan(header: &Header, all: u64, gpu_layers: u64) {
    let lengths = Lengths {
        prefix: 2000,
        document: 1024,
        suffix: 100,
        together: 0,
    };
    let options = ContextOptions::default();
    let Some(mut demand) = options.demand(header, lengths, &[], 0) else {
        return;
    };
    demand.gpu_layers = gpu_layers;
    if let Some(plan) = Plan::new(header, &demand) {
        assert!(plan.weights <= all && plan.copy <= all);
        assert!(plan.total() >= plan.weights.max(plan.cache).max(plan.compute));
        assert!(plan.device.total() >= plan.device.cache);
    }
}
