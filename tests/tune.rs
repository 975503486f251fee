//! `minitag tune` with the built-in model on the examples.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::support::{Test, program};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

fn gold() -> String {
    format!("{EXAMPLES}/gold.jsonl")
}

fn tune(args: &[&str]) -> Test {
    let tags = format!("{EXAMPLES}/tags.json");
    Test::new()
        .args(["tune", &gold(), "--tags", &tags, "-q"])
        .env("MINITAG_MODEL", "nano")
        .args(args)
}

fn json(test: Test) -> Value {
    serde_json::from_str(&test.args(["--json"]).any_stdout().run().stdout).unwrap()
}

/// The micro-F1 that `eval` finds with some options.
fn evaluated(args: &[&str]) -> f64 {
    let tags = format!("{EXAMPLES}/tags.json");
    let output = Test::new()
        .args([
            "eval",
            &gold(),
            "--tags",
            &tags,
            "-m",
            "nano",
            "-q",
            "--format",
            "json",
        ])
        .args(args)
        .any_stdout()
        .run();
    let figures: Value = serde_json::from_str(&output.stdout).unwrap();
    let metrics = &figures["systems"][0]["metrics"];
    metrics["micro_f1"]["value"].as_f64().unwrap()
}

/// Each configuration's figure is the one that `eval` gives for its options.
#[test]
fn the_figures_are_evals() {
    let tuned = json(tune(&[
        "--levers",
        "budget,strategy",
        "--budgets",
        "20",
        "--threshold",
        "0.2",
    ]));
    assert_eq!(tuned["documents"], 10);
    assert_eq!(tuned["complete"], true);
    let choices = tuned["choices"].as_array().unwrap();
    assert!(choices.len() >= 3);
    for choice in choices {
        let mut options = vec!["--threshold".to_owned(), choice["threshold"].to_string()];
        for change in choice["changes"].as_array().unwrap() {
            options.push(format!("--{}", change["name"].as_str().unwrap()));
            options.push(change["value"].as_str().unwrap().to_owned());
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let found = choice["micro_f1"]["value"].as_f64().unwrap();
        let expected = evaluated(&options);
        assert!(
            (found - expected).abs() < 1e-6,
            "{options:?}: {found} {expected}"
        );
    }
}

/// Without a model there is no prompt whose wording could matter.
#[test]
fn what_is_about_the_prompt_is_not_tried_without_a_model() {
    let tried = |model: &str| {
        let levers = ["--levers", "list-style,answer,strategy", "-m", model];
        let figures = json(tune(&levers));
        figures["choices"].as_array().unwrap().len()
    };
    assert_eq!(tried("none"), 2);
}

#[test]
fn the_table_names_every_configuration_and_what_to_make_of_it() {
    let output = tune(&[]).any_stdout().run().stdout;
    for row in [
        "as given",
        "budget 150",
        "budget 600",
        "strategy rank",
        "list-style lines",
        "answer id",
    ] {
        assert!(output.contains(&format!("  {row}\n")), "{row} in {output}");
    }
    assert!(output.contains("Cross-validated in 10 folds"), "{output}");
}

#[test]
fn the_table_fits_a_terminal() {
    let output = tune(&[]).env("COLUMNS", "80").any_stdout().run().stdout;
    for line in output.lines() {
        assert!(line.width() <= 80, "{line}");
    }
    assert!(output.contains("\nbudget") || output.contains("  budget 150\n"));
}

/// Ten documents are few: nothing is chosen, nothing is written, and both are said.
#[test]
fn without_a_winner_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minitag.toml");
    let output = Test::new()
        .args([
            "tune",
            &gold(),
            "--tags",
            &format!("{EXAMPLES}/tags.json"),
            "-m",
            "nano",
        ])
        .args(["--levers", "list-style", "-o", path.to_str().unwrap()])
        .any_stdout()
        .any_stderr()
        .run();
    assert!(
        output.stdout.contains("Nothing is better"),
        "{}",
        output.stdout
    );
    assert!(
        output.stderr.contains("10 records are few"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("nothing is written"),
        "{}",
        output.stderr
    );
    assert!(!path.exists());
}

/// A budget of one token shows the model next to nothing: its opposite wins clearly, is
/// written beside what was there, and is read from there.
#[test]
fn a_clear_winner_is_written_beside_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minitag.toml");
    fs::write(&path, "# mine\nquiet = true\n\n[batch]\nparallel = 2\n").unwrap();
    let tags = fs::read_to_string(format!("{EXAMPLES}/tags.json")).unwrap();
    let texts = [
        (
            3,
            "an embedded key-value database with tables, SQL and transactions",
        ),
        (10, "a turn-based strategy game with dungeons and monsters"),
        (15, "a message queue with topics, producers and consumers"),
        (21, "a full-text search engine with an inverted index"),
    ];
    let record = |n: usize| {
        let (tag, text) = texts[n % texts.len()];
        let text = format!("Number {n}, everyone. This is {text}.");
        serde_json::json!({"id": n, "text": text, "tags": [tag]}).to_string()
    };
    let gold: Vec<String> = (0..20).map(record).collect();
    let run = |flags: &[&str]| {
        let test = Test::new()
            .file("tags.json", &tags)
            .file("gold.jsonl", gold.join("\n"))
            .args(["tune", "gold.jsonl", "--tags", "tags.json", "-m", "nano"])
            .args(["--levers", "budget", "--budget", "2", "--budgets", "100"]);
        test.args(["-o", path.to_str().unwrap()]).args(flags)
    };
    let refused = run(&[]).status(2).any_stderr().run().stderr;
    assert!(
        refused.contains("is there already\nhint: `--overwrite`"),
        "{refused}"
    );
    let output = run(&["--overwrite"]).any_stdout().any_stderr().run();
    assert!(
        output.stdout.contains("by more than noise"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("--budget 100"), "{}", output.stdout);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# mine\nquiet = true\nbudget = 100\n\n[batch]\nparallel = 2\n"
    );
    let shown = program(folder.path())
        .args(["config", "show", "classify"])
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let row = shown
        .lines()
        .find(|line| line.starts_with("budget "))
        .unwrap();
    assert!(
        row.contains("100") && row.ends_with("minitag.toml, line 3"),
        "{row}"
    );
}

fn begin(folder: &Path, save: &Path) -> Command {
    let mut command = program(folder);
    let tags = format!("{EXAMPLES}/tags.json");
    command.args([
        "tune",
        &gold(),
        "--tags",
        &tags,
        "-m",
        "nano",
        "-q",
        "--json",
    ]);
    command
        .arg("--save")
        .arg(save)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn lines(folder: &Path) -> usize {
    let Ok(files) = fs::read_dir(folder) else {
        return 0;
    };
    let text = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap_or_default());
    text.map(|text| text.lines().count()).sum()
}

/// What was measured is printed, and the next run takes it from the folder.
#[cfg(unix)]
#[test]
fn a_run_that_was_stopped_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().join("save");
    let child = begin(folder.path(), &save).spawn().unwrap();
    let began = Instant::now();
    while lines(&save) < 15 {
        assert!(began.elapsed() < Duration::from_mins(5), "it never began");
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let stopped: Value = serde_json::from_slice(&output.stdout).unwrap();
    if output.status.code() == Some(130) {
        assert_eq!(stopped["complete"], false);
        assert!(!stopped["choices"].as_array().unwrap().is_empty());
    }
    // A line that was cut is done again.
    let files = fs::read_dir(&save).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut texts = files.map(|file| (fs::read_to_string(&file).unwrap(), file));
    // One may have just been begun.
    let (text, file) = texts.find(|(text, _)| !text.is_empty()).unwrap();
    fs::write(&file, &text[..text.len() - 7]).unwrap();
    let resumed = begin(folder.path(), &save).output().unwrap();
    assert_eq!(resumed.status.code(), Some(0));
    let whole = tempfile::tempdir().unwrap();
    let fresh = begin(whole.path(), &whole.path().join("save"))
        .output()
        .unwrap();
    assert_eq!(resumed.stdout, fresh.stdout);
    // Nothing is left to run: the same again.
    let before = lines(&save);
    let again = begin(folder.path(), &save).output().unwrap();
    assert_eq!((again.stdout, lines(&save)), (fresh.stdout, before));
}
