//! `classify --server`: a running service gives the answers that a model loaded here gives.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::schemas::{assert_valid, fields};
use crate::service::Server;
use crate::support::program;

const TAGS: &str = r#"[{"id":7,"name":"database"},{"id":"g","name":"game","description":"to play"},{"id":123456789012345678901234,"name":"search"}]"#;

/// Documents of several kinds, one of them empty, one not there.
const DOCUMENTS: [(&str, &str); 4] = [
    ("a.md", "# Loam\n\nAn embedded database. It is fast.\n"),
    (
        "b.html",
        "<html><title>Lantern</title><p>A puzzle game &amp; more.</html>",
    ),
    ("c.txt", "Search in files.\r\nIt is quick."),
    ("empty.md", " \n"),
];

fn write(folder: &Path) {
    fs::write(folder.join("tags.json"), TAGS).unwrap();
    for (name, text) in DOCUMENTS {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn classify(folder: &Path, args: &str) -> Output {
    let files = "classify a.md b.html c.txt empty.md missing.md --tags tags.json";
    let mut command = program(folder);
    command.args(files.split(' ')).args(args.split(' '));
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Lines without the time that each took.
fn timeless(bytes: &[u8]) -> Vec<String> {
    let cut = |line: &str| match line.split_once("\"seconds\":") {
        Some((before, _)) => before.to_owned(),
        None => line.to_owned(),
    };
    text(bytes).lines().map(cut).collect()
}

#[test]
fn a_service_gives_the_same_lines() {
    let server = Server::new(&[]);
    let folder = server.folder.path();
    write(folder);
    for options in [
        "--names",
        "--scores=all --details",
        "--strategy rank --threshold 0.1 --max-tags 2 --scores",
        "--min-tags 1 --max-tags 1 --temperature 0.7 --seed 3 --format csv --review-below 0.9",
    ] {
        let here = classify(folder, &format!("{options} -m nano"));
        let there = classify(folder, &format!("{options} --server {}", server.address));
        assert_eq!(timeless(&there.stdout), timeless(&here.stdout), "{options}");
        assert_eq!(there.status.code(), here.status.code(), "{options}");
        assert_eq!(here.status.code(), Some(1));
        let said = text(&there.stderr);
        assert!(
            said.contains("cannot tag `empty.md`: there is no text in it"),
            "{said}"
        );
        assert!(said.contains("cannot use `missing.md`"), "{said}");
    }
    let request = r#"{"tags":["database","game"],"text":"A game.","scores":true,"min_tags":1}"#;
    let reply = server.post("/v1/tags", request).body;
    let mut expected = fields("tagged");
    expected.retain(|field| field != "lora");
    assert_eq!(assert_valid("tagged", &reply), expected);
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("minitag_questions_total 13"), "{metrics}");
}

#[cfg(unix)]
#[test]
fn a_socket_and_a_token_are_enough() {
    let server = Server::at("./s.sock", &["--token-file", "token.txt"]);
    let folder = server.folder.path();
    write(folder);
    fs::write(folder.join("other.txt"), "fedcba9876543210\n").unwrap();
    let here = classify(folder, "-m nano");
    let there = classify(folder, "--server ./s.sock --token-file token.txt");
    assert_eq!(text(&there.stdout), text(&here.stdout));
    for (token, said) in [
        ("--token-file other.txt", "the token is another"),
        ("-q", "token"),
    ] {
        let refused = classify(folder, &format!("--server ./s.sock {token}"));
        assert_eq!(refused.status.code(), Some(2));
        assert_eq!(text(&refused.stdout), "");
        let error = text(&refused.stderr);
        let begins = "error: the service at `./s.sock` refuses to answer: ";
        assert!(error.starts_with(begins) && error.contains(said), "{error}");
    }
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    for (args, code, said) in [
        (
            "--server 127.0.0.1:1",
            3,
            "cannot ask the service at `127.0.0.1:1`",
        ),
        (
            "--server example.org",
            2,
            "`--server example.org` is no address with a port",
        ),
        ("--server https://127.0.0.1:1", 2, "there is no TLS"),
        (
            "--server http://127.0.0.1:1/v1/tags",
            2,
            "names a path, and the service has its own",
        ),
        ("--server 127.0.0.1:1 -m nano", 2, "cannot be used with"),
    ] {
        let refused = classify(folder.path(), args);
        let error = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{error}");
        assert!(error.contains(said), "{error}");
    }
}
