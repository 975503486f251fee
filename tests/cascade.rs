//! A cheap voice that is asked first: `batch --first`.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::learn::Folder;
use crate::support::program;

const TINY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-digits.gguf"
);

/// What asks the tiny model where what was learned promises nothing.
const CASCADE: [&str; 8] = [
    "-m",
    TINY,
    "--first",
    "none",
    "--learned",
    "l.safetensors",
    "--first-calibration",
    "first.json",
];

/// Documents, of which what was learned can answer some.
fn folder() -> Folder {
    let folder = Folder::new(4);
    folder.run(&["learn", "gold.jsonl", "-o", "l.safetensors"], 0);
    let promise = ["--fit", "--target-precision", "0.8", "-o", "first.json"];
    let with = ["calibrate", "gold.jsonl", "--learned", "l.safetensors"];
    folder.run(&[&with[..], &promise].concat(), 0);
    folder
}

/// Puts another cut-point into the calibration of the first voice.
fn set_promise(folder: &Folder, score: f64) {
    let path = folder.path("first.json");
    let mut calibration: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    calibration["promise"]["score"] = score.into();
    fs::write(path, calibration.to_string()).unwrap();
}

#[test]
fn what_the_first_voice_promises_is_its_answer_and_the_rest_the_models() {
    let folder = folder();
    // It learned from these very documents, and is sure of them: half of them are enough.
    let first = [
        "--learned",
        "l.safetensors",
        "--calibration",
        "first.json",
        "--scores",
    ];
    let first = folder.batch("scored.jsonl", &first);
    let least = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let scores = line["scores"].as_array().unwrap().iter();
        scores
            .map(|score| score.as_f64().unwrap())
            .fold(1.0, f64::min)
    };
    let mut scores: Vec<f64> = first.lines().map(least).collect();
    scores.sort_by(f64::total_cmp);
    set_promise(&folder, scores[60] + 1e-6);
    let both = folder.batch("out.jsonl", &[&CASCADE[..], &["--details"]].concat());
    let first = ["--learned", "l.safetensors", "--calibration", "first.json"];
    let first = folder.batch("first.jsonl", &[&first[..], &["--scores"]].concat());
    let main = folder.batch("main.jsonl", &["-m", TINY]);
    let [both, first, main] = [both, first, main].map(|lines| {
        let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        lines.lines().map(line).collect::<Vec<Value>>()
    });
    assert_eq!(both.len(), 120);
    let mut alone = 0;
    for ((both, first), main) in both.iter().zip(&first).zip(&main) {
        assert_eq!(both["id"], first["id"]);
        let has_tags = !first["tags"].as_array().unwrap().is_empty();
        let stands = has_tags && first["review"].is_null();
        let (tags, model) = if stands {
            (&first["tags"], "none")
        } else {
            (&main["tags"], "tiny-digits.gguf")
        };
        assert_eq!(&both["tags"], tags, "{both}");
        assert_eq!(both["details"]["model"], model);
        assert_eq!(both["review"], Value::Null);
        alone += u32::from(stands);
    }
    assert!((10..110).contains(&alone), "{alone}");
    // What the promise leaves for review is counted without being asked for.
    let marked = first.iter().filter(|line| line["review"] == true).count();
    let first_again = ["--learned", "l.safetensors", "--calibration", "first.json"];
    let first_again = [
        &["batch", "texts.jsonl", "-o", "first.jsonl"],
        &first_again[..],
    ]
    .concat();
    let counted = folder.run(&first_again, 0).stderr;
    assert!(
        counted.contains(&format!(", {marked} to review")),
        "{counted}"
    );
    // The summary says how many; asked again, all are known.
    let again = [&["batch", "texts.jsonl", "-o", "out.jsonl"], &CASCADE[..]].concat();
    let again = folder.run(&again, 0);
    let rest = 120 - alone;
    assert!(
        again.stderr.contains(&format!(
            "120 tagged, 0 failed, {alone} by `none` alone and {rest} by the model, 120 of them known already"
        )),
        "{}",
        again.stderr
    );
}

#[test]
fn the_model_is_not_loaded_before_it_is_needed() {
    let folder = folder();
    // Whatever has tags stands.
    set_promise(&folder, 0.0);
    let all = folder.run(
        &[
            &["batch", "texts.jsonl", "-o", "-", "--verbose"],
            &CASCADE[..],
        ]
        .concat(),
        0,
    );
    let loads = |stderr: &str| stderr.matches("load_tensors").count();
    let alone = all
        .stderr
        .contains("120 by `none` alone and 0 by the model");
    assert_eq!(alone, loads(&all.stderr) == 0, "{}", all.stderr);
}

#[test]
fn what_cannot_be_asked_first_is_refused() {
    let folder = folder();
    let message = |args: &[&str]| {
        let args = [
            &["batch", "texts.jsonl", "-o", "out.jsonl", "-m", TINY],
            args,
        ]
        .concat();
        let stderr = folder.run(&args, 2).stderr;
        // What never began leaves nothing.
        for name in ["out.jsonl", "out.jsonl.journal", "out.jsonl.journal-wal"] {
            assert!(!folder.path(name).exists(), "{name}: {stderr}");
        }
        stderr
    };
    assert!(message(&["--first", "none"]).contains("--first-calibration"));
    let none = message(&["--first", "none", "--first-calibration", "tags.json"]);
    assert!(none.contains("tags.json"), "{none}");
    // Made with what was learned, and used without it.
    let other = message(&["--first", "none", "--first-calibration", "first.json"]);
    assert!(
        other.contains("the calibration `first.json` cannot be used")
            && other.contains("what was learned is another"),
        "{other}"
    );
    let fit = [
        "calibrate",
        "gold.jsonl",
        "--fit",
        "-m",
        "none",
        "-o",
        "plain.json",
    ];
    folder.run(&fit, 0);
    let plain = message(&["--first", "none", "--first-calibration", "plain.json"]);
    assert!(plain.contains("`plain.json` promises nothing"), "{plain}");
}

#[test]
fn another_first_voice_is_another_run() {
    let folder = folder();
    folder.batch("out.jsonl", &CASCADE);
    let alone = ["batch", "texts.jsonl", "-o", "out.jsonl", "-m", TINY];
    let refused = folder.run(&alone, 2).stderr;
    assert!(
        refused.contains("what is asked first, or its calibration, is another"),
        "{refused}"
    );
}

#[test]
fn kills_lose_nothing_and_change_no_byte() {
    let folder = folder();
    let whole = folder.batch("whole.jsonl", &CASCADE);
    let output = folder.path("out.jsonl");
    for kill in 0..20 {
        let mut run = program(folder.path("").as_path());
        run.args([
            "batch",
            "texts.jsonl",
            "-o",
            "out.jsonl",
            "--tags",
            "tags.json",
        ]);
        run.args(CASCADE).stderr(Stdio::null()).process_group(0);
        let mut child = run.spawn().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) {
            let lines = fs::read_to_string(&output).map_or(0, |text| text.lines().count());
            if lines > kill * 5 || child.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let group = format!("-{}", child.id());
        let killed = Command::new("kill").args(["-9", "--", &group]).output();
        killed.unwrap();
        child.wait().unwrap();
    }
    assert_eq!(folder.batch("out.jsonl", &CASCADE), whole);
}

#[test]
fn who_is_asked_first_is_not_asked_again() {
    let folder = folder();
    let args = ["batch", "gold.jsonl", "-o", "out.jsonl", "-m", "none"];
    let output = folder.run(&[&args[..], &CASCADE[2..]].concat(), 2);
    let told = "error: `-m none` is asked first already, by `--first`\n";
    assert!(output.stderr.contains(told), "{}", output.stderr);
}
