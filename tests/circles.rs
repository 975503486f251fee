//! No file depends on itself by way of others.
//!
//! A path such as `crate::a::b::Name` leads to the file that has the name, through what is
//! re-exported on the way. A file may use what the module files above it define: these say
//! what a folder is about. Reads text, not meaning, as `architecture` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::architecture::sources;

/// A source file: its name below `src/`, and what it uses.
struct File {
    /// Paths behind `crate::`.
    uses: Vec<String>,
    /// Names that it passes on, with their paths.
    re_exports: BTreeMap<String, String>,
}

type Files = BTreeMap<String, File>;

/// The code of a file, without its comments and unit tests.
pub(crate) fn code(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests {\n").next().unwrap();
    let lines = code.lines().filter(|l| !l.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths in what stands between `use crate::` and `;`.
fn expand(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.split_whitespace().collect()];
    };
    let (mut depth, mut part, mut paths) = (0, String::new(), Vec::new());
    for c in rest.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => paths.extend(expand(&std::mem::take(&mut part))),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                part.push(c);
            }
        }
    }
    paths.extend(expand(&part));
    let before: String = before.split_whitespace().collect();
    let paths = paths.into_iter().filter(|path| !path.is_empty());
    paths.map(|path| format!("{before}{path}")).collect()
}

/// Whether a name stands in a text as a word.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}

fn file(text: &str) -> File {
    let code = code(text);
    let (mut uses, mut re_exports, mut rest) = (Vec::new(), BTreeMap::new(), String::new());
    for statement in code.split_inclusive(';') {
        let Some((before, tree)) = statement.split_once("use crate::") else {
            rest.push_str(statement);
            continue;
        };
        let last = before.lines().last().unwrap_or_default();
        let paths = expand(tree.trim_end_matches(';'));
        if last.trim_start().starts_with("pub") {
            let named = |path: String| (path.rsplit("::").next().unwrap().to_owned(), path);
            re_exports.extend(paths.into_iter().map(named));
        } else {
            uses.extend(paths);
        }
        rest.push_str(before);
    }
    for (_, after) in rest
        .match_indices("crate::")
        .map(|(at, _)| rest.split_at(at))
    {
        let path = after.trim_start_matches("crate::");
        let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        uses.push(
            path[..end.unwrap_or(path.len())]
                .trim_end_matches(':')
                .to_owned(),
        );
    }
    // What is passed on is used only if it is named once more.
    let again = re_exports.iter().filter(|(name, _)| names(&rest, name));
    uses.extend(again.map(|(_, path)| path.clone()));
    File { uses, re_exports }
}

/// The file that a path leads to.
fn target(path: &str, files: &Files, depth: usize) -> Option<String> {
    let parts: Vec<&str> = path.split("::").filter(|&part| part != "self").collect();
    let (length, found) = (1..=parts.len()).rev().find_map(|length| {
        let module = parts[..length].join("/");
        let candidates = [format!("{module}.rs"), format!("{module}/mod.rs")];
        let found = candidates.into_iter().find(|c| files.contains_key(c));
        found.map(|found| (length, found))
    })?;
    let passed_on = parts
        .get(length)
        .and_then(|&name| files[&found].re_exports.get(name));
    match passed_on {
        Some(path) if depth > 0 => target(path, files, depth - 1),
        _ => Some(found),
    }
}

/// For each file those that it depends on.
fn edges(files: &Files) -> BTreeMap<&str, BTreeSet<String>> {
    let of = |name: &String, file: &File| -> BTreeSet<String> {
        let targets = file.uses.iter().filter_map(|path| target(path, files, 8));
        let is_above = |other: &String| {
            let folder = other.strip_suffix("mod.rs");
            folder.is_some_and(|folder| name.starts_with(folder))
        };
        targets
            .filter(|other| !is_above(other) && other != name)
            .collect()
    };
    let all = files.iter();
    all.map(|(name, file)| (name.as_str(), of(name, file)))
        .collect()
}

/// Files that can be come to from themselves.
fn circles(files: &Files) -> Vec<String> {
    let edges = edges(files);
    let comes_back = |start: &str| {
        let mut open: Vec<&str> = edges[start].iter().map(String::as_str).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == start {
                return true;
            }
            if seen.insert(name) {
                open.extend(edges[name].iter().map(String::as_str));
            }
        }
        false
    };
    let names = files.keys().filter(|name| comes_back(name));
    names.cloned().collect()
}

fn read(sources: &[(String, String)]) -> Files {
    let sources = sources.iter();
    sources
        .map(|(name, text)| (name.clone(), file(text)))
        .collect()
}

#[test]
fn no_file_depends_on_itself() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let files = read(&found);
    assert!(files.len() > 100, "the sources were not found");
    let edges: usize = edges(&files).values().map(BTreeSet::len).sum();
    assert!(edges > 500, "{edges} dependencies were found");
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn a_planted_circle_is_found() {
    let sources = |c: &str| {
        [
            (
                "a/mod.rs",
                "mod b;\npub use crate::a::b::{B, Other as X};\npub struct A;\n",
            ),
            (
                "a/b.rs",
                "use crate::a::A;\nuse crate::c::{\n    d::D,\n};\npub struct B;\n",
            ),
            ("c/mod.rs", "pub mod d;\n"),
            ("c/d.rs", c),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
    };
    assert_eq!(circles(&read(&sources("pub struct D;\n"))), [""; 0]);
    let tested = "pub struct D;\n\n#[cfg(test)]\nmod tests {\n    use crate::a::B;\n}\n";
    assert_eq!(circles(&read(&sources(tested))), [""; 0]);
    for c in [
        "use crate::a::B;\npub struct D(B);\n",
        "pub struct D(crate::a::B);\n",
        "use crate::{a::b::B, c};\npub struct D;\n",
    ] {
        assert_eq!(circles(&read(&sources(c))), ["a/b.rs", "c/d.rs"], "{c}");
    }
}
