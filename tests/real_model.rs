//! A real model: `make test-models` brings one, `MINITAG_TEST_MODEL` names another.
//!
//! The tiny models' weights are random, so they cannot show whether a model really writes
//! the tokens that are compared.

use std::fs;
use std::io::Write;

use serde_json::{Value, json};

use crate::support::Test;

const CORPUS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/models/nano/corpus/part0.jsonl"
);
const TAGS: &str = include_str!("../examples/tags.json");

/// How many documents are tagged.
const DOCUMENTS: usize = 30;

/// The model, where there is one.
fn model() -> String {
    std::env::var("MINITAG_TEST_MODEL").expect("`MINITAG_TEST_MODEL` has to name a GGUF file")
}

/// A catalogue of documents written for this project.
fn catalogue() -> Vec<u8> {
    let corpus = fs::read_to_string(CORPUS).unwrap();
    let mut catalogue = Vec::new();
    for (id, line) in corpus.lines().step_by(5).take(DOCUMENTS).enumerate() {
        let document: Value = serde_json::from_str(line).unwrap();
        let record = json!({"id": id.to_string(), "text": document["text"]});
        writeln!(catalogue, "{record}").unwrap();
    }
    catalogue
}

#[test]
#[ignore = "needs a real model: `make test-models`"]
fn a_model_writes_the_tokens_that_are_compared() {
    for answer in ["name", "id"] {
        let output = Test::new()
            .file("in.jsonl", catalogue())
            .file("tags.json", TAGS)
            .args(["batch", "in.jsonl", "-o", "-", "--tags", "tags.json"])
            .args([
                "--details",
                "--budget",
                "256",
                "--answer",
                answer,
                "-m",
                &model(),
            ])
            .any_stdout()
            .any_stderr()
            .run();
        let answers: Vec<Value> = output
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(answers.len(), DOCUMENTS, "{}", output.stderr);
        let mass = |answer: &Value| answer["details"]["mass"][0].as_f64().unwrap();
        let mut masses: Vec<f64> = answers.iter().map(mass).collect();
        masses.sort_by(f64::total_cmp);
        let median = masses[DOCUMENTS / 2];
        let empty = answers.iter().filter(|a| a["tags"] == json!([])).count();
        let figures = format!("median mass {median:.3}, {empty} of {DOCUMENTS} without a tag");
        let _ = writeln!(std::io::stderr(), "{answer}: {figures}");
        if answer == "name" {
            assert!(median >= 0.1 && empty * 20 <= DOCUMENTS, "{figures}");
        }
    }
}
