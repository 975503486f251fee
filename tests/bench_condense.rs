//! How long condensing takes: a README of 240 kB, and one of 10 MB. First what is shown, as
//! classifying asks for it, then with the account of all that is dropped.
//!
//! `cargo bench --bench condense` prints the best of some runs. The documents are made
//! of the samples in `examples/`, with numbers in them so that nothing repeats.
#![allow(clippy::print_stdout, missing_docs)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use minitag::document::{Condensed, Format, condense, condense_text};

const SAMPLES: [&str; 3] = [
    include_str!("../examples/lanternfish.md"),
    include_str!("../examples/caravelle.md"),
    include_str!("../examples/yunhe.md"),
];

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

type Condense = fn(&str, Format, Option<usize>, &dyn Fn(&str) -> usize) -> Condensed;

fn best_of(runs: usize, text: &str, condense: Condense) -> Duration {
    // A token for four bytes: the tokenizer's own time is not condensing's.
    let count = |part: &str| part.len() / 4;
    let time = |_| {
        let start = Instant::now();
        let condensed = condense(text, Format::Markdown, Some(1024), &count);
        assert!(condensed.used <= 1024 && condensed.used > 900);
        start.elapsed()
    };
    (0..runs).map(time).min().unwrap_or_default()
}

fn main() {
    for (name, bytes, runs) in [("240 kB", 240_000, 20), ("10 MB", 10_000_000, 3)] {
        let text = document(bytes);
        println!("condense {name}: {:?}", best_of(runs, &text, condense_text));
        println!("account {name}: {:?}", best_of(runs, &text, condense));
    }
}
