//! `minitag models`: getting, finding, checking and removing models.

mod check;
mod commands;
mod identity;
mod names;
mod pins;
#[cfg(feature = "download")]
mod pull;
mod quantize;
#[cfg(feature = "download")]
mod server;
pub(crate) mod split;
mod tree;
