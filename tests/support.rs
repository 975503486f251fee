//! Runs the program as a user does: in a folder of its own, with exact output.
//!
//! What a test does not mention has to be empty: a stray warning fails it.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A model in whose vocabulary every digit is a token of its own.
pub(crate) const DIGITS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-digits.gguf"
);

/// A model whose vocabulary joins `["`, `","` and `"]`, as MiniCPM3-4B's does.
pub(crate) const JOINED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-joined.gguf"
);

/// A model whose vocabulary also has tokens such as `17` and `33]`.
pub(crate) const MULTI: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-multi.gguf"
);

/// The program in a folder, where nothing of the user's own decides what it does.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minitag"));
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_CACHE_HOME", folder.join(".cache"));
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        let decides = ["MINITAG_", "HF_", "HUGGINGFACE_", "OLLAMA_", "SSL_CERT_"]
            .iter()
            .any(|begin| upper.starts_with(begin));
        if decides || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

/// Says, however the tests are run, why one looks at nothing here. With `MINITAG_STRICT=1`,
/// which CI sets, it fails.
#[track_caller]
pub(crate) fn skip(what: &str, why: &str) {
    let is_strict = std::env::var("MINITAG_STRICT").is_ok_and(|strict| strict == "1");
    assert!(!is_strict, "skipped: {what}: {why}");
    skip_without(what, why);
}

/// The same if the hardware or the right for it is missing, which no set-up brings.
pub(crate) fn skip_without(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// A library of `tests/fixtures`, made in a folder, that is preloaded before the program.
/// Where it cannot be made, that is said, and it is `None`.
pub(crate) fn preloaded(name: &str, folder: &Path) -> Option<PathBuf> {
    let source = format!("{}/tests/fixtures/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let library = folder.join(format!("{name}.so"));
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .args([&source, "-ldl"]);
    let is_made = compiler.status().is_ok_and(|status| status.success());
    if !(cfg!(target_os = "linux") && is_made) {
        skip(name, "no C compiler, or no library can be preloaded");
        return None;
    }
    Some(library)
}

/// One run of the program, and what is expected of it.
pub(crate) struct Test {
    folder: TempDir,
    command: Command,
    stdin: Vec<u8>,
    stdout: Option<String>,
    stderr: Option<String>,
    status: i32,
    lines: usize,
}

/// What the program said, for checks that no fixed text can make.
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Test {
    /// A run that succeeds and says nothing, until told otherwise.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = program(folder.path());
        Self {
            folder,
            command,
            stdin: Vec::new(),
            stdout: Some(String::new()),
            stderr: Some(String::new()),
            status: 0,
            lines: usize::MAX,
        }
    }

    /// Puts a file, and the folders it is in, into the run's folder.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// A path in the run's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn stdin(mut self, content: &str) -> Self {
        self.stdin = content.into();
        self
    }

    pub(crate) fn stdout(mut self, expected: impl Into<String>) -> Self {
        self.stdout = Some(expected.into());
        self
    }

    pub(crate) fn stderr(mut self, expected: impl Into<String>) -> Self {
        self.stderr = Some(expected.into());
        self
    }

    /// The caller looks at stdout itself.
    pub(crate) fn any_stdout(mut self) -> Self {
        self.stdout = None;
        self
    }

    /// The caller looks at stderr itself.
    pub(crate) fn any_stderr(mut self) -> Self {
        self.stderr = None;
        self
    }

    pub(crate) fn status(mut self, expected: i32) -> Self {
        self.status = expected;
        self
    }

    /// Closes stdout after so many lines, as `head` does.
    pub(crate) fn close_stdout_after(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// Runs the program and compares everything that was not left to the caller.
    #[track_caller]
    pub(crate) fn run(self) -> Output {
        self.run_then(|| ())
    }

    /// The same, and a look at the folder before it is removed.
    #[track_caller]
    pub(crate) fn run_then(self, after: impl FnOnce()) -> Output {
        self.run_while(|_| (), after)
    }

    /// The same, and something that is done while the program runs, with its process id.
    #[track_caller]
    pub(crate) fn run_while(mut self, during: impl FnOnce(String), after: impl FnOnce()) -> Output {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        during(child.id().to_string());
        // A program that fails early does not read it.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        let mut stdout = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        if self.lines == usize::MAX {
            reader.read_to_string(&mut stdout).unwrap();
        } else {
            for _ in 0..self.lines {
                reader.read_line(&mut stdout).unwrap();
            }
        }
        drop(reader);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        after();
        let mut wrong = String::new();
        for (what, expected, actual) in [
            ("stdout", &self.stdout, &stdout),
            ("stderr", &self.stderr, &stderr),
        ] {
            if let Some(expected) = expected.as_ref().filter(|&e| e != actual) {
                let _ = writeln!(wrong, "{what} is:\n{actual}\ninstead of:\n{expected}");
            }
        }
        if output.status.code() != Some(self.status) {
            let (actual, expected) = (output.status, self.status);
            let _ = writeln!(wrong, "{actual} instead of {expected}; stderr: {stderr}");
        }
        assert!(wrong.is_empty(), "{wrong}");
        Output { stdout, stderr }
    }
}
