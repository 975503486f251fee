//! Models as people name them: by a repository, an address, or as Ollama does.

use std::fs;

use crate::support::{DIGITS, Test};

const HUB: &str = ".cache/huggingface/hub/models--o--r/snapshots";

/// Files that the cache has of `o/r`, and their names at commits.
fn with(files: &[&str]) -> Test {
    files.iter().fold(Test::new(), |test, file| {
        test.file(&format!("{HUB}/{file}"), fs::read(DIGITS).unwrap())
    })
}

fn path(test: Test, name: &str) -> Test {
    test.args(["models", "path", name])
}

#[track_caller]
fn assert_found(files: &[&str], name: &str, expected: &str) {
    let test = path(with(files), name);
    let expected = test.path(&format!("{HUB}/{expected}"));
    test.stdout(format!("{}\n", expected.display())).run();
}

#[test]
fn a_repository_stands_for_its_only_file() {
    let all = [
        "c1/t.gguf",
        "c1/mmproj-t-f16.gguf",
        "c1/README.md",
        "c2/t.gguf",
    ];
    for name in ["o/r", "hf.co/o/r", "https://huggingface.co/o/r/tree/main"] {
        let found = path(with(&all), name).any_stdout().run().stdout;
        assert!(found.ends_with("/t.gguf\n"), "{found}");
    }
    let parts = ["c1/q/t-00001-of-00002.gguf", "c1/q/t-00002-of-00002.gguf"];
    assert_found(&parts, "o/r", parts[0]);
    // And so does every command that takes a model.
    let test = with(&["c1/t.gguf"]).args(["classify", "-m", "o/r", "--tags", "ai,web"]);
    test.stdin("cat").any_stdout().run();
}

#[test]
fn a_quantisation_stands_for_the_only_file_of_it() {
    let all = ["c1/t-Q4_K_M.gguf", "c1/t-Q4_K_S.gguf", "c1/t-Q8_0.gguf"];
    assert_found(&all, "o/r:Q8_0", all[2]);
    assert_found(&all, "hf.co/o/r:q4_k_m", all[0]);
    for name in ["o/r", "o/r:Q4_K", "o/r:Q5_0"] {
        let named = all.map(|file| file.replace("c1/", "`o/r:") + "`");
        path(with(&all), name)
            .stderr(format!(
                "error: `{name}` does not name one file of the hub\n\
                 hint: its files are named as `o/r:file.gguf`; on this machine there are {}\n",
                named.join(", ")
            ))
            .status(3)
            .run();
    }
}

#[test]
fn an_address_stands_for_its_file() {
    let all = ["c1/t.gguf", "c1/sub/u.gguf", "c2/t.gguf"];
    let hub = "https://huggingface.co/o/r";
    for (name, expected) in [
        (format!("{hub}/blob/c1/t.gguf"), 0),
        (format!("{hub}/resolve/c2/t.gguf?download=true"), 2),
        (format!("{hub}/resolve/main/sub/u.gguf"), 1),
        ("http://mirror:8080/o/r/blob/main/sub/u.gguf".to_owned(), 1),
        ("hf://o/r/sub/u.gguf".to_owned(), 1),
        ("o/r/sub/u.gguf".to_owned(), 1),
    ] {
        assert_found(&all, &name, all[expected]);
    }
    let missing = format!("{hub}/blob/c3/t.gguf");
    path(with(&all), &missing)
        .stderr(format!(
            "error: the model `{missing}` is not on this machine\n\
             hint: `minitag models pull {missing}` downloads it; \
             `o/r:t.gguf` is here at another revision\n"
        ))
        .status(3)
        .run();
}

const MODEL: &str = r#"{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:aa"}"#;
const ADAPTER: &str =
    r#"{"mediaType":"application/vnd.ollama.image.adapter","digest":"sha256:bb"}"#;
const OTHER: &str = r#"{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:cc"}"#;

/// A folder of Ollama's with a model of each tag, of these layers.
fn ollama(root: &str, models: &[(&str, &[&str])]) -> Test {
    let test = Test::new().file(
        &format!("{root}/blobs/sha256-aa"),
        fs::read(DIGITS).unwrap(),
    );
    models.iter().fold(test, |test, (name, layers)| {
        let layers = layers.join(",");
        let manifest = format!(r#"{{"schemaVersion":2,"layers":[{layers}]}}"#);
        test.file(&format!("{root}/manifests/{name}"), manifest)
    })
}

#[test]
fn a_model_of_ollama_is_its_blob() {
    let names: &[(&str, &[&str])] = &[
        ("registry.ollama.ai/library/tiny/latest", &[OTHER, MODEL]),
        ("registry.ollama.ai/me/tiny/q4", &[MODEL]),
        ("hf.co/o/r/Q8_0", &[MODEL]),
    ];
    for (root, variable) in [(".ollama/models", None), ("elsewhere", Some("elsewhere"))] {
        for name in [
            "ollama:tiny",
            "ollama:tiny:latest",
            "ollama:me/tiny:q4",
            "ollama:hf.co/o/r:Q8_0",
            &format!("{root}/manifests/hf.co/o/r/Q8_0"),
        ] {
            let mut test = path(ollama(root, names), name);
            if let Some(folder) = variable {
                test = test.env("OLLAMA_MODELS", folder);
            }
            let blob = if variable.is_none() && name.starts_with("ollama:") {
                test.path(&format!("{root}/blobs/sha256-aa"))
            } else {
                format!("{root}/blobs/sha256-aa").into()
            };
            test.stdout(format!("{}\n", blob.display())).run();
        }
    }
    ollama(".ollama/models", names)
        .args(["classify", "-m", "ollama:tiny", "--tags", "ai,web"])
        .stdin("cat")
        .any_stdout()
        .run();
    path(ollama("m", names), "ollama:large")
        .env("OLLAMA_MODELS", "m")
        .stderr(
            "error: there is no model `large` of Ollama on this machine\n\
             hint: here are `ollama:hf.co/o/r:Q8_0`, `ollama:tiny:latest`, `ollama:me/tiny:q4`\n",
        )
        .status(3)
        .run();
}

#[test]
fn what_is_no_single_file_of_ollama_is_said() {
    let root = "m/manifests/registry.ollama.ai/library/x/latest";
    for (layers, problem) in [
        (&[OTHER][..], "lists 0 GGUF files instead of one"),
        (&[MODEL, MODEL], "lists 2 GGUF files instead of one"),
        (
            &[MODEL, ADAPTER],
            "lists an adapter beside the model\n\
             hint: `-m m/blobs/sha256-aa --lora m/blobs/sha256-bb` takes both",
        ),
    ] {
        path(
            ollama("m", &[("registry.ollama.ai/library/x/latest", layers)]),
            "ollama:x",
        )
        .env("OLLAMA_MODELS", "m")
        .stderr(format!("error: the manifest `{root}` {problem}\n"))
        .status(3)
        .run();
    }
    let output = path(ollama("m", &[]).file(root, "[]"), "ollama:x")
        .env("OLLAMA_MODELS", "m")
        .any_stderr()
        .status(3)
        .run();
    let error = format!("error: `{root}` is not a manifest of Ollama: ");
    assert!(output.stderr.starts_with(&error), "{}", output.stderr);
}
