//! `minitag tags check`: which lists are refused, which only warned of.

use crate::support::{DIGITS, Test};

fn check(list: impl AsRef<[u8]>) -> Test {
    Test::new()
        .file("list", list)
        .args(["tags", "check", "list"])
}

#[test]
fn a_good_list_is_counted() {
    for (list, expected) in [
        (r#"[{"id":17,"name":"ai","description":"thinks"}]"#, "1 tag"),
        ("id,name\n17,ai\n\"x\",\"a, b\"\n", "2 tags"),
        ("ai\n\nlib\r\nweb app\n", "3 tags"),
        (r#"[{"id":1,"name":"ai","colour":"red"}]"#, "1 tag"),
    ] {
        check(list).stdout(format!("{expected}\n")).run();
    }
}

#[test]
fn a_faulty_list_is_refused_with_the_place() {
    for (list, problem) in [
        ("", "the tag list is empty; it needs at least one tag"),
        ("[]", "the tag list is empty; it needs at least one tag"),
        (
            r#"[{"id":1,"name":"a"}"#,
            "the tag list is not a JSON array of objects with `id` and `name`: \
             EOF while parsing a list at line 1 column 20",
        ),
        (
            r#"[{"id":1,"name":"a"},"b"]"#,
            r#"entry 2: expected an object like {"id":17,"name":"ai"}, found `"b"`"#,
        ),
        (r#"[{"name":"a"}]"#, "entry 1: the `id` is missing"),
        (
            r#"[{"id":1.5,"name":"a"}]"#,
            "entry 1: the id `1.5` is neither an integer nor a string",
        ),
        (
            r#"[{"id":1,"name":" "}]"#,
            "entry 1: the `name` is missing or empty",
        ),
        (
            r#"[{"id":1,"name":"a"},{"id":2,"name":"a "}]"#,
            "entry 2: the name `a` stands already at entry 1",
        ),
        (
            "id,name\n1,a\n1,b\n",
            "line 3: the id `1` stands already at line 2",
        ),
        ("id,name\n,a\n", "line 2: the `id` is missing"),
        (
            "name,colour\na,b\n",
            "the CSV header on line 1 has no column `id`; \
             expected `id,name` or `id,name,description`",
        ),
    ] {
        check(list)
            .stderr(format!(
                "error: the tag list `list` cannot be used: {problem}\n"
            ))
            .status(2)
            .run();
    }
}

#[test]
fn what_is_probably_not_meant_is_warned_of() {
    let long = "a long name that says what should be described";
    let list = format!(
        r#"[{{"id":1,"name":"web-app"}},{{"id":"1","name":"Web App "}},{{"id":2,"name":"{long}"}}]"#
    );
    check(&list)
        .stdout("3 tags\n")
        .stderr(format!(
            "warning: the name `Web App ` has spaces around it; the model sees them\n\
             warning: the names `web-app` and `Web App` differ only in case or punctuation\n\
             warning: the ids 1 and \"1\" look the same but are a number and a text\n\
             warning: the name `{long}` is very long; a `description` may be what is meant\n"
        ))
        .run();
    check(&list).args(["--quiet"]).stdout("3 tags\n").run();
}

/// Every digit is a token in this model, and every tag is followed by one more.
#[test]
fn with_a_model_the_tokens_are_counted() {
    let output = check(r#"[{"id":1,"name":"2"},{"id":170,"name":"33"}]"#)
        .args(["-m", DIGITS])
        .any_stdout()
        .run();
    let [tags, tokens]: [&str; 2] = output
        .stdout
        .lines()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(tags, "2 tags");
    let names = tokens.strip_prefix("6 tokens of ids, ").unwrap();
    let (names, model) = names.split_once(" tokens of names with ").unwrap();
    // A name has its quotes, which may or may not be tokens of their own.
    assert!((5..=9).contains(&names.parse().unwrap()), "{tokens}");
    assert_eq!(model, format!("`{DIGITS}`"));
}

#[test]
fn a_model_that_cannot_be_used_is_the_models_fault() {
    check("ai\n")
        .args(["-m", "nope.gguf"])
        .stdout("1 tag\n")
        .stderr(
            "error: the model `nope.gguf` cannot be used: it cannot be read: \
             No such file or directory (os error 2)\n",
        )
        .status(3)
        .run();
}
