//! How llama.cpp is run, from arguments.

use std::time::Duration;

use anyhow::Context;
use etcetera::BaseStrategy;
use minitag::engine::llama::ContextOptions;
use minitag::engine::prefix_cache::PrefixCache;

use crate::cli::args::ModelArgs;
use crate::cli::failure::{Failure, wrong_usage};
use crate::cli::screen::Screen;

/// What is computed in less is not kept: reading a large model's state takes half a
/// second, and a small model's is not worth a file.
const WORTH_KEEPING: Duration = Duration::from_secs(1);

/// As many threads as llama.cpp can be given.
const MAX_THREADS: usize = 512;

/// How the context is made.
pub(super) fn context(args: &ModelArgs, screen: &Screen) -> Result<ContextOptions, Failure> {
    for (name, value) in [
        ("threads", args.threads),
        ("ctx-size", args.ctx_size),
        ("batch-size", Some(args.batch_size)),
        ("ubatch-size", args.ubatch_size),
        ("threads-batch", args.threads_batch),
    ] {
        if value == Some(0) {
            return Err(wrong_usage(format!(
                "`--{name} 0` is not possible; it must be at least 1"
            )));
        }
    }
    if args.threads.is_some_and(|threads| threads > MAX_THREADS) {
        let message = "`--threads` is more than llama.cpp allows: 512";
        return Err(wrong_usage(message).hint("more threads than cores make it slower, not faster"));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if let Some(threads) = args.threads.filter(|&threads| threads > cores) {
        screen.warning(&format!(
            "{threads} threads on {cores} cores wait for each other; fewer are faster"
        ));
    }
    let keep = !args.no_prefix_cache;
    let limit = args.prefix_cache_limit.as_u64();
    // Without a folder for it the program goes on without it.
    let prefix_cache = keep.then(|| prefix_cache(limit).ok()).flatten();
    Ok(ContextOptions {
        n_ctx: args.ctx_size,
        threads: args.threads,
        threads_batch: args.threads_batch,
        n_batch: args.batch_size,
        n_ubatch: args.ubatch_size,
        low_memory: args.low_memory,
        check_memory: !args.force,
        prefix_cache,
        type_k: args.cache_type_k,
        type_v: args.cache_type_v,
        flash_attention: args.flash_attn,
        // There is one list.
        parked_bytes: 0,
    })
}

/// Where the states of tag lists are kept, at most so many bytes of them.
pub(crate) fn prefix_cache(limit: u64) -> Result<PrefixCache, Failure> {
    let base = etcetera::choose_base_strategy()
        .context("there is no folder for what is kept from one run to the next")
        .map_err(Failure::usage)?;
    Ok(PrefixCache {
        folder: base.cache_dir().join("minitag/prefixes"),
        limit,
        worth: WORTH_KEEPING,
    })
}
