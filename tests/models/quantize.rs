//! `minitag models quantize`: the file is there once it is sound, or not at all.

use std::fs;
use std::path::Path;

use crate::support::{DIGITS, Test, preloaded};

/// The same vocabulary and shapes as `DIGITS`, in Q8_0.
const QUANTISED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/tiny-digits-2.gguf"
);

/// A run whose writes to OUT fail as `at` says; `None` where that cannot be had.
fn failing(at: &str) -> Option<Test> {
    let test = Test::new().args(["models", "quantize", DIGITS, "out.gguf"]);
    let library = preloaded("failing_disk", &test.path(""))?;
    let library = library.to_str().unwrap().to_owned();
    Some(
        test.env("LD_PRELOAD", &library)
            .env("FAIL_PATH", ".out.gguf.")
            .env("FAIL_AT", at),
    )
}

/// What lies in the run's folder beside what was put there.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name != "failing_disk.so" && name != ".cache")
        .collect();
    names.sort();
    names
}

#[test]
fn all_types_are_made_and_run() {
    let original = fs::metadata(DIGITS).unwrap().len();
    let mut sizes = Vec::new();
    for kind in ["Q4_0", "Q4_K_M", "Q5_K_M", "Q8_0"] {
        let test = Test::new()
            .args(["models", "quantize", DIGITS, "out.gguf", "--type", kind])
            .stdout("out.gguf\n")
            .any_stderr();
        let (folder, made) = (test.path(""), test.path("out.gguf"));
        let output = test.run_then(|| {
            assert_eq!(left(&folder), ["out.gguf"]);
            sizes.push(fs::metadata(&made).unwrap().len());
        });
        // The rows of this model have 160 numbers at most.
        let fell_back = format!("warning: {kind} needs rows that divide by 256, and those of ");
        let is_mixed = kind.ends_with("_K_M");
        assert_eq!(output.stderr.contains(&fell_back), is_mixed, "{kind}");
        let note = "% of the next token's probability is where it was\n";
        assert!(output.stderr.ends_with(note), "{kind}: {}", output.stderr);
    }
    assert!(sizes.iter().all(|&size| size < original), "{sizes:?}");
    // Shapes as small as these leave no room between the types with 4 bits.
    assert!(sizes[0] < sizes[3] && sizes[1] < sizes[3], "{sizes:?}");
}

#[test]
fn a_disk_that_fails_leaves_nothing() {
    for at in ["1", "2", "5"] {
        let Some(test) = failing(at) else {
            return;
        };
        let folder = test.path("");
        let test = test.any_stderr().status(3);
        let output = test.run_then(|| assert_eq!(left(&folder), [""; 0]));
        let problem = "error: llama.cpp could not quantise the model";
        assert!(output.stderr.contains(problem), "{at}: {}", output.stderr);
    }
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
        .stderr("error: `there.gguf` is there already\nhint: `--overwrite` replaces it\n")
        .status(2)
        .run();
    run(&["in.gguf", "in.gguf", "--overwrite"])
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

/// A Ctrl-C ends llama.cpp's process too, and leaves nothing behind.
#[cfg(unix)]
#[test]
fn a_ctrl_c_leaves_nothing() {
    let Some(test) = failing("stall") else {
        return;
    };
    let folder = test.path("");
    let output = test
        .stderr("error: stopped; nothing was written\n")
        .status(130)
        .run_while(
            |id| {
                while left(&folder).is_empty() {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                let killed = std::process::Command::new("kill")
                    .args(["-INT", &id])
                    .status();
                assert!(killed.unwrap().success());
            },
            || assert_eq!(left(&folder), [""; 0]),
        );
    assert_eq!(output.stdout, "");
}
