//! What goes in and comes out: JSONL, CSV, TSV, folders, fields, ids, shards.

use super::{Place, ids, record, records, tags_of};

const CSV: &str = "url,notes,title,rank\n\
    http://a,\"A database engine\nwith SQL, in Rust\",\"One, two\",1.50\n\
    http://b,A puzzle game,,2\n";

#[test]
fn a_file_of_json_lines_becomes_one_in_the_same_order() {
    let place = Place::new();
    place.write("in.jsonl", records(0..30));
    place.expect("in.jsonl -o out.jsonl", 0, "note: 30 tagged, 0 failed\n");
    let expected: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    assert_eq!(ids(&place.read("out.jsonl")), expected);
    // By itself, each document gets the same tags.
    let alone = place.run("in.jsonl -o - --parallel 1").stdout;
    assert_eq!(tags_of(&place.read("out.jsonl")), tags_of(&alone));
    assert!(!place.exists("out.jsonl.errors.jsonl"));
}

#[test]
fn ids_come_out_as_they_were_typed() {
    let place = Place::new();
    let ids_in = [
        "7",
        "-1.50",
        "12345678901234567890123",
        "\"007\"",
        "\"ü \\\"q\\\"\"",
    ];
    let lines = ids_in.map(|id| format!("{{\"text\":\"A game.\",\"id\":{id}}}\n"));
    place.write("in.jsonl", lines.concat());
    place.expect("in.jsonl -o out.jsonl", 0, "note: 5 tagged, 0 failed\n");
    let expected = ["7", "-1.50", "12345678901234567890123", "007", "ü \"q\""];
    assert_eq!(ids(&place.read("out.jsonl")), expected);
}

#[test]
fn paths_are_relative_to_the_catalogue() {
    let place = Place::new();
    place.write(
        "lists/in.jsonl",
        "{\"id\":1,\"path\":\"docs/a.md\"}\n{\"id\":2,\"file\":\"x\",\"text\":\"A game.\"}\n",
    );
    place.write("lists/docs/a.md", "# A game\n");
    place.expect(
        "lists/in.jsonl -o out.jsonl",
        0,
        "note: 2 tagged, 0 failed\n",
    );
    place.write("in.jsonl", "{\"n\":\"1\",\"file\":\"lists/docs/a.md\"}\n");
    let args = "in.jsonl -o - --id-field n --path-field file";
    assert_eq!(ids(&place.run(args).stdout), ["1"]);
}

#[test]
fn fields_are_carried_as_they_were_typed() {
    let place = Place::new();
    let line =
        r#"{"title":"T é","id":"1","n":1.50,"text":"A game.","tags":["old"],"more":{"a": [1]}}"#;
    place.write("in.jsonl", line);
    let ending = |args: &str| {
        let line = place
            .run(&format!("in.jsonl -o - --max-tags 1 --min-tags 1 {args}"))
            .stdout;
        line.split_once("],").map(|(_, rest)| rest.to_owned())
    };
    assert_eq!(ending(""), None);
    assert_eq!(
        ending("--keep n,title,none").unwrap(),
        "\"n\":1.50,\"title\":\"T é\"}\n"
    );
    let all = "\"title\":\"T é\",\"n\":1.50,\"input_tags\":[\"old\"],\"more\":{\"a\": [1]}}\n";
    assert_eq!(ending("--keep all").unwrap(), all);
    assert_eq!(
        ending("--keep tags").unwrap(),
        "\"input_tags\":[\"old\"]}\n"
    );
}

#[test]
fn csv_becomes_csv() {
    let place = Place::new();
    place.write("in.csv", CSV);
    let fields = "--id-field url --text-field notes --keep title,rank,url";
    let args = format!("in.csv -o out.csv {fields} --max-tags 1 --min-tags 1 --scores");
    place.expect(&args, 0, "note: 2 tagged, 0 failed\n");
    let out = place.read("out.csv");
    let mut rows = csv::Reader::from_reader(out.as_bytes());
    let header = rows.headers().unwrap().clone();
    assert_eq!(
        header.iter().collect::<Vec<_>>(),
        ["id", "tags", "scores", "title", "rank", "url"]
    );
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let kept: Vec<[&str; 4]> = rows.iter().map(|r| [&r[0], &r[3], &r[4], &r[5]]).collect();
    let expected = [
        ["http://a", "One, two", "1.50", "http://a"],
        ["http://b", "", "2", "http://b"],
    ];
    assert_eq!(kept, expected);
    // The same again changes nothing; the same as JSON has the same tags.
    place.expect(
        &args,
        0,
        "note: 2 tagged, 0 failed, 2 of them known already\n",
    );
    assert_eq!(place.read("out.csv"), out);
    let json = place
        .run(&format!("in.csv -o - {fields} --max-tags 1 --min-tags 1"))
        .stdout;
    let tags: Vec<String> = rows
        .iter()
        .map(|r| format!("\"{}\" [{}]\n", &r[0], &r[1]))
        .collect();
    assert_eq!(tags_of(&json), tags.concat());
}

#[test]
fn tsv_and_other_names_are_read() {
    let place = Place::new();
    let tsv = "\u{feff}id\ttext\n1\tA game, a \"real\" one\n2\tA database\n";
    place.write("in.tsv", tsv);
    place.write("in.dat", tsv);
    let read = place.run("in.tsv -o -");
    assert_eq!(
        (read.status, ids(&read.stdout)),
        (Some(0), vec!["1".to_owned(), "2".to_owned()])
    );
    assert_eq!(place.run("in.dat -o - --input-format tsv"), read);
    let message = "error: the name of `in.dat` does not tell its format\n\
                   hint: `--input-format jsonl`, `json`, `csv` or `tsv` does\n";
    place.expect("in.dat -o -", 2, message);
    let message = "error: cannot read `nope`: No such file or directory (os error 2)\n";
    place.expect("nope -o -", 2, message);
    place.write("in.csv", "name,text\na,b\n");
    place.expect(
        "in.csv -o out.jsonl",
        2,
        "error: `in.csv` has no column `id`; it has `name`, `text`\n\
         hint: `--id-field` names the column that is meant\n",
    );
}

#[test]
fn a_folder_is_a_catalogue_of_its_documents() {
    let place = Place::new();
    for name in [
        "b.md",
        "a/page.html",
        "a/code.rs",
        "a/image.png",
        ".hidden/x.md",
    ] {
        place.write(&format!("docs/{name}"), "A puzzle game.");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("b.md", place.path("docs/link.md")).unwrap();
    let summary = "note: 3 tagged, 0 failed, 2 files (`.png`, `.rs`) left out\n";
    place.expect("docs -o out.jsonl", 0, summary);
    assert_eq!(
        ids(&place.read("out.jsonl")),
        ["a/page.html", "b.md", "link.md"]
    );
    let globbed = place.run("docs/ -o - --glob **/*.rs --glob b.*").stdout;
    assert_eq!(ids(&globbed), ["a/code.rs", "b.md"]);
    let none = "note: 0 tagged, 0 failed, 5 files (`.md`, `.html`, `.png`, `.rs`) left out\n\
                warning: there is no record in `docs`\n";
    place.expect("docs -o - --glob *.xyz", 0, none);
    let not_one = "error: `--glob` is for folders, and `in.jsonl` is none\n";
    place.write("in.jsonl", record(1));
    place.expect("in.jsonl -o - --glob *", 2, not_one);
}

#[test]
fn scores_and_details_are_added() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    let line = place.run("in.jsonl -o - --scores=all --details").stdout;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        line["tags"].as_array().unwrap().len(),
        line["scores"].as_array().unwrap().len()
    );
    assert_eq!(line["ranking"].as_array().unwrap().len(), 6);
    assert_eq!(line["details"]["model"], "minitag-nano.gguf");
    assert_eq!(line["details"]["windows"], 1);
}

#[test]
fn shards_cover_every_record_once() {
    let place = Place::new();
    let input = records(0..40) + "not JSON\n{\"text\":\"no id\"}\n";
    place.write("in.jsonl", input);
    let mut all: Vec<String> = Vec::new();
    for shard in 1..=3 {
        let lines = place
            .run(&format!("in.jsonl -o - --shard {shard}/3"))
            .stdout;
        assert!(lines.lines().count() > 5, "{lines}");
        all.extend(lines.lines().map(str::to_owned));
    }
    let whole = place.run("in.jsonl -o -").stdout;
    let mut whole: Vec<String> = whole.lines().map(str::to_owned).collect();
    all.sort_unstable();
    whole.sort_unstable();
    let plain = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .filter(|l| !l.contains("error"))
            .map(|l| tags_of(l))
            .collect()
    };
    assert_eq!(all.len(), 42);
    assert_eq!(plain(&all), plain(&whole));
}

#[test]
fn what_is_read_is_never_written_over() {
    let place = Place::new();
    place.write("in.jsonl", record(1));
    for (args, problem) in [
        (
            "in.jsonl -o in.jsonl --redo",
            "`in.jsonl` is both IN and OUT",
        ),
        (
            "in.jsonl -o ./in.jsonl --redo",
            "`./in.jsonl` is both IN and OUT",
        ),
        (
            "in.jsonl -o out.jsonl --diff in.jsonl",
            "`in.jsonl` is both IN and --diff",
        ),
        (
            "in.jsonl -o out.jsonl --diff out.jsonl",
            "`out.jsonl` is both OUT and --diff",
        ),
        ("in.jsonl -o .", "`.` is a folder; OUT has to be a file"),
    ] {
        place.expect(args, 2, &format!("error: {problem}\n"));
    }
    assert_eq!(place.read("in.jsonl"), record(1));
}
