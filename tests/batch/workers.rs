//! Documents that are computed at the same time, each by a thread, give the same bytes.

use super::{Place, records};
use crate::support::DIGITS;

/// Records, and some that cannot be tagged among them.
fn catalogue(count: usize) -> String {
    let faults = "{\"id\":\"empty\",\"text\":\" \"}\nno JSON\n";
    records(0..count / 2) + faults + &records(count / 2..count)
}

#[track_caller]
fn out(place: &Place, options: &str, status: i32) -> String {
    let ran = place.run(&format!("in.jsonl -o - -q {options}"));
    assert_eq!(ran.status, Some(status), "{}", ran.stderr);
    ran.stdout
}

#[test]
fn the_number_of_workers_changes_no_byte() {
    let place = Place::new();
    place.write("in.jsonl", catalogue(40));
    for options in [
        "--scores=all",
        "--scores --long windows --budget 40",
        "--permutations 3",
    ] {
        let one = out(&place, &format!("{options} -m {DIGITS} --workers 1"), 1);
        assert_eq!(one.lines().count(), 42);
        for workers in [2, 5] {
            let more = format!("{options} -m {DIGITS} --workers {workers}");
            assert_eq!(out(&place, &more, 1), one, "{more}");
        }
    }
    let one = out(&place, "--scores=all -m nano --threads 1", 1);
    assert_eq!(out(&place, "--scores=all -m nano --workers 3", 1), one);
    // As many as are best.
    assert_eq!(out(&place, "--scores=all -m nano", 1), one);
}

#[test]
fn kills_between_numbers_of_workers_lose_nothing() {
    let place = Place::new();
    place.write("in.jsonl", catalogue(200));
    let whole = place.run(&format!("in.jsonl -o whole.jsonl -m {DIGITS} --workers 1"));
    assert_eq!(whole.status, Some(1), "{}", whole.stderr);
    for (kill, workers) in [2, 1, 4, 3, 2, 6, 1, 2].into_iter().enumerate() {
        let mut run = place.start(&format!(
            "in.jsonl -o out.jsonl -m {DIGITS} --workers {workers}"
        ));
        place.wait_for_lines("out.jsonl", 1 + kill * 20);
        run.kill();
    }
    let rest = place.run(&format!("in.jsonl -o out.jsonl -m {DIGITS} --workers 2"));
    assert_eq!(rest.status, Some(1), "{}", rest.stderr);
    assert_eq!(place.read("out.jsonl"), place.read("whole.jsonl"));
    assert_eq!(
        place.read("out.jsonl.errors.jsonl"),
        place.read("whole.jsonl.errors.jsonl")
    );
}

#[test]
fn what_cannot_be_shared_out_is_refused() {
    let place = Place::new();
    place.write("in.jsonl", records(0..1));
    for (options, message) in [
        ("--workers 0", "expected a number from 1 to 64"),
        ("--workers 65", "expected a number from 1 to 64"),
        ("--workers 2 --parallel 2", "cannot be used with"),
    ] {
        let ran = place.run(&format!("in.jsonl -o - {options}"));
        assert_eq!(ran.status, Some(2));
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}
