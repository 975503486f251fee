//! `minitag models quantize`: the file is there once it is sound, or not at all.
//!
//! `llama-quantize` is no part of this project. What it may do to the program is done by
//! scripts here; the one test with the real one needs `LLAMA_QUANTIZE` to say where it is.

use std::fs;
use std::path::Path;

use crate::support::{DIGITS, MULTI, Test};

/// The same vocabulary and shapes as `DIGITS`, in Q8_0.
const QUANTISED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-digits-2.gguf"
);

/// A run with a script in the place of `llama-quantize`: `$1` is IN, `$2` OUT, `$3` the type.
fn quantize(script: &str) -> Test {
    let test = Test::new().file("quantizer", format!("#!/bin/sh\n{script}\n"));
    executable(&test.path("quantizer"));
    test.args(["models", "quantize", DIGITS, "out.gguf", "--type", "Q8_0"])
        .args(["--quantizer", "./quantizer"])
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}

/// What lies in the run's folder beside what was put there.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|n| n != "quantizer" && n != ".cache")
        .collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn what_was_made_is_run_before_it_is_there() {
    let script =
        format!("echo '[   1/  40] output.weight'; cp {QUANTISED} \"$2\"; echo \"$3\" > said");
    let test = quantize(&script);
    let folder = test.path("");
    let (out, said) = (test.path("out.gguf"), test.path("said"));
    // The folder is removed with the run: a second name keeps what is looked at.
    let kept = tempfile::tempdir().unwrap();
    let keep = kept.path().to_owned();
    let output = test.any_stderr().stdout("out.gguf\n").run_then(|| {
        fs::copy(&out, keep.join("out.gguf")).unwrap();
        fs::copy(&said, keep.join("said")).unwrap();
        assert_eq!(left(&folder), ["out.gguf", "said"]);
    });
    let made = fs::read(keep.join("out.gguf")).unwrap();
    assert_eq!(made, fs::read(QUANTISED).unwrap());
    assert_eq!(fs::read_to_string(keep.join("said")).unwrap(), "Q8_0\n");
    let note = "% of the next token's probability is where it was\n";
    assert!(output.stderr.ends_with(note), "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn what_is_not_sound_is_not_there() {
    for (script, problem) in [
        ("echo 'no space left'; exit 1".to_owned(), "no space left"),
        ("printf GGUF > \"$2\"".to_owned(), "it is cut short"),
        (":".to_owned(), "it is empty"),
        (
            // A sound file, but of no tensors of the original's names.
            format!("sed 's/blk.1.ffn_up/blk.1.ffn_UP/' {MULTI} > \"$2\""),
            "its tensors are not those of the original",
        ),
    ] {
        let test = quantize(&script);
        let folder = test.path("");
        let output = test
            .any_stderr()
            .status(3)
            .run_then(|| assert_eq!(left(&folder), [""; 0]));
        assert!(output.stderr.contains(problem), "{}", output.stderr);
    }
}

#[test]
fn a_program_that_is_missing_is_hinted_at() {
    Test::new()
        .args(["models", "quantize", DIGITS, "out.gguf", "--quantizer", "./nowhere"])
        .stderr(
            "error: cannot run `./nowhere`: No such file or directory (os error 2)\n\
             hint: it comes with llama.cpp's releases and packages; `--quantizer` says where it is\n",
        )
        .status(3)
        .run();
}

#[test]
fn what_cannot_be_is_refused_before_any_work() {
    let run = |args: &[&str]| {
        Test::new()
            .file("in.gguf", fs::read(DIGITS).unwrap())
            .file("there.gguf", "x")
            .args(["models", "quantize"])
            .args(args)
    };
    run(&["in.gguf", "there.gguf"])
        .stderr("error: `there.gguf` is there already\nhint: `--force` replaces it\n")
        .status(2)
        .run();
    run(&["in.gguf", "in.gguf", "--force"])
        .stderr("error: `in.gguf` is both IN and OUT\n")
        .status(2)
        .run();
    run(&[QUANTISED, "out.gguf"])
        .stderr(format!(
            "error: the model `{QUANTISED}` is quantised already (Q8_0)\n\
             hint: take the file in F16, BF16 or F32 that it was made from: quantising twice loses more\n"
        ))
        .status(3)
        .run();
    run(&["there.gguf", "out.gguf"])
        .stderr(
            "error: the model `there.gguf` cannot be used: \
             it is not a GGUF file: it begins with `x` instead of `GGUF`\n",
        )
        .status(3)
        .run();
}

/// A Ctrl-C ends `llama-quantize` too, and leaves nothing behind.
#[cfg(unix)]
#[test]
fn a_ctrl_c_leaves_nothing() {
    let test = quantize("printf half > \"$2\"; touch begun; exec sleep 60");
    let folder = test.path("");
    let begun = test.path("begun");
    let output = test
        .stderr("error: stopped; nothing was written\n")
        .status(130)
        .run_while(
            |id| {
                while !begun.exists() {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                let killed = std::process::Command::new("kill")
                    .args(["-INT", &id])
                    .status();
                assert!(killed.unwrap().success());
            },
            || assert_eq!(left(&folder), ["begun"]),
        );
    assert_eq!(output.stdout, "");
}

#[test]
#[ignore = "needs llama.cpp's llama-quantize: LLAMA_QUANTIZE says where it is"]
fn the_real_program_makes_all_types() {
    let program = std::env::var("LLAMA_QUANTIZE").expect("LLAMA_QUANTIZE");
    for kind in ["Q4_0", "Q4_K_M", "Q5_K_M", "Q8_0"] {
        let output = Test::new()
            .args(["models", "quantize", DIGITS, "out.gguf", "--type", kind])
            .args(["--quantizer", &program])
            .stdout("out.gguf\n")
            .any_stderr()
            .run();
        let note = output.stderr.lines().last().unwrap();
        assert!(
            note.ends_with("% of the next token's probability is where it was"),
            "{note}"
        );
    }
}
