//! `minitag calibrate` and what it does to answers, with the built-in model.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Output, program};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// A folder in which several runs follow each other.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(EXAMPLES).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A run with the examples' tag list and its exit code.
    #[track_caller]
    fn run(&self, args: &[&str], status: i32) -> Output {
        let output = program(self.path())
            .args(args)
            .args(["--tags", "tags.json", "-m", "nano"])
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        Output { stdout, stderr }
    }

    /// Writes `many.jsonl`: the records of `gold.jsonl` three times over, which is enough to
    /// learn from.
    fn with_many_records(self) -> Self {
        let gold = fs::read_to_string(self.path().join("gold.jsonl")).unwrap();
        let mut many = String::new();
        for copy in 0..3 {
            for line in gold.lines() {
                let mut record: Value = serde_json::from_str(line).unwrap();
                record["id"] = json!(format!("{}-{copy}", record["id"].as_str().unwrap()));
                writeln!(many, "{record}").unwrap();
            }
        }
        fs::write(self.path().join("many.jsonl"), many).unwrap();
        self
    }

    /// Makes `c.json` from the examples.
    #[track_caller]
    fn calibrate(&self, more: &[&str]) -> Output {
        let args = ["calibrate", "gold.jsonl", "-o", "c.json"];
        self.run(&[&args[..], more].concat(), 0)
    }

    fn file(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path().join("c.json")).unwrap()).unwrap()
    }
}

#[test]
fn a_prior_that_is_not_evened_out_changes_nothing() {
    let folder = Folder::new();
    folder.calibrate(&["--prior", "batch", "--strength", "0"]);
    let classify = ["classify", "loam.html", "caravelle.md", "--scores=all"];
    let plain = folder.run(&classify, 0);
    let calibrated = [&classify[..], &["--calibration", "c.json"]].concat();
    assert_eq!(folder.run(&calibrated, 0).stdout, plain.stdout);
}

#[test]
fn an_evened_prior_moves_tags_and_leaves_stop_alone() {
    let folder = Folder::new();
    let classify = ["classify", "loam.html", "--scores=all"];
    let ranking = |output: &Output| -> Value {
        let answer: Value = serde_json::from_str(&output.stdout).unwrap();
        answer["ranking"].clone()
    };
    let stop = |ranking: &Value| {
        let found = ranking
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["stop"] == true);
        found.unwrap()["logprob"].as_f64().unwrap()
    };
    let plain = ranking(&folder.run(&classify, 0));
    for prior in ["contextual", "batch"] {
        let told = folder.calibrate(&["--prior", prior]);
        assert!(
            told.stderr.contains("the model expects `"),
            "{}",
            told.stderr
        );
        let file = folder.file();
        let p = file["prior"]["tags"].as_array().unwrap().iter();
        let total: f64 = p.map(|tag| tag["p"].as_f64().unwrap()).sum();
        assert!((total - 1.0).abs() < 1e-9);
        let calibrated = [&classify[..], &["--calibration", "c.json"]].concat();
        let evened = ranking(&folder.run(&calibrated, 0));
        assert_ne!(evened, plain);
        assert!((stop(&evened) - stop(&plain)).abs() < 1e-5);
        let total: f64 = evened
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["logprob"].as_f64().unwrap().exp())
            .sum();
        assert!((total - 1.0).abs() < 1e-4);
    }
}

#[test]
fn right_tags_teach_what_a_score_is_worth() {
    let folder = Folder::new().with_many_records();
    // The model alone, which is wrong often enough for something to learn.
    let alone = ["--evidence", "none"];
    let command = ["calibrate", "many.jsonl", "--fit", "-o", "c.json"];
    let command = [&command[..], &alone].concat();
    let output = folder.run(&[&command[..], &["--format", "json"]].concat(), 0);
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let fit = &report["fit"];
    let ece = |which: &str| fit[which]["ece"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&ece("before")) && (0.0..=1.0).contains(&ece("after")));
    let file = folder.file();
    assert_eq!(file["version"], 1);
    assert_eq!(
        file["scale"]["slope"].as_f64().is_some(),
        fit["scale"].is_object()
    );
    // The same documents again: the same file.
    folder.run(&command, 0);
    assert_eq!(folder.file(), file);
    let eval = ["eval", "many.jsonl", "--format", "json"];
    let figures = |args: &[&str]| -> Value {
        let output = folder.run(&[&eval[..], &alone, args].concat(), 0);
        serde_json::from_str(&output.stdout).unwrap()
    };
    let (plain, calibrated) = (figures(&[]), figures(&["--calibration", "c.json"]));
    let measured = plain["calibration"]["ece"].as_f64().unwrap();
    assert!((measured - ece("before")).abs() < 1e-5);
    assert_ne!(plain["calibration"], calibrated["calibration"]);
}

#[test]
fn a_calibration_is_for_what_it_was_made_for() {
    let folder = Folder::new();
    folder.calibrate(&["--prior", "contextual"]);
    let refused = |args: &[&str], reason: &str| {
        let classify = ["classify", "loam.html", "--calibration", "c.json"];
        let output = folder.run(&[&classify[..], args].concat(), 2);
        let expected = format!(
            "error: the calibration `c.json` cannot be used: it was made for something else: {reason}\n\
             hint: `minitag calibrate` makes one for these settings\n"
        );
        assert_eq!(output.stderr, expected);
    };
    refused(&["--budget", "77"], "`budget` was 300 and is 77");
    refused(
        &["--list-style", "lines"],
        "`list-style` was json and is lines",
    );
    refused(
        &["--permutations", "2"],
        "`permutations` was not set and is 2 with seed 0",
    );
    let path = folder.path().join("tags.json");
    let tags = fs::read_to_string(&path).unwrap();
    fs::write(&path, tags.replacen("ai", "artificial intelligence", 1)).unwrap();
    refused(&[], "the tag list is another");
    fs::write(&path, tags).unwrap();
    // Thresholds and temperature are the user's own.
    let free = [
        "classify",
        "loam.html",
        "--calibration",
        "c.json",
        "--threshold",
        "0.2",
    ];
    folder.run(&free, 0);
    fs::write(folder.path().join("c.json"), "{}").unwrap();
    let output = folder.run(&["classify", "loam.html", "--calibration", "c.json"], 2);
    assert_eq!(
        output.stderr,
        "error: `c.json` is not a calibration: it has no `version`\n"
    );
}

#[test]
fn a_batch_goes_on_with_the_same_calibration_alone() {
    let folder = Folder::new();
    folder.calibrate(&["--prior", "contextual"]);
    let batch = ["batch", "gold.jsonl", "-o", "out.jsonl"];
    let with = [&batch[..], &["--calibration", "c.json"]].concat();
    folder.run(&with, 0);
    let again = folder.run(&with, 0);
    assert!(again.stderr.contains("known already"), "{}", again.stderr);
    folder.calibrate(&["--prior", "contextual", "--strength", "0.5"]);
    let output = folder.run(&with, 2);
    assert!(
        output.stderr.contains("the calibration is another"),
        "{}",
        output.stderr
    );
    let output = folder.run(&batch, 2);
    assert!(
        output.stderr.contains("the calibration is another"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::new();
    let refused = |args: &[&str], message: &str| {
        let output = folder.run(&[&["calibrate"], args].concat(), 2);
        assert_eq!(output.stderr, message);
    };
    refused(
        &["gold.jsonl", "-o", "c.json"],
        "error: there is nothing to find out without `--prior` and `--fit`\n\
         hint: `--prior batch` evens out what the model favours, `--fit` learns from right tags what a score is worth\n",
    );
    refused(
        &["gold.jsonl", "-o", "gold.jsonl", "--fit"],
        "error: `gold.jsonl` is both DOCS and --output\n",
    );
    refused(
        &["gold.jsonl", "-o", "nowhere/c.json", "--fit"],
        "error: cannot write `nowhere/c.json`: No such file or directory (os error 2)\n",
    );
    refused(
        &["gold.jsonl", "-o", "c.json", "--fit", "--strength", "2"],
        "error: `--strength 2` must be from 0 to 1\n",
    );
    let few = json!({"id": "a", "text": "b", "tags": []}).to_string();
    fs::write(folder.path().join("few.jsonl"), few).unwrap();
    refused(
        &["few.jsonl", "-o", "c.json", "--fit"],
        "error: `--fit` needs 20 records with their right tags; `few.jsonl` has 1\n",
    );
    assert!(!folder.path().join("c.json").exists());
}
