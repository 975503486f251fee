//! The built-in model on the sample documents: tags that a reader would agree with.

use serde::Deserialize;

use crate::support::Test;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// Each sample, and a tag that it has to get first or second: its topic.
const SAMPLES: [(&str, &str); 7] = [
    ("lanternfish.md", "message-queue"),
    ("brackwater.rst", "parser"),
    ("gargoyle.txt", "monitoring"),
    ("yunhe.md", "search"),
    ("caravelle.md", "mobile-app"),
    ("hedgerow.adoc", "cli"),
    ("loam.html", "database"),
];

#[derive(Deserialize)]
struct Tag {
    id: u32,
    name: String,
}

#[derive(Deserialize)]
struct Answer {
    tags: Vec<u32>,
}

/// The names of the tags that each sample gets, in its order.
fn tagged(list: &[Tag], arguments: &[&str]) -> Vec<Vec<String>> {
    let name = |id: u32| list.iter().find(|tag| tag.id == id).unwrap().name.clone();
    let files = SAMPLES.map(|(file, _)| format!("{EXAMPLES}/{file}"));
    let output = Test::new()
        .args(["classify", "-q", "--tags"])
        .args(arguments)
        .args(files)
        .any_stdout()
        .run();
    let lines = output.stdout.lines();
    let answers = lines.map(|line| serde_json::from_str::<Answer>(line).unwrap());
    answers
        .map(|answer| answer.tags.into_iter().map(name).collect())
        .collect()
}

#[test]
fn every_sample_gets_its_topic() {
    let path = format!("{EXAMPLES}/tags.json");
    let list: Vec<Tag> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let answers = tagged(&list, &[&path]);
    for ((file, topic), names) in SAMPLES.iter().zip(&answers) {
        assert!(
            names[..2.min(names.len())].contains(&(*topic).to_owned()),
            "{file}: {names:?}"
        );
    }
}

#[test]
fn other_ids_change_nothing() {
    // The model writes names, so what the ids are cannot matter.
    let path = format!("{EXAMPLES}/tags.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let list: Vec<Tag> = serde_json::from_str(&text).unwrap();
    let renamed = tempfile::NamedTempFile::new().unwrap();
    let other: Vec<Tag> = list
        .iter()
        .map(|tag| Tag {
            id: 1000 - 7 * tag.id,
            name: tag.name.clone(),
        })
        .collect();
    let entries: Vec<_> = other
        .iter()
        .map(|tag| serde_json::json!({"id": tag.id, "name": tag.name}))
        .collect();
    std::fs::write(renamed.path(), serde_json::to_string(&entries).unwrap()).unwrap();
    let answers = tagged(&other, &[renamed.path().to_str().unwrap()]);
    assert_eq!(answers, tagged(&list, &[&path]));
}

#[test]
fn a_list_of_strange_names_is_warned_of() {
    let output = Test::new()
        .file("tags.txt", "cooking\ngardening\ncli\n")
        .args([
            "classify",
            &format!("{EXAMPLES}/hedgerow.adoc"),
            "--tags",
            "tags.txt",
        ])
        .any_stdout()
        .any_stderr()
        .run();
    assert!(
        output.stderr.contains(
            "note: the built-in model knows 1 of the 3 tag names: word vectors decide alone"
        ),
        "{}",
        output.stderr
    );
}
