//! llama.cpp, loaded into this process. The only place that names `llama_cpp_2`.
//!
//! [`Model`] is the weights and the tokenizer; [`LlamaEngine`] a context on them.
//! Everything that llama.cpp does not check itself is checked in `guard.rs`.

mod backend;
mod context;
mod demand;
mod device;
mod guard;
mod lora;
mod model;
mod open;
mod options;
mod parked;
mod paths;
mod quantize;
mod row;

pub use crate::engine::llama::backend::LoadError;
pub use crate::engine::llama::context::{LlamaEngine, PrefixOrigin};
pub use crate::engine::llama::demand::Lengths;
pub use crate::engine::llama::device::{Device, DeviceKind, chosen, devices};
pub use crate::engine::llama::lora::LoraError;
pub use crate::engine::llama::model::{Model, ModelOptions};
pub use crate::engine::llama::open::OpenError;
pub use crate::engine::llama::options::{ContextOptions, FlashAttention, KvType};
pub use crate::engine::llama::quantize::{Quantization, QuantizeError, quantize};
