//! A model is its content: what that means for journals, calibrations and kept states.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::{DIGITS, program};

/// A folder in which runs with a model follow each other.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("m.gguf"), padded()).unwrap();
        fs::write(
            folder.path("tags.json"),
            r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"}]"#,
        )
        .unwrap();
        let text = "All about ai.";
        fs::write(
            folder.path("in.jsonl"),
            format!("{{\"id\":1,\"text\":\"{text}\"}}\n"),
        )
        .unwrap();
        let line = |n: u32| format!("{{\"id\":{n},\"text\":\"{text}\",\"tags\":[17]}}\n");
        let gold = [1, 2, 3, 4].map(line).concat();
        fs::write(folder.path("gold.jsonl"), gold).unwrap();
        // So that its hash is remembered.
        thread::sleep(Duration::from_millis(80));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Exit code and stderr of a run.
    fn run(&self, args: &str, model: &str) -> (i32, String) {
        let output = program(self.0.path())
            .args(args.split_whitespace())
            .args(["--tags", "tags.json", "-m", model])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), stderr)
    }

    fn batch(&self, model: &str) -> (i32, String) {
        self.run("batch in.jsonl -o out.jsonl", model)
    }

    /// What is remembered of models' hashes.
    fn remembered(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.path(".cache/minitag/hashes"));
        files.unwrap().map(|file| file.unwrap().path()).collect()
    }
}

/// The tiny model with so much metadata that its weights lie behind the first 8 MiB.
fn padded() -> Vec<u8> {
    let model = fs::read(DIGITS).unwrap();
    let number = |at: usize| u64::from_le_bytes(model[at..at + 8].try_into().unwrap());
    let mut bytes = model[..16].to_vec();
    bytes.extend((number(16) + 1).to_le_bytes());
    let key = b"general.padding";
    bytes.extend((key.len() as u64).to_le_bytes());
    bytes.extend(key);
    bytes.extend(8_u32.to_le_bytes());
    // As long as keeps the rest where the alignment has it.
    let head = bytes.len() + 8 - 24;
    let length = (9_usize << 20) + 32 - head % 32;
    bytes.extend((length as u64).to_le_bytes());
    bytes.resize(bytes.len() + length, b'x');
    bytes.extend(&model[24..]);
    bytes
}

/// Other weights in as many bytes, with the time of the last change put back.
fn change(path: &Path) {
    let time = path.metadata().unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    let end = bytes.len();
    for byte in &mut bytes[end - 4096..] {
        *byte ^= 1;
    }
    fs::write(path, bytes).unwrap();
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn the_same_bytes_under_another_name_go_on() {
    let folder = Folder::new();
    assert_eq!(folder.batch("m.gguf").0, 0);
    fs::copy(folder.path("m.gguf"), folder.path("other.gguf")).unwrap();
    let known = "note: 1 tagged, 0 failed, 1 of them known already\n";
    assert_eq!(folder.batch("other.gguf"), (0, known.to_owned()));
    fs::rename(folder.path("other.gguf"), folder.path("m.gguf")).unwrap();
    assert_eq!(folder.batch("m.gguf"), (0, known.to_owned()));
}

#[test]
fn changed_bytes_are_another_model() {
    let folder = Folder::new();
    assert_eq!(folder.batch("m.gguf").0, 0);
    assert_eq!(folder.remembered().len(), 1);
    change(&folder.path("m.gguf"));
    let refused = "error: `out.jsonl` was begun with other settings: the model is still called \
                   `m.gguf`, but the content of its file is another\n";
    let (status, stderr) = folder.batch("m.gguf");
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.starts_with(refused), "{stderr}");
    fs::rename(folder.path("m.gguf"), folder.path("n.gguf")).unwrap();
    let (status, stderr) = folder.batch("n.gguf");
    assert_eq!(status, 2, "{stderr}");
    let renamed = "the model was `m.gguf` and is `n.gguf`, with other content";
    assert!(stderr.contains(renamed), "{stderr}");
    let redone = folder.run("batch in.jsonl -o out.jsonl --redo", "n.gguf");
    assert_eq!(redone.0, 0, "{}", redone.1);
}

/// A remembered hash that is damaged or gone is found out anew.
#[test]
fn a_damaged_memory_does_no_harm() {
    let folder = Folder::new();
    assert_eq!(folder.batch("m.gguf").0, 0);
    for damage in [&b""[..], b"{}", b"\xff\0"] {
        let remembered = folder.remembered();
        assert_eq!(remembered.len(), 1);
        fs::write(&remembered[0], damage).unwrap();
        let (status, stderr) = folder.batch("m.gguf");
        assert_eq!(status, 0, "{stderr}");
        let whole = fs::read_to_string(&folder.remembered()[0]).unwrap();
        assert!(whole.contains("m.gguf"), "{whole}");
    }
    let list = program(folder.0.path()).args(["cache", "list"]).output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    assert!(list.contains("hash of "), "{list}");
    let clear = program(folder.0.path()).args(["cache", "clear"]).output();
    assert!(clear.unwrap().status.success());
    assert_eq!(folder.remembered().len(), 0);
    assert_eq!(folder.batch("m.gguf").0, 0);
}

#[test]
fn a_calibration_goes_with_the_content() {
    let folder = Folder::new();
    let made = folder.run("calibrate gold.jsonl -o c.json --prior batch", "m.gguf");
    assert_eq!(made.0, 0, "{}", made.1);
    fs::copy(folder.path("m.gguf"), folder.path("other.gguf")).unwrap();
    let classify = "classify tags.json --calibration c.json";
    let accepted = folder.run(classify, "other.gguf");
    assert_eq!(accepted, (0, String::new()));
    change(&folder.path("m.gguf"));
    let (status, stderr) = folder.run(classify, "m.gguf");
    assert_eq!(status, 2, "{stderr}");
    let refused = "error: the calibration `c.json` cannot be used: it was made for something else: the model is \
                   still called `m.gguf`, but the content of its file is another\n";
    assert!(stderr.starts_with(refused), "{stderr}");
    // As a version before wrote it.
    let text = fs::read_to_string(folder.path("c.json")).unwrap();
    let (before, rest) = text.split_once("xxh3-128:").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    let old = format!("{before}m.gguf 3 78af5f94892f3950\"{after}");
    fs::write(folder.path("c.json"), old).unwrap();
    let (status, stderr) = folder.run(classify, "other.gguf");
    assert_eq!(status, 2, "{stderr}");
    let refused = "the model was `m.gguf 3 78af5f94892f3950`, by name, size and beginning as \
                   earlier versions told models, which does not show that it is this `other.gguf`";
    assert!(stderr.contains(refused), "{stderr}");
}
