//! What makes it fast or small, and must change no answer: the kept state of a tag list, the
//! style of the list, little memory; and `minitag bench`, which measures it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions, PrefixOrigin};
use minitag::engine::prefix_cache::PrefixCache;
use minitag::engine::{Branch, Engine};
use minitag::vocab::Token;

use crate::support::{DIGITS, Test, skip};

/// Where the state of a prefix came from, and the bits of the probabilities behind it.
fn probabilities(model: &Model, folder: &Path, prefix: &[i32]) -> (PrefixOrigin, Vec<u32>) {
    with_limit(model, folder, prefix, 1 << 30)
}

fn with_limit(
    model: &Model,
    folder: &Path,
    prefix: &[i32],
    limit: u64,
) -> (PrefixOrigin, Vec<u32>) {
    let cache = PrefixCache {
        folder: folder.to_owned(),
        limit,
        worth: Duration::ZERO,
    };
    let options = ContextOptions {
        prefix_cache: Some(cache),
        ..ContextOptions::default()
    };
    let mut engine = LlamaEngine::new(model, options);
    let prefix: Vec<Token> = prefix.iter().map(|&id| Token(id)).collect();
    engine.reserve(100, 100).unwrap();
    engine.set_prefix(&prefix).unwrap();
    engine.start(&[&[Token(5), Token(6)]]).unwrap();
    engine.append(0, &[Token(7)]);
    let branch = Branch {
        lane: 0,
        path: Vec::new(),
        wanted: (0..50).map(Token).collect(),
    };
    let answers = engine.log_probs(&[branch]).unwrap();
    let bits = answers[0].iter().map(|p| p.to_bits()).collect();
    (engine.prefix_origin().clone(), bits)
}

#[cfg(target_os = "linux")]
#[test]
fn states_may_lie_on_another_file_system() {
    // A file system in memory, which nothing can be renamed into from elsewhere.
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        return skip("another file system", "there is no /dev/shm");
    };
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let prefix: Vec<i32> = (8..40).collect();
    let first = probabilities(&model, folder.path(), &prefix);
    let (origin, bits) = probabilities(&model, folder.path(), &prefix);
    assert!(matches!(origin, PrefixOrigin::Kept(_)), "{origin:?}");
    assert_eq!(bits, first.1);
}

/// Runs that throw out each other's states: the folder has room for one of three.
#[test]
fn many_processes_share_a_folder_of_states() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let prefixes: Vec<Vec<i32>> = (0..3).map(|n| (8 + n..40).collect()).collect();
    let expected: Vec<Vec<u32>> = prefixes
        .iter()
        .map(|prefix| probabilities(&model, folder.path(), prefix).1)
        .collect();
    let state = fs::read_dir(folder.path()).unwrap();
    let largest = state.map(|file| file.unwrap().metadata().unwrap().len());
    let limit = largest.max().unwrap() * 3 / 2;
    // Threads stand for processes: nothing is shared but the folder.
    std::thread::scope(|scope| {
        for worker in 0..6 {
            let (model, prefixes, expected, folder) = (&model, &prefixes, &expected, &folder);
            scope.spawn(move || {
                for round in 0..10 {
                    let n = (worker + round) % 3;
                    let (_, bits) = with_limit(model, folder.path(), &prefixes[n], limit);
                    assert_eq!(bits, expected[n]);
                }
            });
        }
    });
}

#[test]
fn a_kept_state_gives_the_same_bits_and_a_damaged_one_is_computed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let prefix: Vec<i32> = (8..40).collect();
    let (origin, bits) = probabilities(&model, folder.path(), &prefix);
    assert!(matches!(origin, PrefixOrigin::Computed(_)), "{origin:?}");
    let kept = probabilities(&model, folder.path(), &prefix);
    assert!(matches!(kept.0, PrefixOrigin::Kept(_)), "{:?}", kept.0);
    assert_eq!(kept.1, bits);
    let (origin, others) = probabilities(&model, folder.path(), &prefix[1..]);
    assert!(matches!(origin, PrefixOrigin::Computed(_)), "{origin:?}");
    assert_ne!(others, bits);
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "state")
        {
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
    }
    let damaged = probabilities(&model, folder.path(), &prefix);
    assert!(
        matches!(damaged.0, PrefixOrigin::Damaged(_)),
        "{:?}",
        damaged.0
    );
    assert_eq!(damaged.1, bits);
    let again = probabilities(&model, folder.path(), &prefix);
    assert!(matches!(again.0, PrefixOrigin::Kept(_)), "{:?}", again.0);
}

/// The same bytes under another name have it too; other weights under the same name do not,
/// with the same size and the time put back.
#[test]
fn a_kept_state_goes_with_the_models_content() {
    let (folder, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (path, other) = (models.path().join("m.gguf"), models.path().join("n.gguf"));
    let prefix: Vec<i32> = (8..40).collect();
    let origin = |path: &Path| {
        let model = Model::load(path, &ModelOptions::default()).unwrap();
        probabilities(&model, folder.path(), &prefix)
    };
    fs::copy(DIGITS, &path).unwrap();
    let (first, bits) = origin(&path);
    assert!(matches!(first, PrefixOrigin::Computed(_)), "{first:?}");
    fs::copy(&path, &other).unwrap();
    let (kept, same) = origin(&other);
    assert!(matches!(kept, PrefixOrigin::Kept(_)), "{kept:?}");
    assert_eq!(same, bits);
    let time = path.metadata().unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    // In the last layer's weights.
    bytes[end - 8192..].fill(0);
    fs::write(&path, bytes).unwrap();
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    let (computed, others) = origin(&path);
    assert!(
        matches!(computed, PrefixOrigin::Computed(_)),
        "{computed:?}"
    );
    assert_ne!(others, bits);
}

#[test]
fn the_cache_is_listed_and_cleared() {
    Test::new().args(["cache", "list"]).run();
    Test::new()
        .file(".cache/minitag/prefixes/left.state", "12345")
        .args(["cache", "clear"])
        .stdout("5 B removed\n")
        .run();
}

#[test]
fn a_list_in_lines_is_another_prompt() {
    let prompt = |style: &str| {
        Test::new()
            .file(
                "tags.csv",
                "id,name,description\n7,fish,they swim\n8,cat,\n",
            )
            .file("a.txt", "text")
            .args(["prompt", "a.txt", "--tags", "tags.csv", "-m", DIGITS])
            .args(["--list-style", style])
            .any_stdout()
            .run()
            .stdout
    };
    assert!(prompt("lines").contains("\n7 fish: they swim\n8 cat\n"));
    assert!(prompt("json").contains(r#"{"id":8,"name":"cat"}]"#));
}

#[test]
fn little_memory_gives_an_answer_too() {
    Test::new()
        .file("tags.txt", "fish\ncat\n")
        .file("a.txt", "text")
        .args(["classify", "a.txt", "--tags", "tags.txt", "-m", DIGITS])
        .args(["--low-memory", "--min-tags", "2", "--max-tags", "2", "-q"])
        .any_stdout()
        .run();
}

#[test]
fn a_bench_tells_every_phase() {
    let bench = |format: &[&str]| {
        Test::new()
            .file("tags.txt", "fish\ncat\n")
            .args(["bench", "--tags", "tags.txt", "-m", "nano", "--rounds", "1"])
            .args(["--tokens", "20", "--parallel", "1,2"])
            .args(format)
            .any_stdout()
            .any_stderr()
            .run()
            .stdout
    };
    let report: serde_json::Value = serde_json::from_str(&bench(&["--json"])).unwrap();
    assert!(
        report["prefix"]["from_disk_seconds"].is_number(),
        "{report}"
    );
    assert_eq!(report["documents"][1]["parallel"], 2);
    assert!(report["documents"][0]["overhead"].as_f64().unwrap() > 0.0);
    assert!(bench(&[]).contains("\ntokens  parallel  s/document"));
    Test::new()
        .file("tags.txt", "fish\ncat\n")
        .args(["bench", "--tags", "tags.txt", "--rounds", "0"])
        .stderr("error: `--rounds`, `--tokens` and `--parallel` must be at least 1\n")
        .status(2)
        .run();
}
