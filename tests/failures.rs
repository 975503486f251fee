//! What goes wrong: each message, word for word, and each exit code.

use std::fs;

use crate::support::{DIGITS, Test};

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"}]"#;

/// UTF-8, but for one byte.
const DAMAGED: &[u8] = b"\xff na\xc3\xafve caf\xc3\xa9s ";

/// A document to be tagged, with one thing still to go wrong.
fn classify() -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .file("cat.md", "# cat\n")
        .args(["classify", "cat.md"])
}

/// The same with a tag list, a model and options.
fn classify_with(args: &[&str]) -> Test {
    classify()
        .args(["--tags", "tags.json", "-m", DIGITS])
        .args(args)
}

/// Where one document fails, the next is tagged all the same.
#[track_caller]
fn assert_document_fails(name: &str, test: Test, stderr: &str) {
    test.file("tag", "ai\n")
        .file("cat.md", "# cat\n")
        .args(["classify", name, "cat.md", "--min-tags=1"])
        .args(["--tags", "tag", "-m", DIGITS])
        .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n")
        .stderr(stderr)
        .status(1)
        .run();
}

/// A model that cannot be used ends the program before any document is read.
#[track_caller]
fn assert_model_fails(content: &[u8], problem: &str) {
    classify()
        .file("model.gguf", content)
        .args(["--tags", "tags.json", "-m", "model.gguf"])
        .stderr(format!(
            "error: the model `model.gguf` cannot be used: {problem}\n"
        ))
        .status(3)
        .run();
}

/// clap's own messages: their first line is ours, in that it names the argument.
#[track_caller]
fn assert_usage(args: &[&str], first_line: &str) {
    let output = Test::new().args(args).any_stderr().status(2).run();
    assert_eq!(output.stderr.lines().next(), Some(first_line));
}

#[test]
fn impossible_numbers_are_refused() {
    for (args, message) in [
        (
            "--max-tags 0",
            "`--max-tags 0` leaves nothing to decide; it must be at least 1",
        ),
        (
            "--min-tags 3 --max-tags 2",
            "`--min-tags 3` is more than the most that a document can get: 2",
        ),
        (
            "--min-tags 3",
            "`--min-tags 3` is more than the list has: 2 tags",
        ),
        (
            "--threshold 2",
            "`--threshold 2` is not a probability; it must be from 0 to 1",
        ),
        (
            "--threshold nan",
            "`--threshold NaN` is not a probability; it must be from 0 to 1",
        ),
        (
            "--temperature=-1",
            "`--temperature -1` must be a number from 0 up",
        ),
        (
            "--budget 0",
            "`--budget 0` is neither a number of tokens from 1 up nor `full`",
        ),
        (
            "--budget abc",
            "`--budget abc` is neither a number of tokens from 1 up nor `full`",
        ),
        (
            "--threads 0",
            "`--threads 0` is not possible; it must be at least 1",
        ),
        (
            "--ctx-size 0",
            "`--ctx-size 0` is not possible; it must be at least 1",
        ),
        (
            "--batch-size 0",
            "`--batch-size 0` is not possible; it must be at least 1",
        ),
    ] {
        let args: Vec<_> = args.split(' ').collect();
        classify_with(&args)
            .stderr(format!("error: {message}\n"))
            .status(2)
            .run();
    }
}

#[test]
fn arguments_that_are_not_known_are_named() {
    assert_usage(
        &["classify", "--bogus"],
        "error: unexpected argument '--bogus' found",
    );
    assert_usage(&["tag"], "error: unrecognized subcommand 'tag'");
    assert_usage(
        &["classify", "--format", "xml"],
        "error: invalid value 'xml' for '--format <FORMAT>'",
    );
    assert_usage(
        &["classify", "-ctk", "q4"],
        "error: invalid value 'q4' for '--cache-type-k <TYPE>': \
         expected `f32`, `f16`, `bf16` or `q8_0`",
    );
}

#[test]
fn without_a_tag_list_the_option_is_named() {
    let message = "error: the following required arguments were not provided:\n  --tags <FILE>\n";
    let output = classify().any_stderr().status(2).run();
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
}

#[test]
fn without_a_model_the_built_in_one_answers_and_says_so() {
    let test = classify()
        .file("tag", "ai\n")
        .args(["--tags", "tag", "--min-tags=1"])
        .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n");
    let stderr = test.any_stderr().run().stderr;
    let note = "note: the built-in small model is answering";
    assert!(stderr.starts_with(note), "{stderr}");
}

#[test]
fn one_id_is_not_for_two_documents() {
    classify_with(&["cat.md", "--id", "7"])
        .stderr(
            "error: `--id` is for one document, but there are 2\n\
             hint: without `--id`, each document's id is its path\n",
        )
        .status(2)
        .run();
}

#[test]
fn a_tag_list_that_cannot_be_read_is_named() {
    for (path, problem) in [
        ("nope.json", "No such file or directory (os error 2)"),
        (".", "Is a directory (os error 21)"),
    ] {
        classify()
            .args(["--tags", path, "-m", DIGITS])
            .stderr(format!("error: cannot read `{path}`: {problem}\n"))
            .status(2)
            .run();
    }
}

#[test]
fn a_tag_list_with_a_fault_is_refused_before_the_model_is_looked_at() {
    classify()
        .file("bad.json", r#"[{"id":1,"name":"a"},{"id":1,"name":"b"}]"#)
        .args(["--tags", "bad.json", "-m", "nope.gguf"])
        .stderr(
            "error: the tag list `bad.json` cannot be used: \
             entry 2: the id `1` stands already at entry 1\n",
        )
        .status(2)
        .run();
}

#[test]
fn a_wording_that_cannot_be_used_is_refused() {
    for (wording, problem) in [
        (
            "{{tags}}",
            "must contain `{{document}}` once, but it stands there 0 times",
        ),
        (
            "{{document}} {{tags}}",
            "must have `{{tags}}` before `{{document}}`",
        ),
        (
            "{{tags}} {{document}} {{id}}",
            "contains the unknown placeholder `{{id}}`; \
             known are `{{tags}}`, `{{document}}`, `{{max_tags}}`",
        ),
    ] {
        classify_with(&["--prompt", "bad.txt"])
            .file("bad.txt", wording)
            .stderr(format!(
                "error: the prompt `bad.txt` cannot be used: the prompt {problem}\n"
            ))
            .status(2)
            .run();
    }
    classify_with(&["--prompt", "nope.txt"])
        .stderr("error: cannot read `nope.txt`: No such file or directory (os error 2)\n")
        .status(2)
        .run();
}

#[test]
fn a_file_of_options_with_a_fault_is_refused() {
    let unknown = "hint: the keys are the long option names, such as `max-tags`; \
                   `minitag config show` lists them";
    for (file, message) in [
        (
            "max_tags = 1",
            "error: `minitag.toml`, line 1: `max_tags` is not an option\nhint: did you mean `max-tags`?"
                .to_owned(),
        ),
        (
            "quiet = false\n\ncolour = true",
            format!("error: `minitag.toml`, line 3: `colour` is not an option\n{unknown}"),
        ),
        (
            "help = true",
            format!("error: `minitag.toml`, line 1: `help` is not an option\n{unknown}"),
        ),
        (
            "max-tags = \"many\"",
            "error: `minitag.toml`, line 1: `max-tags` cannot be `many`: invalid digit found in string"
                .to_owned(),
        ),
        (
            "max-tags = [1, 2]",
            "error: `minitag.toml`, line 1: `max-tags` must be a text or a number, and is a list"
                .to_owned(),
        ),
        (
            "details = 1",
            "error: `minitag.toml`, line 1: `details` must be `true` or `false`, and is a number"
                .to_owned(),
        ),
        (
            "strategy = \"best\"",
            "error: `minitag.toml`, line 1: `strategy` cannot be `best`; possible are `sequence`, `rank`"
                .to_owned(),
        ),
        (
            "[clasify]\nmax-tags = 1",
            "error: `minitag.toml`, line 1: `clasify` is not a command\nhint: did you mean `classify`?"
                .to_owned(),
        ),
        (
            "[classify]\nkeep = \"title\"",
            format!(
                "error: `minitag.toml`, line 2: `keep` is not an option of `classify`\n{unknown}"
            ),
        ),
        (
            "[batch]\nquiet = true",
            "error: `minitag.toml`, line 2: `quiet` is not an option of `batch`\n\
             hint: it holds for all commands and stands above the tables"
                .to_owned(),
        ),
    ] {
        classify_with(&[])
            .file("minitag.toml", file)
            .stderr(format!("{message}\n"))
            .status(2)
            .run();
    }
    let test = classify_with(&[]).file("minitag.toml", "\nmax-tags =");
    let stderr = test.any_stderr().status(2).run().stderr;
    let expected = "error: `minitag.toml` is not valid TOML: TOML parse error at line 2, column 11";
    assert_eq!(stderr.lines().next(), Some(expected));
    assert!(!stderr.ends_with("\n\n"), "{stderr}");
}

/// The hint of the error sends the user there.
#[test]
fn help_is_given_in_spite_of_a_faulty_file_of_options() {
    for args in [&["--help"][..], &["--version"], &["classify", "--help"]] {
        let test = Test::new().file("minitag.toml", "colour = \"red\"");
        assert_ne!(test.args(args).any_stdout().run().stdout, "");
    }
}

#[test]
fn a_document_that_cannot_be_read_does_not_end_the_run() {
    for (name, problem) in [
        ("nope.md", "No such file or directory (os error 2)"),
        ("folder", "Is a directory (os error 21)"),
    ] {
        let stderr = format!("error: cannot use `{name}`: it cannot be read: {problem}\n");
        assert_document_fails(name, Test::new().file("folder/x", ""), &stderr);
    }
}

#[test]
fn a_document_without_text_does_not_end_the_run() {
    for empty in ["", " \n\t\n", "\u{feff}"] {
        let stderr = "error: cannot tag `empty.md`: the document is empty\n";
        assert_document_fails("empty.md", Test::new().file("empty.md", empty), stderr);
    }
    assert_document_fails(
        "cat.png",
        Test::new().file("cat.png", b"PNG\0"),
        "error: cannot use `cat.png`: it is a binary file: there is a NUL byte at offset 3\n",
    );
}

#[test]
fn what_cannot_be_decoded_is_tagged_with_a_warning() {
    for (content, places) in [
        (DAMAGED, "1 place was"),
        (&[DAMAGED, DAMAGED].concat(), "2 places were"),
    ] {
        Test::new()
            .file("tags", "ai\n")
            .file("old.txt", content)
            .args(["classify", "old.txt", "--tags", "tags", "-m", DIGITS])
            .args(["--min-tags=1"])
            .stdout("{\"id\":\"old.txt\",\"tags\":[\"ai\"]}\n")
            .stderr(format!(
                "warning: `old.txt` is not valid UTF-8: {places} replaced by U+FFFD\n"
            ))
            .run();
    }
}

#[test]
fn quiet_leaves_errors_alone() {
    Test::new()
        .file("tags", "ai\n")
        .file("old.txt", DAMAGED)
        .args(["classify", "nope.md", "old.txt", "--tags", "tags", "-q"])
        .args(["--min-tags=1", "-m", DIGITS])
        .stdout("{\"id\":\"old.txt\",\"tags\":[\"ai\"]}\n")
        .stderr(
            "error: cannot use `nope.md`: it cannot be read: \
             No such file or directory (os error 2)\n",
        )
        .status(1)
        .run();
}

#[test]
fn a_context_that_is_too_small_comes_with_a_hint() {
    let output = classify_with(&["-c", "300", "--budget", "16"])
        .any_stderr()
        .status(1)
        .run();
    let lines: Vec<_> = output.stderr.lines().collect();
    let [error, hint] = lines[..] else {
        panic!("{}", output.stderr)
    };
    assert!(error.starts_with("error: cannot tag `cat.md`: "), "{error}");
    assert!(error.contains(" tokens do not fit into a context of "));
    assert_eq!(
        hint,
        "hint: a smaller `--budget` shows the model less of the document, \
         `--long windows` reads it in parts; a larger `--ctx-size` holds more"
    );
}

#[test]
fn a_context_that_llama_cpp_refuses_comes_with_a_hint() {
    let output = classify_with(&["-ctv", "q8_0", "-fa", "off"])
        .any_stderr()
        .status(3)
        .run();
    let hint = "\nhint: a smaller `--budget` or `--ctx-size`, or `-ctk q8_0`, takes less memory; \
                `--verbose` shows what llama.cpp says\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
}

#[test]
fn a_model_that_is_not_there_is_named() {
    for (path, problem) in [
        ("nope.gguf", "No such file or directory (os error 2)"),
        (".", "is a directory"),
    ] {
        classify()
            .args(["--tags", "tags.json", "-m", path])
            .stderr(format!(
                "error: the model `{path}` cannot be used: it cannot be read: {problem}\n"
            ))
            .status(3)
            .run();
    }
}

#[test]
fn a_file_that_is_no_model_is_said_to_be_none() {
    assert_model_fails(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 5\n",
        "it is a git-lfs pointer of 64 bytes, not the model itself",
    );
    assert_model_fails(
        b"<!DOCTYPE html>\n<title>404</title>\n",
        "it is not a GGUF file: it begins with `<!DO` instead of `GGUF`",
    );
    assert_model_fails(
        &[0; 100],
        r"it is not a GGUF file: it begins with `\x00\x00\x00\x00` instead of `GGUF`",
    );
}

#[test]
fn a_model_that_is_cut_short_is_said_to_be() {
    let model = fs::read(DIGITS).unwrap();
    let whole = model.len();
    for bytes in [100_000, whole - 1] {
        assert_model_fails(
            &model[..bytes],
            &format!("it is cut short: it has {bytes} bytes of at least {whole}"),
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let files = ["cat.md"; 50];
    for lines in [0, 1] {
        classify_with(&["--min-tags=2"])
            .args(files)
            .any_stdout()
            .close_stdout_after(lines)
            .run();
        Test::new()
            .args(["classify", "--help"])
            .any_stdout()
            .close_stdout_after(lines)
            .run();
    }
}

#[track_caller]
fn help(command: &[&str]) -> String {
    let test = Test::new().args(command).args(["--help"]);
    test.any_stdout().run().stdout
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<&str> {
    let (_, list) = help.split_once("\nCommands:\n").unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|&n| !n.is_empty() && n != "help").collect()
}

#[test]
fn the_help_of_every_command_has_examples() {
    let top = help(&[]);
    assert!(top.contains("Exit codes: 0 all tagged"), "{top}");
    assert!(commands(&top).len() >= 4, "{top}");
    for command in commands(&top) {
        let text = help(&[command]);
        let mut texts = vec![text.clone()];
        texts.extend(commands(&text).iter().map(|below| help(&[command, below])));
        for text in texts {
            assert!(text.contains("\nExamples:\n  minitag "), "{text}");
        }
    }
}

#[test]
fn the_short_help_fits_on_a_screen() {
    for command in [
        "classify",
        "batch",
        "eval",
        "explain",
        "calibrate",
        "tune",
        "document",
    ] {
        let short = Test::new()
            .env("COLUMNS", "80")
            .args([command, "-h"])
            .any_stdout()
            .run();
        let short = short.stdout;
        let most = if command == "classify" { 60 } else { 90 };
        assert!(short.lines().count() <= most, "{command}:\n{short}");
        assert!(!short.contains("[env"), "{short}");
        let long = help(&[command]);
        assert!(long.contains("[env: MINITAG_"), "{long}");
    }
}

#[test]
fn the_version_goes_to_stdout() {
    let version = Test::new().args(["--version"]).any_stdout().run().stdout;
    let expected = concat!("minitag ", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(expected), "{version}");
    assert!(version.contains("\nback ends: cpu"), "{version}");
    let short = Test::new().args(["-V"]).any_stdout().run().stdout;
    assert_eq!(short.lines().count(), 1);
    assert_eq!(version.lines().next(), short.lines().next());
}

#[test]
fn a_tag_that_is_too_long_to_be_written_is_named() {
    let name = "龘".repeat(90);
    let output = Test::new()
        .file("tags.txt", &name)
        .file("cat.md", "cat")
        .args([
            "classify", "cat.md", "--tags", "tags.txt", "-m", DIGITS, "--answer", "name",
        ])
        .any_stderr()
        .status(3)
        .run();
    assert!(
        output.stderr.starts_with("error: the tag `\"龘"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains(" tokens; at most 200 are possible"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_list_that_leaves_no_room_for_a_document_is_the_lists_fault() {
    let names: Vec<String> = (0..300).map(|n| format!("topic {n}")).collect();
    let output = Test::new()
        .file("tags.txt", names.join("\n"))
        .file("cat.md", "cat")
        .args([
            "classify", "cat.md", "--tags", "tags.txt", "-m", DIGITS, "-c", "1000",
        ])
        .any_stderr()
        .status(2)
        .run();
    let error = "error: the list of 300 tags takes ";
    assert!(output.stderr.starts_with(error), "{}", output.stderr);
    assert!(
        output
            .stderr
            .contains(" more than a context of 1000; about "),
        "{}",
        output.stderr
    );
}

#[test]
fn a_list_that_is_too_long_is_a_usage_error_in_every_command() {
    let tags: String = (0..200).fold(String::new(), |tags, n| tags + &format!("tag {n}\n"));
    let record = r#"{"id":"1","text":"text","tags":["tag 1"]}"#;
    for command in [
        vec!["classify", "in.jsonl"],
        vec!["batch", "in.jsonl", "-o", "out.jsonl"],
        vec!["eval", "in.jsonl"],
    ] {
        let output = Test::new()
            .file("tags.txt", &tags)
            .file("in.jsonl", record)
            .args(&command)
            .args(["--tags", "tags.txt", "-m", DIGITS, "-c", "600"])
            .any_stderr()
            .status(2)
            .run();
        let stderr = output.stderr;
        assert!(stderr.contains("the list of 200 tags takes "), "{stderr}");
        assert!(stderr.contains("hint: a shorter list"), "{stderr}");
    }
}
