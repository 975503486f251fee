#![no_main]
// The file's options are the program's, so all of its command line is in here.
#![allow(dead_code)]

#[path = "../../src/cli/mod.rs"]
mod cli;

// With the limit of memory.
use minitag_fuzz as _;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cli::config::law::holds(data));
