//! Outputs by their endings: CSV, TSV, compressed; tags by name; ids with a `;`.

use std::fs;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{Place, ids, record, records};

fn unpacked(place: &Place, name: &str) -> String {
    let mut text = String::new();
    let file = fs::File::open(place.path(name)).unwrap();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

const TWO: &str = "--max-tags 1 --min-tags 1";

#[test]
fn the_ending_says_how_it_is_written() {
    let place = Place::new();
    place.write("in.csv", "id,text,n\n\"a,\tb\",A puzzle game,\"x\ny\"\n");
    let written = |out: &str, args: &str| {
        place.expect(
            &format!("in.csv -o {out} --keep n {TWO} {args}"),
            0,
            "note: 1 tagged, 0 failed\n",
        );
        place.read(out)
    };
    let json = written("out.jsonl", "");
    let tag: serde_json::Value = serde_json::from_str(&json).unwrap();
    let tag = &tag["tags"][0];
    assert_eq!(
        written("out.csv", ""),
        format!("id,tags,n\n\"a,\tb\",{tag},\"x\ny\"\n")
    );
    assert_eq!(
        written("out.tsv", ""),
        format!("id\ttags\tn\na,\\tb\t{tag}\tx\\ny\n")
    );
    assert_eq!(written("out", ""), json);
    assert_eq!(written("out.parquet", "--output-format jsonl"), json);
    for ending in ["json", "parquet", "xlsx", "jsonl.zst", "txt"] {
        let last = ending.rsplit('.').next().unwrap();
        let message = format!(
            "error: `x.{ending}` would have to be written as `.{last}`, which is not possible\n\
             hint: `.jsonl`, `.csv` and `.tsv` are, also with `.gz` behind; or `--output-format` says it\n"
        );
        place.expect(&format!("in.csv -o x.{ending}"), 2, &message);
        assert!(!place.exists(&format!("x.{ending}")));
    }
    let message = "error: errors are JSON and cannot stand between rows of TSV\n\
                   hint: `-o FILE.tsv` puts them into `FILE.tsv.errors.jsonl`\n";
    place.expect("in.csv -o x.tsv --errors inline", 2, message);
}

#[test]
fn compressed_outputs_go_on_like_others() {
    let place = Place::new();
    place.write("in.jsonl", records(0..20));
    place.expect("in.jsonl -o out.jsonl", 0, "note: 20 tagged, 0 failed\n");
    place.expect("in.jsonl -o out.jsonl.gz", 0, "note: 20 tagged, 0 failed\n");
    assert_eq!(unpacked(&place, "out.jsonl.gz"), place.read("out.jsonl"));
    let whole = fs::read(place.path("out.jsonl.gz")).unwrap();
    // Stopped by a bad line, and gone on with.
    let bad = records(0..9) + "bad\n" + &records(9..20);
    place.write("in.jsonl", bad);
    place.run("in.jsonl -o part.jsonl.gz --fail-fast --workers 1");
    assert_eq!(ids(&unpacked(&place, "part.jsonl.gz")).len(), 9);
    place.write("in.jsonl", records(0..20));
    let ran = place.run("in.jsonl -o part.jsonl.gz");
    assert!(
        ran.stderr
            .contains("20 tagged, 0 failed, 9 of them known already"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(place.path("part.jsonl.gz")).unwrap(), whole);
    for damaged in [&whole[..whole.len() / 2], b"", b"no gzip"] {
        fs::write(place.path("part.jsonl.gz"), damaged).unwrap();
        place.run("in.jsonl -o part.jsonl.gz");
        assert_eq!(fs::read(place.path("part.jsonl.gz")).unwrap(), whole);
    }
    // What was written can be read again.
    place.write("in.csv", "id,text\n1,A puzzle game\n");
    place.expect(
        "in.csv -o out.csv.gz --keep text",
        0,
        "note: 1 tagged, 0 failed\n",
    );
    place.expect("out.csv.gz -o again.tsv", 0, "note: 1 tagged, 0 failed\n");
}

#[test]
fn names_stand_beside_ids() {
    let place = Place::new();
    place.write("in.jsonl", record(2));
    let json = place.run(&format!("in.jsonl -o - --names {TWO}")).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let (id, name) = (&json["tags"][0], json["names"][0].as_str().unwrap());
    assert!(
        place
            .read("tags.json")
            .contains(&format!("{{\"id\":{id},\"name\":\"{name}\"}}"))
    );
    place.expect(
        &format!("in.jsonl -o out.csv --names {TWO}"),
        0,
        "note: 1 tagged, 0 failed\n",
    );
    assert_eq!(
        place.read("out.csv"),
        format!("id,tags,names\n2,{id},{name}\n")
    );
    // Without them, the same file is written anew.
    let known = "note: 1 tagged, 0 failed, 1 of them known already\n";
    place.expect(&format!("in.jsonl -o out.csv {TWO}"), 0, known);
    assert_eq!(place.read("out.csv"), format!("id,tags\n2,{id}\n"));
}

#[test]
fn ids_with_the_separator_in_them_stand_in_quotes() {
    let place = Place::new();
    place.write("in.jsonl", record(2));
    place.write("list.json", r#"["Games; puzzles"]"#);
    let args = format!("in.jsonl -o out.csv --tags list.json --names {TWO}");
    // The built-in model warns of names that it does not know.
    assert_eq!(place.run(&args).status, Some(0));
    let cell = "\"\"\"Games; puzzles\"\"\"";
    assert_eq!(
        place.read("out.csv"),
        format!("id,tags,names\n2,{cell},{cell}\n")
    );
    place.write(
        "list.json",
        r#"[{"id":7,"name":"a"},{"id":"7","name":"b"}]"#,
    );
    for (out, name) in [("x.csv", "CSV"), ("x.tsv", "TSV")] {
        let message = format!(
            "error: the ids 7 and \"7\" look the same in {name}\nhint: `-o FILE.jsonl` tells a number from a text\n"
        );
        place.expect(&format!("in.jsonl -o {out} --tags list.json"), 2, &message);
    }
}

#[test]
fn a_quick_list_of_names_is_typed() {
    let place = Place::new();
    place.write("in.jsonl", record(2));
    let ran = place
        .run(&format!("in.jsonl -o - --tags game,web app,ci/cd {TWO}").replace("web app", "web"));
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"tags\":[\""), "{}", ran.stdout);
    // A file of that name is a file.
    place.write("game,web", "[\"file\"]");
    let ran = place.run(&format!("in.jsonl -o - --tags game,web {TWO}"));
    assert_eq!(ran.stdout, "{\"id\":\"2\",\"tags\":[\"file\"]}\n");
    let one = place
        .run(&format!("in.jsonl -o - --tags game, {TWO}"))
        .stdout;
    assert_eq!(one, "{\"id\":\"2\",\"tags\":[\"game\"]}\n");
    for (list, message) in [
        (
            "my,tags.json",
            "error: cannot read `my,tags.json`: No such file or directory (os error 2)\n",
        ),
        (
            "game",
            "error: cannot read `game`: No such file or directory (os error 2)\n\
             hint: names instead of a file are separated by commas: `--tags ai,web`\n",
        ),
        (
            "a,a",
            "error: the tag list `a,a` cannot be used: entry 2: the id `\"a\"` stands already at entry 1\n",
        ),
        (
            "a,,b",
            "error: the tag list `a,,b` cannot be used: entry 2: the `name` is missing or empty\n",
        ),
    ] {
        place.expect(&format!("in.jsonl -o - --tags {list}"), 2, message);
    }
}
