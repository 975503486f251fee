//! What the program depends on: nothing that reaches a network, unless asked for.

use std::collections::BTreeSet;
use std::process::Command;

/// Crates of which any one would mean a network: HTTP, TLS, sockets, runtimes.
const NETWORK: [&str; 15] = [
    "ureq",
    "ureq-proto",
    "rustls",
    "ring",
    "native-tls",
    "openssl",
    "http",
    "httparse",
    "hyper",
    "reqwest",
    "curl",
    "socket2",
    "mio",
    "tokio",
    "webpki-roots",
];

/// The names of all crates that the program is built of; one that is there in two versions
/// counts twice.
fn crates(features: &[&str]) -> Vec<String> {
    tree("normal,build", features)
}

fn tree(edges: &str, features: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--edges", edges, "--format", "{p}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    // What was listed before is marked.
    let crates: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    let names = crates.iter().filter_map(|line| line.split(' ').next());
    names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

#[test]
fn without_download_no_crate_reaches_a_network() {
    let found = crates(&["--no-default-features", "--features", "cli"]);
    assert!(found.contains(&"llama-cpp-2".to_owned()));
    // It is there for the names in the cache alone.
    assert!(found.contains(&"hf-hub".to_owned()));
    for name in NETWORK {
        assert!(!found.contains(&name.to_owned()), "`{name}` is in the tree");
    }
    // The list knows what it looks for.
    let with = crates(&["--features", "download"]);
    assert!(with.contains(&"ureq".to_owned()) && with.contains(&"rustls".to_owned()));
}

/// The README says how many.
#[test]
fn the_library_alone_is_lean() {
    let found = tree("normal", &["--no-default-features"]);
    let readme = include_str!("../../README.md");
    let (before, _) = readme
        .split_once(" crates, without the command line")
        .unwrap();
    let said = before.rsplit(' ').next().unwrap();
    // Its own name is among them.
    assert_eq!(said, (found.len() - 1).to_string());
    for name in ["clap", "indicatif", "rusqlite", "maud", "anyhow"] {
        assert!(!found.contains(&name.to_owned()), "`{name}` is in the tree");
    }
}

#[test]
fn with_download_there_is_no_runtime() {
    let found = crates(&["--no-default-features", "--features", "cli,download"]);
    for name in ["tokio", "reqwest", "hyper", "openssl", "native-tls"] {
        assert!(!found.contains(&name.to_owned()), "`{name}` is in the tree");
    }
}
