//! A catalogue streams: its length is not seen in the memory.
//!
//! To compute 100,000 documents takes too long for a test. So half of the records here
//! are the same few again and again, which are looked up in the journal, and half are no
//! records, which become errors: all go the whole way from the input to the output.

use std::fs;

use super::{Place, record};
use crate::support::skip;

/// The most memory that the program had when so many records were done, in KiB.
fn peak(count: usize) -> Option<u64> {
    let place = Place::new();
    let mut run = place.start("- -o out.jsonl --errors inline");
    for n in 0..count {
        let line = if n % 2 == 0 {
            record(n % 6)
        } else {
            "nonsense\n".to_owned()
        };
        run.write(&line);
    }
    place.wait_for_lines("out.jsonl", count);
    let status = fs::read_to_string(format!("/proc/{}/status", run.child.id())).ok()?;
    run.close_stdin();
    assert_eq!(run.end().status, Some(1));
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn ten_thousand_times_the_records_take_no_more_memory() {
    let (Some(few), Some(many)) = (peak(10), peak(100_000)) else {
        skip("peak memory", "there is no /proc/PID/status");
        return;
    };
    assert!(many * 10 < few * 11, "{few} KiB, then {many} KiB");
}
