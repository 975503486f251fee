//! Scores, details and marks that are asked for after the answers were given.

use serde_json::Value;

use super::{Place, record, records, tags_of};

const FEWER: &str = r#"[{"id":1,"name":"ai"},{"id":2,"name":"cli"},{"id":3,"name":"database"},{"id":14,"name":"lib"}]"#;

const KNOWN: &str = "note: 30 tagged, 0 failed, 30 of them known already\n";

/// What is asked for, in turn.
const SHAPES: [&str; 5] = [
    "--scores=all",
    "",
    "--scores --names",
    "--scores --output-format csv",
    "--names --scores=all --review-below 0",
];

/// A place where 30 records are tagged, with scores.
fn with_scores() -> Place {
    let place = Place::new();
    place.write("in.jsonl", records(0..30));
    let message = "note: 30 tagged, 0 failed\n";
    place.expect("in.jsonl -o out.jsonl --scores", 0, message);
    place
}

/// Lines without the time that they took.
fn without_time(lines: &str) -> Vec<Value> {
    let value = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        let details = value["details"].as_object_mut().unwrap();
        assert!(details.remove("seconds").unwrap().as_f64().unwrap() >= 0.0);
        value
    };
    lines.lines().map(value).collect()
}

#[test]
fn the_same_bytes_come_as_if_it_had_been_asked_for_at_once() {
    let place = with_scores();
    for shape in [
        "--scores=all",
        "--names",
        "--scores",
        "--review-below 0.6",
        "",
    ] {
        let at_once = place.run(&format!("in.jsonl -o - {shape}"));
        let later = place.run(&format!("in.jsonl -o out.jsonl {shape}"));
        assert!(later.stderr.contains("30 of them known already"));
        assert_eq!(place.read("out.jsonl"), at_once.stdout, "{shape}");
    }
    let at_once = place.run("in.jsonl -o - --details").stdout;
    place.expect("in.jsonl -o out.jsonl --details", 0, KNOWN);
    let later = place.read("out.jsonl");
    assert_eq!(without_time(&later), without_time(&at_once));
    // The time is that of the run that computed it.
    place.expect("in.jsonl -o out.jsonl", 0, KNOWN);
    place.expect("in.jsonl -o out.jsonl --details", 0, KNOWN);
    assert_eq!(place.read("out.jsonl"), later);
}

#[test]
fn what_was_not_computed_cannot_be_had() {
    let place = Place::new();
    place.write("in.jsonl", records(0..30));
    place.expect("in.jsonl -o out.jsonl", 0, "note: 30 tagged, 0 failed\n");
    let before = place.read("out.jsonl");
    let message = "error: `out.jsonl` was begun with other settings: the scores were not computed\n\
                   hint: `--redo` does everything again, `--redo changed-tags` what another tag list concerns; or take another `-o`\n";
    for shape in [
        "--scores",
        "--scores=all",
        "--details",
        "--review-below 0.5",
    ] {
        place.expect(&format!("in.jsonl -o out.jsonl {shape}"), 2, message);
        assert_eq!(place.read("out.jsonl"), before);
    }
    // Names need none.
    place.expect("in.jsonl -o out.jsonl --names", 0, KNOWN);
    // Once they are computed, they stay, whatever is shown of them.
    let message = "note: 30 tagged, 0 failed, 0 with other tags than before\n";
    place.expect("in.jsonl -o out.jsonl --redo --scores", 0, message);
    place.write("in.jsonl", records(0..30) + &record(30));
    let message = "note: 31 tagged, 0 failed, 30 of them known already\n";
    place.expect("in.jsonl -o out.jsonl", 0, message);
    let message = "note: 31 tagged, 0 failed, 31 of them known already\n";
    place.expect("in.jsonl -o out.jsonl --scores=all", 0, message);
    let whole = place.run("in.jsonl -o - --scores=all").stdout;
    assert_eq!(place.read("out.jsonl"), whole);
}

#[test]
fn what_is_computed_anyway_is_kept() {
    let place = Place::new();
    place.write("in.jsonl", records(0..30));
    for options in ["--threshold 0.2", "--strategy rank", "--permutations 2"] {
        let args = format!("in.jsonl -o out.jsonl {options}");
        assert_eq!(place.run(&args).status, Some(0));
        place.expect(&format!("{args} --scores=all"), 0, KNOWN);
        let at_once = place.run(&format!("in.jsonl -o - {options} --scores=all"));
        assert_eq!(place.read("out.jsonl"), at_once.stdout);
        place.remove("out.jsonl.journal");
        place.remove("out.jsonl");
    }
}

#[test]
fn another_list_leaves_the_scores_that_hold() {
    let place = with_scores();
    let games = tags_of(&place.read("out.jsonl")).matches("10").count();
    assert!(games > 0);
    place.write("tags.json", FEWER);
    let ran = place.run("in.jsonl -o out.jsonl --redo changed-tags");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let ran = place.run("in.jsonl -o out.jsonl --scores=all");
    assert!(
        ran.stderr.contains(" 30 of them known already"),
        "{}",
        ran.stderr
    );
    for line in place.read("out.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let count = |name: &str| line[name].as_array().unwrap().len();
        assert_eq!(count("tags"), count("scores"), "{line}");
        assert!(count("ranking") >= 5, "{line}");
    }
}

#[test]
fn runs_that_are_killed_and_show_something_else_lose_nothing() {
    let place = Place::new();
    place.write("in.jsonl", records(0..200));
    let args = |shape: &str| format!("in.jsonl -o out.jsonl --parallel 3 {shape}");
    let mut lines = 1;
    for shape in SHAPES.into_iter().cycle().take(8) {
        let mut run = place.start(&args(shape));
        place.wait_for_lines("out.jsonl", lines);
        run.kill();
        lines += 15;
    }
    for shape in ["--scores=all", ""] {
        let ran = place.run(&args(shape));
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        let whole = place.run(&format!("in.jsonl -o - --parallel 3 {shape}"));
        assert_eq!(place.read("out.jsonl"), whole.stdout);
    }
}

#[test]
fn a_journal_of_an_earlier_version_is_left_to_it() {
    let place = with_scores();
    let before = place.read("out.jsonl");
    let journal = rusqlite::Connection::open(place.path("out.jsonl.journal")).unwrap();
    journal.pragma_update(None, "user_version", 1).unwrap();
    drop(journal);
    let message = "error: `out.jsonl.journal` was written by an earlier version of minitag, which kept less of each answer\n\
                   hint: that version can go on with it; without it, `--redo` writes the output anew\n";
    place.expect("in.jsonl -o out.jsonl", 2, message);
    assert_eq!(place.read("out.jsonl"), before);
    place.remove("out.jsonl.journal");
    let message = "note: 30 tagged, 0 failed, 0 with other tags than before\n";
    place.expect("in.jsonl -o out.jsonl --scores --redo", 0, message);
    assert_eq!(place.read("out.jsonl"), before);
}
