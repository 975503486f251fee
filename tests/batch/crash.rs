//! A process that ends in the middle of a document, as llama.cpp can make it end.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, Place, Running, record};
use crate::support::skip;

/// Waits for a worker that is not `last`.
fn next_worker(run: &Running, last: Option<u32>) -> u32 {
    let started = Instant::now();
    loop {
        match run.worker() {
            Some(pid) if Some(pid) != last => return pid,
            _ => assert!(started.elapsed() < PATIENCE, "there is no new worker"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The next message that does not say how far the run is.
fn next_warning(run: &Running) -> String {
    loop {
        let message = run.message();
        if !message.starts_with("note: ") {
            return message;
        }
    }
}

/// Whether this system tells which processes another one has started; says so if not.
fn can_be_tested() -> bool {
    let can = Path::new("/proc/self/task").is_dir();
    if !can {
        skip("a crash", "there is no /proc/PID/task");
    }
    can
}

/// A record whose document takes very long.
fn long() -> String {
    let parts = (0..40_000).map(|n| format!("Part {n} of a long story about a game. "));
    let text: String = parts.collect();
    format!("{{\"id\":\"long\",\"text\":\"{text}\"}}\n")
}

#[test]
fn a_crash_costs_nothing() {
    if !can_be_tested() {
        return;
    }
    let place = Place::new();
    let records: String = (0..60).map(record).collect();
    place.write("in.jsonl", &records);
    let whole = place.run("in.jsonl -o - --scores=all").stdout;
    let mut run = place.start("in.jsonl -o out.jsonl --scores=all");
    let mut last = None;
    for (lines, signal) in [(10, "ABRT"), (25, "ILL"), (40, "KILL")] {
        place.wait_for_lines("out.jsonl", lines);
        let pid = next_worker(&run, last);
        super::signal(pid, signal);
        last = Some(pid);
        assert!(next_warning(&run).ends_with("; a fresh one goes on\n"));
    }
    let ended = run.end();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert_eq!(place.read("out.jsonl"), whole);
}

#[test]
fn a_document_that_crashes_twice_becomes_an_error() {
    if !can_be_tested() {
        return;
    }
    let place = Place::new();
    place.write("in.jsonl", record(1) + &long() + &record(2));
    let args = "in.jsonl -o out.jsonl --long windows --workers 1";
    let mut run = place.start(args);
    place.wait_for_lines("out.jsonl", 1);
    let mut last = None;
    for _ in 0..2 {
        let pid = next_worker(&run, last);
        // By then it is in the long document again.
        thread::sleep(Duration::from_secs(3));
        super::signal(pid, "ABRT");
        last = Some(pid);
        assert_eq!(
            next_warning(&run),
            "warning: the process was ended by SIGABRT; a fresh one goes on\n"
        );
    }
    let ended = run.end();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert_eq!(place.read("out.jsonl").lines().count(), 2);
    let errors = place.read("out.jsonl.errors.jsonl");
    assert!(
        errors.contains("\"id\":\"long\"") && errors.contains("\"crash\""),
        "{errors}"
    );
}

#[test]
fn a_crash_outside_of_any_document_ends_the_run() {
    if !can_be_tested() {
        return;
    }
    let place = Place::new();
    place.write("in.jsonl", record(1));
    let mut run = place.start("in.jsonl -o out.jsonl");
    let mut last = None;
    for _ in 0..2 {
        let pid = next_worker(&run, last);
        super::signal(pid, "ABRT");
        last = Some(pid);
    }
    let ended = run.end();
    assert_eq!(ended.status, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("outside of any document"),
        "{}",
        ended.stderr
    );
}

#[test]
fn without_its_supervisor_a_worker_ends() {
    if !can_be_tested() {
        return;
    }
    let place = Place::new();
    place.write("in.jsonl", record(1) + &long());
    let mut run = place.start("in.jsonl -o out.jsonl --long windows --workers 1");
    place.wait_for_lines("out.jsonl", 1);
    let pid = next_worker(&run, None);
    run.child.kill().unwrap();
    let process = format!("/proc/{pid}/exe");
    let started = Instant::now();
    // A zombie has no program any more.
    while Path::new(&process).read_link().is_ok() {
        assert!(started.elapsed() < PATIENCE, "the worker goes on");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_cannot_be_begun_again_stays_in_one_process() {
    let place = Place::new();
    let mut run = place.start("/dev/stdin --input-format jsonl -o out.jsonl");
    run.write(&record(1));
    run.close_stdin();
    assert_eq!(run.end().status, Some(0));
    assert_eq!(place.read("out.jsonl").lines().count(), 1);
    place.write("in.jsonl", record(1));
    place.run("in.jsonl -o out.jsonl --redo --max-tags 1");
    // What changed comes to the stdout of the program itself.
    let changed = place.run("in.jsonl -o out.jsonl --redo --min-tags 3 --diff /dev/stdout");
    assert!(
        changed.stdout.starts_with("{\"id\":\"1\""),
        "{}{}",
        changed.stdout,
        changed.stderr
    );
}
