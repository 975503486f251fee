//! The examples for Python. They run where pandas is; how the notebook is stored is looked at
//! everywhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{program, skip_without};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/python");
const NOTEBOOK: &str = include_str!("../examples/python/table.ipynb");

/// Runs the cells of a notebook, one after the other.
const RUN: &str = "import json, sys
for cell in json.load(open(sys.argv[1]))['cells']:
    if cell['cell_type'] == 'code':
        exec(''.join(cell['source']))
print(tagged['names'].to_json())";

/// What Python prints in the folder of the examples; `None`, said aloud, without pandas.
fn python(args: &[&str]) -> Option<String> {
    let pandas = Command::new("python3")
        .args(["-c", "import pandas"])
        .output();
    if !pandas.is_ok_and(|output| output.status.success()) {
        skip_without("an example for Python", "there is no pandas");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_minitag")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("python3");
    // The variables of `program`, and Python in its place.
    for (variable, value) in program(folder.path()).get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    let output = command
        .args(args)
        .current_dir(FOLDER)
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_table_is_tagged() {
    let args = ["tagging.py", "--tags", "../tags.json", "--names"];
    let Some(printed) = python(&args) else {
        return;
    };
    let rows: Vec<&str> = printed.lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "{printed}");
    assert!(rows[0].contains("[database]"), "{printed}");
    assert!(rows[1].contains("the document is empty"), "{printed}");
    assert!(rows[2].contains("[game]"), "{printed}");
}

#[test]
fn the_notebook_runs() {
    let Some(printed) = python(&["-c", RUN, "table.ipynb"]) else {
        return;
    };
    let last = printed.lines().last().unwrap();
    let names: Value = serde_json::from_str(last).unwrap();
    assert_eq!(names["lanternfish.md"][0], "message-queue", "{printed}");
}

/// Outputs would go stale, and a cell without an id of its own is no cell of format 4.5.
#[test]
fn the_notebook_has_no_outputs() {
    let notebook: Value = serde_json::from_str(NOTEBOOK).unwrap();
    assert_eq!(notebook["nbformat"], 4);
    assert_eq!(notebook["nbformat_minor"], 5);
    let cells = notebook["cells"].as_array().unwrap();
    let ids: BTreeSet<&str> = cells.iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), cells.len());
    for cell in cells.iter().filter(|cell| cell["cell_type"] == "code") {
        assert_eq!(cell["outputs"], Value::Array(Vec::new()));
        assert_eq!(cell["execution_count"], Value::Null);
    }
}
