//! Tells the program which commit it was built from and which llama.cpp is in
//! it. Never fails: where git or the lock file is missing, less is said.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=Cargo.lock");
    println!("cargo:rerun-if-changed=.git/HEAD");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let llama = version_of(&lock, "llama-cpp-sys-2").unwrap_or("unknown");
    let commit = commit().map_or(String::new(), |commit| format!("{commit}, "));
    let version = env!("CARGO_PKG_VERSION");
    println!("cargo:rustc-env=MINITAG_VERSION={version} ({commit}llama-cpp-sys-2 {llama})");
}

fn version_of<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

fn commit() -> Option<String> {
    let output = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !commit.is_empty()).then(|| commit.trim().to_owned())
}
