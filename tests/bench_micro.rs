//! What the program itself costs beside the model: `cargo bench --bench micro`.
#![allow(clippy::unwrap_used, missing_docs)]

use minitag::constraint::{Candidate, Joining, Language, Spelling, TokenTrie};
use minitag::decide::{DecideOptions, Evidence, decide};
use minitag::engine::llama::{Model, ModelOptions};
use minitag::engine::{Branch, Engine, EngineError, Limit};
use minitag::vocab::{Specials, Token, Tokenizer, tokenize_continuation};

fn main() {
    divan::main();
}

/// So many ids as a vocabulary without numbers writes them: digit by digit.
fn literals(tags: usize) -> Vec<String> {
    (1..=tags).map(|id| id.to_string()).collect()
}

/// A model that costs nothing: a token for each byte, and a probability made of both.
struct Free;

impl Tokenizer for Free {
    fn tokenize(&self, text: &str, _: Specials) -> Vec<Token> {
        text.bytes().map(|byte| Token(byte.into())).collect()
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        u8::try_from(token.0).into_iter().collect()
    }

    fn is_control(&self, _: Token) -> bool {
        false
    }

    fn bos(&self) -> Option<Token> {
        None
    }
}

impl Engine for Free {
    fn reserve(&mut self, _: usize, _: usize) -> Result<(), EngineError> {
        Ok(())
    }

    fn set_prefixes(&mut self, _: &[&[Token]]) -> Result<(), EngineError> {
        Ok(())
    }

    fn start(&mut self, _: &[&[Token]]) -> Result<(), EngineError> {
        Ok(())
    }

    fn append(&mut self, _: usize, _: &[Token]) {}

    fn log_probs(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let row = |branch: &Branch| {
            let log_prob = |token: &Token| -((token.0 * 7 % 13) as f32) - 1.0;
            branch.wanted.iter().map(log_prob).collect()
        };
        Ok(branches.iter().map(row).collect())
    }

    fn set_limit(&mut self, _: Limit) {}
}

#[divan::bench(args = [90, 1000, 10_000])]
fn trie_of_candidates(bencher: divan::Bencher, tags: usize) {
    let spelling = Spelling::new(&Free, &literals(tags), Joining::Whole).unwrap();
    let first = spelling.first();
    bencher.bench(|| {
        let all = (0..tags).map(Candidate::Tag).chain([Candidate::Stop]);
        let paths = all.flat_map(|candidate| {
            let paths = first.paths(candidate).iter();
            paths.map(move |path| (candidate, path.as_slice()))
        });
        TokenTrie::new(paths)
    });
}

#[divan::bench(args = [90, 1000, 10_000])]
fn spelling_of_a_list(bencher: divan::Bencher, tags: usize) {
    let literals = literals(tags);
    bencher.bench_local(|| Spelling::new(&Free, &literals, Joining::Whole).unwrap());
}

#[divan::bench(args = [(90, false), (90, true), (1000, false), (1000, true)])]
fn decision_without_a_model(bencher: divan::Bencher, (tags, scores): (usize, bool)) {
    let spelling = Spelling::new(&Free, &literals(tags), Joining::Whole).unwrap();
    let options = DecideOptions {
        scores,
        ..DecideOptions::default()
    };
    bencher
        .bench_local(|| decide(&mut Free, &[&Evidence::default()], &spelling, &options).unwrap());
}

#[divan::bench(args = [90, 1000])]
fn walk_of_the_constraint(bencher: divan::Bencher, tags: usize) {
    let literals = literals(tags);
    let language = Language::new(r#"{"id":"7462","tags":["#, &literals, 0, 3);
    let answer = br#"{"id":"7462","tags":[17,33,77]}"#;
    bencher.bench(|| language.read(divan::black_box(answer)).unwrap());
}

#[divan::bench]
fn tokenising_10_kilobytes(bencher: divan::Bencher) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/minitag-nano.gguf");
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    let model = Model::load(path.as_ref(), &options).unwrap();
    let text = include_str!("../examples/lanternfish.md").repeat(13);
    let text = &text[..text.floor_char_boundary(10_000)];
    bencher.bench_local(|| tokenize_continuation(&model, text));
}
