//! Documents that are computed together get what they would get alone.

use serde_json::Value;

use super::{Place, records};
use crate::support::DIGITS;

/// All of a place's records, so many together at most.
fn out(place: &Place, model: &str, parallel: usize) -> String {
    let args = format!("in.jsonl -o - --scores -q -m {model} --parallel {parallel}");
    let ran = place.run(&args);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    ran.stdout
}

/// Whether two outputs have the same tags, and scores that hardly differ.
#[track_caller]
fn assert_alike(one: &str, other: &str, tolerance: f64) {
    assert_eq!(one.lines().count(), other.lines().count());
    for (one, other) in one.lines().zip(other.lines()) {
        let read = |line| serde_json::from_str::<Value>(line).unwrap();
        let (a, b) = (read(one), read(other));
        let same = (&a["id"], &a["tags"]) == (&b["id"], &b["tags"]);
        assert!(same, "{one}\n{other}");
        let scores = |line: &Value| -> Vec<f64> {
            let scores = line["scores"].as_array().unwrap();
            scores.iter().map(|s| s.as_f64().unwrap()).collect()
        };
        for (a, b) in scores(&a).iter().zip(scores(&b)) {
            assert!((a - b).abs() < tolerance, "{one}\n{other}");
        }
    }
}

fn compare(model: &str, count: usize, tolerance: f64) {
    let place = Place::new();
    place.write("in.jsonl", records(0..count));
    let alone = out(&place, model, 1);
    for parallel in [1, 4, 16] {
        let first = out(&place, model, parallel);
        let again = out(&place, model, parallel);
        assert_eq!(again, first, "not the same bytes twice");
        assert_alike(&alone, &first, tolerance);
    }
}

#[test]
fn the_number_of_lanes_changes_no_tag() {
    compare(DIGITS, 20, 1e-4);
}

/// In 8 bits, the built-in model's products are of rounded numbers: a last digit that is
/// another can tip one over, and is seen in the third digit of a score.
const ROUNDED: f64 = 1e-2;

#[test]
fn neither_does_it_in_8_bits() {
    compare("nano", 40, ROUNDED);
}

#[test]
#[ignore = "takes minutes"]
fn neither_does_it_for_2000_records() {
    compare("nano", 2000, ROUNDED);
}
