//! The library from a crate of its own, as whoever depends on it has it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Four statements to the first answer.
const MAIN: &str = r##"fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = minitag::engine::llama::Model::open(None)?;
    let tags = minitag::TagSet::parse("game\ndatabase\nweb server")?;
    let mut classifier = minitag::Classifier::new(&model, tags)?;
    print!("{:?}", classifier.classify("7462", "# Lantern\nA puzzle game for the terminal.")?.tags);
    Ok(())
}
"##;

#[test]
fn four_statements_bring_the_first_answer() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // Profile and versions as here, so that llama.cpp is not compiled again.
    let manifest = format!(
        "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         minitag = {{ path = {here:?}, default-features = false }}\n\n[workspace]\n\n\
         [profile.release]\ndebug = \"line-tables-only\"\nlto = \"off\"\n\n\
         [profile.release.package.minitag]\nopt-level = 0\n"
    );
    fs::create_dir(path("src")).unwrap();
    fs::write(path("Cargo.toml"), manifest).unwrap();
    fs::write(path("src/main.rs"), MAIN).unwrap();
    fs::copy(here.join("Cargo.lock"), path("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    // The same flags too: others are another build of llama.cpp.
    let config = here.join(".cargo/config.toml");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--offline", "--config"])
        .arg(config)
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        // No model of whoever runs this.
        .env("HF_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, r#"[TagId("\"game\"")]"#);
}
