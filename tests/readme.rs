//! The README's runs: what it shows is what the program prints.

use std::fs;

use crate::support::Test;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The commands of all `console` blocks, each with the lines that follow it.
fn runs(text: &str) -> Vec<(String, String)> {
    let mut runs: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (inside, line.strip_prefix("$ minitag ")) {
            (_, _) if line.starts_with("```") => inside = line == "```console",
            (true, Some(command)) => runs.push((command.to_owned(), String::new())),
            (true, None) => {
                let output = &mut runs.last_mut().unwrap().1;
                output.push_str(line);
                output.push('\n');
            }
            (false, _) => {}
        }
    }
    runs
}

#[test]
fn every_run_prints_what_the_readme_shows() {
    let text = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let shown = runs(&text);
    assert!(!shown.is_empty());
    for (command, output) in shown {
        let mut run = Test::new();
        for entry in fs::read_dir(format!("{ROOT}/examples")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let name = format!("examples/{}", path.file_name().unwrap().to_str().unwrap());
            run = run.file(&name, fs::read(path).unwrap());
        }
        run.args(command.split(' '))
            .any_stderr()
            .stdout(output)
            .run();
    }
}

#[test]
fn the_readme_is_short() {
    let text = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    assert!(text.lines().count() < 150);
}
