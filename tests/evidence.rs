//! Word vectors beside the built-in model: lists that it does not know, and lists on which
//! nothing fits. Documents and lists were written for this; none of them was trained on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use minitag::engine::llama::{Model, ModelOptions};
use minitag::{Classifier, TagSet};
use serde::Deserialize;
use serde_json::Value;

use crate::support::Test;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/vectors");

#[derive(Deserialize)]
struct Unfit {
    list: String,
    text: String,
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(VECTORS).join(name)).unwrap()
}

fn built_in() -> Model {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minitag-nano.gguf");
    Model::load(&file, &ModelOptions::default()).unwrap()
}

/// Thirty household documents, of which the model knows neither texts nor names: condensing, the
/// vectors or the mixing cannot lose five points unseen. Measured: 0.82.
#[test]
fn a_list_of_other_names_is_tagged() {
    let micro_f1 = |more: &[&str]| {
        let gold = format!("{VECTORS}/household.jsonl");
        let tags = format!("{VECTORS}/household-tags.json");
        let args = ["eval", &gold, "--tags", &tags, "-m", "nano", "-q"];
        let test = Test::new().args(args).args(["--format", "json"]).args(more);
        let report: Value = serde_json::from_str(&test.any_stdout().run().stdout).unwrap();
        let value = &report["systems"][0]["metrics"]["micro_f1"]["value"];
        value.as_f64().unwrap()
    };
    let with = micro_f1(&[]);
    assert!(with > 0.77, "{with}");
    // The model alone knows none of the names.
    let without = micro_f1(&["--evidence", "none"]);
    assert!(without < 0.1, "{without}");
}

/// Sixty documents that fit no tag of their list. Measured: 51 of them get none.
#[test]
fn what_fits_no_tag_gets_none() {
    let lists: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&read("nothing_fits_lists.json")).unwrap();
    let model = built_in();
    let mut classifiers: BTreeMap<String, _> = BTreeMap::new();
    for (list, names) in lists {
        let tags = TagSet::parse(&serde_json::to_string(&names).unwrap()).unwrap();
        classifiers.insert(list, Classifier::new(&model, tags).unwrap());
    }
    let documents = read("nothing_fits.jsonl");
    let documents: Vec<Unfit> = documents
        .lines()
        .map(|d| serde_json::from_str(d).unwrap())
        .collect();
    assert_eq!(documents.len(), 60);
    let is_untagged = |document: &&Unfit| {
        let classifier = classifiers.get_mut(&document.list).unwrap();
        classifier
            .classify("a", &document.text)
            .unwrap()
            .tags
            .is_empty()
    };
    let untagged = documents.iter().filter(is_untagged).count();
    assert!(untagged >= 46, "{untagged}");
}

/// Names that have no words, or letters that no training text had, are no error.
#[test]
fn odd_names_and_texts_are_scored_too() {
    let model = built_in();
    let tags = TagSet::parse(r#"["!?", "🎉", "ᚠᚢᚦ", "0", "a", "x y"]"#).unwrap();
    let options = |min_tags| {
        let tags = tags.clone();
        Classifier::builder(&model, tags)
            .min_tags(min_tags)
            .build()
            .unwrap()
    };
    for text in ["…", "ᚠ", "0", &"word ".repeat(5000), "猫"] {
        assert!(options(0).classify("a", text).unwrap().tags.len() <= 3);
        assert_eq!(options(3).classify("a", text).unwrap().tags.len(), 3);
    }
}

/// Descriptions are for the vectors; the built-in model is shown names, as in its training.
#[test]
fn descriptions_are_not_shown_to_a_model_of_names() {
    let prompt = |more: &[&str]| {
        let tags = r#"[{"id":1,"name":"ai","description":"Neural networks"}]"#;
        let test = Test::new().file("tags.json", tags).file("a.md", "A text.");
        let args = ["prompt", "a.md", "--tags", "tags.json", "-m", "nano", "-q"];
        test.args(args).args(more).any_stdout().run().stdout
    };
    assert!(!prompt(&[]).contains("Neural networks"));
    assert!(prompt(&["--evidence", "none"]).contains("Neural networks"));
}

#[test]
fn the_evidence_is_one_of_the_settings() {
    let tags = "baking\ngarden\nlaw\n";
    let text = "# Plum cake\n\nButter, sugar and flour. Bake the cake for forty minutes.\n";
    let record = format!("{}\n", serde_json::json!({"id": "1", "text": text}));
    let folder = tempfile::tempdir().unwrap();
    let batch = |more: &[&str]| {
        let mut command = crate::support::program(folder.path());
        command.args([
            "batch",
            "in.jsonl",
            "-o",
            "out.jsonl",
            "--tags",
            "tags",
            "-m",
            "nano",
        ]);
        command.args(more).output().unwrap()
    };
    fs::write(folder.path().join("in.jsonl"), record).unwrap();
    fs::write(folder.path().join("tags"), tags).unwrap();
    let first = batch(&[]);
    assert!(first.status.success(), "{first:?}");
    let out = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    assert_eq!(out, "{\"id\":\"1\",\"tags\":[\"baking\"]}\n");
    let other = batch(&["--evidence", "none"]);
    let stderr = String::from_utf8(other.stderr).unwrap();
    assert!(
        stderr.contains("what speaks for tags beside the model is another"),
        "{stderr}"
    );
}

#[test]
fn a_batch_without_tags_is_remarked_on() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<String> = (0..20)
        .map(|n| format!("{{\"id\":\"{n}\",\"text\":\"…\"}}\n"))
        .collect();
    fs::write(folder.path().join("in.jsonl"), records.concat()).unwrap();
    let mut command = crate::support::program(folder.path());
    command.args([
        "batch",
        "in.jsonl",
        "-o",
        "-",
        "--tags",
        "garden,law",
        "-m",
        "nano",
    ]);
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let remark = "note: 20 of 20 answers have no tag: `minitag tags check` looks at the list";
    assert!(stderr.contains(remark), "{stderr}");
    let alone = "note: the built-in model knows 0 of the 2 tag names: word vectors decide alone";
    assert!(stderr.contains(alone), "{stderr}");
}
