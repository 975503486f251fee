//! Records that cannot be tagged: each an error record, and the run goes on.

use super::{Place, ids, record};
use serde_json::{Value, json};

/// Every way for a record to fail, with a good one at both ends. `-c 1000` makes one of
/// them too long.
fn place() -> Place {
    let place = Place::new();
    place.write("binary.bin", b"\x7fELF\0\0\0\0\x01\x02\0");
    place.write("empty.md", " \n");
    let long = "word ".repeat(1500);
    let lines = [
        "{\"id\":\"a\",\"text\":\"A game.\"}",
        "not JSON",
        "{\"text\":\"no id\"}",
        "{\"id\":\"3\"}",
        "{\"id\":\"4\",\"path\":\"missing.md\"}",
        "{\"id\":\"5\",\"path\":\"binary.bin\"}",
        "{\"id\":\"6\",\"text\":\"\"}",
        "{\"id\":\"7\",\"path\":\"empty.md\"}",
        &format!("{{\"id\":\"8\",\"text\":\"{long}\"}}"),
        "",
        "{\"id\":\"b\",\"text\":\"A database.\"}",
    ];
    place.write("in.jsonl", lines.join("\n"));
    place
}

const FULL: &str = "--budget full -c 1000";

/// Line, id and kind of each error record.
fn kinds(lines: &str) -> Vec<Value> {
    let errors = lines
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    errors
        .filter(|line| line.get("error").is_some())
        .map(|line| json!([line["line"], line["id"], line["error"]["kind"]]))
        .collect()
}

fn expected() -> Vec<Value> {
    let all = json!([
        [2, null, "not_json"],
        [3, null, "no_id"],
        [4, "3", "no_text"],
        [5, "4", "unreadable"],
        [6, "5", "not_text"],
        [7, "6", "empty"],
        [8, "7", "empty"],
        [9, "8", "too_long"]
    ]);
    all.as_array().unwrap().clone()
}

#[test]
fn errors_go_into_a_file_of_their_own() {
    let place = place();
    let summary = "note: 2 tagged, 8 failed (`out.jsonl.errors.jsonl` says why)\n";
    place.expect(&format!("in.jsonl -o out.jsonl {FULL}"), 1, summary);
    let errors = place.read("out.jsonl.errors.jsonl");
    assert_eq!(kinds(&errors), expected());
    assert_eq!(ids(&place.read("out.jsonl")), ["a", "b"]);
    for message in [
        "it has no `id`; its fields are `text`",
        "it has neither `text` nor `path`; its fields are `id`",
        "cannot use `missing.md`: it cannot be read: No such file or directory (os error 2)",
        "cannot use `binary.bin`: it",
        "tokens do not fit into a context of",
    ] {
        assert!(errors.contains(message), "{message}\n{errors}");
    }
}

#[test]
fn inline_each_error_is_in_its_place() {
    let place = place();
    let args = format!("in.jsonl -o out.jsonl --errors inline {FULL}");
    place.expect(&args, 1, "note: 2 tagged, 8 failed\n");
    let out = place.read("out.jsonl");
    assert_eq!(kinds(&out), expected());
    assert!(out.starts_with("{\"id\":\"a\",\"tags\""), "{out}");
    assert!(
        out.lines()
            .last()
            .unwrap()
            .starts_with("{\"id\":\"b\",\"tags\""),
        "{out}"
    );
    assert!(!place.exists("out.jsonl.errors.jsonl"));
    // On stdout that is how it is.
    let ran = place.run(&format!("in.jsonl -o - {FULL}"));
    assert_eq!((ran.status, ran.stdout), (Some(1), out));
}

#[test]
fn rows_of_csv_fail_like_lines() {
    let place = Place::new();
    place.write(
        "in.csv",
        b"id,text\n1,A game\n2\n3,\n4,\xff A game\n,A game\n",
    );
    let summary = "note: 2 tagged, 3 failed (`out.csv.errors.jsonl` says why)\n\
                   note: `in.csv` was read as windows-1252\n";
    place.expect("in.csv -o out.csv", 1, summary);
    let expected = json!([
        [3, null, "not_csv"],
        [4, "3", "no_text"],
        [6, null, "no_id"]
    ]);
    assert_eq!(json!(kinds(&place.read("out.csv.errors.jsonl"))), expected);
    let message = "error: errors are JSON and cannot stand between rows of CSV\n\
                   hint: `-o FILE.csv` puts them into `FILE.csv.errors.jsonl`\n";
    place.expect("in.csv -o - --output-format csv", 2, message);
}

#[test]
fn a_document_that_takes_too_long_is_given_up() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    let failed = "note: 0 tagged, 1 failed (`out.jsonl.errors.jsonl` says why)\n";
    place.expect(
        "in.jsonl -o out.jsonl --timeout-per-document 0.000001",
        1,
        failed,
    );
    let errors = place.read("out.jsonl.errors.jsonl");
    assert_eq!(json!(kinds(&errors)), json!([[1, "1", "timeout"]]));
    // It is known, and not tried again until somebody asks for it.
    let known =
        "note: 0 tagged, 1 failed (`out.jsonl.errors.jsonl` says why), 1 of them known already\n";
    place.expect("in.jsonl -o out.jsonl", 1, known);
    place.expect(
        "in.jsonl -o out.jsonl --retry-errors",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    assert!(!place.exists("out.jsonl.errors.jsonl"));
    for wrong in ["0", "nan", "1e99"] {
        let ran = place.run(&format!(
            "in.jsonl -o x.jsonl --timeout-per-document {wrong}"
        ));
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    }
}

#[test]
fn a_run_can_end_at_the_first_errors() {
    let place = place();
    for (option, errors) in [
        ("--fail-fast", 1),
        ("--max-errors 1", 1),
        ("--max-errors 3", 3),
    ] {
        let out = format!("{errors}.jsonl");
        let args = format!("in.jsonl -o {out} {FULL} {option}");
        let message = format!(
            "error: too many errors: 1 tagged, {errors} failed (`{out}.errors.jsonl` says why); \
             the same command without this limit goes on from here\n"
        );
        let ran = place.run(&args);
        assert_eq!(ran.status, Some(1));
        assert_eq!(ran.stderr.replace(", 1 of them known already", ""), message);
        let lines = place.read(&format!("{out}.errors.jsonl"));
        assert_eq!(kinds(&lines), expected()[..errors]);
    }
    let ran = place.run(&format!("in.jsonl -o 1.jsonl {FULL} --max-errors 9"));
    assert!(
        ran.stderr.starts_with("note: 2 tagged, 8 failed "),
        "{}",
        ran.stderr
    );
}

#[test]
fn one_bad_document_does_not_take_others_with_it() {
    // Computed together with one that does not fit, the others get their tags.
    let place = place();
    let good: String = (0..20).map(record).collect();
    let bad = place.read("in.jsonl").lines().nth(8).unwrap().to_owned() + "\n";
    place.write("mixed.jsonl", format!("{}{bad}{}", record(90), good));
    place.write("good.jsonl", format!("{}{}", record(90), good));
    let ran = place.run(&format!("mixed.jsonl -o - {FULL} --errors inline"));
    let answers: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|l| !l.contains("error"))
        .collect();
    let alone = place.run(&format!("good.jsonl -o - {FULL}")).stdout;
    assert_eq!(answers, alone.lines().collect::<Vec<_>>());
    assert_eq!(kinds(&ran.stdout).len(), 1);
}
