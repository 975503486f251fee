//! What a stream of its own for each document would be worth: llama.cpp can keep sequences apart,
//! so that a token does not pass over the cells of other documents (`kv_unified = false`).
//!
//! `cargo bench --bench streams -- MODEL PREFIX DOCUMENT COUNT` reads a prefix of so many tokens, and
//! behind it so many documents of so many tokens: one after the other, together in one cache, and
//! together in streams, in turn, each twice. Prints the seconds of each, without the prefix. A stream has the
//! prefix for itself, so memory is needed COUNT times.
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
const N_BATCH: usize = 1024;
const N_UBATCH: u32 = 256;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let [model, numbers @ ..] = &arguments[..] else {
        println!("streams: needs MODEL PREFIX DOCUMENT COUNT");
        return Ok(());
    };
    let numbers: Result<Vec<usize>, _> = numbers.iter().map(|n| n.parse()).collect();
    let [prefix, length, count] = numbers?[..] else {
        return Err("three numbers are needed: PREFIX DOCUMENT COUNT".into());
    };
    let backend = LlamaBackend::init()?;
    let options = LlamaModelParams::default().with_use_mmap(false);
    let model = LlamaModel::load_from_file(&backend, model, &options)?;
    let cells = (prefix + length).next_multiple_of(256);
    let context = |n_ctx: usize, sequences: usize, unified: bool| {
        let threads = i32::try_from(std::thread::available_parallelism()?.get())?;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(u32::try_from(n_ctx)?))
            .with_n_batch(u32::try_from(N_BATCH)?)
            .with_n_ubatch(N_UBATCH)
            .with_n_seq_max(u32::try_from(sequences)?)
            .with_kv_unified(unified)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        Ok::<_, Failed>(model.new_context(&backend, params)?)
    };
    let shared = (prefix + count * length).next_multiple_of(256);
    let mut in_turn = context(cells, 2, true)?;
    let mut together = context(shared, count + 1, true)?;
    let mut streams = context(cells * count, count, false)?;
    for context in [&mut in_turn, &mut together, &mut streams] {
        decode(context, &mut tokens(0, 0, prefix).into_iter())?;
    }
    for sequence in 1..i32::try_from(count)? {
        streams.copy_kv_cache_seq(0, sequence, None, None)?;
    }
    for _ in 0..2 {
        let mut alone = Duration::ZERO;
        for _ in 0..count {
            in_turn.clear_kv_cache_seq(Some(1), None, None)?;
            in_turn.copy_kv_cache_seq(0, 1, None, None)?;
            let mut tokens = tokens(1, prefix, length).into_iter();
            alone += decode(&mut in_turn, &mut tokens)?;
        }
        println!("in turn {alone:.2?}");
        for (name, context, first) in [("together", &mut together, 1), ("streams", &mut streams, 0)] {
            let mut all = Vec::new();
            for document in 0..count {
                let sequence = i32::try_from(document + first)?;
                if first == 1 {
                    context.clear_kv_cache_seq(Some(u32::try_from(sequence)?), None, None)?;
                    context.copy_kv_cache_seq(0, sequence, None, None)?;
                } else {
                    let from = Some(u32::try_from(prefix)?);
                    context.clear_kv_cache_seq(Some(u32::try_from(sequence)?), from, None)?;
                }
                all.push(tokens(sequence, prefix, length));
            }
            // Streams are read in parts of the same length.
            let mut all = (0..length).flat_map(|at| all.iter().map(move |one| one[at]));
            println!("{name} {:.2?}", decode(context, &mut all)?);
        }
    }
    Ok(())
}

/// A token, its position, its sequence.
type Place = (LlamaToken, i32, i32);

/// Any tokens of a sequence behind a position.
fn tokens(sequence: i32, position: usize, length: usize) -> Vec<Place> {
    let position = i32::try_from(position).unwrap_or(i32::MAX);
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let token = |at: i32| LlamaToken(300 + (at * 7 + sequence * 31) % 1000);
    let place = |at: i32| (token(at), position + at, sequence);
    (0..length).map(place).collect()
}

/// Reads tokens batch by batch; the time that took.
fn decode(
    context: &mut LlamaContext,
    tokens: &mut dyn Iterator<Item = Place>,
) -> Result<Duration, Failed> {
    let mut batch = LlamaBatch::new(N_BATCH, 1);
    let started = Instant::now();
    loop {
        batch.clear();
        for (token, position, sequence) in tokens.by_ref().take(N_BATCH) {
            batch.add(token, position, &[sequence], false)?;
        }
        if batch.n_tokens() == 0 {
            return Ok(started.elapsed());
        }
        context.decode(&mut batch)?;
    }
}
