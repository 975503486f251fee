//! A real model: `make test-models` brings one, `MINITAG_TEST_MODEL` names another.
//!
//! The tiny models' weights are random, so they cannot show whether a model really writes
//! the tokens that are compared.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::models::split;
use crate::support::{Test, program};

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
            // Also of a base model, which nobody taught to answer.
            assert!(median >= 0.05 && empty * 20 <= DOCUMENTS, "{figures}");
        }
    }
}

/// Documents whose tags are known.
fn gold() -> Vec<u8> {
    let corpus = fs::read_to_string(CORPUS).unwrap();
    let mut gold = Vec::new();
    for (id, line) in corpus.lines().step_by(20).take(8).enumerate() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["id"] = json!(id.to_string());
        writeln!(gold, "{record}").unwrap();
    }
    gold
}

/// Runs a command on the model in a folder.
fn run(folder: &Path, args: &str, model: &str) -> Output {
    let mut command = program(folder);
    command.args(args.split(' ')).args(["-q", "-m", model]);
    command.output().unwrap()
}

/// What a command that has to work prints.
#[track_caller]
fn printed(folder: &Path, args: &str, model: &str) -> String {
    let output = run(folder, args, model);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs a real model: `make test-models`"]
fn every_command_takes_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let model = &model();
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    write("a.md", b"# Lantern\n\nA puzzle game for the terminal.\n");
    write("tags.json", TAGS.as_bytes());
    write(
        "known.json",
        include_bytes!("../models/nano/corpus/tags.json"),
    );
    write("gold.jsonl", &gold());
    let prompt = printed(folder, "prompt a.md --tags tags.json --json", model);
    let prompt: Value = serde_json::from_str(&prompt).unwrap();
    assert!(
        prompt["tokens"].as_array().map_or(0, Vec::len) > 100,
        "{prompt}"
    );
    // The second time, the state of the tag list may come from a file.
    let classify = "classify a.md --tags tags.json --scores=all";
    let answer = printed(folder, classify, model);
    assert_eq!(printed(folder, classify, model), answer);
    let alone = format!("{classify} --no-prefix-cache");
    assert_eq!(printed(folder, &alone, model), answer);
    let eval = "eval gold.jsonl --tags known.json --format json";
    let report: Value = serde_json::from_str(&printed(folder, eval, model)).unwrap();
    assert_eq!(report["documents"], 8);
    printed(
        folder,
        "calibrate gold.jsonl --prior contextual --tags known.json -o c.json",
        model,
    );
    printed(
        folder,
        "classify a.md --tags known.json --calibration c.json",
        model,
    );
    let lora = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny-lora.gguf");
    let refused = run(folder, &format!("{classify} --lora {lora}"), model);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && error.contains("LoRA adapter"),
        "{error}"
    );
    for (number, part) in (1..).zip(split::parts_of(model.as_ref())) {
        write(&split::name(number), &part);
    }
    assert_eq!(printed(folder, classify, &split::name(1)), answer);
    let mut quantise = program(folder);
    quantise.args([
        "models", "quantize", model, "q.gguf", "--type", "Q4_0", "-q",
    ]);
    let quantised = quantise.output().unwrap();
    let error = String::from_utf8_lossy(&quantised.stderr);
    if quantised.status.success() {
        printed(folder, classify, "q.gguf");
    } else {
        assert!(error.contains("is quantised already"), "{error}");
    }
}
