//! `minitag batch`: catalogues in, lines out, whatever happens on the way.
//!
//! Most runs use the built-in model, with tags that it knows. What decides here is not
//! which tags come out but that they are the same ones again.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program;

mod catalogues;
mod crash;
mod disk;
mod failures;
#[cfg(target_os = "linux")]
mod faults;
mod filter;
mod formats;
mod json;
mod later;
mod memory;
mod outputs;
mod parallel;
mod redo;
mod resume;
mod signals;
mod workers;

const TAGS: &str = r#"[{"id":1,"name":"ai"},{"id":2,"name":"cli"},{"id":3,"name":"database"},{"id":10,"name":"game"},{"id":14,"name":"lib"}]"#;

/// Nothing takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder with a tag list, in which the program runs several times.
struct Place {
    folder: TempDir,
}

/// How a run went.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    /// `None` where it was killed.
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        place.write("tags.json", TAGS);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn append(&self, name: &str, content: &str) {
        let file = fs::OpenOptions::new().append(true).open(self.path(name));
        file.unwrap().write_all(content.as_bytes()).unwrap();
    }

    /// A file's content; empty where there is no such file.
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// `minitag batch` with the tag list and the built-in model, unless others are named.
    fn command(&self, args: &str) -> Command {
        let mut command = program(self.folder.path());
        command.arg("batch").args(args.split_whitespace());
        for (option, value) in [("--tags", "tags.json"), ("-m", "nano")] {
            if !args.contains(&format!("{option} ")) {
                command.args([option, value]);
            }
        }
        command
    }

    /// Runs it to its end.
    fn run(&self, args: &str) -> Ran {
        Ran::of(&self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    /// The same, with an input from a pipe.
    fn pipe(&self, args: &str, input: &str) -> Ran {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Runs `minitag eval` with the tag list.
    fn eval(&self, args: &str) -> Ran {
        let mut command = program(self.folder.path());
        command.arg("eval").args(args.split_whitespace());
        Ran::of(&command.args(["--tags", "tags.json"]).output().unwrap())
    }

    /// Runs it and compares its exit code and what it says.
    #[track_caller]
    fn expect(&self, args: &str, status: i32, stderr: &str) {
        let ran = self.run(args);
        let expected = (Some(status), stderr);
        assert_eq!((ran.status, ran.stderr.as_str()), expected);
    }

    /// Runs it in the background, to be talked with.
    fn start(&self, args: &str) -> Running {
        Running::new(self.command(args))
    }

    /// Waits until a file has so many lines.
    #[track_caller]
    fn wait_for_lines(&self, name: &str, lines: usize) {
        let started = Instant::now();
        while self.read(name).lines().count() < lines {
            assert!(started.elapsed() < PATIENCE, "{}", self.read(name));
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A program in the background, whose lines come one by one.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    fn new(mut command: Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: lines(child.stdout.take().unwrap()),
            stderr: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    fn write(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The next line of stdout.
    #[track_caller]
    fn line(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).unwrap()
    }

    /// The next line of stderr.
    #[track_caller]
    fn message(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).unwrap()
    }

    /// Sends a signal by its name, such as `INT`.
    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The process in which it does its work; `None` where there is none, or the system
    /// does not tell.
    fn worker(&self) -> Option<u32> {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
        children.split_whitespace().find_map(|pid| pid.parse().ok())
    }

    fn kill(&mut self) {
        let worker = self.worker();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // It ends by itself, but not as hard.
        if let Some(pid) = worker {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).output();
        }
    }

    /// Its exit code, and the lines that nobody has read yet.
    fn end(&mut self) -> Ran {
        let status = self.child.wait().unwrap().code();
        let rest = |lines: &Receiver<String>| lines.iter().fold(String::new(), |all, l| all + &l);
        Ran {
            status,
            stdout: rest(&self.stdout),
            stderr: rest(&self.stderr),
        }
    }
}

fn signal(pid: u32, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// A test that fails leaves nothing running.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe, as they come.
fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = String::new();
        while pipe.read_line(&mut line).unwrap() > 0 {
            if sender.send(std::mem::take(&mut line)).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A short text about one of a few things.
fn text(n: usize) -> String {
    const THINGS: [&str; 11] = [
        "a parser library for Rust",
        "a database engine with SQL",
        "a puzzle game",
        "a command line tool",
        "a neural network that writes text",
        "a chess engine",
        "a key-value store",
        "bindings for a C library",
        "a text adventure in the terminal",
        "a model that finds faces",
        "a garden diary",
    ];
    let (one, other) = (THINGS[n % 11], THINGS[(n * 7 + n / 11) % 11]);
    format!("Number {n}: {one}, together with {other}.")
}

fn record(n: usize) -> String {
    format!("{{\"id\":\"{n}\",\"text\":\"{}\"}}\n", text(n))
}

fn records(numbers: std::ops::Range<usize>) -> String {
    numbers.map(record).collect()
}

/// The ids of JSON lines, in order.
fn ids(lines: &str) -> Vec<String> {
    let id = |line| -> String {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    lines.lines().map(id).collect()
}

/// JSON lines with nothing but id and tags.
fn tags_of(lines: &str) -> String {
    lines.lines().fold(String::new(), |mut all, line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let _ = writeln!(all, "{} {}", line["id"], line["tags"]);
        all
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout == b"0\n")
}

/// A small file system of its own, gone when the test is over.
struct Mount {
    path: PathBuf,
}

impl Mount {
    /// `None` where that is not possible here.
    fn new(path: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(path);
        let mounted = is_root() && mount.status().is_ok_and(|status| status.success());
        let path = path.to_owned();
        mounted.then_some(Self { path })
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{options}")]);
        assert!(mount.arg(&self.path).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

/// Lines, ids and messages of error records.
fn errors(lines: &str) -> Vec<(u64, Option<String>, String)> {
    let error = |line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["id"].as_str().map(str::to_owned);
        let message = line["error"]["message"].as_str().unwrap().to_owned();
        (line["line"].as_u64().unwrap(), id, message)
    };
    lines.lines().map(error).collect()
}
