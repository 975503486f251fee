//! Tells the program which commit it was built from and which llama.cpp is in
//! it. Never fails: where git or the lock file is missing, less is said.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=Cargo.lock");
    // A commit on a branch changes the second alone. A file that is not there would count as
    // changed at every build.
    let watched = ["HEAD", "logs/HEAD"].map(|file| git(&["rev-parse", "--git-path", file]));
    for file in watched.iter().flatten().filter(|f| Path::new(f).exists()) {
        println!("cargo:rerun-if-changed={file}");
    }
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let llama = version_of(&lock, "llama-cpp-sys-2").unwrap_or("unknown");
    let commit = git(&["rev-parse", "--short", "HEAD"]);
    let commit = commit.map_or(String::new(), |commit| format!("{commit}, "));
    let version = env!("CARGO_PKG_VERSION");
    println!("cargo:rustc-env=MINITAG_VERSION={version} ({commit}llama-cpp-sys-2 {llama})");
}

fn version_of<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

/// What git says; nothing if this folder is no repository of its own.
fn git(args: &[&str]) -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git").args(args).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !said.is_empty()).then_some(said)
}
