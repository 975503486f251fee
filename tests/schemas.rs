//! What the program writes is what `docs/schemas/` says of it.

use std::fs;

use serde_json::Value;

use crate::support::{Test, program};

const TAGS: &str =
    r#"[{"id":"db","name":"database"},{"id":10,"name":"game"},{"id":21,"name":"search"}]"#;

const RECORDS: &str = r#"{"id":"1","text":"A puzzle game.","title":"one"}
{"id":"2","text":" "}
{"text":"no id"}
"#;

const GOLD: &str = r#"{"id":"1","text":"A puzzle game.","tags":[10]}
"#;

/// What says something to people alone.
const REMARKS: [&str; 4] = ["$schema", "$defs", "title", "description"];

fn schema(name: &str) -> Value {
    let path = format!("{}/docs/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        _ => panic!("the type `{name}` is not known"),
    }
}

/// What of a value is not as a schema of `root` says it.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str) -> Vec<String> {
    let schema = schema.as_object().unwrap();
    let mut found = Vec::new();
    for (keyword, says) in schema {
        let is_right = match keyword.as_str() {
            "$ref" => {
                let pointer = says.as_str().unwrap().trim_start_matches('#');
                let other = root.pointer(pointer).unwrap();
                found.extend(faults(value, other, root, at));
                true
            }
            "type" => match says {
                Value::Array(names) => names
                    .iter()
                    .any(|name| is_of_type(value, name.as_str().unwrap())),
                name => is_of_type(value, name.as_str().unwrap()),
            },
            "const" => value == says,
            "enum" => says.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|n| n >= says.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= says.as_f64().unwrap()),
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(item, says, root, &format!("{at}/{place}")));
                }
                true
            }
            "properties" => {
                for (name, schema) in says.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(faults(value, schema, root, &format!("{at}/{name}")));
                    }
                }
                true
            }
            "required" => {
                let mut names = says.as_array().unwrap().iter();
                names.all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
                let fields = value.as_object().into_iter().flatten();
                let mut others = fields.filter(|(name, _)| !is_known(name));
                if *says == false {
                    others.next().is_none()
                } else {
                    for (name, value) in others {
                        found.extend(faults(value, says, root, &format!("{at}/{name}")));
                    }
                    true
                }
            }
            remark => {
                assert!(REMARKS.contains(&remark), "`{remark}` is not looked at");
                true
            }
        };
        if !is_right {
            found.push(format!("{at}: {keyword}"));
        }
    }
    found
}

/// Compares lines with a schema; the names of all their fields.
#[track_caller]
pub(crate) fn assert_valid(name: &str, lines: &str) -> Vec<String> {
    let schema = schema(name);
    let mut seen = Vec::new();
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(faults(&value, &schema, &schema, ""), [""; 0], "{line}");
        seen.extend(value.as_object().unwrap().keys().cloned());
    }
    assert!(!seen.is_empty(), "there is no line");
    seen.sort();
    seen.dedup();
    seen
}

/// The names of a schema's fields.
pub(crate) fn fields(name: &str) -> Vec<String> {
    let schema = schema(name);
    let mut names: Vec<String> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    names.sort();
    names
}

fn test(args: &[&str]) -> Test {
    Test::new()
        .file("tags.json", TAGS)
        .file(
            "a.md",
            "# Loam\n\nAn embedded database. It is fast.\n\nA game.\n",
        )
        .file("gold.jsonl", GOLD)
        .args(args)
        .args(["--tags", "tags.json", "-m", "nano", "-q"])
}

#[test]
fn answers_are_as_their_schema_says() {
    let everything = ["--scores=all", "--names", "--details", "--review-below=1"];
    let run = |more: &[&str]| {
        let test = test(&["classify", "a.md"]).args(everything).args(more);
        test.any_stdout().run().stdout
    };
    // What a person adds is not written by a model.
    let mut all = fields("answer");
    all.retain(|name| name != "reviewed");
    assert_eq!(assert_valid("answer", &run(&[])), all);
    assert_valid("answer", &run(&["--permutations", "2", "--min-tags", "3"]));
    assert_valid("answer", &run(&["--long", "windows", "--budget", "5"]));
    let drawn = ["--temperature", "9", "--seed", "1", "--strategy", "rank"];
    assert_valid("answer", &run(&drawn));
    assert_valid("answer", &run(&["--max-tags", "1"]));
    let plain = test(&["classify", "a.md"]).any_stdout().run().stdout;
    assert_eq!(assert_valid("answer", &plain), ["id", "tags"]);
}

#[test]
fn lines_of_a_catalogue_are_as_their_schemas_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("tags.json"), TAGS).unwrap();
    fs::write(path("in.jsonl"), RECORDS).unwrap();
    let run = |more: &str| {
        let mut command = program(folder.path());
        let args = "batch in.jsonl -o out.jsonl --tags tags.json -m nano -q --keep title --max-tags 1 --evidence none";
        command.args(args.split(' ')).args(more.split(' '));
        assert_eq!(command.output().unwrap().status.code(), Some(1));
        fs::read_to_string(path("out.jsonl")).unwrap()
    };
    let names = assert_valid("answer", &run("--scores=all"));
    assert!(names.contains(&"title".to_owned()));
    let errors = fs::read_to_string(path("out.jsonl.errors.jsonl")).unwrap();
    assert_eq!(assert_valid("error", &errors), fields("error"));
    run("--redo --min-tags 1 --temperature 9 --seed 1 --diff diff.jsonl");
    run("--redo --min-tags 1 --temperature 9 --seed 4 --diff diff.jsonl");
    let changes = fs::read_to_string(path("diff.jsonl")).unwrap();
    assert_eq!(assert_valid("change", &changes), fields("change"));
}

#[test]
fn corrected_answers_are_as_their_schema_says() {
    let tagged = r#"{"id":"a","tags":["db"],"scores":[0.4],"review":true}"#;
    let test = Test::new()
        .file("tags.json", TAGS)
        .file("out.jsonl", tagged)
        .file("in.jsonl", r#"{"id":"a","tags":[10]}"#);
    let path = test.path("out.jsonl");
    let mut corrected = String::new();
    let args = "review out.jsonl --apply in.jsonl --tags tags.json -q";
    let read = || corrected = fs::read_to_string(&path).unwrap();
    test.args(args.split(' ')).run_then(read);
    assert_eq!(
        assert_valid("answer", &corrected),
        ["id", "reviewed", "tags"]
    );
}

#[test]
fn saved_answers_and_explanations_are_as_their_schemas_say() {
    let eval = test(&["eval", "gold.jsonl", "--save-answers", "answers.jsonl"]);
    let path = eval.path("answers.jsonl");
    let mut saved = String::new();
    let read = || saved = fs::read_to_string(&path).unwrap();
    eval.any_stdout().run_then(read);
    assert_eq!(assert_valid("answer", &saved), ["id", "scores", "tags"]);
    for more in [&[][..], &["--tag", "db"]] {
        let explained = test(&["explain", "a.md", "--json"]).args(more);
        let explained = explained.any_stdout().run().stdout;
        let names = assert_valid("explanation", &explained);
        assert_eq!(names, fields("explanation"));
    }
}

#[test]
fn decisions_are_as_their_schema_says() {
    let questions = r#"{"a":{"type":"noul","instructions":"?"},"b":{"type":"choice","criteria":{"x":null,"y":null}},
        "c":{"type":"score","criteria":["low","high"]},"d":{"type":"multi_label","labels":["x","y"],"min":1}}"#;
    let decided = Test::new()
        .file("q.json", questions)
        .file("in.jsonl", RECORDS)
        .args(["decide", "q.json", "in.jsonl", "-m", "nano", "-q"])
        .any_stdout()
        .status(1)
        .run();
    let is_error = |line: &&str| line.contains("\"error\"");
    let (errors, lines): (Vec<&str>, Vec<&str>) = decided.stdout.lines().partition(is_error);
    assert_eq!(
        assert_valid("decision", &lines.join("\n")),
        fields("decision")
    );
    assert_eq!(assert_valid("error", &errors.join("\n")), fields("error"));
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    let answers = line["answers"].as_object().unwrap().values();
    let mut seen: Vec<&String> = answers
        .flat_map(|answer| answer.as_object().unwrap().keys())
        .collect();
    seen.sort();
    seen.dedup();
    let (decision, response) = (schema("decision"), schema("response"));
    let known = decision["$defs"]["answer"]["properties"]
        .as_object()
        .unwrap();
    assert_eq!(seen, known.keys().collect::<Vec<_>>());
    assert_eq!(decision["$defs"], response["$defs"]);
    let usage = serde_json::json!({"input_tokens": 1, "output_tokens": 0});
    let body = serde_json::json!({"model": "m", "answers": line["answers"], "usage": usage});
    assert_eq!(
        assert_valid("response", &body.to_string()),
        fields("response")
    );
}

#[test]
fn what_is_not_so_is_found() {
    for (name, line, fault) in [
        ("answer", r#"{"id":1,"tags":[]}"#, "/id: type"),
        ("answer", r#"{"id":"1"}"#, ": required"),
        ("answer", r#"{"id":"1","tags":[1.5]}"#, "/tags/0: type"),
        (
            "answer",
            r#"{"id":"1","tags":[],"scores":[2]}"#,
            "/scores/0: maximum",
        ),
        (
            "answer",
            r#"{"id":"1","tags":[],"review":false}"#,
            "/review: const",
        ),
        (
            "error",
            r#"{"id":"1","line":0,"error":{"kind":"empty","message":""}}"#,
            "/line: minimum",
        ),
        (
            "error",
            r#"{"id":"1","line":1,"error":{"kind":"what","message":""}}"#,
            "/error/kind: enum",
        ),
        (
            "change",
            r#"{"id":"1","before":[],"after":[],"more":1}"#,
            ": additionalProperties",
        ),
        (
            "decision",
            r#"{"id":"1","answers":{"a":{"type":"noul","noul":2}}}"#,
            "/answers/a/noul: maximum",
        ),
    ] {
        let schema = schema(name);
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(faults(&value, &schema, &schema, ""), [fault], "{line}");
    }
}
