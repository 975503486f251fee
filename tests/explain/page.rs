//! The page: it stands alone, and is safe whatever the document holds.

use std::fs;

use crate::support::Test;

const EVIL: &str = "<script>console.error('ran')</script><img src=x onerror=alert(1)>";

#[test]
fn the_page_shows_every_piece_and_runs_nothing() {
    let test = Test::new()
        .file(
            "tags.json",
            format!("[{{\"id\":1,\"name\":\"{EVIL}\"}},{{\"id\":2,\"name\":\"database\"}}]"),
        )
        .file(
            "loam.txt",
            format!("An embedded database. Here is {EVIL} again. Thank you.\n"),
        )
        .args([
            "explain",
            "loam.txt",
            "--tags",
            "tags.json",
            "-m",
            "nano",
            "-q",
        ])
        .args(["--max-tags", "2", "--min-tags", "2", "--id", EVIL]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("why.html");
    test.args(["--html", path.to_str().unwrap()])
        .any_stdout()
        .run();
    let page = fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.contains("default-src 'none'"));
    for evil in ["<script", "<img", "onerror=alert(1)>\""] {
        assert!(!page.contains(evil), "{evil}");
    }
    for outside in ["http:", "https:", "src=", "url(", "@import"] {
        let shown = page.replace("src=x", "");
        assert!(!shown.contains(outside), "{outside}");
    }
    // Two in the key, and one for each piece.
    assert_eq!(
        page.matches("<span class=\"piece ").count(),
        2 + 3,
        "{page}"
    );
    // The model does not know the evil name.
    assert!(page.contains("<small> model – vectors "), "{page}");
    assert!(page.contains("the language model does not know the name"));
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("name=\"viewport\""));
}
