//! The fuzzer's kept inputs, each held against what its target asserts: what was found once
//! is tried in every run of the tests, without a fuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[path = "../fuzz/src/laws/mod.rs"]
#[allow(unreachable_pub)]
mod laws;

#[test]
fn what_the_fuzzer_kept_is_lawful() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, holds) in laws::ALL {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            let held = catch_unwind(|| holds(&data));
            assert!(held.is_ok(), "{}", path.display());
            inputs += 1;
        }
        assert!(inputs > 5, "the inputs of `{name}` were not found");
    }
}
