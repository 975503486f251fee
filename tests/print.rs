//! How reports are printed: as JSON, in the columns that there are, in colours.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::support::{DIGITS, Test};

const LOAM: &str = "# Loam\n\nAn embedded key-value database with transactions and a rather long \
                    sentence about them, in which 数据库引擎保证每个事务的原子性 as well.\n";

fn run(args: &[&str]) -> Test {
    Test::new()
        .file("tags.txt", "database\ngame\nsearch\n")
        .file("new.txt", "database\ngames\n")
        .file("loam.md", LOAM)
        .args(args)
}

/// Every command with a report has the same switch, and takes the old one.
#[test]
fn every_report_is_also_one_json_object() {
    for (args, key) in [
        (&["models", "list"][..], "models"),
        (&["models", "check", DIGITS], "layers"),
        (&["models", "plan", DIGITS], "total"),
        (&["cache", "list"], "prefixes"),
        (&["tags", "check", "tags.txt", "-m", DIGITS], "tokens"),
        (&["tags", "diff", "tags.txt", "new.txt"], "added"),
        (&["config", "show"], "options"),
        (&["doctor"], "devices"),
        (&["document", "loam.md"], "pieces"),
        (&["prompt", "loam.md", "--tags", "tags.txt"], "candidates"),
    ] {
        for switch in [&["--format", "json"][..], &["--json"]] {
            let test = run(args).args(switch).any_stdout().any_stderr();
            let stdout = test.run().stdout;
            let report: Value = serde_json::from_str(&stdout).unwrap();
            assert!(!report[key].is_null(), "{args:?}: {stdout}");
            assert_eq!(stdout.lines().count(), 1);
        }
    }
}

#[test]
fn a_changed_list_and_its_warnings_are_in_the_json() {
    run(&["tags", "diff", "tags.txt", "new.txt", "--format", "json"])
        .stdout(
            "{\"added\":[{\"id\":\"games\",\"name\":\"games\"}],\
             \"removed\":[{\"id\":\"game\",\"name\":\"game\"},{\"id\":\"search\",\"name\":\"search\"}],\
             \"changed\":[],\"reordered\":false}\n",
        )
        .run();
    run(&["tags", "check", "twice.txt", "--format", "json"])
        .file("twice.txt", "C\nC++\n")
        .stdout(
            "{\"tags\":2,\"warnings\":[\"the names `C` and `C++` differ only in case or punctuation\"]}\n",
        )
        .run();
}

/// A report is as wide as the terminal, and no word is cut.
#[test]
fn lines_end_between_words() {
    let explain = |columns: &str| {
        let args = [
            "explain", "loam.md", "--tags", "tags.txt", "-m", "nano", "-q",
        ];
        let test = run(&args).env("COLUMNS", columns);
        test.any_stdout().run().stdout
    };
    let (narrow, wide) = (explain("60"), explain("400"));
    assert!(narrow.lines().count() > wide.lines().count());
    for line in narrow.lines() {
        assert!(line.width() <= 60, "{line}");
    }
    let words = |text: &str| {
        let words = text.split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>()
    };
    assert_eq!(words(&narrow), words(&wide));
}

/// clap's errors and the program's own look alike.
#[test]
fn errors_are_coloured_together() {
    for args in [&["--nope"][..], &["classify", "--tags", "nope.json"]] {
        let said = |variables: &[(&str, &str)]| {
            let test = run(args).any_stderr().status(2);
            let test = variables
                .iter()
                .fold(test, |test, (name, value)| test.env(name, value));
            test.run().stderr
        };
        assert!(said(&[]).starts_with("error: "));
        let forced = said(&[("CLICOLOR_FORCE", "1")]);
        assert!(forced.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m "));
        let none = said(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        assert!(none.starts_with("error: "));
    }
}
