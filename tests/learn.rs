//! `minitag learn`, what it learned in use, and promises, without a model: documents written for
//! this with a list that the built-in model does not know.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Output, program};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/vectors");

/// A folder with a tag list and documents, in which several runs follow each other.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// Household documents, so often each, with a word of its own for each first tag that its
    /// name does not have: what has to be learned.
    pub(crate) fn new(copies: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::copy(
            format!("{VECTORS}/household-tags.json"),
            path.join("tags.json"),
        )
        .unwrap();
        let (mut gold, mut texts, mut answers) = (String::new(), String::new(), String::new());
        let documents = fs::read_to_string(format!("{VECTORS}/household.jsonl")).unwrap();
        for copy in 0..copies {
            for line in documents.lines() {
                let mut record: Value = serde_json::from_str(line).unwrap();
                let id = format!("{}-{copy}", record["id"].as_str().unwrap());
                let text = format!(
                    "{}\nShelf {copy}, drawer qx{}.",
                    record["text"].as_str().unwrap(),
                    record["tags"][0]
                );
                (record["id"], record["text"]) = (json!(id), json!(text));
                writeln!(gold, "{record}").unwrap();
                writeln!(texts, "{}", json!({"id": id, "text": text})).unwrap();
                writeln!(answers, "{}", json!({"id": id, "tags": record["tags"]})).unwrap();
            }
        }
        for (name, content) in [("gold", gold), ("texts", texts), ("answers", answers)] {
            fs::write(path.join(format!("{name}.jsonl")), content).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A run and its exit code.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str], status: i32) -> Output {
        let output = program(self.0.path())
            .args(args)
            .args(["--tags", "tags.json"])
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        Output { stdout, stderr }
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--format", "json"]].concat(), 0);
        serde_json::from_str(&output.stdout).unwrap()
    }

    #[track_caller]
    fn micro_f1(&self, args: &[&str]) -> f64 {
        let report = self.json(&[&["eval", "gold.jsonl"], args].concat());
        report["systems"][0]["metrics"]["micro_f1"]["value"]
            .as_f64()
            .unwrap()
    }

    /// What is in a file that was tagged, by ids.
    #[track_caller]
    pub(crate) fn batch(&self, output: &str, args: &[&str]) -> String {
        self.run(&[&["batch", "texts.jsonl", "-o", output], args].concat(), 0);
        fs::read_to_string(self.path(output)).unwrap()
    }
}

#[test]
fn what_was_learned_makes_answers_better_that_were_not_learned_from() {
    let folder = Folder::new(4);
    let learned = folder.json(&["learn", "gold.jsonl", "-o", "l.safetensors"]);
    assert_eq!(learned["documents"], 120);
    assert_eq!(learned["bought"], true, "{learned}");
    let number = |value: &Value| value["value"].as_f64().unwrap();
    let gain = number(&learned["after"]) - number(&learned["before"]);
    assert!(gain > 0.05, "{learned}");
    // The figures are those of eval, without and with it, on documents held out.
    let without = folder.micro_f1(&["-m", "none"]);
    let with = folder.micro_f1(&["--learned", "l.safetensors"]);
    assert!(
        (without - number(&learned["before"])).abs() < 2e-6,
        "{without} {learned}"
    );
    assert!(
        (with - number(&learned["after"])).abs() < 2e-6,
        "{with} {learned}"
    );
    // A batch is given all that was learned.
    let without = folder.batch("zero.jsonl", &["-m", "none"]);
    let with = folder.batch("out.jsonl", &["--learned", "l.safetensors", "--details"]);
    let right = |lines: &str| {
        let gold = fs::read_to_string(folder.path("gold.jsonl")).unwrap();
        let pairs = lines.lines().zip(gold.lines());
        let is_right = |(line, gold): (&str, &str)| {
            let [line, gold]: [Value; 2] = [line, gold].map(|l| serde_json::from_str(l).unwrap());
            line["tags"] == gold["tags"]
        };
        pairs.filter(|&pair| is_right(pair)).count()
    };
    assert!(
        right(&with) > right(&without),
        "{} {}",
        right(&with),
        right(&without)
    );
    assert!(with.contains(r#""model":"none""#), "{with}");
    let report = folder.json(&["eval", "gold.jsonl", "--learned", "l.safetensors"]);
    assert_eq!(report["systems"][0]["name"], "none + learned");
}

#[test]
fn corrected_output_is_learned_from_with_the_texts_of_the_catalogue() {
    let folder = Folder::new(1);
    folder.run(&["learn", "gold.jsonl", "-o", "a.safetensors"], 0);
    let args = [
        "learn",
        "answers.jsonl",
        "--texts",
        "texts.jsonl",
        "-o",
        "b.safetensors",
    ];
    folder.run(&args, 0);
    let read = |name| fs::read(folder.path(name)).unwrap();
    assert_eq!(read("a.safetensors"), read("b.safetensors"));
    let output = folder.run(&["learn", "answers.jsonl", "-o", "c.safetensors"], 2);
    assert!(
        output
            .stderr
            .contains("the documents of `answers.jsonl` have neither `text` nor `path`")
    );
    assert!(!folder.path("c.safetensors").exists());
}

#[test]
fn learning_goes_on_from_what_was_learned() {
    let folder = Folder::new(2);
    let gold = fs::read_to_string(folder.path("gold.jsonl")).unwrap();
    let lines: Vec<&str> = gold.lines().collect();
    for (name, half) in [
        ("first.jsonl", &lines[..30]),
        ("second.jsonl", &lines[30..]),
    ] {
        fs::write(folder.path(name), half.join("\n")).unwrap();
    }
    folder.run(&["learn", "first.jsonl", "-o", "l.safetensors"], 0);
    let args = [
        "learn",
        "second.jsonl",
        "--add",
        "l.safetensors",
        "-o",
        "l.safetensors",
    ];
    let learned = folder.json(&args);
    assert_eq!(learned["documents"], 30);
    // All sixty are known, and held out.
    let with = folder.micro_f1(&["--learned", "l.safetensors"]);
    let without = folder.micro_f1(&["-m", "none"]);
    assert!(with > without, "{with} {without}");
}

#[test]
fn what_was_learned_is_held_to_its_list_and_model() {
    let folder = Folder::new(1);
    folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 0);
    let refused = |args: &[&str], expected: &str| {
        let args = [
            &[
                "batch",
                "texts.jsonl",
                "--learned",
                "l.safetensors",
                "-o",
                "x",
            ],
            args,
        ];
        let output = folder.run(&args.concat(), 2);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    };
    refused(
        &["-m", "nano"],
        "it was made for something else: no model was asked, and now `",
    );
    refused(&["--budget", "100"], "`budget` was 300 and is 100");
    refused(
        &["--evidence", "none"],
        "does not go with `--evidence none`",
    );
    let tags = fs::read_to_string(folder.path("tags.json")).unwrap();
    fs::write(folder.path("tags.json"), tags.replace("garden", "orchard")).unwrap();
    refused(
        &[],
        "it was made for something else: the tag list is another",
    );
    fs::write(folder.path("tags.json"), r#"["kitchen","garden"]"#).unwrap();
    refused(&[], "it was made for a list of 25 tags, and here are 2");
    // How many tags are given is free.
    let folder = Folder::new(1);
    folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 0);
    folder.batch(
        "one.jsonl",
        &["--learned", "l.safetensors", "--max-tags", "1"],
    );
}

#[test]
fn a_damaged_file_is_a_sentence() {
    let folder = Folder::new(1);
    folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 0);
    let whole = fs::read(folder.path("l.safetensors")).unwrap();
    let mut rng = fastrand::Rng::with_seed(3);
    for trial in 0..12 {
        let mut bytes = whole.clone();
        if trial < 6 {
            bytes.truncate(rng.usize(..bytes.len()));
        } else {
            // In the header: what is behind it are numbers, of which any could be right.
            let at = rng.usize(8..200);
            bytes[at] = rng.u8(..);
        }
        fs::write(folder.path("l.safetensors"), &bytes).unwrap();
        let output = program(folder.0.path())
            .args(["classify", "tags.json", "--tags", "tags.json", "-q"])
            .args(["--learned", "l.safetensors"])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let is_whole = bytes == whole || output.status.success();
        let is_told =
            output.status.code() == Some(2) && stderr.starts_with("error: `l.safetensors`");
        assert!(is_whole || is_told, "{stderr}");
    }
    fs::write(folder.path("l.safetensors"), &whole).unwrap();
    fs::write(folder.path("c.json"), "{\"version\":1}").unwrap();
    for (option, file, said) in [
        (
            "--learned",
            "c.json",
            "it is JSON; `--calibration` takes a calibration",
        ),
        (
            "--calibration",
            "l.safetensors",
            "it is no text; `--learned` takes what `minitag learn` wrote",
        ),
    ] {
        let args = ["batch", "texts.jsonl", "-o", "-", option, file];
        let stderr = folder.run(&args, 2).stderr;
        assert!(stderr.contains(said), "{stderr}");
    }
    fs::write(folder.path("l.safetensors"), "").unwrap();
    let output = folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 2);
    assert!(
        output
            .stderr
            .contains("is there already, and is no file of `minitag learn`")
    );
}

#[test]
fn what_a_promise_does_not_cover_is_marked_for_review() {
    let folder = Folder::new(4);
    let with = ["-m", "none"];
    let calibrate = |precision: &str, status| {
        let args = [
            "calibrate",
            "gold.jsonl",
            "--fit",
            "-o",
            "c.json",
            "--target-precision",
        ];
        let args = [&args, &[precision, "--format", "json"][..], &with].concat();
        let output = folder.run(&args, status);
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        report["promise"].clone()
    };
    let promise = calibrate("0.8", 0);
    let share = promise["share"].as_f64().unwrap();
    assert!(share > 0.2 && share < 0.9, "{promise}");
    // And some that fit no tag.
    let odd = fs::read_to_string(format!("{VECTORS}/nothing_fits.jsonl")).unwrap();
    let odd = odd.lines().enumerate().map(|(n, line)| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["id"] = json!(format!("odd-{n}"));
        record.to_string()
    });
    let odd: Vec<String> = odd.collect();
    let texts = fs::read_to_string(folder.path("texts.jsonl")).unwrap();
    fs::write(folder.path("texts.jsonl"), texts + &odd.join("\n")).unwrap();
    let lines = folder.batch(
        "out.jsonl",
        &[&with[..], &["--calibration", "c.json"]].concat(),
    );
    let marked = lines
        .lines()
        .filter(|l| l.contains(r#""review":true"#))
        .count();
    assert!(marked > 0 && marked < lines.lines().count(), "{marked}");
    // Eval says how it fares.
    let args = [
        &["eval", "gold.jsonl", "--calibration", "c.json"],
        &with[..],
    ]
    .concat();
    let told = folder.run(&args, 0).stderr;
    assert!(
        told.contains("the promise of 0.8 can still be true: "),
        "{told}"
    );
    // On documents whose tags are others it does not hold.
    let gold = fs::read_to_string(folder.path("gold.jsonl")).unwrap();
    let wrong = gold.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        let tag = record["tags"][0].as_u64().unwrap();
        record["tags"] = json!([(tag + 6) % 25 + 1]);
        record.to_string()
    });
    let wrong: Vec<String> = wrong.collect();
    fs::write(folder.path("gold.jsonl"), wrong.join("\n")).unwrap();
    let told = folder.run(&args, 0).stderr;
    assert!(
        told.contains("warning: the promise of 0.8 does not hold on these documents"),
        "{told}"
    );
    // What cannot be promised is said, and nothing is marked.
    let promise = calibrate("0.999", 1);
    let problem = promise["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("it is not reachable with these 120 documents"),
        "{problem}"
    );
    assert!(promise["score"].is_null(), "{promise}");
}

#[test]
fn without_a_model_nothing_asks_for_one() {
    let folder = Folder::new(1);
    let refused = |args: &[&str], expected: &str| {
        let output = folder.run(args, 2);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    };
    refused(&["bench", "-m", "none"], "`minitag bench` needs a model");
    let args = ["export-sft", "gold.jsonl", "-o", "x", "-m", "none"];
    refused(&args, "`minitag export-sft` needs a model");
    folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 0);
    let args = [
        "export-sft",
        "gold.jsonl",
        "-o",
        "x",
        "-m",
        "nano",
        "--learned",
    ];
    let args = [&args[..], &["l.safetensors"]].concat();
    refused(
        &args,
        "`--learned` has no part in what a model is trained on",
    );
    let args = ["classify", "gold.jsonl", "-m", "none", "--evidence", "none"];
    refused(
        &args,
        "with `-m none` and `--evidence none` nothing is left to decide",
    );
    refused(
        &["learn", "gold.jsonl", "-o", "tags.json"],
        "`tags.json` is both --tags and --output",
    );
}

#[test]
fn what_cannot_be_learned_from_is_said_with_its_line() {
    let folder = Folder::new(1);
    let mut gold: Vec<String> = fs::read_to_string(folder.path("answers.jsonl"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let texts = fs::read_to_string(folder.path("texts.jsonl")).unwrap();
    let first: Value = serde_json::from_str(texts.lines().next().unwrap()).unwrap();
    let again = json!({"id": first["id"], "text": first["text"]});
    let other = json!({"id": first["id"], "text": "something else"});
    let empty = json!({"id": "empty", "text": " "});
    fs::write(
        folder.path("texts.jsonl"),
        format!("{texts}{again}\n{other}\n{empty}\n"),
    )
    .unwrap();
    gold.insert(2, json!({"id": "gone", "tags": [1]}).to_string());
    gold.insert(3, json!(["array", "a game", null, [1]]).to_string());
    gold.insert(4, json!({"id": "empty", "tags": [1]}).to_string());
    fs::write(folder.path("answers.jsonl"), gold.join("\n")).unwrap();
    let learn = ["learn", "answers.jsonl", "--texts", "texts.jsonl"];
    let said = folder
        .run(&[&learn[..], &["-o", "l.safetensors"]].concat(), 1)
        .stderr;
    for message in [
        "`answers.jsonl`, line 3: `gone` has neither `text` nor `path`",
        "`answers.jsonl`, line 4: invalid type: sequence, expected a JSON object",
        "`answers.jsonl`, line 5: `empty` cannot be learned from: the document is empty",
        "1 records of `texts.jsonl` have the id of an earlier one and another text",
        "on line 32",
        "3 of 33 records were left out",
    ] {
        assert!(said.contains(message), "{message}: {said}");
    }
}
