//! `minitag models`: getting, finding, checking and removing models.

mod check;
mod commands;
#[cfg(feature = "download")]
mod pull;
mod quantize;
#[cfg(feature = "download")]
mod server;
mod tree;
