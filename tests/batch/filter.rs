//! In a pipe: line by line, until the input ends or nobody listens any more.

use std::io::{Read, Write};
use std::process::Stdio;

use super::{Place, ids, record, records};

#[test]
fn each_line_is_answered_before_the_next_one_comes() {
    let place = Place::new();
    let mut run = place.start("- -o -");
    for n in 0..5 {
        run.write(&record(n));
        assert_eq!(ids(&run.line()), [n.to_string()]);
    }
    // So is one that fails.
    run.write("nonsense\n");
    assert!(run.line().contains("\"kind\":\"not_json\""));
    run.write(&record(6));
    assert_eq!(ids(&run.line()), ["6"]);
    run.close_stdin();
    let ended = run.end();
    let expected = (Some(1), "note: 6 tagged, 1 failed\n", "");
    let actual = (ended.status, ended.stderr.as_str(), ended.stdout.as_str());
    assert_eq!(actual, expected);
}

#[test]
fn several_at_once_wait_for_company_but_not_for_long() {
    let place = Place::new();
    let mut run = place.start("- -o - --parallel 8");
    run.write(&records(0..3));
    let answers: String = (0..3).map(|_| run.line()).collect();
    assert_eq!(ids(&answers), ["0", "1", "2"]);
    run.close_stdin();
    assert_eq!(run.end().status, Some(0));
}

#[test]
fn the_last_line_needs_no_newline() {
    let place = Place::new();
    let mut run = place.start("- -o -");
    run.write(record(1).trim_end());
    run.close_stdin();
    let ended = run.end();
    assert_eq!(
        (ended.status, ids(&ended.stdout)),
        (Some(0), vec!["1".to_owned()])
    );
}

#[test]
fn no_input_is_no_failure() {
    let place = Place::new();
    let message = "note: 0 tagged, 0 failed\nwarning: there is no record in `-`\n";
    place.expect("- -o -", 0, message);
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let place = Place::new();
    let mut command = place.command("- -o -");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(record(1).as_bytes()).unwrap();
    let mut byte = [0];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut byte).unwrap();
    drop(stdout);
    // The end may come before all of it is written.
    let _ = stdin.write_all(records(2..9).as_bytes());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_filter_can_keep_a_journal() {
    let place = Place::new();
    for message in [
        "note: 4 tagged, 0 failed\n",
        "note: 4 tagged, 0 failed, 4 of them known already\n",
    ] {
        let mut run = place.start("- -o out.jsonl");
        run.write(&records(0..4));
        run.close_stdin();
        assert_eq!(run.end().stderr, message);
    }
    assert_eq!(place.read("out.jsonl").lines().count(), 4);
}

#[test]
fn what_a_filter_cannot_do_is_refused() {
    let place = Place::new();
    let hint = "hint: `-o FILE` instead of `-o -`\n";
    let message = "error: `--errors file` needs a file beside which they go\n";
    place.expect("- -o - --errors file", 2, &format!("{message}{hint}"));
    let message = "error: `--diff` needs a journal of the run before, and `-o -` has none\n";
    place.expect("- -o - --diff d.jsonl", 2, &format!("{message}{hint}"));
}
