//! What a document costs if two tag lists take turns on a loaded model, beside each list with
//! a context of its own.
//!
//! `cargo bench --bench lists` prints the time a document takes, both ways in turn, and how
//! many prefixes were computed after the first round.
#![allow(clippy::print_stdout, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use minitag::classifier::List;
use minitag::engine::llama::Model;
use minitag::{Classifier, ClassifierOptions, TagSet};

const TAGS: &str = include_str!("../examples/tags.json");
const OTHERS: &str = "game\ndatabase\nweb server\nmusic\nphotography\nmap\ncompiler\nchat\nmail\nbackup\neditor\nrobot";
const DOCUMENTS: [&str; 3] = [
    include_str!("../examples/lanternfish.md"),
    include_str!("../examples/caravelle.md"),
    include_str!("../examples/yunhe.md"),
];

/// Each list reads so many documents.
const ROUNDS: usize = 60;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::open(Some("nano".as_ref()))?;
    let options = ClassifierOptions::for_model(&model);
    let tags = [TagSet::parse(TAGS)?, TagSet::parse(OTHERS)?];
    let mut alone = Vec::new();
    for tags in &tags {
        alone.push(Classifier::new(&model, tags.clone())?);
    }
    let mut turns = Classifier::new(&model, tags[0].clone())?;
    let mut lists = Vec::new();
    for tags in tags {
        lists.push(Arc::new(List::new(&model, tags, &options)?));
    }
    let (mut first, mut apart, mut together) = (0, Duration::ZERO, Duration::ZERO);
    for round in 0..=ROUNDS {
        let document = DOCUMENTS[round % DOCUMENTS.len()];
        for (classifier, list) in alone.iter_mut().zip(&lists) {
            let started = Instant::now();
            let expected = classifier.classify("7462", document)?;
            let alone = started.elapsed();
            let started = Instant::now();
            turns.set_list(Arc::clone(list))?;
            let answer = turns.classify("7462", document)?;
            let turn = started.elapsed();
            assert_eq!(answer, expected);
            if round > 0 {
                apart += alone;
                together += turn;
            }
        }
        if round == 0 {
            first = turns.engine().computed_prefixes();
        }
    }
    let documents = u32::try_from(2 * ROUNDS)?;
    println!("alone: {:?} a document", apart / documents);
    println!("in turns: {:?} a document", together / documents);
    println!("ratio: {:.3}", together.as_secs_f64() / apart.as_secs_f64());
    let later = turns.engine().computed_prefixes() - first;
    println!("prefixes computed: {first} in the first round, {later} behind it");
    Ok(())
}
