//! Who may use whom: the module map of the crate, enforced.
//!
//! Reads text, not meaning: a macro or a re-export could hide a dependency. To be
//! able to look at a file without its unit tests, these have to come last in it.

use std::fs;
use std::path::Path;

/// Bottom to top: a module uses itself and those before it.
const ORDER: [&str; 28] = [
    "whole_file",
    "layout",
    "memory",
    "table",
    "tags",
    "vocab",
    "document",
    "models",
    "evidence",
    "prompt",
    "constraint",
    "engine",
    "inspect",
    "decide",
    "classifier",
    "bench",
    "forecast",
    "explain",
    "wire",
    "service",
    "runner",
    "eval",
    "review",
    "sft",
    "learn",
    "calibrate",
    "tune",
    "cli",
];

/// A crate, and the only places that may name it.
const CONFINED: [(&str, &[&str]); 10] = [
    ("llama_cpp_2", &["engine/llama/"]),
    ("llama_cpp_sys_2", &["engine/llama/quantize.rs"]),
    ("unsafe_code", &["engine/llama/quantize.rs"]),
    ("clap", &["cli/"]),
    ("rusqlite", &["runner/journal/"]),
    // Agents.
    ("rmcp", &["cli/mcp/"]),
    // The network.
    ("ureq", &["models/fetch.rs"]),
    ("hyper", &["cli/serve/"]),
    ("net", &["models/fetch.rs", "cli/serve/"]),
    ("tokio", &["cli/mcp/", "cli/serve/"]),
];

/// A longer file is about more than one idea.
const MOST_LINES: usize = 400;

/// What is wrong with one source file, `path` being relative to `src/`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (code, tests) = match text.split_once("\n#[cfg(test)]\nmod tests {\n") {
        Some((code, tests)) => (code, tests),
        None => (text, ""),
    };
    let after_tests = tests.split_once("\n}\n").map_or("", |(_, after)| after);
    if !after_tests.trim().is_empty() {
        faults.push("code after the unit tests".to_owned());
    }
    if !text.starts_with("//!") {
        faults.push("no `//!` at its head".to_owned());
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        faults.push(format!("{lines} lines, which are more than {MOST_LINES}"));
    }
    let code: Vec<&str> = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    for forbidden in ["super::super", "use super::*"] {
        if code.contains(forbidden) {
            faults.push(format!("`{forbidden}`"));
        }
    }
    for (name, homes) in CONFINED {
        let names = code
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == name);
        if names && !homes.iter().any(|home| path.starts_with(home)) {
            faults.push(format!("`{name}` outside `{}`", homes.join("`, `")));
        }
    }
    let module = path.split(['/', '.']).next().unwrap();
    let Some(level) = ORDER.iter().position(|&m| m == module) else {
        // lib.rs and main.rs are the map itself.
        return faults;
    };
    for used in used_modules(&code) {
        match ORDER.iter().position(|&m| m == used) {
            Some(other) if other <= level => {}
            Some(_) => faults.push(format!("`{module}` uses `{used}`, which stands above it")),
            None => faults.push(format!("`{used}` is not in the order of modules")),
        }
    }
    faults
}

/// The first segments of all paths that begin with `crate::`, groups included.
fn used_modules(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            // Only the names at the group's own level.
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => used.push(std::mem::take(&mut name)),
                    _ if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            used.push(name);
        } else {
            used.push(rest.to_owned());
        }
    }
    let first = |path: String| {
        let path = path.trim().to_owned();
        path.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .unwrap()
            .to_owned()
    };
    used.into_iter()
        .map(first)
        .filter(|name| !name.is_empty())
        .collect()
}

pub(crate) fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_module_uses_only_those_below_it() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 20, "the sources were not found");
    let faults: Vec<String> = found
        .iter()
        .flat_map(|(path, text)| {
            faults(path, text)
                .into_iter()
                .map(move |f| format!("src/{path}: {f}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn planted_faults_are_found() {
    for (path, text, fault) in [
        (
            "tags.rs",
            "//! x\nuse crate::engine::Engine;\n",
            "`tags` uses `engine`, which stands above it",
        ),
        (
            "tags.rs",
            "//! x\nuse crate::{vocab::Token, cli};\n",
            "`tags` uses `vocab`, which stands above it",
        ),
        (
            "decide.rs",
            "//! x\nfn f() { crate::classifier::g(); }\n",
            "`decide` uses `classifier`, which stands above it",
        ),
        (
            "prompt/mod.rs",
            "//! x\nuse super::super::engine;\n",
            "`super::super`",
        ),
        ("prompt/mod.rs", "//! x\nuse super::*;\n", "`use super::*`"),
        (
            "decide.rs",
            "//! x\nuse llama_cpp_2::token::LlamaToken;\n",
            "`llama_cpp_2` outside `engine/llama/`",
        ),
        (
            "models/pull.rs",
            "//! x\nuse std::net::TcpStream;\n",
            "`net` outside `models/fetch.rs`, `cli/serve/`",
        ),
        (
            "tags.rs",
            "//! x\n#[derive(clap::ValueEnum)]\nenum A {}\n",
            "`clap` outside `cli/`",
        ),
        (
            "tags.rs",
            "//! x\n\n#[cfg(test)]\nmod tests {\n    use a;\n}\nfn hidden() {}\n",
            "code after the unit tests",
        ),
        ("tags.rs", "fn f() {}\n", "no `//!` at its head"),
        (
            "tags.rs",
            &format!("//! x\n{}", "\n".repeat(400)),
            "401 lines, which are more than 400",
        ),
        (
            "tags.rs",
            "//! x\nuse crate::nowhere::x;\n",
            "`nowhere` is not in the order of modules",
        ),
    ] {
        assert!(
            faults(path, text).contains(&fault.to_owned()),
            "{path}: {fault}"
        );
    }
}

#[test]
fn unit_tests_and_comments_are_not_looked_at() {
    let text = "//! x\n// use crate::cli;\n\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\n";
    assert_eq!(faults("tags.rs", text), [""; 0]);
}
