//! A graphics card gives the same tags as the processor. Runs where the program was built with
//! a back end and llama.cpp finds a device for it; Mesa's lavapipe, which computes Vulkan on
//! the processor, is one (docs/gpu.md).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{DIGITS, MULTI, Test, skip_without};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// llama.cpp takes devices that are the processor in disguise only where they are named.
const VISIBLE: &str = "GGML_VK_VISIBLE_DEVICES";

/// Where Mesa keeps the code that it makes of shaders: minutes of work, for all runs the same.
const SHADERS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/shaders");

/// The name of a device, and whether it has to be made visible first.
fn device() -> Option<(String, bool)> {
    for hidden in [false, true] {
        let mut test = Test::new().args(["doctor", "--format", "json"]);
        if hidden {
            test = test.env(VISIBLE, "0");
        }
        let report: Value =
            serde_json::from_str(&test.any_stdout().any_stderr().run().stdout).unwrap();
        let devices = report["devices"].as_array().unwrap();
        let gpu = devices.iter().find(|device| device["back_end"] != "CPU");
        if let Some(gpu) = gpu {
            return Some((gpu["name"].as_str().unwrap().to_owned(), hidden));
        }
    }
    None
}

/// The chosen tags, and the log-probability of every tag, by its id.
fn answer(
    model: &str,
    device: &str,
    hidden: bool,
    options: &[&str],
) -> (Value, BTreeMap<String, f64>, String) {
    let mut test = Test::new()
        .args(["classify", &format!("{EXAMPLES}/lanternfish.md"), "-v"])
        .args(["--tags", &format!("{EXAMPLES}/tags.json"), "-m", model])
        .args(["--device", device, "--scores=all", "--no-prefix-cache"])
        .args(["--budget", "100"])
        .env("MESA_SHADER_CACHE_DIR", SHADERS)
        .args(options);
    if hidden {
        test = test.env(VISIBLE, "0");
    }
    let output = test.any_stdout().any_stderr().run();
    let mut answer: Value = serde_json::from_str(&output.stdout).unwrap();
    let ranking = answer["ranking"].take();
    let ranking = ranking.as_array().unwrap().iter();
    // `null` is stopping.
    let score = |entry: &Value| (entry["id"].to_string(), entry["logprob"].as_f64().unwrap());
    let scores = ranking.map(score);
    (answer["tags"].take(), scores.collect(), output.stderr)
}

#[test]
fn a_graphics_card_gives_the_same_tags() {
    if !(cfg!(feature = "vulkan") || cfg!(feature = "cuda") || cfg!(feature = "rocm")) {
        return skip_without(
            "a graphics card",
            "the program was built without a back end for it",
        );
    }
    let Some((name, hidden)) = device() else {
        return skip_without("a graphics card", "llama.cpp finds none");
    };
    for model in ["nano", DIGITS, MULTI] {
        for options in [
            &[][..],
            &["-ctk", "f16", "-ctv", "f16", "-fa", "on"],
            &["-ngl", "2"],
        ] {
            let (tags, scores, _) = answer(model, "none", hidden, options);
            let (same, others, said) = answer(model, &name, hidden, options);
            assert!(said.contains(&format!("layers on {name}")), "{said}");
            assert_eq!(tags, same, "{model} {options:?}");
            assert_eq!(scores.len(), others.len());
            for (tag, score) in scores {
                let (one, other) = (score.exp(), others[&tag].exp());
                assert!(
                    (one - other).abs() < 1e-2,
                    "{model} {options:?}, {tag}: {one} and {other}"
                );
            }
        }
    }
}
