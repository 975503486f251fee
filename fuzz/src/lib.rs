//! What the fuzz targets are made of.

pub mod laws;

/// More memory than any input here should take, in bytes. Past it an allocation fails,
/// which ends the process: libFuzzer's own limit for single ones needs a sanitizer.
const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, MEMORY);
