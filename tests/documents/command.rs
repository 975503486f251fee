//! `minitag document`: what a person sees of a document, and of files that are none.

use crate::support::{DIGITS, Test};

const TEXT: &str = "\
# Numbat

Counts termites in log files, and tells by night which of them were there before.

## License

MIT
";

/// Its head, as it is shown.
const HEAD: &str = "\
# Numbat
Counts termites in log files, and tells by night which of them were there before.
";

fn document(file: &str, content: impl AsRef<[u8]>) -> Test {
    Test::new()
        .file(file, content)
        .args(["document", file, "-m", DIGITS])
}

#[test]
fn it_shows_what_is_kept_and_says_what_was_dropped() {
    document("a.md", TEXT)
        .args(["--budget", "60"])
        .stdout(HEAD)
        .stderr(
            "note: markdown in UTF-8: 43 of 59 tokens; kept: 1 paragraph, 1 title; \
             dropped: 2 boilerplate\n",
        )
        .run();
}

/// Without a model the text is read as the built-in one reads it, as in a batch.
#[test]
fn no_model_counts_as_the_built_in_one_does() {
    let with = |model: &str| {
        let test = Test::new().file("a.md", TEXT);
        let test = test.args(["document", "a.md", "--budget", "20", "-m", model]);
        let output = test.any_stdout().any_stderr().run();
        (output.stdout, output.stderr)
    };
    assert_eq!(with("none"), with("nano"));
}

#[test]
fn other_ways_to_read_show_the_text_as_it_stands() {
    document("a.md", TEXT)
        .args(["--budget", "full"])
        .stdout(TEXT)
        .stderr("note: markdown in UTF-8: as it stands, 59 tokens\n")
        .run();
    for (long, which) in [("head", "the beginning"), ("windows", "the first window")] {
        document("a.md", TEXT)
            .args(["--budget", "48", "--long", long])
            .stdout(HEAD.replace('\n', "\n\n").trim_end().to_owned() + "\n")
            .stderr(format!(
                "note: markdown in UTF-8: {which}, 46 of 59 tokens\n"
            ))
            .run();
    }
}

#[test]
fn json_tells_of_every_piece() {
    document("a.md", TEXT)
        .args(["--json"])
        .stdout(concat!(
            r##"{"format":"markdown","encoding":"UTF-8","tokens":43,"used":43,"pieces":["##,
            r##"{"kind":"title","text":"# Numbat","tokens":6,"kept":true},"##,
            r##"{"kind":"paragraph","text":"Counts termites in log files, and tells by night "##,
            r##"which of them were there before.","tokens":36,"kept":true},"##,
            r##"{"kind":"heading","text":"License","tokens":4,"kept":false,"reason":"boilerplate"},"##,
            r##"{"kind":"paragraph","text":"MIT","tokens":3,"kept":false,"reason":"boilerplate"}]}"##,
            "\n"
        ))
        .run();
}

#[test]
fn the_encoding_and_what_was_taken_out_are_said() {
    document("old.txt", b"Ein Pr\xfcfstein f\xfcr \xc4pfel.\n")
        .args(["--budget", "full"])
        .stdout("Ein Prüfstein für Äpfel.\n")
        .stderr("note: plain in windows-1252: as it stands, 23 tokens\n")
        .run();
    document("b.txt", "tur\u{202e}ned\u{1b}[1m\n")
        .args(["--budget", "full"])
        .stdout("turned[1m\n")
        .stderr("note: plain in UTF-8, without 2 invisible characters: as it stands, 6 tokens\n")
        .run();
    document("c.txt", b"caf\xc3\xa9s na\xc3\xafve \xff\n")
        .args(["--budget", "full", "--quiet"])
        .stdout("cafés naïve \u{fffd}\n")
        .run();
    document("empty.md", " \n")
        .stderr("note: the document is empty\n")
        .run();
}

#[test]
fn files_that_are_no_text_are_refused_whatever_their_name() {
    for (content, problem) in [
        (
            &b"PK\x03\x04\x14\0\x06\0"[..],
            "a ZIP archive, or an office document, not text",
        ),
        (b"%PDF-1.7\n", "a PDF, not text"),
        (b"a\0b", "a binary file: there is a NUL byte at offset 1"),
    ] {
        document("a.md", content)
            .stderr(format!("error: cannot use `a.md`: it is {problem}\n"))
            .status(2)
            .run();
    }
    document("big.txt", vec![b'a'; (64 << 20) + 1])
        .stderr("error: cannot use `big.txt`: it is larger than 64 MiB\n")
        .status(2)
        .run();
}

#[test]
fn a_broken_notebook_is_said_to_be_one() {
    let notebook = "{\"cells\": [{\"cell_type\": \"markdown\", \"source\": [\"# Numbat\\n\", \"\\n\", \"Counts ter";
    document("a.ipynb", notebook)
        .args(["--budget", "60"])
        .stdout("# Numbat\nCounts ter\n")
        .stderr(
            "warning: `a.ipynb` is a broken notebook: it is read as far as it goes\n\
             note: notebook in UTF-8: 13 of 51 tokens; kept: 1 paragraph, 1 title; dropped: nothing\n",
        )
        .run();
}
