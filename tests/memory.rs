//! The memory plan against what runs really take, what is refused because of it, and
//! `minitag doctor`.

use serde_json::Value;

use crate::support::{DIGITS, Test};

const TAGS: &str = "fish\ncat\ndog\n";

/// A run that tells in JSON, as a value.
fn json(test: Test) -> Value {
    serde_json::from_str(&test.any_stdout().any_stderr().run().stdout).unwrap()
}

fn plan(model: &str, options: &[&str]) -> Value {
    json(
        Test::new()
            .file("tags.txt", TAGS)
            .args([
                "models", "plan", model, "--tags", "tags.txt", "--format", "json",
            ])
            .args(options),
    )
}

/// What was planned for a run, and the most that it held, in bytes.
#[cfg(target_os = "linux")]
fn planned_and_measured(model: &str, options: &[&str]) -> (f64, f64) {
    let report = json(
        Test::new()
            .file("tags.txt", TAGS)
            .args(["bench", "--tags", "tags.txt", "-m", model, "--rounds", "1"])
            .args(["--tokens", "1024", "--parallel", "1", "--json"])
            .args(options),
    );
    let bytes = |key: &str| report[key].as_f64().unwrap();
    (bytes("planned_memory_bytes"), bytes("peak_memory_bytes"))
}

/// Within a tenth.
#[cfg(target_os = "linux")]
#[test]
fn the_plan_is_what_a_run_takes() {
    for model in [DIGITS, "nano"] {
        let mut runs = Vec::new();
        for options in [
            &[][..],
            &["-c", "16384"],
            &["-c", "16384", "-ctk", "f16", "-ctv", "f16", "-fa", "on"],
            &["-c", "16384", "-ctk", "f16", "-ctv", "f16", "-fa", "off"],
        ] {
            let (planned, measured) = planned_and_measured(model, options);
            let off = (planned - measured).abs();
            assert!(
                off <= measured / 10.0,
                "{model} {options:?}: {planned} planned, {measured} measured"
            );
            runs.push((planned, measured));
        }
        // A longer context adds cache alone, which is exact; 2 MiB are the allocator's.
        let more = |which: fn(&(f64, f64)) -> f64| which(&runs[1]) - which(&runs[0]);
        let (planned, measured) = (more(|run| run.0), more(|run| run.1));
        assert!(planned > f64::from(20 << 20));
        assert!(
            (planned - measured).abs() < planned / 50.0 + f64::from(2 << 20),
            "{model}: {planned} more planned, {measured} more measured"
        );
    }
}

#[test]
fn the_plan_follows_the_options() {
    let all = plan(DIGITS, &[]);
    let number = |plan: &Value, key: &str| plan[key].as_u64().unwrap();
    // 3 layers, 4 heads, keys of 32 and values of 16 numbers, in f32.
    assert_eq!(number(&all, "cache_per_token"), 3 * 4 * (32 + 16) * 4);
    assert_eq!(number(&all, "cache"), number(&all, "context") * 2304);
    assert_eq!(all["document"], 1024);
    let parts = [
        "weights",
        "copied_embedding",
        "cache",
        "logits",
        "compute",
        "program",
    ];
    let sum: u64 = parts.iter().map(|part| number(&all, part)).sum();
    assert_eq!(sum, number(&all, "total"));
    let short = plan(DIGITS, &["--budget", "256"]);
    assert_eq!(number(&all, "context") - number(&short, "context"), 768);
    let half = plan(DIGITS, &["-ctk", "f16", "-ctv", "f16"]);
    assert_eq!(number(&half, "cache") * 2, number(&all, "cache"));
    let text = Test::new()
        .args(["models", "plan", "nano", "-c", "4096"])
        .any_stdout()
        .any_stderr()
        .run()
        .stdout;
    assert!(text.contains("24.0 MiB: 6144 bytes a token"), "{text}");
    let format = |key: &str| text.lines().any(|line| line.starts_with(key));
    assert!(
        ["cache ", "weights ", "computing ", "in all ", "free "]
            .into_iter()
            .all(format)
    );
}

/// Where it cannot be told what is free, nothing is refused; such a machine is not tested.
#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_is_refused_before_it_is_loaded() {
    // 2,304 bytes a token: 2.1 TiB.
    for command in [
        &["classify", "a.txt", "--tags", "tags.txt", "-m", DIGITS][..],
        &["bench", "--tags", "tags.txt", "-m", DIGITS],
        &["models", "plan", DIGITS, "--tags", "tags.txt"],
    ] {
        let said = Test::new()
            .file("tags.txt", TAGS)
            .file("a.txt", "text")
            .args(command)
            .args(["-c", "1000000000"])
            .any_stdout()
            .any_stderr()
            .status(3)
            .run()
            .stderr;
        let error =
            "error: the model `tiny-digits.gguf` does not fit into memory: it needs 2.1 TiB, and ";
        assert!(said.starts_with(error), "{said}");
        assert!(said.contains("\nhint: `-c "), "{said}");
        assert!(
            said.contains("makes it fit; `--force` loads it all the same"),
            "{said}"
        );
    }
    Test::new()
        .file("tags.txt", TAGS)
        .file("a.txt", "text")
        .args([
            "classify", "a.txt", "--tags", "tags.txt", "-m", DIGITS, "--force", "-q",
        ])
        .any_stdout()
        .run();
}

#[test]
fn the_doctor_tells_what_there_is() {
    let report = json(Test::new().args(["doctor", "--format", "json"]));
    assert_eq!(report["back_ends"][0], "cpu");
    assert_eq!(report["faults"], Value::Array(Vec::new()));
    assert_eq!(report["model"]["how"], "built in");
    assert_eq!(report["network"], cfg!(feature = "download"));
    let devices = report["devices"].as_array().unwrap();
    assert!(
        devices.iter().any(|device| device["back_end"] == "CPU"),
        "{report}"
    );
    let text = Test::new().args(["doctor"]).any_stdout().any_stderr().run();
    assert!(
        text.stdout.starts_with("version             "),
        "{}",
        text.stdout
    );
    let advice = "warning: no MiniCPM3-4B is here: the built-in small model answers";
    assert!(text.stderr.contains(advice), "{}", text.stderr);
}

#[test]
fn the_doctor_ends_with_1_where_something_is_broken() {
    let said = Test::new()
        .file("no.gguf", "<!DOCTYPE html>")
        .args(["doctor", "-m", "no.gguf"])
        .any_stdout()
        .any_stderr()
        .status(1)
        .run()
        .stderr;
    let fault = "error: the model `no.gguf` cannot be used: it is not a GGUF file";
    assert!(said.contains(fault), "{said}");
}

#[cfg(unix)]
#[test]
fn the_doctor_warns_of_a_cache_that_anybody_can_write_into() {
    use std::os::unix::fs::PermissionsExt;

    let test = Test::new().file(".cache/minitag/prefixes/a.json", "{}");
    let folder = test.path(".cache/minitag/prefixes");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let report = json(test.args(["doctor", "--format", "json"]));
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("anybody can write into"), "{warnings}");
}

#[test]
fn a_device_that_is_not_there_is_named() {
    Test::new()
        .file("tags.txt", TAGS)
        .file("a.txt", "text")
        .args(["classify", "a.txt", "--tags", "tags.txt", "-m", DIGITS])
        .args(["--device", "CUDA99"])
        .any_stderr()
        .status(2)
        .run();
}
