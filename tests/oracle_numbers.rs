//! llama.cpp's numbers against those of transformers: the same weights and
//! tokens, computed by code that shares nothing with this program.
//!
//! `models/reference.py` wrote `fixtures/reference.json`. An engine gives
//! log-probabilities, which are the logits up to one constant: rows of logits are
//! compared after their mean is taken off both sides.

use std::path::{Path, PathBuf};

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::engine::{Branch, Engine};
use minitag::vocab::Token;
use serde::Deserialize;

/// How far the two implementations may be apart, relative to the norm.
const TOLERANCE: f64 = 1e-3;

/// How far two ways to feed the same tokens may be apart.
const SPLIT_TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Reference {
    models: std::collections::BTreeMap<String, Vec<Sequence>>,
}

/// What transformers computed after the last of some tokens.
#[derive(Deserialize)]
struct Sequence {
    tokens: Vec<i32>,
    /// Of the first entries of the vocabulary, or of all.
    logits: Vec<f64>,
    argmax: usize,
    chosen: Vec<usize>,
    log_softmax: Vec<f64>,
}

/// One way to feed a sequence: the last token is always part of the question.
#[derive(Clone, Copy, Debug)]
struct Split {
    prefix: usize,
    document: usize,
    /// Whether what is left is appended or is a branch's path.
    append: bool,
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/fixtures").join(name)
}

/// A model of `tests/fixtures`.
pub(crate) fn model(name: &str) -> Model {
    Model::load(&fixture(name), &ModelOptions::default()).unwrap()
}

fn reference() -> Reference {
    let text = std::fs::read_to_string(fixture("reference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The log-probability of every vocabulary entry after `tokens`.
#[track_caller]
fn row(engine: &mut LlamaEngine, tokens: &[i32], vocabulary: usize, split: Split) -> Vec<f64> {
    let tokens: Vec<Token> = tokens.iter().map(|&id| Token(id)).collect();
    let (prefix, rest) = tokens.split_at(split.prefix);
    let (document, rest) = rest.split_at(split.document);
    engine.reserve(tokens.len(), tokens.len()).unwrap();
    engine.set_prefix(prefix).unwrap();
    engine.start(&[document]).unwrap();
    let mut path = rest.to_vec();
    if split.append {
        engine.append(0, rest);
        path.clear();
    }
    let wanted = (0..).map(Token).take(vocabulary).collect();
    let answers = engine
        .log_probs(&[Branch {
            lane: 0,
            path,
            wanted,
        }])
        .unwrap();
    answers[0].iter().map(|&p| f64::from(p)).collect()
}

/// The norm of the difference over the norm of `expected`.
fn relative_error(actual: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(actual.len(), expected.len());
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = squares(&mut actual.iter().zip(expected).map(|(a, e)| a - e));
    difference / squares(&mut expected.iter().copied())
}

/// The same row up to a constant, with mean 0.
fn centred(row: &[f64]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a row has few entries")]
    let mean = row.iter().sum::<f64>() / row.len() as f64;
    row.iter().map(|value| value - mean).collect()
}

fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|l| (l - max).exp()).sum();
    logits.iter().map(|l| l - max - sum.ln()).collect()
}

fn argmax(row: &[f64]) -> usize {
    let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.unwrap().0
}

/// Runs a check on every sequence of the reference.
fn for_each_sequence(check: impl Fn(&mut LlamaEngine, usize, &Sequence)) {
    for (name, sequences) in reference().models {
        let model = model(&name);
        // One of the sequences has the logits of the whole vocabulary.
        let vocabulary = sequences.iter().map(|s| s.logits.len()).max().unwrap();
        for sequence in &sequences {
            let mut engine = LlamaEngine::new(&model, ContextOptions::default());
            check(&mut engine, vocabulary, sequence);
        }
    }
}

/// All tokens but the last as prefix.
fn whole(tokens: &[i32]) -> Split {
    Split {
        prefix: tokens.len() - 1,
        document: 0,
        append: true,
    }
}

/// The other ways: prefix and document, a long tail that is appended, a branch,
/// each of them in uneven pieces.
fn splits(tokens: &[i32]) -> Vec<Split> {
    let before_last = tokens.len() - 1;
    let mut splits = Vec::new();
    for (prefix, document) in [
        (0, before_last),
        (before_last / 3, before_last - before_last / 3),
        (0, 0),
        (before_last / 2, 0),
        (before_last / 2, before_last / 4),
    ] {
        for append in [true, false] {
            splits.push(Split {
                prefix,
                document,
                append,
            });
        }
    }
    splits
}

#[test]
fn llama_cpp_computes_the_logits_of_transformers() {
    for_each_sequence(|engine, vocabulary, sequence| {
        let tokens = &sequence.tokens;
        let row = row(engine, tokens, vocabulary, whole(tokens));
        let shown = &row[..sequence.logits.len()];
        let error = relative_error(&centred(shown), &centred(&sequence.logits));
        assert!(error < TOLERANCE, "{} tokens: {error}", tokens.len());
        assert_eq!(argmax(&row), sequence.argmax, "{} tokens", tokens.len());
    });
}

#[test]
fn llama_cpp_computes_the_probabilities_of_transformers() {
    for_each_sequence(|engine, vocabulary, sequence| {
        let tokens = &sequence.tokens;
        let row = row(engine, tokens, vocabulary, whole(tokens));
        let chosen: Vec<f64> = sequence.chosen.iter().map(|&token| row[token]).collect();
        let error = relative_error(&chosen, &sequence.log_softmax);
        assert!(error < TOLERANCE, "{} tokens: {error}", tokens.len());
        if sequence.logits.len() == vocabulary {
            let error = relative_error(&row, &log_softmax(&sequence.logits));
            assert!(error < TOLERANCE, "{} tokens: {error}", tokens.len());
        }
    });
}

#[test]
fn it_does_not_matter_how_the_tokens_are_fed() {
    for_each_sequence(|engine, vocabulary, sequence| {
        let tokens = &sequence.tokens;
        let expected = row(engine, tokens, vocabulary, whole(tokens));
        for split in splits(tokens) {
            let row = row(engine, tokens, vocabulary, split);
            let error = relative_error(&row, &expected);
            let count = tokens.len();
            assert!(
                error < SPLIT_TOLERANCE,
                "{count} tokens, {split:?}: {error}"
            );
            assert_eq!(argmax(&row), argmax(&expected), "{count} tokens, {split:?}");
        }
    });
}

#[test]
fn the_probabilities_of_a_row_add_up_to_one() {
    for_each_sequence(|engine, vocabulary, sequence| {
        let tokens = &sequence.tokens;
        let row = row(engine, tokens, vocabulary, whole(tokens));
        let sum: f64 = row.iter().map(|p| p.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{} tokens: {sum}", tokens.len());
    });
}
