//! How long condensing takes with the built-in model's tokenizer: a README of 240 kB, and one of
//! 10 MB. First what is shown, as classifying asks for it, then with the account of all that is
//! dropped, for which each piece is counted.
//!
//! `cargo bench --bench condense` prints the best of some runs, in turn, and their ratio. The
//! documents are made of the samples in `examples/`, with numbers in them so that nothing repeats.
#![allow(clippy::print_stdout, missing_docs)]

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use minitag::document::{Counter, Format, condense, condense_text};
use minitag::engine::llama::{Model, ModelOptions};
use minitag::vocab::{Continuation, Tokenizer};

const SAMPLES: [&str; 3] = [
    include_str!("../examples/lanternfish.md"),
    include_str!("../examples/caravelle.md"),
    include_str!("../examples/yunhe.md"),
];
const BUDGET: usize = 300;

/// A document of about so many bytes.
fn document(bytes: usize) -> String {
    let mut text = String::new();
    for (round, sample) in (0..).zip(SAMPLES.iter().cycle()) {
        if text.len() >= bytes {
            break;
        }
        for line in sample.lines() {
            text.push_str(line);
            if line.len() > 20 {
                let _ = write!(text, " {round}");
            }
            text.push('\n');
        }
    }
    text
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minitag-nano.gguf");
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    let model = Model::load(&file, &options).expect("the built-in model");
    let continuation = Continuation::default();
    let count = |part: &str| continuation.tokenize(&model, part).len();
    let counter = Counter::new(&count).with_longest(model.longest_piece());
    for (name, bytes, runs) in [("240 kB", 240_000, 20), ("10 MB", 10_000_000, 3)] {
        let text = document(bytes);
        let (mut shown, mut account) = (Duration::MAX, Duration::MAX);
        for _ in 0..runs {
            let (text_alone, took) =
                time(|| condense_text(&text, Format::Markdown, Some(BUDGET), &counter));
            shown = shown.min(took);
            let (with_account, took) =
                time(|| condense(&text, Format::Markdown, Some(BUDGET), &count));
            account = account.min(took);
            assert_eq!(text_alone.text, with_account.text);
        }
        let ratio = shown.as_secs_f64() / account.as_secs_f64();
        println!("{name}: shown {shown:?}, with its account {account:?}: {ratio:.2}");
    }
}
