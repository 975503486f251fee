//! What a command reads, and what is somebody else's, is there still after it.

use std::fs;

use crate::support::Test;

const TAGS: &str = r#"["bread","garden"]"#;
const GOLD: &str = "{\"id\":\"1\",\"text\":\"Bread is baked.\",\"tags\":[\"bread\"]}\n";
const QUESTIONS: &str = r#"{"urgent":{"type":"noul","instructions":"Is it urgent?"}}"#;
const CORRECTED: &str = "{\"id\":\"1\",\"tags\":[\"garden\"]}\n";
const PAGE: &str = "<!doctype html><title>Bread</title><p>Bread is baked.";

/// Runs a command, which has to refuse to write to `file`, and leave it as it is.
#[track_caller]
fn assert_kept(args: &str, file: &str, message: &str) {
    let test = Test::new()
        .file("tags.json", TAGS)
        .file("gold.jsonl", GOLD)
        .file("more.jsonl", GOLD)
        .file("texts.jsonl", GOLD)
        .file("q.json", QUESTIONS)
        .file(
            "out.jsonl",
            "{\"id\":\"1\",\"tags\":[\"bread\"],\"review\":true}\n",
        )
        .file("corrected.jsonl", CORRECTED)
        .file("fresh.jsonl.errors.jsonl", GOLD)
        .file("page.html", PAGE);
    let path = test.path(file);
    let before = fs::read(&path).unwrap();
    let test = test.args(args.split(' ')).status(2);
    let test = test.stderr(format!("error: `{file}` {message}\n"));
    test.run_then(|| assert!(fs::read(&path).unwrap() == before, "`{file}` was changed"));
}

#[test]
fn what_a_command_reads_is_not_written_over() {
    for (args, file, both) in [
        (
            "batch texts.jsonl --tags tags.json -o texts.jsonl",
            "texts.jsonl",
            "IN and OUT",
        ),
        (
            "batch fresh.jsonl.errors.jsonl --tags tags.json -o fresh.jsonl",
            "fresh.jsonl.errors.jsonl",
            "IN and OUT",
        ),
        (
            "batch texts.jsonl --tags tags.json -o new.jsonl --redo --diff tags.json",
            "tags.json",
            "--tags and --diff",
        ),
        (
            "batch texts.jsonl --tags tags.json -o tags.json",
            "tags.json",
            "--tags and OUT",
        ),
        (
            "eval gold.jsonl --tags tags.json --save-answers gold.jsonl",
            "gold.jsonl",
            "GOLD and --save-answers",
        ),
        (
            "eval gold.jsonl --tags tags.json -o tags.json",
            "tags.json",
            "--tags and --output",
        ),
        (
            "export-sft gold.jsonl --tags tags.json -o gold.jsonl",
            "gold.jsonl",
            "GOLD and --output",
        ),
        (
            "learn gold.jsonl --tags tags.json -o tags.json",
            "tags.json",
            "--tags and --output",
        ),
        (
            "calibrate gold.jsonl --fit --tags tags.json -o gold.jsonl",
            "gold.jsonl",
            "DOCS and --output",
        ),
        (
            "decide q.json texts.jsonl -o q.json",
            "q.json",
            "QUESTIONS and OUT",
        ),
        (
            "explain page.html --tags tags.json -o page.html",
            "page.html",
            "FILE and --output",
        ),
        (
            "review out.jsonl --texts texts.jsonl --tags tags.json -o out.jsonl",
            "out.jsonl",
            "OUT and --output",
        ),
        (
            "review out.jsonl --tags tags.json --apply corrected.jsonl -o corrected.jsonl",
            "corrected.jsonl",
            "--apply and --output",
        ),
        (
            "tune gold.jsonl --tags tags.json -o gold.jsonl --overwrite",
            "gold.jsonl",
            "GOLD and --output",
        ),
    ] {
        assert_kept(args, file, &format!("is both {both}"));
    }
}

#[test]
fn what_is_of_another_kind_is_not_written_over() {
    for (args, file, what) in [
        (
            "explain texts.jsonl --tags tags.json -o page.html",
            "page.html",
            "page of minitag",
        ),
        (
            "eval gold.jsonl --tags tags.json -o page.html",
            "page.html",
            "page of minitag",
        ),
        (
            "review out.jsonl --texts texts.jsonl --tags tags.json -o page.html",
            "page.html",
            "page of minitag",
        ),
        (
            "eval gold.jsonl --tags tags.json --save-answers more.jsonl",
            "more.jsonl",
            "file of answers",
        ),
        (
            "export-sft gold.jsonl --tags tags.json -o more.jsonl",
            "more.jsonl",
            "file of `export-sft`",
        ),
        (
            "decide q.json texts.jsonl -o tags.json",
            "tags.json",
            "output of `minitag decide`",
        ),
        (
            "batch texts.jsonl --tags tags.json -o out.jsonl --redo --diff page.html",
            "page.html",
            "output of `batch --diff`",
        ),
        (
            "batch texts.jsonl --tags tags.json -o fresh.jsonl",
            "fresh.jsonl.errors.jsonl",
            "list of errors of `batch`",
        ),
        (
            "batch texts.jsonl --tags tags.json -o page.html --output-format jsonl --redo",
            "page.html",
            "output of `batch`",
        ),
        (
            "batch texts.jsonl --tags tags.json -o out.jsonl --redo --diff more.jsonl",
            "more.jsonl",
            "output of `batch --diff`",
        ),
        (
            "review out.jsonl --tags tags.json --apply corrected.jsonl -o more.jsonl",
            "more.jsonl",
            "output of `review --apply`",
        ),
        (
            "learn gold.jsonl --tags tags.json -o more.jsonl",
            "more.jsonl",
            "file of `minitag learn`",
        ),
        (
            "calibrate gold.jsonl --fit --tags tags.json -o more.jsonl",
            "more.jsonl",
            "calibration",
        ),
    ] {
        let message = format!("is there already, and is no {what}\nhint: another file name");
        assert_kept(args, file, &message);
    }
}

/// An output of before is no other kind, and a second run takes its place.
#[test]
fn an_output_of_before_is_replaced() {
    for (args, file) in [
        ("eval gold.jsonl --tags tags.json -o new.html", "new.html"),
        (
            "eval gold.jsonl --tags tags.json --save-answers new.jsonl",
            "new.jsonl",
        ),
        (
            "export-sft gold.jsonl --tags tags.json -o new.jsonl",
            "new.jsonl",
        ),
        (
            "export-sft gold.jsonl --tags tags.json --sft-format alpaca -o new.jsonl",
            "new.jsonl",
        ),
        (
            "export-sft gold.jsonl --tags tags.json --sft-format tokens -o new.jsonl",
            "new.jsonl",
        ),
        ("decide q.json gold.jsonl -o new.jsonl", "new.jsonl"),
        (
            "explain gold.jsonl --tags tags.json -o new.html",
            "new.html",
        ),
        (
            "review out.jsonl --texts gold.jsonl --tags tags.json -o new.html",
            "new.html",
        ),
        (
            "review out.jsonl --tags tags.json --apply corrected.jsonl -o new.jsonl",
            "new.jsonl",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("tags.json", TAGS);
        write("gold.jsonl", GOLD);
        write("q.json", QUESTIONS);
        write(
            "out.jsonl",
            "{\"id\":\"1\",\"tags\":[\"bread\"],\"review\":true}\n",
        );
        write("corrected.jsonl", CORRECTED);
        let run = || {
            let mut command = crate::support::program(folder.path());
            let output = command.args(args.split(' ')).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{args}: {told}");
            fs::read_to_string(folder.path().join(file)).unwrap()
        };
        let (first, second) = (run(), run());
        assert!(!first.is_empty() && first.len() == second.len(), "{args}");
    }
}
