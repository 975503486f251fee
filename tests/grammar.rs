//! `minitag grammar`: the text, exactly; what it means is tested as an oracle.

use crate::support::Test;

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":"a\"b","name":"lib"}]"#;

fn grammar() -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .args(["grammar", "--tags", "tags.json"])
}

#[test]
fn a_grammar_is_for_any_document() {
    let expected = r#"root ::= "{\"id\":" id ",\"tags\":[" r
r ::= "]}" | ( t0 r-0 | t1 r-1 )
r-0 ::= "]}" | "," ( t1 r-0-1 )
r-1 ::= "]}" | "," ( t0 r-0-1 )
r-0-1 ::= "]}"
t0 ::= "17"
t1 ::= "\"a\\\"b\""
id ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" hex hex hex hex ) )* "\""
hex ::= [0-9a-fA-F]
"#;
    grammar().stdout(expected).run();
}

#[test]
fn an_id_makes_it_a_grammar_for_one_document() {
    let expected = r#"root ::= "{\"id\":\"7\\\"462\",\"tags\":[" r
r ::= ( t0 r-0 | t1 r-1 )
r-0 ::= "]}"
r-1 ::= "]}"
t0 ::= "17"
t1 ::= "\"a\\\"b\""
"#;
    grammar()
        .args(["--id", "7\"462", "--min-tags", "1", "--max-tags", "1"])
        .stdout(expected)
        .run();
}

#[test]
fn names_can_stand_for_the_tags() {
    let expected = r#"root ::= "{\"id\":\"7462\",\"tags\":[" r
r ::= "]}" | ( t0 r-0 | t1 r-1 )
r-0 ::= "]}"
r-1 ::= "]}"
t0 ::= "\"ai\""
t1 ::= "\"lib\""
"#;
    grammar()
        .args(["--id", "7462", "--answer", "name", "--max-tags", "1"])
        .stdout(expected)
        .run();
}

#[test]
fn a_huge_list_gets_a_looser_grammar_and_a_warning() {
    let names: Vec<_> = (0..1000).map(|i| format!("tag {i}")).collect();
    let huge = || {
        Test::new()
            .file("tags.txt", names.join("\n"))
            .args(["grammar", "--tags", "tags.txt", "--id", "7462"])
    };
    let warning = "warning: a grammar that forbids repeated tags would be too large for this list; \
                   this one allows them\n";
    let text = huge()
        .args(["--max-tags", "3"])
        .any_stdout()
        .stderr(warning)
        .run()
        .stdout;
    let root = r#"root ::= "{\"id\":\"7462\",\"tags\":[" ( "]}" | tag ( "," tag ){0,2} "]}" )"#;
    assert_eq!(text.lines().next(), Some(root));
    let last = r#"t999 ::= "\"tag 999\"""#;
    assert_eq!(text.lines().last(), Some(last));
    assert_eq!(text.lines().count(), 1002);
    // One tag cannot be repeated: no warning.
    huge().args(["--max-tags", "1"]).any_stdout().run();
}

#[test]
fn numbers_that_contradict_each_other_are_refused() {
    grammar()
        .args(["--min-tags", "3"])
        .stderr("error: `--min-tags 3` is more than the list has: 2 tags\n")
        .status(2)
        .run();
}
