//! The commands of README.md, CONTRIBUTING.md and `docs/`: they run as they stand, and print
//! what is shown.
//!
//! A `sh` block is run by a shell in a fresh copy of the repository's documents and examples,
//! after the blocks before it on the same page. One that cannot be run here has a comment before
//! it, `<!-- not run: REASON -->`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Test, program, skip_without};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What keeps a block from being run, and nothing else does.
const REASONS: [&str; 5] = [
    "builds the program",
    "needs a model of several GB",
    "needs other programs",
    "needs the network",
    "takes minutes",
];

/// A fenced block of a page.
struct Block<'t> {
    language: &'t str,
    /// Why it is not run.
    reason: Option<&'t str>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let reason = before.strip_prefix("<!-- not run: ");
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                language,
                reason: reason.and_then(|reason| reason.strip_suffix(" -->")),
                text: inside.join("\n") + "\n",
            });
        }
        before = line;
    }
    blocks
}

/// The pages, by name.
fn pages() -> Vec<(String, String)> {
    let docs = fs::read_dir(format!("{ROOT}/docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().display()));
    let mut names: Vec<String> = docs
        .filter(|name| Path::new(name).extension() == Some("md".as_ref()))
        .collect();
    names.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    names.sort();
    let text = |name: &String| fs::read_to_string(format!("{ROOT}/{name}")).unwrap();
    names
        .iter()
        .map(|name| (name.clone(), text(name)))
        .collect()
}

/// Copies what the commands are about.
fn copy(folder: &Path) {
    for within in ["docs", "examples"] {
        fs::create_dir(folder.join(within)).unwrap();
        for entry in fs::read_dir(format!("{ROOT}/{within}")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap();
                fs::copy(&path, folder.join(within).join(name)).unwrap();
            }
        }
    }
    fs::copy(format!("{ROOT}/README.md"), folder.join("README.md")).unwrap();
}

/// What keeps blocks from running is few things, and it keeps fewer than do run.
#[test]
fn blocks_that_are_not_run_say_why_and_are_few() {
    let (mut run, mut not_run) = (0, 0);
    for (name, page) in pages() {
        for block in blocks(&page).iter().filter(|block| block.language == "sh") {
            match block.reason {
                Some(reason) => {
                    assert!(REASONS.contains(&reason), "{name}: {reason}");
                    not_run += 1;
                }
                None => run += 1,
            }
        }
        let comments = page.matches("<!-- not run:").count();
        let used = blocks(&page).iter().filter(|b| b.reason.is_some()).count();
        assert_eq!(comments, used, "{name}: a comment is not before a block");
    }
    assert!(run > not_run && run >= 20, "{run} run, {not_run} do not");
}

#[cfg(unix)]
#[test]
fn every_command_runs_as_it_stands() {
    let bin = Path::new(env!("CARGO_BIN_EXE_minitag")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let missing: Vec<&str> = ["jq", "python3"].into_iter().filter(|p| !has(p)).collect();
    for (name, page) in pages() {
        let folder = tempfile::tempdir().unwrap();
        copy(folder.path());
        for block in blocks(&page) {
            if block.language != "sh" || block.reason.is_some() {
                continue;
            }
            if let Some(program) = missing.iter().find(|&&p| block.text.contains(p)) {
                skip_without(&format!("a block of {name}"), program);
                continue;
            }
            // The variables of `program`, and a shell in its place.
            let mut shell = Command::new("bash");
            for (variable, value) in program(folder.path()).get_envs() {
                match value {
                    Some(value) => shell.env(variable, value),
                    None => shell.env_remove(variable),
                };
            }
            let output = shell
                .args(["-euo", "pipefail", "-c", &block.text])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}:\n{}\n{said}", block.text);
        }
    }
}

/// The commands of a `console` block, each with the lines that follow it.
fn runs(text: &str) -> Vec<(String, String)> {
    let mut runs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ minitag ") {
            runs.push((command.to_owned(), String::new()));
        } else {
            let output = &mut runs.last_mut().unwrap().1;
            output.push_str(line);
            output.push('\n');
        }
    }
    runs
}

#[test]
fn every_run_prints_what_is_shown() {
    let mut shown = 0;
    for (name, page) in pages() {
        for block in blocks(&page) {
            if block.language != "console" {
                continue;
            }
            for (command, output) in runs(&block.text) {
                let test = Test::new();
                copy(&test.path(""));
                let run = test
                    .args(command.split(' '))
                    .any_stderr()
                    .any_stdout()
                    .run();
                assert_eq!(run.stdout, output, "{name}: {command}");
                shown += 1;
            }
        }
    }
    assert!(shown > 0);
}

#[test]
fn the_readme_is_short() {
    let text = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    assert!(text.lines().count() < 150);
}
