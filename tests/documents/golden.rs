//! Whole documents, and all that becomes of them: golden files, one a sample.
//!
//! A change of what is read shows here as a difference that a person can judge.
//! `INSTA_UPDATE=always cargo test documents::golden` writes the files anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use minitag::document::{Fate, Format, condense};

use super::{assert_lawful, assert_words_in_order};

/// Tokens for a small budget: enough for a third of a sample.
const SMALL: usize = 60;

/// A token for three characters, or for one of a script with thousands of them.
fn tokens(text: &str) -> usize {
    let wide = text.chars().filter(|&c| c >= '\u{2e80}').count();
    wide + (text.chars().count() - wide).div_ceil(3)
}

/// All samples, in a fixed order.
fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["tests/documents/samples", "examples"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path());
    // In examples/ there are also lists, records and code.
    let is_data = |path: &Path| {
        path.is_dir()
            || path
                .extension()
                .is_some_and(|e| e == "json" || e == "jsonl" || e == "rs")
    };
    let mut files: Vec<_> = files.filter(|path| !is_data(path)).collect();
    files.sort();
    files
}

#[test]
fn samples_are_read_as_they_were() {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in samples() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let golden = golden(&text, Format::of(Some(&path), &text));
        settings.bind(|| insta::assert_snapshot!(name, golden));
    }
}

/// What is read of a document without a budget and with a small one, and what never is.
fn golden(text: &str, format: Format) -> String {
    let whole = condense(text, format, None, &tokens);
    let small = condense(text, format, Some(SMALL), &tokens);
    assert_lawful(text, &small, SMALL, &tokens);
    for condensed in [&whole, &small] {
        assert_words_in_order(text, condensed);
    }
    let mut golden = format!(
        "{}, {} tokens\n\n{}\n",
        format.name(),
        whole.used,
        whole.text
    );
    let _ = write!(
        golden,
        "\n---- in {SMALL}: {}\n\n{}\n",
        small.used, small.text
    );
    golden.push_str("\n---- dropped\n\n");
    for piece in &whole.pieces {
        if let Fate::Dropped(reason) = piece.fate {
            let text = piece.text.replace('\n', " ; ");
            let _ = writeln!(golden, "{} ({}): {text}", reason.name(), piece.kind.name());
        }
    }
    golden
}
