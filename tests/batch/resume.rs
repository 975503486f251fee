//! A run that was cut off anywhere goes on to the same bytes as one that was not.

use std::thread;
use std::time::Instant;

use super::{PATIENCE, Place, record, records};

/// How often a run is killed.
const KILLS: usize = 20;

/// A catalogue in which every ninth record fails, in one of three ways.
fn catalogue(count: usize) -> String {
    let line = |n: usize| match n % 27 {
        8 => format!("{{\"id\":\"{n}\",\"text\":\" \"}}\n"),
        17 => "nonsense\n".to_owned(),
        26 => format!("{{\"id\":\"{n}\",\"path\":\"missing.md\"}}\n"),
        _ => record(n),
    };
    (0..count).map(line).collect()
}

/// Kills a run at random moments, and compares what it comes to with an undisturbed one.
fn kill_and_compare(count: usize, options: &str) {
    let place = Place::new();
    place.write("in.jsonl", catalogue(count));
    let started = Instant::now();
    place.run(&format!("in.jsonl -o whole.jsonl {options}"));
    let whole = place.read("whole.jsonl");
    let errors = place.read("whole.jsonl.errors.jsonl");
    assert_eq!((whole + &errors).lines().count(), count);
    // On the average, all kills together leave about the time that one run takes.
    let longest = started.elapsed() * 2 / u32::try_from(KILLS).unwrap();
    let whole = place.read("whole.jsonl");
    let args = format!("in.jsonl -o out.jsonl {options}");
    let mut random = fastrand::Rng::with_seed(7462);
    let mut cut = 0;
    for _ in 0..KILLS {
        let mut run = place.start(&args);
        thread::sleep(longest.mul_f64(random.f64()));
        run.kill();
        let out = place.read("out.jsonl");
        assert!(whole.starts_with(&out), "{out}");
        assert!(errors.starts_with(&place.read("out.jsonl.errors.jsonl")));
        cut += usize::from(!out.is_empty() && out.len() < whole.len());
    }
    assert!(cut > 0, "no kill came between the first line and the last");
    let ran = place.run(&args);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("of them known already"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.read("out.jsonl"), whole);
    assert_eq!(place.read("out.jsonl.errors.jsonl"), errors);
}

#[test]
fn twenty_kills_lose_nothing_and_change_no_byte() {
    kill_and_compare(300, "--scores=all --parallel 3");
}

#[test]
#[ignore = "takes minutes"]
fn twenty_kills_lose_nothing_of_2000_records() {
    kill_and_compare(2000, "");
    kill_and_compare(2000, "--scores=all");
}

#[test]
fn groups_do_not_depend_on_what_is_known() {
    // 255 known records almost fill the queue; the groups of three go on behind them.
    let place = Place::new();
    let args = "-o out.jsonl --scores=all --parallel 3";
    place.write("all.jsonl", records(0..285));
    let whole = place.run("all.jsonl -o - --scores=all --parallel 3").stdout;
    place.write("in.jsonl", records(0..255));
    // On a busy machine it may take so long that a note says how far it is.
    place.expect(&format!("in.jsonl {args} -q"), 0, "");
    let message = "note: 285 tagged, 0 failed, 255 of them known already\n";
    place.expect(&format!("all.jsonl {args}"), 0, message);
    assert_eq!(place.read("out.jsonl"), whole);
}

/// A place where 20 records are tagged, and what came of them.
fn done() -> (Place, String) {
    let place = Place::new();
    place.write("in.jsonl", records(0..20));
    place.expect("in.jsonl -o out.jsonl", 0, "note: 20 tagged, 0 failed\n");
    let out = place.read("out.jsonl");
    (place, out)
}

#[test]
fn an_output_that_was_damaged_is_put_right() {
    let (place, out) = done();
    for damaged in [
        &out[..out.len() - 5],
        &format!("{out}{{\"id\":\"20\",\"ta"),
        &out.replacen("\"id\":\"3\"", "\"id\":\"x\"", 1),
        "",
    ] {
        place.write("out.jsonl", damaged);
        let message = "note: 20 tagged, 0 failed, 20 of them known already\n";
        place.expect("in.jsonl -o out.jsonl", 0, message);
        assert_eq!(place.read("out.jsonl"), out);
    }
    place.remove("out.jsonl");
    assert_eq!(place.run("in.jsonl -o out.jsonl").status, Some(0));
    assert_eq!(place.read("out.jsonl"), out);
}

#[test]
fn an_output_of_unknown_origin_is_not_touched() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    place.write("out.jsonl", "my notes\n");
    let message = "error: `out.jsonl` is there already, and `out.jsonl.journal`, which would say how it came about, is not\n\
                   hint: another `-o`, or `--redo` to write it again\n";
    place.expect("in.jsonl -o out.jsonl", 2, message);
    assert_eq!(place.read("out.jsonl"), "my notes\n");
    place.write("other.jsonl.journal", "my diary\n");
    let message = "error: `other.jsonl.journal` is no journal of this version of minitag\n\
                   hint: what is in the output stays as it is; another `-o` starts a new run\n";
    place.expect("in.jsonl -o other.jsonl", 2, message);
    assert_eq!(place.read("other.jsonl.journal"), "my diary\n");
}

#[test]
fn a_database_of_somebody_else_is_no_journal() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    let database = rusqlite::Connection::open(place.path("out.jsonl.journal")).unwrap();
    database.execute_batch("CREATE TABLE mine(x)").unwrap();
    drop(database);
    let ran = place.run("in.jsonl -o out.jsonl");
    assert_eq!(ran.status, Some(2));
    let message = "error: `out.jsonl.journal` is no journal of this version of minitag\n";
    assert!(ran.stderr.starts_with(message), "{}", ran.stderr);
}

#[test]
fn two_runs_do_not_write_to_one_output() {
    let (place, out) = done();
    let mut first = place.start("- -o out.jsonl");
    first.write(&record(0));
    // It has the journal once it waits for the next record.
    place.write("second.jsonl", records(0..2));
    let message = "error: another run is writing to `out.jsonl.journal`\n\
                   hint: wait for it, or take another `-o`\n";
    let started = Instant::now();
    loop {
        let ran = place.run("second.jsonl -o out.jsonl");
        if ran.status == Some(2) {
            assert_eq!(ran.stderr, message);
            break;
        }
        assert!(started.elapsed() < PATIENCE);
    }
    first.write(&records(1..20));
    first.close_stdin();
    assert_eq!(first.end().status, Some(0));
    assert_eq!(place.read("out.jsonl"), out);
}

#[test]
fn an_input_that_grows_is_read_as_far_as_it_is() {
    let place = Place::new();
    place.write("in.jsonl", records(0..60));
    let mut run = place.start("in.jsonl -o out.jsonl --parallel 1");
    place.wait_for_lines("out.jsonl", 1);
    // The writer is in the midst of a line.
    let more = records(60..70);
    let (half, rest) = more.split_at(more.len() - 20);
    place.append("in.jsonl", half);
    let ended = run.end();
    let lines = place.read("out.jsonl");
    // What it found there it has done, but for the half of a line.
    assert!(
        [60, 69].contains(&lines.lines().count()),
        "{}",
        ended.stderr
    );
    place.append("in.jsonl", rest);
    let known = lines.lines().count();
    let message = format!("note: 70 tagged, 0 failed, {known} of them known already\n");
    place.expect("in.jsonl -o out.jsonl --parallel 1", 0, &message);
    assert!(!place.exists("out.jsonl.errors.jsonl"));
    let whole = place.run("in.jsonl -o - --parallel 1").stdout;
    assert_eq!(place.read("out.jsonl"), whole);
}
