//! `minitag.toml` and `minitag config show`.

use serde_json::Value;

use crate::support::Test;

/// What `config show --json` says of the options, by name; one row each.
#[track_caller]
fn shown(test: Test, args: &[&str]) -> impl Fn(&str) -> Value {
    let output = test.args(["config", "show", "--json"]).args(args);
    let output = output.any_stdout().run().stdout;
    let record: Value = serde_json::from_str(&output).unwrap();
    let options = record["options"].as_array().unwrap().clone();
    move |name| {
        let mut rows = options.iter().filter(|row| row["name"] == name);
        let row = rows.next().unwrap_or_else(|| panic!("no `{name}`"));
        assert!(rows.next().is_none(), "`{name}` twice");
        let mut row = row.clone();
        row.as_object_mut().unwrap().remove("commands");
        row.as_object_mut().unwrap().remove("name");
        row
    }
}

#[test]
fn every_value_comes_with_where_it_came_from() {
    let test = Test::new()
        .file(
            "minitag.toml",
            "# mine\nbudget = 512\nmax-tags = 1\nmin-tags = 1\n",
        )
        .env("MINITAG_MAX_TAGS", "2");
    let of = shown(test, &["classify", "--", "--min-tags", "0", "-ngl", "7"]);
    let file = serde_json::json!({"value":"512","source":"file","path":"minitag.toml","line":2});
    assert_eq!(of("budget"), file);
    let variable =
        serde_json::json!({"value":"2","source":"environment","variable":"MINITAG_MAX_TAGS"});
    assert_eq!(of("max-tags"), variable);
    assert_eq!(
        of("min-tags"),
        serde_json::json!({"value":"0","source":"flag"})
    );
    assert_eq!(
        of("gpu-layers"),
        serde_json::json!({"value":"7","source":"flag"})
    );
    let default = serde_json::json!({"value":"sequence","source":"default"});
    assert_eq!(of("strategy"), default);
    let unset = serde_json::json!({"value":null,"source":"default"});
    assert_eq!(of("model"), unset);
}

#[test]
fn the_table_is_for_reading() {
    let show = |args: &[&str]| {
        let test = Test::new().file("minitag.toml", "parallel = 4\n[batch]\nparallel = 2\n");
        test.args(["config", "show"])
            .args(args)
            .any_stdout()
            .run()
            .stdout
    };
    let row = |text: &str, name: &str| -> Vec<String> {
        let rows = text
            .lines()
            .filter(|line| line.split(' ').next() == Some(name));
        rows.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    let all = show(&[]);
    assert_eq!(
        row(&all, "parallel"),
        [
            "parallel 2 minitag.toml, line 3 (batch)",
            "parallel 4 minitag.toml, line 1 (bench, explain, models plan)"
        ]
    );
    let batch = show(&["batch"]);
    assert_eq!(row(&batch, "parallel"), ["parallel 2 minitag.toml, line 3"]);
    assert_eq!(row(&batch, "rounds"), [""; 0]);
    assert_eq!(row(&show(&["models", "list"]), "quiet").len(), 1);
}

/// One file for all commands would be written by one over the other.
#[test]
fn a_file_that_is_written_is_one_commands() {
    Test::new()
        .file("minitag.toml", "max-tags = 2\noutput = \"out.jsonl\"\n")
        .args(["models", "list"])
        .stderr(
            "error: `minitag.toml`, line 2: `output` is the file that one command writes\n\
             hint: it stands in that command's table, such as `[batch]`\n",
        )
        .status(2)
        .run();
    let text = "[batch]\noutput = \"out.jsonl\"\n[tune]\nwrite = \"tuned.toml\"\n";
    let of = shown(Test::new().file("minitag.toml", text), &["batch"]);
    assert_eq!(of("output")["value"], "out.jsonl");
    // Another spelling of `output`.
    let of = shown(Test::new().file("minitag.toml", text), &["tune"]);
    assert_eq!(of("output")["value"], "tuned.toml");
}

#[test]
fn a_strange_command_is_refused() {
    Test::new()
        .args(["config", "show", "bacth"])
        .stderr("error: `bacth` is not a command\nhint: did you mean `batch`?\n")
        .status(2)
        .run();
}

#[test]
fn without_a_file_it_says_so() {
    let output = Test::new()
        .args(["config", "show"])
        .any_stdout()
        .any_stderr()
        .run();
    assert!(
        output.stderr.contains("there is no `minitag.toml`"),
        "{}",
        output.stderr
    );
    assert!(output.stdout.contains("max-tags"));
}

/// A list where several values can be, one value where one can be.
#[test]
fn lists_are_for_options_that_take_several() {
    let test = Test::new().file(
        "minitag.toml",
        "tokens = [64, 128]\nparallel = [1, 8]\nkeep = \"a,b\"\n",
    );
    let of = shown(test, &["bench"]);
    assert_eq!(of("tokens")["value"], "64,128");
    assert_eq!(of("parallel")["value"], "1,8");
    // `batch` takes one number alone.
    let test = Test::new().file("minitag.toml", "parallel = [1, 8]\nkeep = [\"a\", \"b\"]\n");
    let of = shown(test, &["batch"]);
    assert_eq!(of("parallel")["source"], "default");
    assert_eq!(of("keep")["value"], "a,b");
}

/// The nearest file upward, and its paths seen from where it lies.
#[test]
fn a_file_in_a_folder_above_holds_too() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let below = root.join("project/docs/deep");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(root.join("minitag.toml"), "max-tags = 1\n").unwrap();
    let project = root.join("project");
    let text =
        "tags = \"lists/tags.txt\"\nmodel = \"nano\"\nquiet = true\n[classify]\nmax-tags = 2\n";
    std::fs::write(project.join("minitag.toml"), text).unwrap();
    std::fs::create_dir(project.join("lists")).unwrap();
    std::fs::write(project.join("lists/tags.txt"), "database\nlib\n").unwrap();
    let run = |args: &[&str]| {
        let mut command = crate::support::program(&below);
        let output = command.args(args).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        (stdout, String::from_utf8(output.stderr).unwrap())
    };
    let (shown, _) = run(&["config", "show", "--json", "classify"]);
    let record: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        record["file"],
        project.join("minitag.toml").to_str().unwrap()
    );
    let value = |name: &str| {
        let options = record["options"].as_array().unwrap();
        options.iter().find(|row| row["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(
        value("tags"),
        project.join("lists/tags.txt").to_str().unwrap()
    );
    assert_eq!(value("model"), "nano");
    assert_eq!(value("max-tags"), "2");
    std::fs::write(below.join("loam.md"), "# Loam\n\nA database.\n").unwrap();
    let (answer, errors) = run(&["classify", "loam.md"]);
    assert!(
        answer.starts_with("{\"id\":\"loam.md\",\"tags\":["),
        "{answer}{errors}"
    );
    // A flag is seen from the working folder.
    let (_, errors) = run(&["classify", "loam.md", "--tags", "lists/tags.txt"]);
    assert!(errors.contains("cannot read `lists/tags.txt`"), "{errors}");
}

#[test]
fn a_variable_that_is_almost_one_is_told() {
    let said = Test::new()
        .file("tags.txt", "game\ndatabase\n")
        .env("MINITAG_MAX_TAG", "2")
        .env("MINITAG_HOME", "x")
        .args(["tags", "check", "tags.txt"])
        .any_stdout()
        .any_stderr()
        .run()
        .stderr;
    let warnings: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("MINITAG_"))
        .collect();
    assert_eq!(
        warnings,
        ["warning: `MINITAG_MAX_TAG` is set, which no option reads; `MINITAG_MAX_TAGS` is one"]
    );
}
