//! What is here, in words and as JSON: a model file, an adapter, all models, the machine.
//!
//! Each report serialises as JSON and has a table for people. None of them changes anything.

mod adapter;
mod decision;
#[cfg(feature = "hub")]
mod here;
mod kept;
#[cfg(feature = "hub")]
mod machine;
mod model;
mod quantized;
mod trial;

pub use crate::inspect::adapter::{AdapterReport, without_effect};
pub use crate::inspect::decision::DecisionReport;
#[cfg(feature = "hub")]
pub use crate::inspect::here::ModelsHere;
pub use crate::inspect::kept::KeptReport;
#[cfg(feature = "hub")]
pub use crate::inspect::machine::{MachineReport, long_version};
pub use crate::inspect::model::ModelReport;
pub use crate::inspect::quantized::{
    NotWhole, bytes_after, check_whole, fallen_back, has_the_same_tensors,
};
pub use crate::inspect::trial::{Trial, TrialError};
use crate::layout::size;
use crate::models::Header;

/// The format's version, and the file's size.
fn format(version: u32, bytes: u64) -> String {
    format!("GGUF {version}, {}", size(bytes))
}

/// How many tensors there are, of which types, those that take most first.
fn tensors(header: &Header) -> String {
    let mut types: Vec<_> = header.tensors.iter().collect();
    types.sort_by_key(|(_, tensors)| std::cmp::Reverse(tensors.bytes));
    let types: Vec<String> = types
        .iter()
        .map(|(kind, tensors)| format!("{} {kind}", tensors.count))
        .collect();
    let count: u64 = header.tensors.values().map(|tensors| tensors.count).sum();
    format!("{count}: {}", types.join(", "))
}
