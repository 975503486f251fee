//! Catalogues as other programs write them: separators, encodings, JSON of every layout,
//! fields inside fields, files that are no documents.

use super::{Place, errors, ids};
use serde_json::Value;

/// The lines of an output, without what the model decided.
fn kept(lines: &str) -> Vec<Value> {
    let line = |line| -> Value {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("tags");
        line
    };
    lines.lines().map(line).collect()
}

fn wide(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

#[test]
fn separators_and_encodings_are_found_out() {
    let place = Place::new();
    let text =
        "id;text;title\r\n1;\"A game; for two\";Gr\u{fc}\u{df}e\r\n2;A database;Caf\u{e9}\r\n";
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let excel = format!("sep=;\r\n{text}");
    let semicolons = "with `;` between columns";
    let expected = place_out(&place, text.as_bytes(), "", semicolons);
    assert_eq!(expected[1]["title"], "Caf\u{e9}");
    let both = format!("as windows-1252, {semicolons}");
    for (bytes, how) in [
        (excel.as_bytes(), semicolons),
        (&latin, &both),
        (&wide(text), semicolons),
    ] {
        assert_eq!(place_out(&place, bytes, "", how), expected);
    }
    let tabs = "id\ttext\ttitle\r\n1\t\"A game; for two\"\tGr\u{fc}\u{df}e\r\n2\tA database\tCaf\u{e9}\r\n";
    let how = "with `tab` between columns";
    assert_eq!(place_out(&place, &wide(tabs), "", how), expected);
    let said = "--delimiter ; --encoding latin1";
    assert_eq!(place_out(&place, &latin, said, ""), expected);
    let (bars, how) = (tabs.replace('\t', "|"), "with `|` between columns");
    assert_eq!(place_out(&place, bars.as_bytes(), "", how), expected);
    // Lines of two origins.
    let lines = text.replace(';', ",").replace("game,", "game;");
    let (first, last) = lines.split_at(lines.rfind('2').unwrap());
    let first = first.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    let mixed: Vec<u8> = first.chain(last.bytes()).collect();
    let how = "as windows-1252, but for its lines in UTF-8";
    assert_eq!(place_out(&place, &mixed, "", how), expected);
}

#[test]
fn an_encoding_that_is_not_read_is_named() {
    let place = Place::new();
    let wide = |text: &str| -> Vec<u8> {
        text.chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect()
    };
    for (name, bytes, encoding) in [
        ("in.csv", wide("\u{feff}id,text\n1,a\n"), "UTF-32"),
        ("in.json", wide("[{\"id\":1,\"text\":\"a\"}]"), "UTF-32"),
        (
            "in.csv",
            b"id,text\n1,\x1b$)C\x0e\x30\x54\x0f\n".to_vec(),
            "ISO-2022-KR",
        ),
        ("in.csv", b"id,text\n1,~{SNO7~}\n".to_vec(), "HZ-GB-2312"),
    ] {
        place.write(name, bytes);
        let message = format!(
            "error: cannot read `{name}`: it is encoded as {encoding}, which is not read\n\
             hint: `iconv -f {encoding} -t UTF-8 {name}` makes it UTF-8\n"
        );
        place.expect(&format!("{name} -o out.jsonl"), 2, &message);
    }
}

/// What is kept of a CSV file's records, and how it is said to be read.
#[track_caller]
fn place_out(place: &Place, csv: &[u8], args: &str, how: &str) -> Vec<Value> {
    place.write("in.csv", csv);
    let ran = place.run(&format!("in.csv -o - --keep title {args}"));
    let summary = "note: 2 tagged, 0 failed\n";
    let said = match how {
        "" => summary.to_owned(),
        _ => format!("{summary}note: `in.csv` was read {how}\n"),
    };
    assert_eq!((ran.status, ran.stderr), (Some(0), said));
    kept(&ran.stdout)
}

#[test]
fn a_column_that_is_missing_is_named_with_those_there() {
    let place = Place::new();
    place.write("in.csv", "key;body\n1;a\n");
    let message = "error: `in.csv` has no column `id`; it has `key`, `body`\n\
                   hint: `--id-field` names the column that is meant\n";
    place.expect("in.csv -o out.jsonl", 2, message);
    let message = "error: `in.csv` has no column `titel`; it has `key`, `body`\n\
                   hint: `--keep` names the column that is meant\n";
    let args = "in.csv -o out.jsonl --id-field key --text-field body --keep titel";
    place.expect(args, 2, message);
    place.write("in.csv", "id:text\n1:a\n");
    let message = "error: `in.csv` has no column `id`; with `,` between columns it has one, `id:text`\n\
                   hint: `--delimiter` says what separates the columns, `--encoding` how the file is encoded\n";
    place.expect("in.csv -o out.jsonl", 2, message);
    place.expect(
        "in.csv -o out.jsonl --delimiter :",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    for (args, message) in [
        (
            "in.csv -o - --delimiter ::",
            "error: `--delimiter ::` is not one character of ASCII\nhint: such as `,`, `;`, `|` or `tab`\n",
        ),
        (
            "in.csv -o - --encoding klingon",
            "error: `--encoding klingon` is no encoding that is known\n\
             hint: names are those of browsers, such as `windows-1252`, `utf-16le`, `shift_jis`; \
             `iconv -f NAME -t UTF-8` makes UTF-8 of others\n",
        ),
        (
            "in.csv -o - --keep title,,url",
            "error: `--keep` names a field without a name\n\
             hint: several are separated by commas: `--keep title,url`\n",
        ),
        (
            "in.csv -o - --records x",
            "error: `--records` is for JSON, and `in.csv` is none\n",
        ),
    ] {
        place.expect(args, 2, message);
    }
}

#[test]
fn in_tsv_a_quote_is_a_character() {
    let place = Place::new();
    place.write(
        "in.tsv",
        "id\ttext\n1\t\"pond\" counter\n2\t\"A game of cards\n3\tA database\n",
    );
    place.expect("in.tsv -o out.jsonl", 0, "note: 3 tagged, 0 failed\n");
    assert_eq!(ids(&place.read("out.jsonl")), ["1", "2", "3"]);
}

#[test]
fn a_quote_that_is_not_closed_costs_one_record() {
    let place = Place::new();
    for (csv, line, message) in [
        (
            "id,text\n0,A game\n1,\"A card game\n2,\"A database\"\n3,A diary\n",
            3,
            "there is text behind the quote that closes its cell 2",
        ),
        (
            "id,text\n0,A game\n1,\"A card game\n2,A database\n3,A diary",
            3,
            "the quote that opens its cell 2 is never closed",
        ),
        (
            "id,text\n0,A game\n1,\"A card\" game\n2,\"A data\nbase\"\n3,A diary\n",
            3,
            "there is text behind the quote that closes its cell 2",
        ),
    ] {
        place.write("in.csv", csv);
        let args = "in.csv -o out.csv --redo";
        let ran = place.run(args);
        let summary = "note: 3 tagged, 1 failed (`out.csv.errors.jsonl` says why)";
        assert!(ran.stderr.starts_with(summary), "{}", ran.stderr);
        let expected = [(line, None, message.to_owned())];
        assert_eq!(errors(&place.read("out.csv.errors.jsonl")), expected);
    }
}

#[test]
fn what_is_packed_is_known_by_its_content() {
    use std::io::Write;
    let place = Place::new();
    let text = "{\"id\":1,\"text\":\"A game\"}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    place.write("in.jsonl", &packed);
    place.write("in.jsonl.gz", text);
    for name in ["in.jsonl", "in.jsonl.gz"] {
        place.expect(&format!("{name} -o -"), 0, "note: 1 tagged, 0 failed\n");
    }
    place.write("in.jsonl", &packed[..packed.len() - 12]);
    let message = "error: cannot read `in.jsonl`: its gzip is cut off here\n";
    place.expect("in.jsonl -o -", 2, message);
}

/// An id of TSV comes back from it as it was.
#[test]
fn ids_with_tabs_and_line_ends_come_back_from_tsv() {
    let place = Place::new();
    let ids_in = ["a\tb", "a\nb", "C:\\temp\\new", "\"q\""];
    let record =
        |id: &&str| serde_json::json!({"id": id, "text": "A game", "tags": []}).to_string();
    place.write(
        "in.jsonl",
        ids_in.iter().map(record).collect::<Vec<_>>().join("\n"),
    );
    place.expect("in.jsonl -o out.tsv", 0, "note: 4 tagged, 0 failed\n");
    let out = place.read("out.tsv");
    let written: Vec<&str> = out
        .lines()
        .skip(1)
        .filter_map(|l| l.split('\t').next())
        .collect();
    assert_eq!(written, ["a\\tb", "a\\nb", "C:\\\\temp\\\\new", "\"q\""]);
    let ran = place.eval("in.jsonl --answers out.tsv");
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn fields_inside_fields_and_several_texts() {
    let place = Place::new();
    let json = r#"[{"meta":{"id":"a"},"title":"A game","content":{"text":"with cards"},"note":null},
        {"meta":{"id":"b"},"content":{"text":"A database"},"urls":["u","v"]},
        {"meta":{"id":"c"},"other":1}]"#;
    place.write("in.json", json);
    let args = "in.json -o out.jsonl --id-field meta.id --text-field title,content.text,note --keep urls.1";
    place.expect(
        args,
        1,
        "note: 2 tagged, 1 failed (`out.jsonl.errors.jsonl` says why)\n",
    );
    let expected: Vec<Value> = [r#"{"id":"a"}"#, r#"{"id":"b","urls.1":"v"}"#]
        .map(|line| serde_json::from_str(line).unwrap())
        .to_vec();
    assert_eq!(kept(&place.read("out.jsonl")), expected);
    let message = "it has neither `title` nor `content.text` nor `note` nor `path`; its fields are `meta`, `other`";
    assert_eq!(
        errors(&place.read("out.jsonl.errors.jsonl")),
        [(3, Some("c".to_owned()), message.to_owned())]
    );
    // The texts are one document, in the order in which they are named.
    place.write(
        "one.jsonl",
        "{\"id\":\"a\",\"text\":\"A game\\n\\nwith cards\"}\n",
    );
    let one = place.run("one.jsonl -o - --scores").stdout;
    let several = place
        .run("in.json -o - --scores --id-field meta.id --text-field title,content.text")
        .stdout;
    assert_eq!(several.lines().next(), one.lines().next());
}

#[test]
fn texts_are_texts_whatever_is_in_them() {
    let place = Place::new();
    let lines = r#"{"id":"gif","text":"GIF89a reader, a library"}
{"id":"nul","text":"A card\u0000 game\u0007"}
{"id":"half","text":"A card game \ud83d"}
{"id":"pk","text":"PK\u0003\u0004 is how archives begin"}
"#;
    place.write("in.jsonl", lines);
    let ran = place.run("in.jsonl -o out.jsonl --details");
    assert_eq!(
        ran.stderr,
        "note: 3 tagged, 1 failed (`out.jsonl.errors.jsonl` says why)\n"
    );
    let removed: Vec<u64> = place
        .read("out.jsonl")
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["details"]["removed_characters"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(removed, [0, 2, 2]);
    let message = "its `text` has half a surrogate pair, `\\ud83d`, which is no character";
    let expected = [(3, Some("half".to_owned()), message.to_owned())];
    assert_eq!(errors(&place.read("out.jsonl.errors.jsonl")), expected);
}

#[test]
fn fields_of_names_that_the_program_writes_are_carried_under_others() {
    let place = Place::new();
    let line = r#"{"id":"1","text":"A game","path":"p","tags":["mine"],"details":{"x":1},"line":5,"names":0,"error":null}"#;
    place.write("in.jsonl", line);
    let all = place
        .run("in.jsonl -o - --keep all --names --max-tags 1 --min-tags 1")
        .stdout;
    let ending = r#""path":"p","input_tags":["mine"],"input_details":{"x":1},"input_line":5,"input_names":0,"input_error":null}"#;
    assert!(
        all.contains("\"names\":[\"") && all.ends_with(&format!("{ending}\n")),
        "{all}"
    );
    place.write("in.csv", "id,text,tags,input_tags\n1,A game,mine,more\n");
    place.expect(
        "in.csv -o out.csv --keep tags,input_tags",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    let out = place.read("out.csv");
    assert!(
        out.starts_with("id,tags,input_input_tags,input_tags\n1,"),
        "{out}"
    );
    assert!(out.ends_with(",mine,more\n"), "{out}");
}

#[test]
fn a_field_that_no_record_has_is_warned_of() {
    let place = Place::new();
    place.write(
        "in.jsonl",
        "{\"id\":1,\"text\":\"A game\",\"title\":\"T\"}\n",
    );
    let warning =
        "note: 1 tagged, 0 failed\nwarning: no record of `in.jsonl` has a field `titel`\n";
    place.expect("in.jsonl -o - --keep titel,title", 0, warning);
}

#[test]
fn ids_that_are_there_twice_are_told() {
    let place = Place::new();
    let record = |id: &str, text: &str| format!("{{\"id\":{id},\"text\":\"{text}\"}}\n");
    let input = [
        record("1", "A game"),
        record("2", "A database"),
        record("\"1\"", "A card game"),
        record("2", "A database"),
    ];
    place.write("in.jsonl", input.concat());
    let warning = "warning: 2 records have the id of an earlier one in `in.jsonl`: `1` on line 3 stands already on line 1\n";
    let ran = place.run("in.jsonl -o out.jsonl");
    assert!(
        ran.stderr.starts_with("note: 4 tagged, 0 failed\n") && ran.stderr.ends_with(warning),
        "{}",
        ran.stderr
    );
    let out = place.read("out.jsonl");
    assert_eq!(ids(&out), ["1", "2", "1", "2"]);
    // The same record twice in one run is none that was known before it.
    place.write("twice.jsonl", record("1", "A game").repeat(2));
    let ran = place.run("twice.jsonl -o twice.out.jsonl");
    assert!(
        ran.stderr.starts_with("note: 2 tagged, 0 failed\n"),
        "{}",
        ran.stderr
    );
    // Going on changes nothing.
    let again = format!("note: 4 tagged, 0 failed, 4 of them known already\n{warning}");
    place.expect("in.jsonl -o out.jsonl", 0, &again);
    assert_eq!(place.read("out.jsonl"), out);
}

#[cfg(unix)]
#[test]
fn a_folder_has_records_errors_and_what_is_left_out() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    for name in [
        "README", "a.mdx", "b.rest", "c.mkd", "d.png", "e.rs", "f.rs", "Makefile",
    ] {
        place.write(&format!("docs/{name}"), "A card game.");
    }
    symlink("nowhere", place.path("docs/g.md")).unwrap();
    symlink(".", place.path("docs/h")).unwrap();
    let ran = place.run("docs -o docs/out.txt --output-format jsonl");
    let summary = "note: 4 tagged, 1 failed (`docs/out.txt.errors.jsonl` says why), \
                   4 files (`.rs`, no ending, `.png`), 1 link to folders left out\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(1), summary));
    assert_eq!(
        ids(&place.read("docs/out.txt")),
        ["README", "a.mdx", "b.rest", "c.mkd"]
    );
    let message =
        "cannot use `docs/g.md`, a link to nothing: No such file or directory (os error 2)";
    let expected = [(5, Some("g.md".to_owned()), message.to_owned())];
    assert_eq!(errors(&place.read("docs/out.txt.errors.jsonl")), expected);
    // OUT is no document, though its name says so.
    let ran = place.run("docs -o docs/out.txt --output-format jsonl");
    assert!(ran.stderr.contains("4 tagged, 1 failed"), "{}", ran.stderr);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let place = Place::new();
    place.write("in.parquet", "PAR1");
    let message = "error: `in.parquet` is Parquet, which this build does not read\n\
                   hint: `cargo build --release --features parquet` makes one that does\n";
    place.expect("in.parquet -o out.jsonl", 2, message);
}
