//! Model files: which one is meant, where it lies, whether it is sound.

mod builtin;
mod check;
mod identity;
mod locate;

pub use crate::models::builtin::{BUILT_IN_NAME, WriteError};
pub use crate::models::check::{CheckError, Header, check};
pub use crate::models::identity::identity;
pub use crate::models::locate::{Located, locate};
