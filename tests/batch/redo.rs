//! What is done again, and what is not: changed texts, failures, other tag lists.

use super::{Place, TAGS, record, records, tags_of};
use crate::support::Test;

const FEWER: &str = r#"[{"id":1,"name":"ai"},{"id":2,"name":"cli"},{"id":3,"name":"database"},{"id":14,"name":"lib"}]"#;

/// A place where 30 records are tagged.
fn done() -> Place {
    let place = Place::new();
    place.write("in.jsonl", records(0..30));
    place.expect("in.jsonl -o out.jsonl", 0, "note: 30 tagged, 0 failed\n");
    place
}

/// Lines of `tags_of` with this tag.
fn with_tag(lines: &str, tag: &str) -> Vec<String> {
    let tags = tags_of(lines);
    let has = |line: &&str| {
        let tags = line.split_once('[').unwrap().1.trim_end_matches(']');
        tags.split(',').any(|t| t == tag)
    };
    tags.lines().filter(has).map(str::to_owned).collect()
}

#[test]
fn changed_and_new_records_are_done_and_no_others() {
    let place = done();
    let input = place.read("in.jsonl").replace("Number 7:", "Number seven:");
    place.write("in.jsonl", input.clone() + &record(30));
    let message = "note: 31 tagged, 0 failed, 29 of them known already\n";
    place.expect("in.jsonl -o out.jsonl", 0, message);
    // A record that is gone is gone, and one that is back is known.
    place.write("in.jsonl", records(0..30));
    let message = "note: 30 tagged, 0 failed, 30 of them known already\n";
    place.expect("in.jsonl -o out.jsonl", 0, message);
    assert_eq!(place.read("out.jsonl").lines().count(), 30);
}

#[test]
fn the_same_record_twice_is_done_once() {
    let place = Place::new();
    place.write("in.jsonl", records(0..3).repeat(3));
    let message = "note: 9 tagged, 0 failed\n\
                   warning: 6 records have the id of an earlier one in `in.jsonl`: \
                   `0` on line 4 stands already on line 1\n";
    place.expect("in.jsonl -o out.jsonl", 0, message);
    let out = place.read("out.jsonl");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((&lines[..3], &lines[..3]), (&lines[3..6], &lines[6..]));
}

#[test]
fn other_settings_are_named_and_refused() {
    let place = done();
    let before = place.read("out.jsonl");
    let hint = "hint: `--redo` does everything again, `--redo changed-tags` what another tag list concerns; or take another `-o`\n";
    let message = format!(
        "error: `out.jsonl` was begun with other settings: \
         `max-tags` was 3 and is 1; the scores were not computed\n{hint}"
    );
    place.expect("in.jsonl -o out.jsonl --max-tags 1 --scores", 2, &message);
    place.write("other.json", FEWER);
    let message = format!(
        "error: `out.jsonl` was begun with other settings: the tag list is another\n{hint}"
    );
    place.expect("in.jsonl -o out.jsonl --tags other.json", 2, &message);
    // What decides no answer may be another.
    let known = "note: 30 tagged, 0 failed, 30 of them known already\n";
    place.expect("in.jsonl -o out.jsonl --parallel 3 -t 1", 0, known);
    assert_eq!(place.read("out.jsonl"), before);
}

#[test]
fn everything_can_be_done_again() {
    let place = done();
    let before = place.read("out.jsonl");
    let message = "note: 30 tagged, 0 failed, 0 with other tags than before\n";
    place.expect("in.jsonl -o out.jsonl --redo --diff diff.jsonl", 0, message);
    assert_eq!(place.read("out.jsonl"), before);
    assert!(place.exists("diff.jsonl"), "no change is an empty file");
    // What stands behind `--redo` is IN.
    let ran = place.run("--redo in.jsonl -o out.jsonl --max-tags 1 --min-tags 1 --diff diff.jsonl");
    let out = place.read("out.jsonl");
    let changed = tags_of(&before)
        .lines()
        .zip(tags_of(&out).lines())
        .filter(|(was, is)| was != is)
        .count();
    assert!(changed > 0);
    let message = format!("note: 30 tagged, 0 failed, {changed} with other tags than before\n");
    assert_eq!(ran.stderr, message);
    assert_eq!(place.read("diff.jsonl").lines().count(), changed);
    // An answer and what it was before, word for word.
    let first = place.read("diff.jsonl").lines().next().unwrap().to_owned();
    let change: serde_json::Value = serde_json::from_str(&first).unwrap();
    let fields: Vec<&String> = change.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["after", "before", "id"]);
    assert_ne!(change["before"], change["after"]);
}

#[test]
fn a_tag_that_is_gone_concerns_only_those_that_had_it() {
    let place = done();
    let before = place.read("out.jsonl");
    let games = with_tag(&before, "10");
    assert!(!games.is_empty() && games.len() < 25, "{before}");
    place.write("tags.json", FEWER);
    let known = 30 - games.len();
    let message = format!(
        "note: 30 tagged, 0 failed, {known} of them known already, {} with other tags than before\n",
        games.len()
    );
    place.expect(
        "in.jsonl -o out.jsonl --redo changed-tags --diff diff.jsonl",
        0,
        &message,
    );
    let after = place.read("out.jsonl");
    assert!(with_tag(&after, "10").is_empty());
    for (was, is) in before.lines().zip(after.lines()) {
        let had_it = !with_tag(was, "10").is_empty();
        assert!(had_it || was == is, "{was} {is}");
    }
    let changes = place.read("diff.jsonl");
    assert_eq!(changes.lines().count(), games.len());
    // The same command again goes on, which is to say that nothing is left to do.
    let ran = place.run("in.jsonl -o out.jsonl --redo changed-tags --diff diff.jsonl");
    assert!(
        ran.stderr.contains(" 30 of them known already, "),
        "{}",
        ran.stderr
    );
    assert_eq!(place.read("diff.jsonl"), changes);
}

#[test]
fn a_tag_that_is_new_concerns_everything_and_other_settings_nothing() {
    let place = done();
    place.write(
        "tags.json",
        TAGS.replace("{\"id\":14", "{\"id\":5,\"name\":\"editor\"},{\"id\":14"),
    );
    let message = "error: `--redo changed-tags` is for another tag list, but `max-tags` was 3 and is 2\n\
                   hint: `--redo` does everything again\n";
    place.expect(
        "in.jsonl -o out.jsonl --redo changed-tags --max-tags 2",
        2,
        message,
    );
    let ran = place.run("in.jsonl -o out.jsonl --redo changed-tags");
    assert!(
        ran.stderr.starts_with("note: 30 tagged, 0 failed, "),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("known"), "{}", ran.stderr);
}

#[test]
fn a_change_is_told_once() {
    // Only what the second change of the list did is in the second file.
    let place = done();
    place.write("tags.json", FEWER);
    place.run("in.jsonl -o out.jsonl --redo changed-tags --diff first.jsonl");
    let databases = with_tag(&place.read("out.jsonl"), "3");
    assert!(!databases.is_empty());
    place.write(
        "tags.json",
        FEWER.replace("{\"id\":3,\"name\":\"database\"},", ""),
    );
    place.run("in.jsonl -o out.jsonl --redo changed-tags --diff second.jsonl");
    let changes = place.read("second.jsonl");
    assert_eq!(changes.lines().count(), databases.len(), "{changes}");
    for line in changes.lines() {
        let change: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            change["before"].as_array().unwrap().contains(&3.into()),
            "{line}"
        );
    }
}

#[test]
fn lists_are_compared() {
    let new = r#"[{"id":14,"name":"library"},{"id":1,"name":"ai","description":"models"},{"id":2,"name":"cli"},{"id":3,"name":"database"},{"id":5,"name":"editor"}]"#;
    Test::new()
        .file("old.json", TAGS)
        .file("new.json", new)
        .args(["tags", "diff", "old.json", "new.json"])
        .stdout(
            "+ 5 editor\n- 10 game\n~ 1 ai (with another description)\n~ 14 library (was lib)\n\
             ~ the order of the tags\n",
        )
        .run();
    Test::new()
        .file("old.json", TAGS)
        .args(["tags", "diff", "old.json", "old.json"])
        .run();
}
