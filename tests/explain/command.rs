//! The command: its figures, its forms, its errors.

use serde_json::Value;

use crate::support::{DIGITS, Test};

const TAGS: &str =
    r#"[{"id":3,"name":"database"},{"id":10,"name":"game"},{"id":21,"name":"search"}]"#;

const LOAM: &str = "# Loam\n\nAn embedded key-value database with transactions. \
                    Thank you for stopping by.\n\nThe weather was fine.\n";

fn explain(args: &[&str]) -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .file("loam.md", LOAM)
        .args(["explain", "loam.md", "--tags", "tags.json", "-m", "nano"])
        .args(args)
}

fn json(test: Test) -> Value {
    serde_json::from_str(&test.args(["--json", "-q"]).any_stdout().run().stdout).unwrap()
}

#[test]
fn the_answer_is_classifys_and_every_sentence_has_an_effect() {
    let explained = json(explain(&["--id", "7"]));
    let classified = Test::new()
        .file("tags.json", TAGS)
        .file("loam.md", LOAM)
        .args([
            "classify",
            "loam.md",
            "--tags",
            "tags.json",
            "-m",
            "nano",
            "-q",
        ])
        .args(["--id", "7", "--scores=all"])
        .any_stdout()
        .run();
    let classified: Value = serde_json::from_str(&classified.stdout).unwrap();
    assert_eq!(explained["tags"], classified["tags"]);
    assert_eq!(explained["tags"][0], 3);
    let best = &explained["slots"][0]["candidates"][0];
    assert_eq!(best["id"], 3);
    let ranked = classified["ranking"][0]["logprob"].as_f64().unwrap();
    assert!((best["p"].as_f64().unwrap() - ranked.exp()).abs() < 1e-4);
    let pieces = explained["pieces"].as_array().unwrap();
    let texts: Vec<&str> = pieces
        .iter()
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    let expected = [
        "# Loam",
        "An embedded key-value database with transactions.",
        "Thank you for stopping by.",
        "The weather was fine.",
    ];
    assert_eq!(texts, expected);
    assert_eq!(pieces[1]["rank"], 1);
    assert!(pieces[1]["effect"].as_f64().unwrap() > 0.5, "{explained}");
    let mut ranks: Vec<u64> = pieces
        .iter()
        .map(|piece| piece["rank"].as_u64().unwrap())
        .collect();
    ranks.sort_unstable();
    assert_eq!(ranks, [1, 2, 3, 4]);
}

#[test]
fn fewer_are_computed_together_if_all_do_not_fit() {
    let together = json(explain(&["--parallel", "4", "-c", "512"]));
    let alone = json(explain(&["--parallel", "1", "-c", "512"]));
    assert_eq!(together["tags"], alone["tags"]);
    for place in 0..4 {
        let rank = |explained: &Value| explained["pieces"][place]["rank"].clone();
        assert_eq!(rank(&together), rank(&alone));
    }
}

/// The effect is what classifying the document without the sentence says.
#[test]
fn an_effect_is_the_drop_of_log_odds() {
    let args = ["--max-tags", "1", "--id", "7"];
    let explained = json(explain(&args));
    let without = "# Loam\n\nThank you for stopping by.\n\nThe weather was fine.\n";
    let odds = |text: &str| {
        let output = Test::new()
            .file("tags.json", TAGS)
            .file("loam.md", text)
            .args([
                "classify",
                "loam.md",
                "--tags",
                "tags.json",
                "-m",
                "nano",
                "-q",
            ])
            .args(args)
            .args(["--scores=all"])
            .any_stdout()
            .run();
        let answer: Value = serde_json::from_str(&output.stdout).unwrap();
        let ranking = answer["ranking"].as_array().unwrap().clone();
        let of = |row: &Value| row["logprob"].as_f64().unwrap().exp();
        let database = ranking.iter().find(|row| row["id"] == 3).unwrap();
        (of(database) / (1.0 - of(database))).ln()
    };
    let effect = explained["pieces"][1]["effects"][0].as_f64().unwrap();
    let drop = odds(LOAM) - odds(without);
    assert!((effect - drop).abs() < 1e-2, "{effect} {drop}");
}

#[test]
fn the_text_is_for_reading_and_has_no_colours_in_a_pipe() {
    let output = explain(&[]).any_stdout().any_stderr().run();
    assert!(
        output.stdout.starts_with("loam.md: database (3)"),
        "{}",
        output.stdout
    );
    assert!(
        output
            .stdout
            .lines()
            .any(|line| line.starts_with("  1  0.") && line.ends_with("  *database (3)")),
        "{}",
        output.stdout
    );
    assert!(!output.stdout.contains('\u{1b}'));
    let telling = output
        .stdout
        .lines()
        .find(|line| line.contains("An embedded"))
        .unwrap();
    assert!(
        telling.contains("████████") && telling.trim_start().starts_with('+'),
        "{telling}"
    );
    let cost = "note: 4 sentences, each left out once: 6 runs\n";
    assert!(output.stderr.contains(cost), "{}", output.stderr);
}

#[test]
fn many_sentences_are_put_together_and_it_says_so() {
    let test = explain(&["--pieces", "2", "--json"]);
    let output = test.any_stdout().any_stderr().run();
    let cost = "note: 4 sentences in 2 pieces, each left out once: 4 runs; \
                `--pieces 4` looks at each sentence\n";
    assert!(output.stderr.contains(cost), "{}", output.stderr);
    let explained: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(explained["pieces"].as_array().unwrap().len(), 2);
    assert_eq!(explained["sentences"], 4);
}

/// Together they are computed in another shape: the same within the last digits.
#[test]
fn pieces_computed_together_have_the_same_effects() {
    let (one, all) = (json(explain(&[])), json(explain(&["--parallel", "8"])));
    for place in 0..4 {
        let effect = |explained: &Value| explained["pieces"][place]["effect"].as_f64().unwrap();
        assert!((effect(&one) - effect(&all)).abs() < 2e-2, "{one} {all}");
    }
}

#[test]
fn a_tag_that_was_not_chosen_can_be_explained_too() {
    let explained = json(explain(&["--tag", "10", "--max-tags", "1"]));
    assert_eq!(explained["tags"], serde_json::json!([3]));
    assert_eq!(explained["targets"][0]["id"], 10);
    assert_eq!(explained["targets"][0]["slot"], 1);
    assert!(
        explained["pieces"][1]["effect"].as_f64().unwrap() < 0.0,
        "{explained}"
    );
}

/// With `rank` all tags come from one slot; without any tag, it is stopping that is explained.
#[test]
fn every_strategy_and_an_empty_answer_have_a_path() {
    let ranked = json(explain(&["--strategy", "rank", "--max-tags", "2"]));
    assert_eq!(ranked["slots"].as_array().unwrap().len(), 1);
    assert_eq!(ranked["slots"][0]["taken"].as_array().unwrap().len(), 2);
    assert_eq!(ranked["targets"].as_array().unwrap().len(), 2);
    let none = json(explain(&["--threshold", "1"]));
    assert_eq!(none["tags"], serde_json::json!([]));
    assert_eq!(none["targets"][0]["stop"], true);
}

#[test]
fn what_cannot_be_explained_is_refused() {
    explain(&["--long", "windows"])
        .stderr(
            "error: `--long windows` shows a document in several prompts; one is explained\n\
             hint: `--long condense` or `--long head`\n",
        )
        .status(2)
        .run();
    explain(&["--tag", "database"])
        .stderr(
            "error: `database` is not the id of a tag on the list\nhint: the id of `database` is 3\n",
        )
        .status(2)
        .run();
    explain(&["--pieces", "0"])
        .stderr("error: `--pieces 0` is not possible; it must be at least 1\n")
        .status(2)
        .run();
    let empty = explain(&["-q"]).file("loam.md", " \n");
    empty
        .stderr("error: cannot explain `loam.md`: the document is empty\n")
        .status(1)
        .run();
}

/// One word is one piece: without it nothing is left, and a model can bear that.
#[test]
fn a_document_of_one_sentence_can_be_explained() {
    let test = Test::new()
        .file("tags.txt", "database\ngame\n")
        .file("one.txt", "Database")
        .args([
            "explain", "one.txt", "--tags", "tags.txt", "--json", "-m", DIGITS,
        ]);
    let output = test.any_stdout().any_stderr().run();
    let explained: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(explained["pieces"].as_array().unwrap().len(), 1);
}
