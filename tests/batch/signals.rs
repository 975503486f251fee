//! Ctrl-C: once it finishes what is in work, twice it stops at once.

use super::{Place, record, text};

const STOPPING: &str = "warning: stopping after the documents in work; once more stops at once\n";

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_end() {
    // Long enough that a group has less than sixteen: when one is done, others wait.
    let long = |n: usize| {
        let text: Vec<String> = (n..n + 8).map(text).collect();
        format!("{{\"id\":\"{n}\",\"text\":\"{}\"}}\n", text.join(" "))
    };
    let place = Place::new();
    place.write("in.jsonl", (0..80).map(long).collect::<String>());
    let args = "in.jsonl --scores=all --parallel 16";
    let whole = place.run(&format!("{args} -o -")).stdout;
    let args = format!("{args} -o out.jsonl");
    for signal in ["INT", "TERM"] {
        // Before the first new line, nothing listens to signals yet.
        let lines = place.read("out.jsonl").lines().count();
        let mut run = place.start(&args);
        place.wait_for_lines("out.jsonl", lines + 1);
        run.signal(signal);
        let ended = run.end();
        assert_eq!(ended.status, Some(130), "{}", ended.stderr);
        let stopped = ended.stderr.strip_prefix(STOPPING).unwrap();
        assert!(stopped.starts_with("warning: stopped: "), "{stopped}");
        assert!(
            stopped.ends_with("; the same command goes on from here\n"),
            "{stopped}"
        );
        let out = place.read("out.jsonl");
        assert!(whole.starts_with(&out) && out.ends_with('\n'), "{out}");
        assert!(out.len() < whole.len());
    }
    assert_eq!(place.run(&args).status, Some(0));
    assert_eq!(place.read("out.jsonl"), whole);
}

#[test]
fn a_filter_answers_what_it_has_read() {
    let place = Place::new();
    let mut run = place.start("- -o -");
    run.write(&record(1));
    run.line();
    // It waits for the next line, which does not keep it.
    run.signal("INT");
    let ended = run.end();
    let message = format!("{STOPPING}warning: stopped: 1 tagged, 0 failed\n");
    assert_eq!((ended.status, ended.stderr), (Some(130), message));
}

#[test]
fn asked_twice_it_stops_at_once() {
    let place = Place::new();
    let long = "A long story about a game, told slowly. ".repeat(20_000);
    let line = format!("{{\"id\":\"long\",\"text\":\"{long}\"}}\n");
    place.write("in.jsonl", record(1) + &line);
    let mut run = place.start("in.jsonl -o out.jsonl --long windows --parallel 1");
    place.wait_for_lines("out.jsonl", 1);
    run.signal("INT");
    assert_eq!(run.message(), STOPPING);
    run.signal("INT");
    let ended = run.end();
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(130), ""));
    assert_eq!(place.read("out.jsonl").lines().count(), 1);
}

#[test]
fn messages_can_be_json() {
    let place = Place::new();
    let mut run = place.start("- -o - --log-format json");
    run.write(&record(1));
    run.line();
    run.signal("TERM");
    for line in run.end().stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "warning");
        assert!(line["time"].as_f64().unwrap() > 1e9);
    }
}
