//! What a KV stream of its own for each document would be worth: llama.cpp can keep sequences apart,
//! so that a token does not pass over the cells of other documents (`kv_unified = false`).
//!
//! `cargo bench --bench streams -- MODEL PREFIX DOCUMENT COUNT` reads a prefix of so many tokens, and
//! behind it so many documents of so many tokens: one after the other, together in one cache, and
//! together in streams, in turn, three times. Prints the seconds of each, without the prefix. Each
//! stream has a copy of the prefix, so the cache takes COUNT times as much.
#![allow(clippy::print_stdout, missing_docs)]

use std::env;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

type Failed = Box<dyn std::error::Error>;

/// As long as a batch is in the program.
const N_BATCH: usize = 512;

/// A token, its position, its sequence.
type Place = (LlamaToken, i32, i32);

/// Where documents begin: after the first sequence, which keeps the prefix, or in it.
struct Way<'a> {
    name: &'static str,
    context: LlamaContext<'a>,
    first: usize,
}

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let [path, prefix, length, count] = &arguments[..] else {
        println!("streams: needs MODEL PREFIX DOCUMENT COUNT");
        return Ok(());
    };
    let (prefix, length, count): (usize, usize, usize) =
        (prefix.parse()?, length.parse()?, count.parse()?);
    let mut backend = LlamaBackend::init()?;
    backend.void_logs();
    let options = LlamaModelParams::default().with_use_mmap(false);
    let model = LlamaModel::load_from_file(&backend, path, &options)?;
    let one = (prefix + length).next_multiple_of(256);
    let all = (prefix + count * length).next_multiple_of(256);
    let ways = [
        ("one after the other", one, 2, 1),
        ("together in one cache", all, count + 1, 1),
        ("together in streams", one * count, count, 0),
    ];
    let mut ready = Vec::new();
    for (name, n_ctx, sequences, first) in ways {
        let threads = i32::try_from(std::thread::available_parallelism()?.get())?;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(u32::try_from(n_ctx)?))
            .with_n_batch(u32::try_from(N_BATCH)?)
            .with_n_ubatch(u32::try_from(N_BATCH)?)
            .with_n_seq_max(u32::try_from(sequences)?)
            .with_kv_unified(first == 1)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let mut context = model.new_context(&backend, params)?;
        decode(&mut context, &tokens(0, 0, prefix))?;
        ready.push(Way {
            name,
            context,
            first,
        });
    }
    for _ in 0..3 {
        for way in &mut ready {
            let together = way.name != ways[0].0;
            let groups = if together { 1 } else { count };
            let mut took = Duration::ZERO;
            for _ in 0..groups {
                took += read(way, prefix, length, if together { count } else { 1 })?;
            }
            println!("{}: {took:.2?}", way.name);
        }
    }
    Ok(())
}

/// Reads documents behind the prefix; the time that took.
fn read(way: &mut Way, prefix: usize, length: usize, count: usize) -> Result<Duration, Failed> {
    let behind = u32::try_from(prefix)?;
    let mut documents = Vec::new();
    for sequence in way.first..way.first + count {
        let number = u32::try_from(sequence)?;
        let sequence = i32::try_from(sequence)?;
        if sequence > 0 {
            way.context.clear_kv_cache_seq(Some(number), None, None)?;
            way.context.copy_kv_cache_seq(0, sequence, None, None)?;
        }
        way.context
            .clear_kv_cache_seq(Some(number), Some(behind), None)?;
        documents.push(tokens(sequence, prefix, length));
    }
    // Side by side, since streams are computed together as far as they are of one length.
    let all: Vec<Place> = (0..length)
        .flat_map(|at| documents.iter().map(move |document| document[at]))
        .collect();
    decode(&mut way.context, &all)
}

/// Any tokens of a sequence behind a position.
fn tokens(sequence: i32, position: usize, length: usize) -> Vec<Place> {
    let places = (0..).zip(position..position + length);
    places
        .map(|(at, position)| {
            let token = LlamaToken(300 + (at * 7 + sequence * 31) % 1000);
            (token, i32::try_from(position).unwrap_or(i32::MAX), sequence)
        })
        .collect()
}

/// Reads tokens batch by batch; the time that took.
fn decode(context: &mut LlamaContext, tokens: &[Place]) -> Result<Duration, Failed> {
    let mut batch = LlamaBatch::new(N_BATCH, 1);
    let started = Instant::now();
    for part in tokens.chunks(N_BATCH) {
        batch.clear();
        for &(token, position, sequence) in part {
            batch.add(token, position, &[sequence], false)?;
        }
        context.decode(&mut batch)?;
    }
    Ok(started.elapsed())
}
