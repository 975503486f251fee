//! `minitag models check`, and the check that loading a model begins with.

use std::fs;
use std::process::Command;

use crate::support::{DIGITS, Test};

fn check(model: impl AsRef<[u8]>) -> Test {
    Test::new()
        .file("m.gguf", model)
        .args(["models", "check", "m.gguf"])
}

/// The fixture with other bytes in place of some that are as many.
#[track_caller]
fn with(old: &str, new: &str) -> Vec<u8> {
    replaced(&fs::read(DIGITS).unwrap(), old, new)
}

#[track_caller]
fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let windows = bytes.windows(old.len());
    let places: Vec<usize> = windows
        .enumerate()
        .filter_map(|(at, window)| (window == old.as_bytes()).then_some(at))
        .collect();
    assert!(!places.is_empty(), "`{old}` is not there");
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
    bytes
}

#[test]
fn a_sound_file_is_described() {
    let model = fs::read(DIGITS).unwrap();
    let size = minitag::layout::size(model.len() as u64);
    check(&model)
        .stdout(format!(
            "file          m.gguf\n\
             format        GGUF 3, {size}\n\
             name          MiniCPM3 tiny random digits seed 1\n\
             licence       unknown\n\
             architecture  minicpm3\n\
             layers        3\n\
             context       32768\n\
             tensors       40: 40 F32\n\
             vocabulary    1536 tokens, llama\n\
             chat          ChatML, by its own template\n\
             answers       joined pieces `\":` `\",` `\":[` `\",\"` `]}}`\n"
        ))
        .run();
}

#[test]
fn the_built_in_model_is_sound() {
    let output = Test::new()
        .args(["models", "check", "nano"])
        .any_stdout()
        .run();
    assert!(
        output
            .stdout
            .contains("\nchat          ChatML, by its own template\n"),
        "{}",
        output.stdout
    );
}

/// Where a model's chat template begins; behind its vocabulary.
fn template_key(model: &[u8]) -> usize {
    let key = b"tokenizer.chat_template";
    let at = model.windows(key.len()).position(|window| window == key);
    at.unwrap()
}

/// A template that this program cannot use is not said to be ChatML, whatever is done then.
#[test]
fn the_chat_format_is_what_loading_takes() {
    let whole = fs::read(DIGITS).unwrap();
    let (tokens, template) = whole.split_at(template_key(&whole));
    let foreign = [tokens, &replaced(template, "<|im_start|>", "<start_turn>")].concat();
    let no_marks = replaced(&foreign, "<|im_start|>", "<|im_begin|>");
    let problem = "it writes `<start_turn>`, which is no token of the vocabulary";
    for (model, chat, fault) in [
        (
            foreign,
            "ChatML, since it has no template that can be used",
            None,
        ),
        (
            no_marks,
            "none that this program can use",
            Some("the chat token `<|im_start|>` is not in its vocabulary"),
        ),
    ] {
        let warning = format!("warning: its chat template is not used: {problem}\n");
        let error = fault.map_or(String::new(), |fault| {
            format!("error: the model `m.gguf` cannot be used: {fault}\n")
        });
        let stderr = warning + &error;
        let status = if fault.is_some() { 3 } else { 0 };
        let output = check(&model)
            .any_stdout()
            .stderr(stderr)
            .status(status)
            .run();
        let line = format!("\nchat          {chat}\n");
        assert!(output.stdout.contains(&line), "{}", output.stdout);
        let used = Test::new()
            .file("m.gguf", &model)
            .file("tag", "ai\n")
            .file("cat.md", "cat\n")
            .args(["classify", "cat.md", "--tags", "tag", "-m", "m.gguf"])
            .any_stdout()
            .any_stderr()
            .status(status)
            .run();
        assert_eq!(used.stderr.contains("`<|im_start|>`"), fault.is_some());
    }
}

/// A base model has neither a template nor chat tokens, and goes on from plain text.
#[test]
fn a_base_model_is_shown_plain_text() {
    let model = with("tokenizer.chat_template", "tokenizer.chat_Template");
    let model = replaced(&model, "<|im_start|>", "<|im_begin|>");
    let checked = check(&model).any_stdout().any_stderr().run();
    let chat = "\nchat          plain text, since it has neither a template nor chat tokens\n";
    assert!(checked.stdout.contains(chat), "{}", checked.stdout);
    let run = |command: &str| {
        Test::new()
            .file("m.gguf", &model)
            .file("cat.md", "cat\n")
            .args([command, "cat.md", "--tags", "ai,web", "-m", "m.gguf"])
            .any_stdout()
            .run()
            .stdout
    };
    assert!(run("classify").starts_with(r#"{"id":"cat.md","tags":"#));
    let prompt = run("prompt");
    assert!(!prompt.contains("<|"), "{prompt}");
    assert!(prompt.trim_end().ends_with(r#""tags":["#), "{prompt}");
}

/// What the file's own template writes is what the model sees.
#[test]
fn a_chat_template_is_used_as_it_is() {
    let model = with("|>assistant", "|>answering");
    let checked = check(&model).any_stdout().run();
    let chat = "\nchat          `<|im_start|>user⏎`, by its own template\n";
    assert!(checked.stdout.contains(chat), "{}", checked.stdout);
    let shown = Test::new()
        .file("m.gguf", &model)
        .file("cat.md", "cat\n")
        .args(["prompt", "cat.md", "--tags", "ai,web", "-m", "m.gguf"])
        .any_stdout()
        .run();
    assert!(shown.stdout.starts_with("<|im_start|>user\n"));
    assert!(
        shown
            .stdout
            .contains("<|im_end|>\n<|im_start|>answering\n{")
    );
}

#[test]
fn what_is_odd_is_warned_of() {
    for (model, warning) in [
        (
            with("tokenizer.chat_template", "tokenizer.chat_Template"),
            "it has no chat template",
        ),
        (
            with(
                "eos_token_id\x04\0\0\0\x02\0",
                "eos_token_id\x04\0\0\0\x02\x07",
            ),
            "`tokenizer.ggml.eos_token_id` is 1794, but the vocabulary has 1536 tokens",
        ),
        (
            [fs::read(DIGITS).unwrap(), vec![0; 100_000]].concat(),
            "it has 100000 bytes more than its header accounts for",
        ),
    ] {
        check(model)
            .any_stdout()
            .stderr(format!("warning: {warning}\n"))
            .run();
    }
}

#[test]
fn a_chat_token_that_is_missing_is_named() {
    let whole = fs::read(DIGITS).unwrap();
    let (tokens, template) = whole.split_at(template_key(&whole));
    check([&replaced(tokens, "<|im_start|>", "<|im_begin|>"), template].concat())
        .any_stdout()
        .stderr(
            "warning: its chat template is not used: \
             it writes `<|im_start|>`, which is no token of the vocabulary\n\
             error: the model `m.gguf` cannot be used: \
             the chat token `<|im_start|>` is not in its vocabulary\n",
        )
        .status(3)
        .run();
}

/// Where loading would end the process, both commands say why instead.
#[test]
fn loading_begins_with_the_same_check() {
    let block_count = "minicpm3.block_count\x04\0\0\0";
    for (model, problem) in [
        (
            with("\0\0minicpm3", "\0\0minicpm4"),
            "its architecture `minicpm4` is not one that llama.cpp knows",
        ),
        (
            with("<0x01>", "<0x02>"),
            "its header is damaged: its vocabulary has a token twice",
        ),
        (
            with(
                &format!("{block_count}\x03\0"),
                &format!("{block_count}\x03\x02"),
            ),
            "its header says `minicpm3.block_count` is 515; it must be from 1 to 512",
        ),
        (
            with("tokenizer.ggml.tokens", "tokenizer.ggml.Tokens"),
            "its header does not say `tokenizer.ggml.tokens`",
        ),
    ] {
        let stderr = format!("error: the model `m.gguf` cannot be used: {problem}\n");
        check(&model).stderr(&stderr).status(3).run();
        Test::new()
            .file("m.gguf", &model)
            .file("tag", "ai\n")
            .file("cat.md", "cat\n")
            .args(["classify", "cat.md", "--tags", "tag", "-m", "m.gguf"])
            .stderr(&stderr)
            .status(3)
            .run();
    }
}

#[test]
fn a_size_that_the_registry_knows_otherwise_is_named() {
    let registry = "[[model]]\nname = 'mine'\npath = 'm.gguf'\nsize = 5\n";
    let model = fs::read(DIGITS).unwrap();
    let size = model.len();
    Test::new()
        .file("m.gguf", &model)
        .file("minitag/registry.toml", registry)
        .args(["models", "check", "mine"])
        .any_stdout()
        .stderr(format!(
            "error: the model `m.gguf` cannot be used: \
             it has {size} bytes, but the registry knows 5\n\
             hint: `-m m.gguf` takes the file as it is\n"
        ))
        .status(3)
        .run();
}

/// The list of architectures is that of the llama.cpp which is compiled into the program.
#[test]
fn the_known_architectures_are_those_of_llama_cpp() {
    // Other platforms' crates need not be here.
    let host = Command::new("rustc").arg("--print=host-tuple").output();
    let host = String::from_utf8(host.unwrap().stdout).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version=1"])
        .args(["--filter-platform", host.trim()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let sys = packages
        .iter()
        .find(|p| p["name"] == "llama-cpp-sys-2")
        .unwrap();
    let manifest = std::path::Path::new(sys["manifest_path"].as_str().unwrap());
    let source = manifest.with_file_name("llama.cpp/src/llama-arch.cpp");
    let source = fs::read_to_string(source).unwrap();
    let (_, list) = source.split_once("LLM_ARCH_NAMES = {").unwrap();
    let (list, _) = list.split_once("};").unwrap();
    let quoted = list.split('"').skip(1).step_by(2);
    let mut theirs: Vec<&str> = quoted
        .filter(|n| !["clip", "(unknown)"].contains(n))
        .collect();
    theirs.sort_unstable();
    let ours = include_str!("../../src/models/architectures.rs");
    let ours: Vec<&str> = ours.split('"').skip(1).step_by(2).collect();
    assert_eq!(ours, theirs);
}
