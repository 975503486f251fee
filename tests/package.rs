//! What `cargo package` puts into the crate: what building and using it takes, and no corpus.

use std::path::Path;
use std::process::Command;

use crate::architecture::sources;
use crate::circles::code;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files at its top: those of cargo, and ours.
const FILES: [&str; 8] = [
    ".cargo_vcs_info.json",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE",
    "README.md",
    "build.rs",
];

/// Two models make up nearly all of its size.
const MODELS: [&str; 3] = [
    "models/minitag-nano.gguf",
    "models/registry.toml",
    "models/vectors/minitag-vectors.gguf",
];

fn listed() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.replace('\\', "/")).collect()
}

#[test]
fn nothing_else_is_in_the_crate() {
    let is_meant = |file: &str| match file.split_once('/') {
        None => FILES.contains(&file),
        Some(("models", _)) => MODELS.contains(&file),
        Some((folder, _)) => ["docs", "examples", "src"].contains(&folder),
    };
    let files = listed();
    assert!(files.len() > 100, "{files:?}");
    let other: Vec<&String> = files.iter().filter(|file| !is_meant(file)).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn what_is_built_in_is_in_the_crate() {
    let files = listed();
    let mut found = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut found);
    let mut read = 0;
    for (name, text) in &found {
        let code = code(text);
        let quoted = code.split("include_str!(\"").skip(1);
        for rest in quoted.chain(code.split("include_bytes!(\"").skip(1)) {
            let mut path = vec!["src"];
            path.extend(name.split('/'));
            path.pop();
            for part in rest.split('"').next().unwrap().split('/') {
                if part == ".." {
                    path.pop();
                } else {
                    path.push(part);
                }
            }
            let path = path.join("/");
            assert!(files.contains(&path), "src/{name} reads {path}");
            read += 1;
        }
    }
    assert!(read > 10, "{read}");
}
