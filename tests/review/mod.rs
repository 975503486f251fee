//! `minitag review`: what is shown to a person, and the corrections that come back.

#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
mod page;

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::support::program;

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":"w","name":"web app"},{"id":12345678901234567890123,"name":"=db"}]"#;

const TEXTS: &str = r##"{"id":7,"text":"# Loam\n\nAn embedded database."}
{"id":"8","text":"=HYPERLINK(1) is a game."}
{"id":"-9","text":"A web page."}
{"id":"10","text":"# LOAM 2\n\nAn embedded database!"}
{"id":"11","text":"A robot."}
"##;

/// A number as an id, names and fields that were carried, scores of all tags, an error between
/// the answers, one that is reviewed, and one that is not marked.
const TAGGED: &str = r#"{"id":7,"tags":[17],"names":["ai"],"scores":[0.5],"review":true,"ranking":[{"id":17,"logprob":-0.6931471805599453},{"id":12345678901234567890123,"logprob":-1.2},{"stop":true,"logprob":-3}],"details":{"windows":1},"n":1.50,"title":"a  b"}
{"id":"8","tags":["w",17],"scores":[0.25,0.5],"review":true}
{"id":"-9","tags":[],"review":true,"ranking":[{"stop":true,"logprob":-0.1}]}
{"id":"10","tags":[17],"scores":[0.875],"review":true}
{"id":"11","tags":["w"],"scores":[0.9]}
{"id":"12","tags":["w"],"reviewed":true}
"#;

/// A folder in which several runs follow each other.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, content) in [
            ("tags.json", TAGS),
            ("texts.jsonl", TEXTS),
            ("tagged.jsonl", TAGGED),
        ] {
            folder.write(name, content);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    #[track_caller]
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A run with this exit code: what it said.
    #[track_caller]
    fn run(&self, args: &str, status: i32) -> String {
        let output = program(self.0.path())
            .args(args.split(' '))
            .args(["--tags", "tags.json"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{said}");
        said + &String::from_utf8(output.stdout).unwrap()
    }

    /// Puts corrections in, and compares what is said.
    #[track_caller]
    fn apply(&self, corrections: &str, status: i32, said: &str) {
        self.write("reviewed.jsonl", corrections);
        let args = "review tagged.jsonl --apply reviewed.jsonl";
        assert_eq!(self.run(args, status), said);
    }
}

#[test]
fn what_is_marked_is_shown_most_doubtful_first_and_no_kind_twice() {
    let folder = Folder::new();
    let said = folder.run("review tagged.jsonl --texts texts.jsonl -o a.csv", 0);
    assert_eq!(
        said,
        "note: 3 of 4 documents to review, 1 that read like one of them\n\
         note: correct the column `tags` of `a.csv`, or put an x into `reviewed`; `--apply a.csv` puts that in\n"
    );
    let expected = "id,reviewed,tags,given,scores,likely,sentences\n\
                    8,,web app;ai,web app;ai,0.25;0.50,,'=HYPERLINK(1) is a game.\n\
                    7,,ai,ai,0.50,'=db (0.30),\"# Loam\nAn embedded database.\"\n\
                    '-9,,,,,,A web page.\n";
    assert_eq!(folder.read("a.csv"), expected);
    let json = folder.run(
        "review tagged.jsonl --texts texts.jsonl -o a.html --all --limit 1 --json",
        0,
    );
    assert_eq!(
        json,
        "{\"output\":\"a.html\",\"documents\":5,\"shown\":1,\"alike\":0,\"more\":4,\"without_text\":0}\n"
    );
    let more = "review tagged.jsonl --texts texts.jsonl -o b.html --review-below 0.95";
    assert!(folder.run(more, 0).starts_with("note: 4 of 5 documents"));
}

#[test]
fn a_table_is_corrected_and_put_in() {
    let folder = Folder::new();
    folder.run("review tagged.jsonl --texts texts.jsonl -o a.csv", 0);
    let table = folder.read("a.csv");
    let table = table.replace("7,,ai,ai", "7,,'=db; 17,ai");
    let table = table.replace("'-9,,", "'-9,x,");
    folder.write("a.csv", table);
    let said = folder.run("review tagged.jsonl --apply a.csv", 0);
    let counts = "note: 1 corrected, 1 left as they were, 1 reviewed before, 3 not reviewed: `tagged.jsonl`\n";
    assert_eq!(said, counts);
    let mut expected: Vec<&str> = TAGGED.lines().collect();
    expected[0] = r#"{"id":7,"tags":[12345678901234567890123,17],"names":["=db","ai"],"reviewed":true,"n":1.50,"title":"a  b"}"#;
    expected[2] =
        r#"{"id":"-9","tags":[],"ranking":[{"stop":true,"logprob":-0.1}],"reviewed":true}"#;
    assert_eq!(folder.read("tagged.jsonl"), expected.join("\n") + "\n");
    // What was reviewed is not shown again, and a table is not written over.
    let args = "review tagged.jsonl --texts texts.jsonl -o";
    let again = folder.run(&format!("{args} b.csv"), 0);
    assert!(again.starts_with("note: 2 of 2 documents"), "{again}");
    let there = "error: `a.csv` is there already, and may have corrections in it\n\
                 hint: `--apply` puts them in; or another `-o`\n";
    assert_eq!(folder.run(&format!("{args} a.csv"), 2), there);
}

#[test]
fn what_the_page_saves_is_put_in_elsewhere_too() {
    let folder = Folder::new();
    let saved = "{\"id\":7,\"tags\":[17],\"reviewed\":true}\n{\"id\":\"11\",\"tags\":[\"ai\",\"w\"],\"reviewed\":true}\n";
    folder.write("reviewed.jsonl", saved);
    let args = "review tagged.jsonl --apply reviewed.jsonl -o new.jsonl --format json";
    let json =
        "{\"output\":\"new.jsonl\",\"corrected\":1,\"confirmed\":1,\"before\":1,\"open\":3}\n";
    assert_eq!(folder.run(args, 0), json);
    assert_eq!(folder.read("tagged.jsonl"), TAGGED);
    let new = folder.read("new.jsonl");
    let first = TAGGED
        .lines()
        .next()
        .unwrap()
        .replace("\"review\":true,", "");
    let first = first.replace(",\"n\":1.50", ",\"reviewed\":true,\"n\":1.50");
    assert_eq!(new.lines().next(), Some(first.as_str()));
    assert!(new.contains("{\"id\":\"11\",\"tags\":[17,\"w\"],\"reviewed\":true}\n"));
}

#[test]
fn corrections_that_cannot_be_are_said_with_their_lines_and_lose_nothing() {
    let folder = Folder::new();
    let wrong = "{\"id\":\"no\",\"tags\":[17]}\n{\"id\":\"8\",\"tags\":[18]}\n{\"id\":7,\"tags\":[17,\"w\",\"=db\"]}\n{\"id\":\"-9\"\n";
    let errors = "error: `reviewed.jsonl`, line 2: the tag `18` is not in the tag list\n\
                  error: `reviewed.jsonl`, line 3: the number of its tags, 3, is not from 0 to 2\n\
                  error: `reviewed.jsonl`, line 4: EOF while parsing an object (column 10)\n\
                  error: `reviewed.jsonl`, line 1: `tagged.jsonl` has no record `no`\n";
    folder.write("reviewed.jsonl", wrong);
    let args = "review tagged.jsonl --apply reviewed.jsonl --max-tags 2";
    let none =
        "error: `reviewed.jsonl` has no correction that can be put in; nothing was written\n";
    assert_eq!(folder.run(args, 2), errors.to_owned() + none);
    assert_eq!(folder.read("tagged.jsonl"), TAGGED);
    folder.write(
        "reviewed.jsonl",
        format!("{wrong}{{\"id\":\"10\",\"tags\":[]}}\n"),
    );
    let counts = "note: 1 corrected, 0 left as they were, 1 reviewed before, 4 not reviewed: `tagged.jsonl`\n";
    assert_eq!(folder.run(args, 1), errors.to_owned() + counts);
    let line = TAGGED.lines().nth(3).unwrap();
    let corrected = "{\"id\":\"10\",\"tags\":[],\"reviewed\":true}";
    assert_eq!(folder.read("tagged.jsonl"), TAGGED.replace(line, corrected));
}

#[test]
fn of_two_records_with_one_id_the_one_that_was_shown_is_corrected() {
    let folder = Folder::new();
    let said = |name: &str, line: usize| {
        format!(
            "warning: `{name}`, line {} is left as it is: the id `a` stands on line {line} already\n\
             note: 1 corrected, 0 left as they were, 1 not reviewed: `{name}`\n",
            line + 1
        )
    };
    let (first, second) = (
        "{\"id\":\"a\",\"tags\":[17]}\n",
        "{\"id\":\"a\",\"tags\":[]}\n",
    );
    folder.write("tagged.jsonl", [first, second].concat());
    folder.apply(
        "{\"id\":\"a\",\"tags\":[\"w\"]}\n",
        0,
        &said("tagged.jsonl", 1),
    );
    let corrected = "{\"id\":\"a\",\"tags\":[\"w\"],\"reviewed\":true}\n";
    assert_eq!(folder.read("tagged.jsonl"), [corrected, second].concat());
    folder.write("tagged.csv", "id,tags\na,17\na,\n");
    let args = "review tagged.csv --apply reviewed.jsonl";
    assert_eq!(folder.run(args, 0), said("tagged.csv", 2));
    let expected = "id,tags,reviewed\na,w,true\na,,false\n";
    assert_eq!(folder.read("tagged.csv"), expected);
}

#[test]
fn of_an_output_that_was_cut_off_what_is_there_is_corrected() {
    let folder = Folder::new();
    let cut = format!("{TAGGED}{{\"id\":\"13\",\"tags\":[1");
    folder.write("tagged.jsonl", &cut);
    folder.apply(
        "{\"id\":\"12\",\"tags\":[]}\n",
        0,
        "warning: `tagged.jsonl`, line 7 is left as it is: EOF while parsing a list\n\
         note: 1 corrected, 0 left as they were, 5 not reviewed: `tagged.jsonl`\n",
    );
    let corrected = cut.replace(
        "{\"id\":\"12\",\"tags\":[\"w\"]",
        "{\"id\":\"12\",\"tags\":[]",
    );
    assert_eq!(folder.read("tagged.jsonl"), corrected);
}

#[test]
fn rows_and_packed_lines_are_corrected_too() {
    let folder = Folder::new();
    let rows = "id,tags,names,scores,review,title\r\n\"a\nb\",17;w,ai;web app,0.5;0.4,true,\"x, y\"\r\n8,w,web app,0.9,false,z\r\n9,17\r\n";
    folder.write("out.csv", rows);
    folder.write("in.csv", "id,tags\n\"a\nb\",ai\n");
    let said = folder.run("review out.csv --apply in.csv", 0);
    assert_eq!(
        said,
        "warning: `out.csv`, line 5 is left as it is: it has 2 columns, the header has 6\n\
         note: 1 corrected, 0 left as they were, 1 not reviewed: `out.csv`\n"
    );
    let expected = "id,tags,names,scores,review,title,reviewed\r\n\"a\nb\",17,ai,,false,\"x, y\",true\n8,w,web app,0.9,false,z,false\r\n9,17\r\n";
    assert_eq!(folder.read("out.csv"), expected);
    folder.write("out.tsv", "id\ttags\treview\na\\tb\t17\ttrue\n");
    folder.write("in.jsonl", "{\"id\":\"a\\tb\",\"tags\":[]}\n");
    folder.run("review out.tsv --apply in.jsonl", 0);
    let expected = "id\ttags\treview\treviewed\na\\tb\t\tfalse\ttrue\n";
    assert_eq!(folder.read("out.tsv"), expected);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(TAGGED.as_bytes()).unwrap();
    folder.write("out.jsonl.gz", gzip.finish().unwrap());
    folder.write("in.jsonl", "{\"id\":\"11\",\"tags\":[]}\n");
    folder.run("review out.jsonl.gz --apply in.jsonl", 0);
    let packed = fs::read(folder.path("out.jsonl.gz")).unwrap();
    let mut text = String::new();
    MultiGzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(
        text.contains("{\"id\":\"11\",\"tags\":[],\"reviewed\":true}\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_reviewed_is_said() {
    let folder = Folder::new();
    folder.write(
        "none.jsonl",
        "{\"id\":\"8\",\"tags\":[]}\n{\"id\":\"9\",\"tags\":[]}\n",
    );
    folder.write("all.json", "[{\"id\":\"8\",\"tags\":[]}]\n");
    folder.write("reviewed.jsonl", "{\"id\":\"8\",\"tags\":[]}\n");
    let none = "error: none of the 2 records of `none.jsonl` is to be reviewed (0 are reviewed already)\n\
                hint: `--all` takes them all; `batch` marks records with `--review-below`, or with a calibration that has a promise\n";
    for (args, status, said) in [
        ("none.jsonl --texts texts.jsonl -o a.html", 2, none),
        (
            "none.jsonl --texts texts.jsonl -o a.html --review-below 0.5",
            2,
            "error: `--review-below` needs scores, and `none.jsonl` has none\nhint: `batch` again with `--scores`\n",
        ),
        (
            "none.jsonl --texts texts.jsonl -o a.html --all",
            1,
            "error: `texts.jsonl` has no text for `9`\n\
             note: 1 of 2 documents to review\n\
             note: they are in the order of the file: scores (`batch --scores`) would put doubtful ones first\n\
             note: open `a.html` in a browser; `--apply reviewed.jsonl` puts in what it saves\n",
        ),
        (
            "tagged.jsonl --apply a.html",
            2,
            "error: `a.html` is the page, not what it saves\n\
             hint: open it in a browser: `Save` downloads a `.jsonl`, which `--apply` takes\n",
        ),
        (
            "tagged.jsonl --texts texts.jsonl -o a.txt",
            2,
            "error: `-o a.txt` is neither `.html` nor `.csv`\n",
        ),
        (
            "tagged.jsonl --texts texts.jsonl -o texts.jsonl",
            2,
            "error: `texts.jsonl` is both --texts and --output\n",
        ),
        (
            "tagged.jsonl --texts texts.jsonl -o a.html --max-tags 1",
            2,
            "error: `8` has 2 tags, and `--max-tags` allows 1\nhint: `--max-tags` as in the batch, with `--apply` too\n",
        ),
        (
            "tagged.jsonl --texts texts.jsonl -o a.html --limit 0",
            2,
            "error: `--limit 0` is not possible; it must be at least 1\n",
        ),
        (
            "tagged.jsonl --texts texts.jsonl",
            2,
            "error: to show answers, `--texts DOCS` and `-o FILE` are needed; to put corrections in, `--apply FILE`\n",
        ),
        (
            "all.json --apply reviewed.jsonl",
            2,
            "error: cannot correct `all.json`: it is not JSON with one record a line, CSV or TSV, as `batch` writes them\n",
        ),
        (
            "tagged.jsonl --apply reviewed.jsonl -o a.csv",
            2,
            "error: `a.csv` has to be of the same format as `tagged.jsonl`\nhint: the same ending\n",
        ),
    ] {
        assert_eq!(
            folder.run(&format!("review {args}"), status),
            said,
            "{args}"
        );
    }
    assert_eq!(folder.read("tagged.jsonl"), TAGGED);
    assert_eq!(folder.read("texts.jsonl"), TEXTS);
}

#[test]
fn a_batch_does_not_write_over_corrections_and_learning_takes_them_alone() {
    let folder = Folder::new();
    let batch = "batch texts.jsonl -o out.jsonl -m none";
    folder.run(batch, 0);
    let learn = "learn out.jsonl --texts texts.jsonl -o l.safetensors";
    let unreviewed = folder.run(learn, 2);
    assert!(
        unreviewed.starts_with("warning: `out.jsonl` was written by `batch`, and no record says"),
        "{unreviewed}"
    );
    folder.write(
        "reviewed.jsonl",
        "{\"id\":7,\"tags\":[12345678901234567890123]}\n",
    );
    folder.run("review out.jsonl --apply reviewed.jsonl", 0);
    let corrected = folder.read("out.jsonl");
    let refused = "error: `out.jsonl` has records that a person has reviewed, and would be written over\n\
                   hint: another `-o`; or `--redo`, after which `minitag review OUT --apply FILE` puts the corrections in again\n";
    assert_eq!(folder.run(batch, 2), refused);
    assert_eq!(folder.read("out.jsonl"), corrected);
    assert_eq!(
        folder.run(learn, 2),
        "note: only the records of `out.jsonl` that a person has reviewed are taken: 1 of 5\n\
         error: 20 documents with their right tags are needed; `out.jsonl` has 1\n\
         hint: records of your own can stand in the same file as corrections, each with `\"reviewed\":true`\n"
    );
    folder.run(&format!("{batch} --redo"), 0);
    assert_ne!(folder.read("out.jsonl"), corrected);
    // Rows too.
    let batch = batch.replace(".jsonl -m", ".csv -m");
    folder.run(&batch, 0);
    folder.run("review out.csv --apply reviewed.jsonl", 0);
    let refused = refused.replace("out.jsonl", "out.csv");
    assert_eq!(folder.run(&batch, 2), refused);
    // As other programs write it again.
    for rows in [
        "\"id\",\"tags\",\"Reviewed\"\n7,,x\n",
        "\u{feff}reviewed,id,tags\ntrue,7,\n",
    ] {
        folder.write("out.csv", rows);
        assert_eq!(folder.run(&batch, 2), refused);
    }
    let batch = batch.replace(".csv", ".jsonl");
    for lines in [
        "\u{feff}\n {\"id\":7,\"tags\":[],\"reviewed\": \"x\"}\n",
        "[{\"id\":7,\"tags\":[],\"reviewed\":true}]\n",
    ] {
        folder.write("out.jsonl", lines);
        assert_eq!(folder.run(&batch, 2), refused.replace(".csv", ".jsonl"));
    }
}
