//! The command: what it reads, prints and refuses.

use serde_json::Value;

use crate::support::{DIGITS, Test};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"},{"id":"w","name":"web app"}]"#;

/// Three documents: `a` is about ai, `b` is a lib, nothing fits `c`.
const GOLD: &str = r#"{"id":"a","text":"All about ai.","tags":[17],"ok":[1]}
{"id":"b","text":"A lib for the web app, with ai.","tags":[1,"w"]}
{"id":"c","text":"Plum cake.","tags":[]}
"#;

/// Answers to them: right, half right with a wrong tag, right.
const ANSWERS: &str = r#"{"id":"a","tags":[17],"scores":[0.9]}
{"id":"b","tags":[1,17],"scores":[0.8,0.4]}
{"id":"c","tags":[]}
"#;

/// No model is loaded for answers that are there.
fn eval(args: &[&str]) -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .file("gold.jsonl", GOLD)
        .file("a.jsonl", ANSWERS)
        .args(["eval", "gold.jsonl", "--tags", "tags.json"])
        .args(args)
}

#[track_caller]
fn json(test: Test) -> Value {
    let output = test.args(["--format", "json"]).any_stdout().run();
    serde_json::from_str(&output.stdout).unwrap()
}

/// A metric of the first system, or of the second.
fn metric(json: &Value, system: usize, key: &str) -> f64 {
    json["systems"][system]["metrics"][key]["value"]
        .as_f64()
        .unwrap()
}

#[track_caller]
fn assert_near(actual: f64, expected: f64) {
    assert!(
        (actual - expected).abs() < 1e-6,
        "{actual} instead of {expected}"
    );
}

#[test]
fn answers_of_an_earlier_run_are_measured() {
    let json = json(eval(&["--answers", "a.jsonl"]));
    for (key, expected) in [
        ("micro_f1", 4.0 / 6.0),
        ("micro_precision", 2.0 / 3.0),
        ("exact_match", 2.0 / 3.0),
        ("jaccard", (1.0 + 1.0 / 3.0 + 1.0) / 3.0),
        ("precision_at_1", 1.0),
        ("precision_with_ok", 2.0 / 3.0),
    ] {
        assert_near(metric(&json, 0, key), expected);
    }
    assert_eq!(json["documents"], 3);
    assert_eq!(json["systems"][0]["name"], "a.jsonl");
    assert_eq!(
        json["confused"],
        serde_json::json!([{"missed":"w","given":17,"documents":1}])
    );
    assert_eq!(json["coverage"].as_array().unwrap().len(), 101);
    // |0.9 − 1|, |0.8 − 1| and |0.4 − 0|, a tag each.
    assert_near(json["calibration"]["ece"].as_f64().unwrap(), 0.7 / 3.0);
    assert_eq!(json["records"][1]["tags"], serde_json::json!([1, 17]));
    assert_eq!(json["records"][1]["exact"], false);
}

/// As `batch -o FILE.csv` writes answers, and people write gold; tags by id or by name.
#[test]
fn gold_and_answers_can_be_tables() {
    let gold = "id;text;tags;ok\na;All about ai.;ai;1\nb;A lib for the web app, with ai.;1;\nc;Plum cake.;;\n";
    let gold = gold.replace(";1;\n", ";\"lib;web app\";\n");
    let answers = "id\ttags\tscores\na\t17\t0.9\nb\t1;17\t0.8;0.4\nc\t\t\n";
    let test = Test::new()
        .file("tags.json", TAGS)
        .file("gold.csv", gold)
        .file("a.tsv", answers)
        .args([
            "eval",
            "gold.csv",
            "--tags",
            "tags.json",
            "--answers",
            "a.tsv",
        ]);
    let (table, lines) = (json(test), json(eval(&["--answers", "a.jsonl"])));
    assert_eq!(
        table["systems"][0]["metrics"],
        lines["systems"][0]["metrics"]
    );
    assert_eq!(table["records"], lines["records"]);
    let test = Test::new()
        .file("tags.json", TAGS)
        .file("gold.csv", "id,text\n1,x\n")
        .args([
            "eval",
            "gold.csv",
            "--tags",
            "tags.json",
            "--answers",
            "a.tsv",
        ]);
    let message = "error: cannot use `gold.csv`: it has no column `tags`; it has `id`, `text`\n";
    test.stderr(message).status(2).run();
}

#[test]
fn nothing_to_find_gives_no_negative_zero() {
    let gold = "{\"id\":\"a\",\"text\":\"Plum cake.\",\"tags\":[]}\n";
    let answers = "{\"id\":\"a\",\"tags\":[17]}\n";
    let test = eval(&["--answers", "a.jsonl"]);
    let output = test
        .file("gold.jsonl", gold)
        .file("a.jsonl", answers)
        .any_stdout()
        .run();
    assert!(output.stdout.contains("macro F1"), "{}", output.stdout);
    assert!(!output.stdout.contains("-0.000"), "{}", output.stdout);
}

#[test]
fn keywords_are_searched_for_side_by_side() {
    let json = json(eval(&["--answers", "a.jsonl", "--baseline", "keyword"]));
    assert_eq!(json["systems"][1]["name"], "keyword");
    // It finds all three names in `b`, one of them wrongly.
    assert_near(metric(&json, 1, "micro_f1"), 6.0 / 7.0);
    assert_eq!(json["records"][1]["other"], serde_json::json!([17, 1, "w"]));
    assert_eq!(json["comparison"]["significant"], false);
}

#[test]
fn two_runs_are_compared() {
    let better = ANSWERS.replace("[1,17]", "[1,\"w\"]");
    let test = eval(&["--compare", "b.jsonl", "a.jsonl"]).file("b.jsonl", better);
    let json = json(test);
    assert_near(metric(&json, 0, "micro_f1"), 1.0);
    let difference = json["comparison"]["micro_f1_difference"]["value"].as_f64();
    assert_near(difference.unwrap(), 1.0 / 3.0);
    // Only one document differs: swapping it makes no smaller difference.
    assert_near(json["comparison"]["p"].as_f64().unwrap(), 1.0);
}

#[test]
fn the_tables_are_aligned() {
    let output = eval(&["--answers", "a.jsonl"]).any_stdout().run();
    let head = "gold.jsonl: 3 documents, 3 tags
  In brackets: 95 % bootstrap intervals over the documents.
                                  a.jsonl
  micro F1           0.667 [0.000, 1.000]
";
    assert!(output.stdout.starts_with(head), "{}", output.stdout);
    let tags = "
By tag
  tag          gold  given  precision  recall     F1
  ai (17)         1      2      0.500   1.000  0.667
  lib (1)         1      1      1.000   1.000  1.000
  web app (w)     1      0      0.000   0.000  0.000

Most confused
  missed       given instead  documents
  web app (w)  ai (17)                1
";
    assert!(output.stdout.contains(tags), "{}", output.stdout);
}

#[test]
fn markdown_has_the_same_tables() {
    let test = eval(&["--answers", "a.jsonl", "--format", "markdown"]);
    let output = test.any_stdout().run().stdout;
    assert!(
        output.starts_with("## gold.jsonl: 3 documents, 3 tags\n"),
        "{output}"
    );
    assert!(
        output.contains("| lib (1) | 1 | 1 | 1.000 | 1.000 | 1.000 |\n"),
        "{output}"
    );
}

#[test]
fn without_scores_there_is_no_curve() {
    let answers =
        "{\"id\":\"a\",\"tags\":[17]}\n{\"id\":\"b\",\"tags\":[]}\n{\"id\":\"c\",\"tags\":[]}";
    let json = json(eval(&["--answers", "b.jsonl"]).file("b.jsonl", answers));
    assert_eq!(
        (json.get("coverage"), json.get("calibration")),
        (None, None)
    );
    assert_eq!(json["records"][0].get("scores"), None);
}

#[test]
fn records_that_cannot_be_used_are_reported_counted_and_left_out() {
    let gold = format!(
        "{GOLD}not JSON\n{{\"id\":\"d\",\"path\":\"nope.md\",\"tags\":[]}}\n{{\"id\":\"e\",\"text\":\"x\",\"tags\":[5]}}\n{{\"id\":\"f\",\"tags\":[]}}\n"
    );
    let stderr = "error: `gold.jsonl`, line 4: expected ident (column 2)
error: `gold.jsonl`, line 6: the tag `5` is not in the tag list
error: `gold.jsonl`, line 5: cannot use `nope.md`: it cannot be read: No such file or directory (os error 2)
error: `a.jsonl` has no answer to `f`
";
    let test = eval(&["--answers", "a.jsonl"]).file("gold.jsonl", gold);
    let json = json(test.stderr(stderr).status(1));
    assert_eq!(
        (&json["documents"], &json["left_out"]),
        (&3.into(), &4.into())
    );
}

#[test]
fn the_model_tags_what_has_no_answer_yet() {
    let gold = "{\"id\":\"a\",\"text\":\"# cat\",\"tags\":[17]}\n{\"id\":\"b\",\"text\":\" \",\"tags\":[17]}\n{\"id\":\"c\",\"tags\":[17]}\n{\"id\":\"d\",\"path\":\"d.md\",\"tags\":[17]}\n";
    let stderr = "error: `sub/gold.jsonl`, line 3: `c` has neither `text` nor `path`
error: `sub/gold.jsonl`, line 2: cannot tag `b`: the document is empty
";
    let test = Test::new()
        .file("tags.json", r#"[{"id":17,"name":"ai"}]"#)
        .file("sub/gold.jsonl", gold)
        .file("sub/d.md", "# dog")
        .args([
            "eval",
            "sub/gold.jsonl",
            "--tags",
            "tags.json",
            "-m",
            DIGITS,
        ])
        .args(["--min-tags", "1"])
        .stderr(stderr)
        .status(1);
    let json = json(test);
    assert_eq!(
        (&json["documents"], &json["left_out"]),
        (&2.into(), &2.into())
    );
    assert_eq!(json["systems"][0]["name"], "tiny-digits.gguf");
    assert_near(metric(&json, 0, "micro_f1"), 1.0);
}

/// Saved answers give the figures of the run that saved them.
#[test]
fn answers_are_saved_for_later() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved.jsonl");
    let saved = saved.to_str().unwrap();
    let (gold, tags) = (
        format!("{EXAMPLES}/gold.jsonl"),
        format!("{EXAMPLES}/tags.json"),
    );
    let run = |args: &[&str]| {
        let test = Test::new().args(["eval", "-q", &gold, "--tags", &tags]);
        json(test.args(args))
    };
    let first = run(&["-m", "nano", "--save-answers", saved]);
    let again = run(&["--answers", saved]);
    for part in ["per_tag", "coverage", "calibration", "records", "by_length"] {
        assert_eq!(first[part], again[part], "{part}");
    }
    assert_eq!(
        first["systems"][0]["metrics"],
        again["systems"][0]["metrics"]
    );
    // The samples are easy.
    assert!(metric(&first, 0, "micro_f1") > 0.6, "{first}");
}

#[test]
fn what_cannot_be_is_refused_before_any_work() {
    for (args, stderr) in [
        (
            &["--answers", "nope.jsonl"][..],
            "error: cannot read `nope.jsonl`: No such file or directory (os error 2)\n",
        ),
        (
            &["--report", "nope/report.html"],
            "error: cannot write `nope/report.html`: No such file or directory (os error 2)\n",
        ),
    ] {
        eval(args).stderr(stderr).status(2).run();
    }
    let nothing = "error: no record of `gold.jsonl` could be evaluated\n";
    let empty = eval(&["--answers", "a.jsonl"]).file("gold.jsonl", "\n");
    empty
        .any_stderr()
        .status(2)
        .run()
        .stderr
        .ends_with(nothing)
        .then_some(())
        .unwrap();
    let both = eval(&["--answers", "a.jsonl", "--compare", "a.jsonl", "a.jsonl"]);
    both.any_stderr().status(2).run();
}

/// `format` is one thing for `classify` and another one here.
#[test]
fn a_format_for_answers_in_the_file_of_options_is_none_for_figures() {
    let test = eval(&["--answers", "a.jsonl"]).file("minitag.toml", "format = \"csv\"\n");
    let output = test.any_stdout().run();
    assert!(
        output.stdout.starts_with("gold.jsonl: "),
        "{}",
        output.stdout
    );
    let wrong = eval(&["--answers", "a.jsonl"]).file("minitag.toml", "format = \"xml\"\n");
    wrong
        .stderr("error: `minitag.toml`, line 1: `format` cannot be `xml`\n")
        .status(2)
        .run();
}

/// Of what was guessed, the user hears.
#[test]
fn gold_is_read_in_any_encoding_and_as_an_array() {
    let run = |name: &str, gold: &[u8]| {
        Test::new()
            .file("tags", "ai\nlib\n")
            .file(name, gold)
            .file("answers.jsonl", "[{\"id\":\"1\",\"tags\":[\"ai\"]}]")
            .args(["eval", name, "--tags", "tags", "--answers", "answers.jsonl"])
            .any_stdout()
    };
    run("gold.csv", b"id,tags,text\n1,ai,Gr\xfc\xdfe\n")
        .stderr("note: `gold.csv` is read as windows-1252\n")
        .run();
    run("gold.json", b"[\n{\"id\":1,\"tags\":[\"ai\"]}\n]").run();
    run("gold.json", b"{\"id\":1,\n\"tags\":[\"ai\"],\"text\":\"Gr\xfc\xdfe\"}")
        .stderr(
            "error: cannot read `gold.json`: it is not valid UTF-8 on line 2\n\
             hint: `iconv -f WINDOWS-1252 -t UTF-8 gold.json` makes it UTF-8, if it is in that encoding\n",
        )
        .status(2)
        .run();
}
