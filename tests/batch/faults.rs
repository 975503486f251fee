//! A disk that fails at any one of its writes, and memory that is short.

use std::process::{Command, Stdio};

use super::{Place, records};
use crate::support::preloaded;

/// Fails the first write, the second and so on, of a run to the files whose path has `part`.
fn fail_each_write(part: &str) {
    let place = Place::new();
    let Some(library) = preloaded("failing_disk", place.folder.path()) else {
        return;
    };
    place.write("in.jsonl", records(0..6) + "nonsense\n");
    place.run("in.jsonl -o whole.jsonl");
    let whole = [
        place.read("whole.jsonl"),
        place.read("whole.jsonl.errors.jsonl"),
    ];
    let mut failed = 0;
    for at in 1.. {
        let args = format!("in.jsonl -o out{at}.jsonl");
        let mut command = place.command(&args);
        command.env("LD_PRELOAD", &library).stdin(Stdio::null());
        command.env("FAIL_PATH", format!("out{at}.jsonl{part}"));
        command.env("FAIL_AT", at.to_string());
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let out = place.read(&format!("out{at}.jsonl"));
        assert!(whole[0].starts_with(&out), "{at}: {out}");
        if output.status.code() == Some(1) {
            // So many writes there are not.
            break;
        }
        failed += 1;
        assert_eq!(output.status.code(), Some(2), "{at}: {stderr}");
        assert!(stderr.contains("error: "), "{at}: {stderr}");
        assert!(!stderr.contains("panicked"), "{at}: {stderr}");
        assert_eq!(place.run(&args).status, Some(1), "{at}");
        let errors = format!("out{at}.jsonl.errors.jsonl");
        let again = [place.read(&format!("out{at}.jsonl")), place.read(&errors)];
        assert_eq!(again, whole, "{at}");
    }
    assert!(failed >= 5, "{failed}");
}

#[test]
fn any_write_of_the_journal_may_fail() {
    fail_each_write(".journal");
}

#[test]
fn any_write_of_any_file_may_fail() {
    fail_each_write("");
}

#[test]
fn short_memory_loses_nothing() {
    let place = Place::new();
    place.write("in.jsonl", records(0..6));
    let whole = place.run("in.jsonl -o -").stdout;
    let mut outcomes = Vec::new();
    // In steps of 4 MiB from where nothing starts to where all is well.
    for megabytes in (16..=256).step_by(4) {
        let limited = format!("ulimit -v {}; exec \"$@\"", megabytes * 1024);
        let plain = place.command("in.jsonl -o out.jsonl");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &limited, "sh"])
            .arg(plain.get_program())
            .args(plain.get_args());
        command
            .current_dir(place.folder.path())
            .env("HOME", place.folder.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let out = place.read("out.jsonl");
        assert!(
            out.lines().all(|line| whole.lines().any(|l| l == line)),
            "{megabytes} MiB: {out}"
        );
        outcomes.push(output.status.code());
        if output.status.success() {
            break;
        }
    }
    assert!(outcomes.len() > 1, "{outcomes:?}");
    assert_eq!(
        place.run("in.jsonl -o out.jsonl --retry-errors").status,
        Some(0)
    );
    assert_eq!(place.read("out.jsonl"), whole);
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    let place = Place::new();
    let Some(library) = preloaded("jumping_clock", place.folder.path()) else {
        return;
    };
    place.write("in.jsonl", records(0..6));
    let whole = place.run("in.jsonl -o -").stdout;
    // A run, and one that goes on after it.
    for count in [3, 6] {
        place.write("in.jsonl", records(0..count));
        let mut command = place.command("in.jsonl -o out.jsonl --timeout-per-document 60");
        command.args(["--log-format", "json"]);
        command.env("LD_PRELOAD", &library).stdin(Stdio::null());
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{count}: {stderr}");
        assert!(!stderr.contains("panicked"), "{count}: {stderr}");
    }
    assert_eq!(place.read("out.jsonl"), whole);
}
