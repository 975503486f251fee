//! Scores, what to review, and several orders of the tag list, with the built-in model.

use std::fs;

use serde_json::Value;

use crate::support::{Output, Test};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// A run of a command with the examples' tag list, in a folder with all of them.
fn run(args: &[&str]) -> Test {
    let mut test = Test::new();
    for entry in fs::read_dir(EXAMPLES).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap();
            test = test.file(name, fs::read(&path).unwrap());
        }
    }
    test.args(args).args(["--tags", "tags.json", "-m", "nano"])
}

/// One answer a line.
fn answers(output: &Output) -> Vec<Value> {
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[track_caller]
fn classify(args: &[&str]) -> Vec<Value> {
    let files = ["classify", "lanternfish.md", "loam.html", "caravelle.md"];
    answers(&run(&files).args(args).any_stdout().run())
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn scores_say_how_sure_a_choice_was() {
    for answer in classify(&["--scores=all"]) {
        let tags = answer["tags"].as_array().unwrap().len();
        let (scores, max) = (numbers(&answer["scores"]), numbers(&answer["max_scores"]));
        let (margins, stops) = (numbers(&answer["margins"]), numbers(&answer["stops"]));
        assert_eq!([scores.len(), max.len(), margins.len()], [tags; 3]);
        // The place where the answer ended has one too, unless there was no room for more.
        assert_eq!(stops.len(), if tags < 3 { tags + 1 } else { 3 });
        for ((score, max), margin) in scores.iter().zip(&max).zip(&margins) {
            assert!(
                score <= max && *margin >= 0.0 && margin <= score,
                "{answer}"
            );
        }
        assert!((max[0] - scores[0]).abs() < 1e-9);
        assert!(stops.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn without_scores_nothing_is_added() {
    for answer in classify(&[]) {
        assert_eq!(answer.as_object().unwrap().len(), 2);
    }
}

#[test]
fn what_is_less_sure_is_marked() {
    let marked = |below: &str| -> Vec<bool> {
        let answers = classify(&["--review-below", below]);
        let marks = answers.iter().map(|answer| answer.get("review"));
        marks.map(|mark| mark == Some(&Value::Bool(true))).collect()
    };
    assert_eq!(marked("1"), [true; 3]);
    assert_eq!(marked("0"), [false; 3]);
    let scores = classify(&["--scores"]);
    let least = |answer: &Value| numbers(&answer["scores"]).into_iter().fold(1.0, f64::min);
    let expected: Vec<bool> = scores.iter().map(|answer| least(answer) < 0.5).collect();
    assert_eq!(marked("0.5"), expected);
}

#[test]
fn a_batch_counts_what_is_marked() {
    let batch = |out: &str, more: &[&str]| {
        let test = run(&["batch", "gold.jsonl", "-o", out, "--review-below", "0.8"]);
        let path = test.path(out);
        let output = test.args(more).any_stderr();
        // The folder goes with the run: what it wrote is read before.
        (output, path)
    };
    let (test, _) = batch("-", &["--scores"]);
    let output = test.any_stdout().run();
    let answers = answers(&output);
    let marked = answers.iter().filter(|a| a["review"] == true).count();
    assert!(marked > 0 && marked < answers.len(), "{marked}");
    let summary = format!("{} tagged, 0 failed, {marked} to review", answers.len());
    assert!(output.stderr.contains(&summary), "{}", output.stderr);
    let (test, _) = batch("-", &["--output-format", "csv", "--errors", "file"]);
    // CSV needs a file for errors.
    test.status(2).run();
}

#[test]
fn one_order_is_the_list_as_it_was_typed() {
    let plain = run(&["classify", "loam.html", "--scores=all"])
        .any_stdout()
        .run();
    run(&[
        "classify",
        "loam.html",
        "--scores=all",
        "--permutations",
        "1",
        "--seed",
        "9",
    ])
    .stdout(plain.stdout)
    .run();
}

#[test]
fn several_orders_are_averaged_and_say_whether_they_agree() {
    for strategy in ["sequence", "rank"] {
        let args = [
            "--permutations",
            "4",
            "--scores=all",
            "--details",
            "--strategy",
            strategy,
        ];
        for answer in classify(&args) {
            let stability = &answer["details"]["stability"];
            assert_eq!(stability["orders"], 4);
            assert!(stability["agree"].as_u64().unwrap() <= 4);
            let ranking = answer["ranking"].as_array().unwrap().iter();
            let total: f64 = ranking
                .map(|one| one["logprob"].as_f64().unwrap().exp())
                .sum();
            assert!((total - 1.0).abs() < 1e-4, "{total}");
        }
    }
    let other = |seed: &str| classify(&["--permutations", "3", "--scores", "--seed", seed]);
    assert_eq!(other("1"), other("1"));
    assert_ne!(other("1"), other("2"));
}

#[test]
fn with_auto_the_other_orders_are_shown_where_the_choice_is_close() {
    let of = |orders: &str| {
        let mut answers = classify(&["--permutations", orders, "--scores", "--details"]);
        for answer in &mut answers {
            answer["details"]["seconds"] = Value::Null;
        }
        answers
    };
    let (one, all) = (of("1"), of("4"));
    for ((mut answer, one), all) in of("auto").into_iter().zip(one).zip(all) {
        if answer["details"]["stability"]["orders"] == 1 {
            answer["details"]["stability"] = Value::Null;
            assert_eq!(answer["tags"], one["tags"]);
            assert_eq!(answer["scores"], one["scores"]);
        } else {
            assert_eq!(answer, all);
        }
    }
}

#[test]
fn a_batch_and_windows_take_several_orders() {
    let orders = ["--permutations", "3", "--scores"];
    let one = |more: &[&str]| {
        let test = run(&["classify", "yunhe.md", "--id", "yunhe"]);
        let output = test.args(orders).args(more).any_stdout().run();
        answers(&output).remove(0)
    };
    let batch = |more: &[&str]| {
        let test = run(&["batch", "gold.jsonl", "-o", "-"]);
        let output = test.args(orders).args(more).any_stdout().any_stderr().run();
        let mut answers = answers(&output);
        answers.retain(|answer| answer["id"] == "yunhe");
        answers.remove(0)
    };
    assert_eq!(one(&[]), batch(&[]));
    // Computed together, the last digits are others.
    assert_eq!(one(&[])["tags"], batch(&["--parallel", "8"])["tags"]);
    let windows = ["--long", "windows", "--budget", "60", "--details"];
    let answer = one(&windows);
    assert!(answer["details"]["windows"].as_u64().unwrap() > 1);
    assert_eq!(answer["details"]["stability"]["orders"], 3);
}

#[test]
fn what_cannot_be_is_refused() {
    for (args, message) in [
        (
            ["--permutations", "0"],
            "error: `--permutations 0` is not possible; it must be from 1 to 16\n",
        ),
        (
            ["--permutations", "17"],
            "error: `--permutations 17` is not possible; it must be from 1 to 16\n",
        ),
        (
            ["--permutations", "some"],
            "error: invalid value 'some' for '--permutations <N|auto>': neither a number nor `auto`\n\nFor more information, try '--help'.\n",
        ),
        (
            ["--review-below", "1.5"],
            "error: `--review-below 1.5` is not a probability; it must be from 0 to 1\n",
        ),
    ] {
        run(&["classify", "loam.html"])
            .args(args)
            .stderr(message)
            .status(2)
            .run();
    }
}
