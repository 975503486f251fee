#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| minitag_fuzz::laws::requests::holds(data));
