//! What is pinned is held, or said not to be here; names of the hub that are none yet; the
//! cache that belongs to others too.

use std::fs;

use crate::support::{DIGITS, Test};

const HUB: &str = ".cache/huggingface/hub/models--o--r";

/// Of `tests/fixtures/tiny-digits.gguf`, from `sha256sum`.
const SHA256: &str = "e36b740d29388fed021179ef08e5a5d330309df41b0cce5973836ddfd7887955";

fn model() -> Vec<u8> {
    fs::read(DIGITS).unwrap()
}

/// A run with an entry `mine` for `o/r`'s `t.gguf` in the user's registry.
fn with_entry(more: &str) -> Test {
    let entry = format!("[[model]]\nname='mine'\nrepository='o/r'\nfile='t.gguf'\n{more}\n");
    Test::new().file("minitag/registry.toml", entry)
}

fn cached(test: Test, commit: &str) -> Test {
    test.file(&format!("{HUB}/snapshots/{commit}/t.gguf"), model())
}

fn classify(test: Test, model: &str) -> Test {
    test.file("tag", "ai\n").file("cat.md", "cat\n").args([
        "classify",
        "cat.md",
        "--tags",
        "tag",
        "--min-tags=1",
        "-m",
        model,
    ])
}

const ANSWER: &str = "{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n";

fn get(name: &str) -> String {
    if cfg!(feature = "download") {
        format!("`minitag models pull {name}` downloads it")
    } else {
        "`hf download o/r t.gguf` downloads it".to_owned()
    }
}

#[test]
fn a_pinned_revision_is_never_replaced_by_another() {
    let not_here = "error: the model `mine` is not on this machine\n";
    for revision in ["c2", "main", "v1"] {
        let pinned = with_entry(&format!("revision='{revision}'"));
        let hint = format!(
            "hint: {}; `o/r:t.gguf` is here at another revision\n",
            get("mine")
        );
        classify(cached(pinned, "c1"), "mine")
            .stderr(format!("{not_here}{hint}"))
            .status(3)
            .run();
    }
    // By its commit, by a branch, and where none is asked for.
    classify(cached(with_entry("revision='c1'"), "c1"), "mine")
        .stdout(ANSWER)
        .run();
    let branch = with_entry("revision='v1'").file(&format!("{HUB}/refs/v1"), "c1");
    classify(cached(branch, "c1"), "mine").stdout(ANSWER).run();
    classify(cached(with_entry(""), "c1"), "mine")
        .stdout(ANSWER)
        .run();
}

#[test]
fn a_file_in_models_does_not_stand_for_a_pinned_one() {
    let like = "`models/t.gguf` has its name; given as a path it is taken as it is";
    let pinned = with_entry("revision='c1'").file("models/t.gguf", model());
    classify(pinned, "mine")
        .stderr(format!(
            "error: the model `mine` is not on this machine\nhint: {}; {like}\n",
            get("mine")
        ))
        .status(3)
        .run();
    // What the cache has goes first, were the other one ever so broken.
    let both = with_entry("").file("models/t.gguf", "broken");
    classify(cached(both, "c1"), "mine").stdout(ANSWER).run();
    // Where nothing is pinned, its name does, and that is said.
    classify(with_entry("").file("models/t.gguf", model()), "mine")
        .stdout(ANSWER)
        .stderr(
            "note: `models/t.gguf` is taken for `mine` by its name alone: \
             the Hugging Face cache does not have it\n",
        )
        .run();
    // A checksum tells it for certain.
    let pinned = format!("revision='c1'\nsha256='{SHA256}'");
    classify(with_entry(&pinned).file("models/t.gguf", model()), "mine")
        .stdout(ANSWER)
        .run();
}

#[test]
fn what_the_registry_knows_of_the_content_counts_on_use() {
    let other = SHA256.replace('e', "f");
    let size = model().len();
    for (known, problem) in [
        (
            format!("sha256='{other}'"),
            format!("its SHA-256 is {SHA256}, but the registry knows {other}"),
        ),
        (
            "size=5".to_owned(),
            format!("it has {size} bytes, but the registry knows 5"),
        ),
    ] {
        let entry = format!("[[model]]\nname='mine'\npath='m.gguf'\n{known}\n");
        let test = || {
            Test::new()
                .file("minitag/registry.toml", &entry)
                .file("m.gguf", model())
        };
        let stderr = format!(
            "error: the model `m.gguf` cannot be used: {problem}\n\
             hint: `-m m.gguf` takes the file as it is\n"
        );
        classify(test(), "mine").stderr(&stderr).status(3).run();
        let check = test().args(["models", "check", "mine"]);
        check.any_stdout().stderr(&stderr).status(3).run();
        // It is what it is.
        classify(test(), "m.gguf").stdout(ANSWER).run();
    }
    let upper = SHA256.to_uppercase();
    let entry = format!("[[model]]\nname='mine'\npath='m.gguf'\nsha256='{upper}'\nsize={size}\n");
    let test = Test::new()
        .file("minitag/registry.toml", entry)
        .file("m.gguf", model());
    classify(test, "mine").stdout(ANSWER).run();
}

#[test]
fn other_programs_names_come_with_the_right_one() {
    let here = |name: &str| {
        Test::new()
            .file(&format!("{HUB}/snapshots/c1/t-Q8_0.gguf"), model())
            .args(["models", "path", name])
    };
    let none = "is on this machine; `minitag models pull";
    for (name, hint) in [
        (
            "x/y",
            format!("its files are named as `x/y:file.gguf`, and none {none} x/y:file.gguf`"),
        ),
        (
            "http://mirror/x/y/blob/main/z.gguf",
            "`x/y:z.gguf` is its name here; `minitag models pull x/y:z.gguf`".to_owned(),
        ),
    ] {
        here(name)
            .stderr(format!(
                "error: `{name}` does not name one file of the hub\nhint: {hint} downloads it\n"
            ))
            .status(3)
            .run();
    }
    for args in [&["-hf", "o/r:Q8_0"][..], &["--hf-repo=o/r:Q8_0"]] {
        let option = args[0].split('=').next().unwrap();
        Test::new()
            .file(&format!("{HUB}/snapshots/c1/t-Q8_0.gguf"), model())
            .args(["classify", "a.md"])
            .args(args)
            .stderr(format!(
                "error: there is no `{option}` here, which is an option of llama.cpp\n\
                 hint: `-m` names a model; its files are named as `o/r:file.gguf`; \
                 on this machine there is `o/r:t-Q8_0.gguf`\n"
            ))
            .status(2)
            .run();
    }
}

/// A folder that is here makes a path of a name.
#[test]
fn a_path_into_a_folder_that_is_here_is_a_path() {
    Test::new()
        .file("o/other", "")
        .args(["models", "path", "o/r"])
        .stderr("error: cannot read `o/r`: entity not found\n")
        .status(2)
        .run();
}

#[test]
fn the_cache_is_where_the_environment_says() {
    for (variables, folder) in [
        (&[("HUGGINGFACE_HUB_CACHE", "$HOME/old")][..], "old"),
        (&[("HF_HOME", "~/home")], "home/hub"),
        (
            &[
                ("HUGGINGFACE_HUB_CACHE", "~/old"),
                ("HF_HUB_CACHE", "~/new"),
            ],
            "new",
        ),
        (
            &[("HUGGINGFACE_HUB_CACHE", "~/old"), ("HF_HOME", "~/home")],
            "old",
        ),
        (
            &[("HF_HUB_CACHE", ""), ("HF_HOME", "${HOME}/home")],
            "home/hub",
        ),
    ] {
        let file = format!("{folder}/models--o--r/snapshots/c1/t.gguf");
        let mut test = Test::new()
            .file(&file, model())
            .args(["models", "path", "o/r:t.gguf"]);
        for (name, value) in variables {
            test = test.env(name, value);
        }
        let path = test.path(&file);
        test.stdout(format!("{}\n", path.display())).run();
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_cache_goes_and_its_target_stays() {
    let test = Test::new()
        .file("mine.gguf", "mine")
        .file(&format!("{HUB}/snapshots/c1/other.gguf"), "other");
    let (target, link) = (
        test.path("mine.gguf"),
        test.path(&format!("{HUB}/snapshots/c1/t.gguf")),
    );
    std::os::unix::fs::symlink(&target, &link).unwrap();
    test.args(["models", "remove", "o/r:t.gguf"])
        .stderr(
            "note: it was a link to a file elsewhere, which is there still\n\
             note: `o/r:t.gguf` is deleted; 0 B are free again\n",
        )
        .run_then(|| {
            assert!(link.symlink_metadata().is_err());
            assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        });
}

#[test]
fn a_model_in_parts_is_listed_once() {
    let part = |n: usize| format!("{HUB}/snapshots/c1/t-0000{n}-of-00002.gguf");
    let output = Test::new()
        .file(&part(1), "12")
        .file(&part(2), "345")
        .args(["models", "list"])
        .any_stdout()
        .run();
    let lines = output
        .stdout
        .lines()
        .filter(|line| line.starts_with("o/r:"));
    let words: Vec<Vec<&str>> = lines.map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(words.len(), 1, "{}", output.stdout);
    let expected = ["o/r:t-00001-of-00002.gguf", "yes", "5", "B"];
    assert_eq!(words[0][..4], expected);
}

/// All parts of a model go together.
#[test]
fn parts_are_removed_together() {
    let part = |n: usize| format!("{HUB}/snapshots/c1/t-0000{n}-of-00002.gguf");
    let test = Test::new().file(&part(1), "12").file(&part(2), "345");
    let repository = test.path(HUB);
    test.args(["models", "remove", "o/r:t-00001-of-00002.gguf"])
        .stderr("note: `o/r:t-00001-of-00002.gguf` is deleted; 5 B are free again\n")
        .run_then(|| assert!(!repository.exists()));
}

#[test]
fn layers_for_a_card_that_is_not_there_are_told_of() {
    if cfg!(any(
        feature = "cuda",
        feature = "metal",
        feature = "rocm",
        feature = "vulkan"
    )) {
        return;
    }
    let why = "this program was built for the processor alone";
    classify(Test::new(), DIGITS)
        .args(["-ngl", "99"])
        .stdout(ANSWER)
        .stderr(format!("warning: `-ngl 99` has no effect: {why}\n"))
        .run();
    for quiet in [&["-ngl", "0"][..], &["-ngl", "auto"], &[]] {
        classify(Test::new(), DIGITS)
            .args(quiet)
            .stdout(ANSWER)
            .run();
    }
}
