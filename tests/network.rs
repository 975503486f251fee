//! No network: what tags documents never opens a socket, and the kernel sees to it here.

#[cfg(feature = "serve")]
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
#[cfg(feature = "serve")]
use std::process::Stdio;
use std::process::{Command, Output};

use crate::support::{program, skip};

const TAGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tags.json");
const GOLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/gold.jsonl");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/lanternfish.md");

/// What the kernel ends a process with that does what is forbidden.
#[cfg(feature = "download")]
const SIGSYS: i32 = 31;

/// A program that runs another one without sockets; `None`, said aloud, where it cannot be.
fn guard(folder: &Path) -> Option<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/no_sockets.c");
    let guard = folder.join("no_sockets");
    let compiled = Command::new("cc")
        .arg("-o")
        .arg(&guard)
        .arg(source)
        .status();
    let works = compiled.is_ok_and(|status| status.success())
        && Command::new(&guard)
            .arg("/bin/true")
            .status()
            .is_ok_and(|status| status.success());
    if !works {
        skip(
            "no network",
            "no C compiler, or a kernel that lets no socket be forbidden",
        );
    }
    works.then_some(guard)
}

/// Runs the program under the guard.
fn run(guard: &Path, folder: &Path, args: &[&str]) -> Output {
    let plain = program(folder);
    let mut command = Command::new(guard);
    command
        .arg(plain.get_program())
        .args(args)
        .current_dir(folder);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.output().unwrap()
}

#[test]
fn tagging_opens_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    let Some(guard) = guard(folder.path()) else {
        return;
    };
    let common = ["--tags", TAGS, "-m", "nano"];
    let commands: [&[&str]; 6] = [
        &["classify", DOCUMENT],
        &["batch", GOLD, "-o", "out.jsonl"],
        &["batch", GOLD, "-o", "-"],
        &["eval", GOLD, "--report", "report.html"],
        &["prompt", DOCUMENT],
        &[
            "bench",
            "--tokens",
            "64",
            "--rounds",
            "1",
            "--parallel",
            "1",
        ],
    ];
    let questions = r#"{"a":{"type":"noul","instructions":"Is it?"}}"#;
    std::fs::write(folder.path().join("q.json"), questions).unwrap();
    let decided = run(
        &guard,
        folder.path(),
        &["decide", "q.json", GOLD, "-m", "nano"],
    );
    assert_eq!(decided.status.code(), Some(0), "{decided:?}");
    for command in commands {
        let output = run(&guard, folder.path(), &[command, &common].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), None, "{command:?}: {stderr}");
        assert_eq!(output.status.code(), Some(0), "{command:?}: {stderr}");
    }
}

#[test]
#[cfg(feature = "serve")]
fn serving_an_agent_opens_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    let Some(guard) = guard(folder.path()) else {
        return;
    };
    let plain = program(folder.path());
    let mut server = Command::new(guard)
        .arg(plain.get_program())
        .args(["mcp", "--tags", TAGS, "-m", "nano", "-q"])
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let output = BufReader::new(server.stdout.take().unwrap());
    let call = format!(r#""name":"tag_document","arguments":{{"path":"{DOCUMENT}"}}"#);
    let greeting = r#""protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}"#;
    for message in [
        format!(r#""id":1,"method":"initialize","params":{{{greeting}}}"#),
        r#""method":"notifications/initialized""#.to_owned(),
        format!(r#""id":2,"method":"tools/call","params":{{{call}}}"#),
    ] {
        writeln!(input, r#"{{"jsonrpc":"2.0",{message}}}"#).unwrap();
    }
    let answer = output.lines().nth(1).map(Result::unwrap);
    drop(input);
    let status = server.wait().unwrap();
    assert_eq!(status.signal(), None);
    assert_eq!(status.code(), Some(0));
    assert!(answer.unwrap().contains(r#""isError":false"#));
}

#[test]
#[cfg(feature = "download")]
fn the_guard_sees_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let Some(guard) = guard(folder.path()) else {
        return;
    };
    // A pull opens one; that nobody listens there does not matter.
    let args = [
        "-c",
        "HF_ENDPOINT=http://127.0.0.1:9 exec \"$0\" models pull a/b:c.gguf",
    ];
    let program = program(folder.path());
    let output = Command::new(&guard)
        .arg("/bin/sh")
        .args(args)
        .arg(program.get_program())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(SIGSYS), "{output:?}");
}
