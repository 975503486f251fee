//! What a probability is made of: the parts that are shown add up to it, whatever takes part.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use crate::support::{Test, program};

/// The built-in model knows the first three names.
const TAGS: &str = r#"[{"id":1,"name":"database","description":"Keeps records on disk and answers queries"},
    {"id":2,"name":"game","description":"Played for fun"},
    {"id":3,"name":"search","description":"Finds documents that have some words"},
    {"id":4,"name":"poetry","description":"Verses, rhymes and those who write them"}]"#;

const TEXT: &str = "# Loam\n\nAn embedded database with full-text search, for collections of \
                    poems. A puzzle is in it, too.\n";

/// A folder with the list, a text and some records whose tags are known.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut gold = String::new();
        for n in 0..8 {
            for (tag, text) in [
                (1, "Tables and transactions on disk."),
                (2, "Jump over the monsters and collect coins."),
                (4, "A poem about rain, in four verses."),
            ] {
                let (id, text) = (format!("{tag}-{n}"), format!("{text} Number {n}."));
                writeln!(gold, "{}", json!({"id": id, "text": text, "tags": [tag]})).unwrap();
            }
        }
        for (name, content) in [
            ("tags.json", TAGS),
            ("loam.md", TEXT),
            ("gold.jsonl", &gold),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Self(folder)
    }

    /// What a run with the built-in model writes.
    #[track_caller]
    fn run(&self, args: &[&str]) -> String {
        let mut command = program(self.0.path());
        command.args(args).args(["--tags", "tags.json", "-q"]);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Checks that what is explained with some options adds up; the names of the parts that
    /// tags have, and how many tags the model is not heard on.
    #[track_caller]
    fn explained(&self, args: &[&str]) -> (Vec<String>, usize) {
        let args = [&["explain", "loam.md", "--json", "--pieces", "1"], args].concat();
        let explained: Value = serde_json::from_str(&self.run(&args)).unwrap();
        let (mut names, mut unheard, mut compared) = (Vec::new(), 0, 0);
        for slot in explained["slots"].as_array().unwrap() {
            let candidates = slot["candidates"].as_array().unwrap();
            let of = |candidate: &Value| candidate["p"].as_f64().unwrap();
            let parts = |candidate: &Value| candidate["parts"].as_object().cloned();
            let sum = |candidate: &Value| -> f64 {
                let parts = parts(candidate).unwrap_or_default();
                parts.values().filter_map(Value::as_f64).sum()
            };
            // All tags are among the candidates, so the sums decide every probability.
            let all: f64 = candidates.iter().map(|one| sum(one).exp()).sum();
            for candidate in candidates {
                let p = sum(candidate).exp() / all;
                assert!((p - of(candidate)).abs() < 1e-5, "{p} {slot}");
                compared += 1;
                let is_stop = candidate["stop"] == true;
                assert_eq!(parts(candidate).is_none(), is_stop, "{slot}");
                names.extend(parts(candidate).unwrap_or_default().keys().cloned());
                unheard += usize::from(!is_stop && candidate["parts"]["model"].is_null());
            }
        }
        assert!(compared >= 4, "{explained}");
        names.sort();
        names.dedup();
        (names, unheard)
    }
}

#[test]
fn the_parts_add_up_to_the_probabilities() {
    let folder = Folder::new();
    let explained = |args: &[&str], names: &[&str]| {
        let (found, unheard) = folder.explained(&[&["-m", "nano"], args].concat());
        assert_eq!(found, names, "{args:?}");
        unheard
    };
    assert!(explained(&[], &["model", "vectors"]) > 0);
    assert!(explained(&["--min-tags", "2"], &["model", "vectors"]) > 0);
    assert!(explained(&["--permutations", "3"], &["model", "vectors"]) > 0);
    assert_eq!(explained(&["--evidence", "none"], &["model"]), 0);
    let learn = "learn gold.jsonl -o l.safetensors -m nano";
    folder.run(&learn.split(' ').collect::<Vec<_>>());
    let learned = ["--learned", "l.safetensors"];
    assert!(explained(&learned, &["learned", "model", "vectors"]) > 0);
    let calibrate = "calibrate gold.jsonl --prior batch -o c.json -m nano";
    folder.run(&calibrate.split(' ').collect::<Vec<_>>());
    let corrected = ["--calibration", "c.json"];
    assert!(explained(&corrected, &["model", "prior", "vectors"]) > 0);
    let (names, _) = folder.explained(&["-m", "none"]);
    assert_eq!(names, ["model", "vectors"]);
}

/// What the list's text says: a dash if the model is not heard, a sum if there is more than one
/// part.
#[test]
fn the_parts_are_shown_as_columns() {
    let shown = |tags: &str, args: &[&str]| {
        let test = Test::new().file("tags.json", tags).file("loam.md", TEXT);
        let test = test.args(["explain", "loam.md", "--tags", "tags.json", "-q"]);
        test.args(args).any_stdout().run().stdout
    };
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let line = |text: &str, begin: &str| {
        let mut lines = text.lines();
        words(lines.find(|line| line.contains(begin)).unwrap())
    };
    let mixed = shown(TAGS, &["-m", "nano"]);
    assert_eq!(line(&mixed, " p "), ["p", "log-odds", "model", "vectors"]);
    let [.., odds, model, vectors, name, id] = &line(&mixed, "  database (1)")[..] else {
        panic!("{mixed}");
    };
    let number = |text: &str| text.parse::<f64>().unwrap();
    let sum = number(model) + number(vectors);
    assert!((number(odds) - sum).abs() < 0.011, "{mixed}");
    assert_eq!((name.as_str(), id.as_str()), ("database", "(1)"));
    let poetry = line(&mixed, "*poetry (4)");
    assert_eq!(
        (poetry[2].as_str(), poetry[3].as_str()),
        (poetry[4].as_str(), "–")
    );
    let remark = "  –: the language model does not know the name, and is not heard on it.\n";
    assert!(mixed.contains(remark), "{mixed}");
    let alone = shown(TAGS, &["-m", "nano", "--evidence", "none"]);
    assert_eq!(line(&alone, " p "), ["p", "model"]);
    let unasked = shown("rain\npoetry\n", &["-m", "nano"]);
    assert_eq!(line(&unasked, " p "), ["p", "vectors"]);
    assert!(unasked.contains("  The language model was not asked.\n"));
}
