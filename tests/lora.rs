//! LoRA adapters: their numbers against transformers', what the program does with them, and
//! what a trained one is worth.

use std::fs;

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::engine::{Branch, Engine};
use minitag::models::Lora;
use minitag::vocab::Token;
use serde::Deserialize;
use serde_json::Value;

use crate::oracle_numbers::fixture;
use crate::support::{DIGITS, Test};

/// How far the two implementations may be apart, relative to the norm.
const TOLERANCE: f64 = 1e-3;

const TAGS: &str = r#"[{"id":17,"name":"ai"},{"id":1,"name":"lib"},{"id":"w","name":"web app"}]"#;

/// What `fixtures/lora.py` computed with transformers.
#[derive(Deserialize)]
struct Reference {
    tokens: Vec<i32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loras: Vec<String>,
    /// Of the first entries of the vocabulary.
    logits: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(&fs::read_to_string(fixture("lora.json")).unwrap()).unwrap()
}

/// The tiny model with adapters of `tests/fixtures`.
#[track_caller]
fn model(loras: &[&str]) -> Model {
    let lora = |text: &&str| {
        let lora: Lora = text.parse().unwrap();
        let path = fixture(lora.path.to_str().unwrap());
        Lora { path, ..lora }
    };
    let options = ModelOptions {
        loras: loras.iter().map(lora).collect(),
        ..ModelOptions::default()
    };
    Model::load(DIGITS.as_ref(), &options).unwrap()
}

/// Log-probabilities of the first entries of the vocabulary after some tokens.
fn row(model: &Model, tokens: &[i32], entries: usize) -> Vec<f64> {
    let tokens: Vec<Token> = tokens.iter().map(|&id| Token(id)).collect();
    let (prefix, last) = tokens.split_at(tokens.len() - 1);
    let mut engine = LlamaEngine::new(model, ContextOptions::default());
    engine.reserve(tokens.len(), tokens.len()).unwrap();
    engine.set_prefix(prefix).unwrap();
    engine.start(&[&[]]).unwrap();
    engine.append(0, last);
    let wanted = (0..).map(Token).take(entries).collect();
    let path = Vec::new();
    let branch = Branch {
        lane: 0,
        path,
        wanted,
    };
    let row = engine.log_probs(&[branch]).unwrap().remove(0);
    row.into_iter().map(f64::from).collect()
}

/// How far two rows are apart up to a constant, relative to the second.
fn distance(actual: &[f64], expected: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a row has few entries")]
    let centred = |row: &[f64]| {
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        row.iter().map(|v| v - mean).collect::<Vec<f64>>()
    };
    let norm = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
    let (actual, expected) = (centred(actual), centred(expected));
    let difference: Vec<f64> = actual.iter().zip(&expected).map(|(a, e)| a - e).collect();
    norm(&difference) / norm(&expected)
}

#[test]
fn the_numbers_are_those_of_changed_weights() {
    let Reference { tokens, cases } = reference();
    let plain = &cases[0].logits;
    for case in &cases {
        let loras: Vec<&str> = case.loras.iter().map(String::as_str).collect();
        let row = row(&model(&loras), &tokens, case.logits.len());
        let error = distance(&row, &case.logits);
        assert!(error < TOLERANCE, "{loras:?}: {error}");
        // An adapter that did nothing would be found.
        let moved = distance(&row, plain);
        assert!(
            loras.is_empty() || moved > 20.0 * TOLERANCE,
            "{loras:?}: {moved}"
        );
    }
}

/// llama.cpp's graph of MiniCPM3 multiplies these matrices without looking for adapters.
/// Where a later one does, `PASSED_OVER` in `models/adapter/fit.rs` has to go.
#[test]
fn what_is_said_to_have_no_effect_has_none() {
    let tokens = reference().tokens;
    let plain = row(&model(&[]), &tokens, 64);
    assert_eq!(row(&model(&["tiny-lora-latent.gguf"]), &tokens, 64), plain);
    assert_eq!(row(&model(&["tiny-lora.gguf:0"]), &tokens, 64), plain);
    assert_ne!(row(&model(&["tiny-lora.gguf"]), &tokens, 64), plain);
}

#[test]
fn a_model_with_an_adapter_is_another_model() {
    let identities: Vec<String> = [
        &[][..],
        &["tiny-lora.gguf"],
        &["tiny-lora.gguf:0.5"],
        &["tiny-lora.gguf", "tiny-lora-2.gguf"],
    ]
    .iter()
    .map(|loras| model(loras).identity().unwrap())
    .collect();
    for (place, identity) in identities.iter().enumerate() {
        assert!(!identities[..place].contains(identity), "{identity}");
    }
    assert!(identities[1].starts_with(&identities[0]), "{identities:?}");
    let both = model(&["tiny-lora.gguf:0.5", "tiny-lora-2.gguf"]);
    assert_eq!(
        both.name(),
        "tiny-digits.gguf + tiny-lora.gguf:0.5 + tiny-lora-2.gguf"
    );
}

/// A run of `classify` beside an adapter `a.gguf`.
fn classify(adapter: impl AsRef<[u8]>) -> Test {
    Test::new()
        .file("a.gguf", adapter)
        .file("tags.json", TAGS)
        .file("cat.md", "# cat\n\nAll about cats.")
        .args(["classify", "cat.md", "--tags", "tags.json", "-m", DIGITS])
        .args(["--scores=all"])
}

fn adapter() -> Vec<u8> {
    fs::read(fixture("tiny-lora.gguf")).unwrap()
}

/// The adapter with other bytes in place of some that are as many, wherever they stand.
#[track_caller]
fn with(old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = adapter();
    let windows = bytes.windows(old.len()).enumerate();
    let places: Vec<usize> = windows
        .filter_map(|(at, w)| (w == old).then_some(at))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    bytes
}

#[test]
fn flags_variables_and_the_file_name_adapters() {
    let answer = |test: Test| test.any_stdout().run().stdout;
    let plain = answer(classify(adapter()));
    let full = answer(classify(adapter()).args(["--lora", "a.gguf"]));
    assert_ne!(full, plain);
    assert_eq!(
        answer(classify(adapter()).args(["--lora", "a.gguf:0"])),
        plain
    );
    assert_eq!(
        answer(classify(adapter()).env("MINITAG_LORA", "a.gguf")),
        full
    );
    let config = classify(adapter()).file("minitag.toml", "lora = \"a.gguf:0.25,a.gguf:0.75\"\n");
    let two = classify(adapter()).args(["--lora", "a.gguf:0.25", "--lora", "a.gguf:0.75"]);
    let two = answer(two);
    assert_eq!(answer(config), two);
    // A quarter and three quarters of an adapter are the whole, up to rounding.
    let logprob = |answer: &str| {
        let answer: Value = serde_json::from_str(answer).unwrap();
        answer["ranking"][0]["logprob"].as_f64().unwrap()
    };
    assert!(
        (logprob(&two) - logprob(&full)).abs() < 1e-3,
        "{two} {full}"
    );
}

#[test]
fn details_name_the_adapters() {
    let run = classify(adapter()).args(["--lora", "a.gguf:0.5", "--details"]);
    let answer: Value = serde_json::from_str(&run.any_stdout().run().stdout).unwrap();
    assert_eq!(answer["details"]["model"], "tiny-digits.gguf");
    assert_eq!(answer["details"]["lora"], serde_json::json!(["a.gguf:0.5"]));
}

#[test]
fn a_batch_does_not_go_on_with_another_adapter() {
    let run = Test::new()
        .file("a.gguf", adapter())
        .file("tags.json", TAGS)
        .file("in.jsonl", "{\"id\":1,\"text\":\"All about ai.\"}\n");
    let batch = |folder: &std::path::Path| {
        let mut command = crate::support::program(folder);
        command.args([
            "batch",
            "in.jsonl",
            "-o",
            "out.jsonl",
            "--tags",
            "tags.json",
        ]);
        command.args(["-m", DIGITS]);
        command
    };
    let folder = run.path("");
    assert!(batch(&folder).output().unwrap().status.success());
    let output = batch(&folder).args(["--lora", "a.gguf"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let differs = "the model was `tiny-digits.gguf` and is `tiny-digits.gguf + a.gguf`";
    assert!(stderr.contains(differs), "{stderr}");
}

#[test]
fn an_adapter_that_does_not_fit_is_refused_in_words() {
    let base = "an adapter goes with the model that it was trained on: `-m` names it";
    for (adapter, problem, hint) in [
        (
            with(b"minicpm3", b"minicpm4"),
            "it is for the architecture `minicpm4`, and the model's is `minicpm3`",
            base,
        ),
        (
            with(b"blk.2.ffn_up", b"blk.7.ffn_up"),
            "it changes `blk.7.ffn_up.weight`, which the model does not have",
            base,
        ),
        (
            with(b"ffn_down.weight.lora_b", b"ffn_down.weight.lora_c"),
            "its tensor `blk.0.ffn_down.weight.lora_c` ends neither in `.lora_a` nor in `.lora_b`",
            "llama.cpp's `convert_lora_to_gguf.py` makes one of what a trainer writes",
        ),
        (
            with(
                b"lora\x12\0\0\0\0\0\0\0adapter.lora.alpha\x06",
                b"lora\x12\0\0\0\0\0\0\0adapter.lora.alpha\x04",
            ),
            "its header is damaged: `adapter.lora.alpha` is no 32-bit float",
            "",
        ),
        (
            fs::read(fixture("tiny-lora-latent.gguf")).unwrap(),
            "it would have no effect: llama.cpp applies no adapter to `attn_kv_a_mqa`, `attn_kv_b`, \
             `attn_q_a`, `attn_q_b` of this architecture",
            "train `o_proj` and the MLP's matrices, or merge the adapter into the model",
        ),
        (
            fs::read(fixture("tiny-lora-embeddings.gguf")).unwrap(),
            "it changes `token_embd.weight`, which is the output matrix of this model too, \
             and llama.cpp cannot do that",
            "train `o_proj` and the MLP's matrices, or merge the adapter into the model",
        ),
        (
            fs::read(DIGITS).unwrap(),
            "it is a language model, not a LoRA adapter",
            "`-m` takes it; `--lora` takes what was trained for it",
        ),
        (
            b"PK\x03\x04data".to_vec(),
            "it is a PyTorch or zip file, not a GGUF file; \
             llama.cpp's `convert_hf_to_gguf.py` makes one",
            "",
        ),
        (adapter()[..9000].to_vec(), "it is cut short", ""),
    ] {
        let output = classify(adapter)
            .args(["--lora", "a.gguf"])
            .any_stderr()
            .status(3)
            .run();
        let start = format!(
            "error: the LoRA adapter `a.gguf` cannot be used with the model `{DIGITS}`: {problem}"
        );
        assert!(output.stderr.starts_with(&start), "{}", output.stderr);
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("\nhint: {hint}\n")
        };
        assert!(output.stderr.ends_with(&hint), "{}", output.stderr);
    }
}

#[test]
fn a_matrix_of_another_size_is_named() {
    let output = Test::new()
        .file("tags.json", TAGS)
        .file("cat.md", "cat")
        .args([
            "classify",
            "cat.md",
            "--tags",
            "tags.json",
            "-m",
            "nano",
            "--lora",
        ])
        .args([fixture("tiny-lora.gguf")])
        .any_stderr()
        .status(3)
        .run();
    let problem =
        "it changes a `blk.0.attn_output.weight` of 64 × 64, and the model's has 256 × 256\n";
    assert!(output.stderr.contains(problem), "{}", output.stderr);
}

#[test]
fn a_scale_that_is_no_number_is_refused() {
    let output = classify(adapter())
        .args(["--lora", "a.gguf:inf"])
        .any_stderr()
        .status(2)
        .run();
    let problem = "expected a finite number behind the colon";
    assert!(output.stderr.contains(problem), "{}", output.stderr);
}

#[test]
fn what_has_no_effect_is_warned_of() {
    let adapter = fs::read(fixture("tiny-lora-latent.gguf")).unwrap();
    let output = Test::new()
        .file("a.gguf", adapter)
        .args(["models", "check", "a.gguf"])
        .any_stdout()
        .any_stderr()
        .run();
    assert_eq!(
        output.stderr,
        "warning: what it changes of `attn_kv_a_mqa`, `attn_kv_b`, `attn_q_a`, `attn_q_b` has no effect, \
         since llama.cpp applies no adapter to these of `minicpm3`\n"
    );
}

#[test]
fn models_check_describes_an_adapter() {
    let size = minitag::layout::size(adapter().len() as u64);
    Test::new()
        .file("a.gguf", adapter())
        .args(["models", "check", "a.gguf"])
        .stdout(format!(
            "file          a.gguf\n\
             format        GGUF 3, {size}\n\
             kind          LoRA adapter: `--lora` takes it\n\
             name          random adapter, seed 1\n\
             architecture  minicpm3\n\
             rank          4\n\
             alpha         8\n\
             tensors       24: 24 F16\n\
             changes       12 matrices: attn_output, ffn_down, ffn_gate, ffn_up\n"
        ))
        .run();
}

#[test]
fn an_adapter_is_no_model() {
    let output = Test::new()
        .file("a.gguf", adapter())
        .file("tags.json", TAGS)
        .file("cat.md", "cat")
        .args(["classify", "cat.md", "--tags", "tags.json", "-m", "a.gguf"])
        .any_stderr()
        .status(3)
        .run();
    assert_eq!(
        output.stderr,
        "error: the model `a.gguf` cannot be used: it is a LoRA adapter, not a language model\n\
         hint: `--lora` takes it, and `-m` the model that it was trained on\n"
    );
}

/// The adapter that `models/nano/lora.py` trained for thirteen tags whose names say nothing,
/// on documents that neither it nor the model was trained on.
#[test]
fn a_trained_adapter_knows_tags_that_the_model_does_not() {
    let shelves = concat!(env!("CARGO_MANIFEST_DIR"), "/models/nano/shelves");
    let micro_f1 = |args: &[&str]| {
        let output = Test::new()
            .args(["eval", &format!("{shelves}/heldout.jsonl"), "-m", "nano"])
            .args(["--evidence", "none"])
            .args([
                "--tags",
                &format!("{shelves}/tags.json"),
                "--format",
                "json",
            ])
            .args(args)
            .any_stdout()
            .any_stderr()
            .run();
        let json: Value = serde_json::from_str(&output.stdout).unwrap();
        json["systems"][0]["metrics"]["micro_f1"]["value"]
            .as_f64()
            .unwrap()
    };
    // Made to give tags, it guesses.
    let guessed = micro_f1(&["--min-tags", "1"]);
    let trained = micro_f1(&["--lora", &format!("{shelves}/shelves.gguf")]);
    assert!(guessed < 0.2, "{guessed}");
    assert!(trained > 0.5, "{trained}");
}
