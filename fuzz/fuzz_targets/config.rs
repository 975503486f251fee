#![no_main]
// The file's options are the program's, so all of its command line is in here, without the
// program's features.
#![allow(dead_code, unexpected_cfgs)]

#[path = "../../src/cli/mod.rs"]
mod cli;

// With the limit of memory.
use minitag_fuzz as _;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cli::config::law::holds(data));
