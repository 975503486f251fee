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
        (r#"["ai","web app"]"#, "2 tags"),
        (r#"{"version":1,"tags":["ai","lib"],"more":[1]}"#, "2 tags"),
        (r#"{"labels":[{"slug":"ai","title":"AI"}]}"#, "1 tag"),
        (
            "{\"id\":1,\"name\":\"ai\"}\n\n{\"id\":2,\"name\":\"lib\"}\n",
            "2 tags",
        ),
        ("\"ai\"\n\"web app\"\n", "2 tags"),
        ("- ai\n- web app\n- 'lib'\n", "3 tags"),
        (
            "---\n# ours\ntags:\n  - id: 1\n    name: ai\n  - id: x\n    name: lib\n",
            "2 tags",
        ),
        ("tags: [ai, lib]\n", "2 tags"),
        ("sep=;\r\nid;name\r\n17;ai\r\n", "1 tag"),
        ("slug,label\nai,Thinking\nlib,Libraries\n", "2 tags"),
        ("Tag\tDescription\nai\tthinks\n", "1 tag"),
        ("id,name,description\n1,ai\n2,lib,,\n", "2 tags"),
        ("Health, Safety\nFinance\n", "2 tags"),
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
            "the tag list begins like JSON and is none: EOF while parsing a list at line 1 column 20",
        ),
        (
            r#"[{"id":1,"name":"a"},"b"]"#,
            r#"entry 2: expected an object like {"id":17,"name":"ai"}, found `"b"`"#,
        ),
        (
            r#"[{"id":1,"name":"b"},{"name":"a"}]"#,
            "entry 2: the `id` is missing",
        ),
        (
            r#"["a",7]"#,
            "entry 2: expected a name like `ai`, as before it, found `7`",
        ),
        (
            r#"[{"name":"games","children":[]},{"name":"books","children":["sf"]}]"#,
            "entry 2: its `children` has tags below a tag, and the list is flat",
        ),
        (
            r#"[{"name":"a","title":"b"}]"#,
            "entry 1: it is not clear which is the name: `name` or `title`",
        ),
        (
            "- ai\n- ~\n",
            "line 2: expected a name like `ai`, as before it, found `~`",
        ),
        (
            "- id: 1\n  name: a\n- id: [2]\n  name: b\n",
            "line 3: the id `a nested value` is neither an integer nor a string",
        ),
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
            "id,colour\na,b\n",
            "the CSV header on line 1 has no column `name`; \
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

/// What could be read in more than one way is not read.
#[test]
fn a_list_that_is_not_plain_is_refused_with_the_line_and_the_reason() {
    let columns = |n: usize, name: &str| {
        format!(
            "line 1: each line has {n} columns with `{name}` between them, and there is no header"
        )
    };
    for (list, problem) in [
        ("17,ai\n18,lib\n", columns(2, ",")),
        ("fort,0,99,\"castle,keep\"\npond,0,98,ponds\n", columns(4, ",")),
        ("ai;thinks\nlib;is used\n", columns(2, ";")),
        ("ai\tthinks\n", columns(2, "tab")),
        (
            "17,ai\n18,data, base\n",
            "line 1: each line has a number and `,` in front, and there is no header".to_owned(),
        ),
        (
            "name\nai\nlib\n",
            "line 1: `name` can be a tag or the header of the others".to_owned(),
        ),
        (
            "Tags\nai\n",
            "line 1: `Tags` can be a tag or the header of the others".to_owned(),
        ),
        (
            "Categories\nai\n",
            "line 1: `Categories` can be a tag or the header of the others".to_owned(),
        ),
        (
            "\"Name\"\n\"ai\"\n",
            "line 1: `Name` can be a tag or the header of the others".to_owned(),
        ),
        (
            "key,value\nai,AI\n",
            "line 1: of the header's columns, it is not clear which is the id: `key` or `value`".to_owned(),
        ),
        (
            "id,name\n1,Health, Safety\n2,b\n",
            "line 2: it has 3 columns, the header has 2".to_owned(),
        ),
        (
            "id,name\n1,\"Health\n2,Fin\"\n3,game\n",
            "line 2: a quote begins here and is closed on a later line".to_owned(),
        ),
        (
            "id,name\n1,a\n2,\"b\n3,c\n",
            "line 3: the quote that opens its cell 2 is never closed".to_owned(),
        ),
        (
            "id,name,title\n1,a,b\n",
            "line 1: of the header's columns, it is not clear which is the name: `name` or `title`".to_owned(),
        ),
        ("ai\n\"lib\", x\n", "line 2: it begins with a quote, as if it were CSV or JSON".to_owned()),
        ("ai\n# mine\n", "line 2: it begins like a comment or a heading".to_owned()),
        ("tags = [\"ai\"]\n", "line 1: it looks like TOML".to_owned()),
        ("1. ai\n2. lib\n", "line 1: all lines have a number in front".to_owned()),
        ("* ai\n* lib\n", "line 1: all lines have a bullet in front".to_owned()),
        (
            "ai: thinks\nlib: is used\n",
            "line 1: all lines have a `:` in them, as if what stands before it were an id or a name".to_owned(),
        ),
        ("{\"a\":1}", "line 1: the object has no array of tags; expected `{\"tags\":[…]}`".to_owned()),
        (
            "{\"a\":[],\"b\":[]}",
            "line 1: the object has several arrays, `a`, `b`, and none is `tags`".to_owned(),
        ),
        ("a:\n- x\nb:\n- y\n", "line 1: the mapping has several lists, and none is `tags`".to_owned()),
    ] {
        let hint = "hint: JSON leaves no doubt: `[\"ai\",\"web app\"]`, or `[{\"id\":17,\"name\":\"ai\"}]`";
        check(list)
            .stderr(format!(
                "error: the tag list `list` cannot be used: {problem}\n{hint}\n"
            ))
            .status(2)
            .run();
    }
}

/// What a column is taken for is said where its name is not the plainest.
#[test]
fn the_columns_of_a_list_are_told() {
    for (list, count, note) in [
        (
            "code,label\nai,AI\n",
            "1 tag",
            "line 1 of `list` names its columns: `label` is the name, `code` the id",
        ),
        (
            "sep=;\n#;Tags;colour;desc\n1;AI;red;thinks\n",
            "1 tag",
            "line 2 of `list` names its columns: `Tags` is the name, `#` the id, `desc` the description; not used: `colour`",
        ),
        (
            "category\tparent\ngames\t\n",
            "1 tag",
            "line 1 of `list` names its columns: `category` is the name and the id; not used: `parent`",
        ),
        (
            "[{\"value\":\"a\",\"label\":\"A\"}]",
            "1 tag",
            "the ids of `list` are its `value`",
        ),
    ] {
        check(list)
            .stdout(format!("{count}\n"))
            .stderr(format!("note: {note}\n"))
            .run();
    }
    let note =
        "note: `list.csv` has no header that is known: its first line, `Kategorie`, is a tag\n";
    Test::new()
        .file("list.csv", "Kategorie\nSpiele\n")
        .args(["tags", "check", "list.csv"])
        .stdout("2 tags\n")
        .stderr(note)
        .run();
}

/// A spreadsheet writes UTF-16 and windows-1252.
#[test]
fn a_list_is_read_in_any_encoding() {
    let text = "id\tname\r\n1\tGr\u{fc}\u{df}e\r\n2\tCaf\u{e9}\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check([&[0xff, 0xfe], &wide[..]].concat())
        .stdout("2 tags\n")
        .run();
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    check(latin)
        .stdout("2 tags\n")
        .stderr("note: `list` is read as windows-1252\n")
        .run();
    check("PK\u{3}\u{4}x")
        .stderr("error: the tag list `list` cannot be used: it is a ZIP archive, or an office document, not text\n")
        .status(2)
        .run();
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
    check("[\"a;b\",\"c\"]")
        .stdout("2 tags\n")
        .stderr("warning: the id \"a;b\" has a `;`, which separates tags in CSV: it is in quotes there\n")
        .run();
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
        .stderr(
            "error: the model `nope.gguf` cannot be used: it cannot be read: \
             No such file or directory (os error 2)\n",
        )
        .status(3)
        .run();
}

/// What comes from a file steers no terminal.
#[test]
fn control_characters_of_names_are_not_printed() {
    check("[\" a\\u001b[31mb\"]")
        .stdout("1 tag\n")
        .stderr(
            "warning: the name ` a·[31mb` has spaces around it; the model sees them\n\
             warning: the name `a·[31mb` has control characters (`·`); the model sees them\n",
        )
        .run();
    check("[\"a\\nerror: b\"]")
        .stdout("1 tag\n")
        .stderr(
            "warning: the name `a·error: b` has control characters (`·`); the model sees them\n",
        )
        .run();
    Test::new()
        .file("old", "[\"a\"]")
        .file("new", "[\"a\",\"b\\u001b[31m\"]")
        .args(["tags", "diff", "old", "new"])
        .stdout("+ \"b\\u001b[31m\" b·[31m\n")
        .run();
}

#[test]
fn a_name_that_takes_too_many_tokens_is_refused_where_the_model_is_asked() {
    let name = "17".repeat(150);
    check(format!("[\"{name}\"]"))
        .args(["-m", DIGITS])
        .stderr(format!(
            "error: the tag `{}` takes 302 tokens; at most 200 are possible\n",
            &format!("\"{name}")[..60]
        ))
        .status(3)
        .run();
}
