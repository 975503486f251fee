#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| minitag_fuzz::laws::learned::holds(data));
