//! Model files: which one is meant, where it lies, whether it is sound.

mod adapter;
mod architectures;
mod builtin;
#[cfg(feature = "hub")]
mod cache;
mod check;
mod decision;
mod expected;
#[cfg(feature = "download")]
mod fetch;
#[cfg(feature = "download")]
mod fetch_error;
mod folder;
mod gguf;
mod here;
mod hint;
mod hub_file;
mod identity;
mod locate;
mod names;
mod ollama;
mod pin;
mod plan;
#[cfg(feature = "download")]
mod pull;
mod registry;
mod split;
mod tensor_type;

pub use crate::models::adapter::{Adapter, AdapterError, Lora, join};
pub use crate::models::builtin::{BUILT_IN_NAME, WriteError};
#[cfg(feature = "hub")]
pub use crate::models::cache::{Cache, RemoveError, Removed};
pub use crate::models::check::check;
pub use crate::models::decision::{DECISION_TEMPLATE, DecisionError, DecisionKind, DecisionModel};
pub use crate::models::expected::expected;
#[cfg(feature = "download")]
pub use crate::models::fetch::Hub;
#[cfg(feature = "download")]
pub use crate::models::fetch_error::FetchError;
pub(crate) use crate::models::gguf::read as header_of;
pub use crate::models::gguf::{CheckError, Header, Mark, Tensor, Tensors, TokenKind};
pub use crate::models::hub_file::HubFile;
pub use crate::models::identity::{Identifying, Remembered, identity, is_old_identity};
pub use crate::models::locate::{LocateError, Located, Meaning, find_entry, locate, meaning};
pub use crate::models::names::HubName;
pub use crate::models::ollama::OllamaError;
pub use crate::models::pin::{PinError, is_known_to_differ, verify};
pub use crate::models::plan::{Demand, OnDevice, Plan, quantised};
pub(crate) use crate::models::plan::{cache_numbers, head_lengths};
#[cfg(feature = "download")]
pub use crate::models::pull::{Pulled, Puller};
pub use crate::models::registry::{ChatFormat, Entry, Registry, RegistryError, Shape};
pub use crate::models::split::{PartName, files};
pub use crate::models::tensor_type::TensorType;
