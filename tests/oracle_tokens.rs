//! The tokens of texts that are cut into words, against those of the same texts as a whole.

use std::path::Path;

use minitag::engine::llama::{Model, ModelOptions};
use minitag::models::check;
use minitag::vocab::{Continuation, Specials, Token, Tokenizer, spell};

use crate::oracle_numbers::fixture;
use crate::oracle_spelling::VOCABULARIES;

/// What texts are made of: words, what tokenizers treat in their own ways, and spaces.
const PARTS: [&str; 24] = [
    "a",
    "gui",
    "engine",
    "A game-engine",
    "the",
    "The quick",
    "tag",
    "1",
    "17",
    "日本",
    "é",
    "\u{1f9ed}",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "▁",
    "<|im_end|>",
    "</s>",
    "<0x20>",
    "-",
    ".",
    "zz",
    "\u{a0}",
];

/// The tokens behind a line end, the whole text at once.
fn whole(model: &Model, text: &str) -> Option<Vec<Token>> {
    let alone = model.tokenize("\n", Specials::AsText);
    let joined = model.tokenize(&format!("\n{text}"), Specials::AsText);
    joined.strip_prefix(&alone[..]).map(<[Token]>::to_vec)
}

/// Returns whether the vocabulary lets its texts be cut.
fn assert_same(path: &Path) -> bool {
    let name = path.display();
    let entries = i32::try_from(check(path).unwrap().tokens).unwrap();
    let options = ModelOptions {
        vocab_only: true,
        ..ModelOptions::default()
    };
    let model = &Model::load(path, &options).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    let words = Continuation::default();
    let mut compared = 0;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..rng.usize(1..24) {
            if rng.u8(..4) > 0 || text.is_empty() {
                text += PARTS[rng.usize(..PARTS.len())];
            } else {
                let token = Token(rng.i32(0..entries));
                text += &String::from_utf8_lossy(&model.piece(token));
            }
            text += ["", " ", "  "][rng.usize(..3)];
        }
        let Some(expected) = whole(model, &text) else {
            continue;
        };
        // Twice: computed, and remembered.
        for _ in 0..2 {
            let tokens = words.tokenize(model, &text);
            assert_eq!(
                tokens,
                expected,
                "{name}: {text:?} as {:?}",
                spelled(model, &tokens)
            );
        }
        compared += 1;
    }
    assert!(compared > 1000, "{name}: {compared}");
    model.bridges().is_some()
}

fn spelled(model: &Model, tokens: &[Token]) -> Vec<String> {
    let piece = |token: &Token| String::from_utf8_lossy(&spell(model, &[*token])).into_owned();
    tokens.iter().map(piece).collect()
}

#[test]
fn words_apart_have_the_tokens_that_they_have_in_the_text() {
    let cut = VOCABULARIES.map(|name| assert_same(&fixture(name)));
    assert!(cut.contains(&true));
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/models/minitag-nano.gguf");
    assert!(assert_same(Path::new(built_in)));
    if let Some(path) = std::env::var_os("MINITAG_TEST_MODEL") {
        assert_same(path.as_ref());
    }
}
