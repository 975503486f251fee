//! A disk that is full, or that cannot be written to.

use std::fs::{File, OpenOptions, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use super::{Mount, Place, is_root, record, records};
use crate::support::{skip, skip_without};

#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::new();
    let Some(disk) = Mount::new(&place.path("disk"), "size=512k") else {
        skip_without("a full disk", "only root can mount a small one");
        return;
    };
    place.write("in.jsonl", records(0..300));
    let args = "in.jsonl -o disk/out.jsonl --scores=all";
    let ran = place.run(args);
    let hint = "hint: nothing that was done is lost; the same command goes on from here\n";
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("disk"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(hint), "{}", ran.stderr);
    let whole = place.run("in.jsonl -o - --scores=all").stdout;
    let out = place.read("disk/out.jsonl");
    assert!(!out.is_empty() && whole.starts_with(&out), "{out}");
    assert!(out.ends_with('\n') && out.len() < whole.len());
    disk.remount("size=9m");
    let ran = place.run(args);
    let status = (ran.status, ran.stderr.contains("known already"));
    assert_eq!(status, (Some(0), true), "{}", ran.stderr);
    assert_eq!(place.read("disk/out.jsonl"), whole);
}

#[test]
fn a_full_disk_behind_stdout_is_told() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        skip("a full disk behind stdout", "there is no /dev/full");
        return;
    };
    let output = place
        .command("in.jsonl -o -")
        .stdout(full)
        .output()
        .unwrap();
    let message = "error: cannot write to stdout: No space left on device (os error 28)\n";
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_before_the_model_is_loaded() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    place.write("shut/out.jsonl", "");
    let args = "in.jsonl -o shut/new.jsonl -m nope.gguf";
    let mut problem = "Permission denied (os error 13)";
    let _disk = if is_root() {
        // Permissions do not keep root from writing.
        let Some(disk) = Mount::new(&place.path("shut"), "size=1m") else {
            skip_without(
                "a read-only folder",
                "root can write everywhere, and cannot mount here",
            );
            return;
        };
        File::create(place.path("shut/out.jsonl")).unwrap();
        disk.remount("ro");
        problem = "Read-only file system (os error 30)";
        Some(disk)
    } else {
        for (path, mode) in [("shut/out.jsonl", 0o444), ("shut", 0o555)] {
            set_permissions(place.path(path), Permissions::from_mode(mode)).unwrap();
        }
        None
    };
    place.expect(
        args,
        2,
        &format!("error: cannot write to `shut/new.jsonl`: {problem}\n"),
    );
    let args = "in.jsonl -o shut/out.jsonl -m nope.gguf";
    place.expect(
        args,
        2,
        &format!("error: cannot write to `shut/out.jsonl`: {problem}\n"),
    );
    let message = "error: cannot write to `no/out.jsonl`: No such file or directory (os error 2)\n";
    place.expect("in.jsonl -o no/out.jsonl -m nope.gguf", 2, message);
    if !is_root() {
        set_permissions(place.path("shut"), Permissions::from_mode(0o755)).unwrap();
    }
}
