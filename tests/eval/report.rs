//! The report: one page that stands alone, safe whatever the documents hold.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

use crate::support::Test;

/// What a page must not run, in every place that comes from outside.
const EVIL: &str = "<script>console.error('ran')</script><img src=x onerror=alert(1)>\"'&";

const TAGS: &str = r#"[{"id":1,"name":"<script>console.error('tag')</script>"},{"id":2,"name":"lib"},{"id":3,"name":"web"}]"#;

/// The report of three documents, of which two went wrong.
fn report(answers: &[(&str, &str)]) -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let record = |id: &str, text: &str, rest: &str| {
        let (id, text) = (serde_json::json!(id), serde_json::json!(text));
        format!("{{\"id\":{id},\"text\":{text},{rest}}}\n")
    };
    let gold = record(EVIL, EVIL, "\"tags\":[1],\"ok\":[2]")
        + &record("b", &"Fine words. ".repeat(1000), "\"tags\":[2,3]")
        + &record("c", "云鹤是一个向量检索引擎", "\"tags\":[3]");
    let given = |scores: [&str; 3]| {
        let evil = serde_json::json!(EVIL);
        let [a, b, c] = scores;
        format!(
            "{{\"id\":{evil},\"tags\":[2]{a}}}\n{{\"id\":\"b\",\"tags\":[2,1]{b}}}\n{{\"id\":\"c\",\"tags\":[3]{c}}}\n"
        )
    };
    let mut test = Test::new()
        .file("tags.json", TAGS)
        .file("gold.jsonl", gold)
        .file("plain.jsonl", given([""; 3]))
        .file(
            "scored.jsonl",
            given([
                ",\"scores\":[0.4]",
                ",\"scores\":[0.9,0.2]",
                ",\"scores\":[0.7]",
            ]),
        )
        .args(["eval", "gold.jsonl", "--tags", "tags.json", "--report"])
        .args([&path]);
    for (option, value) in answers {
        test = test.args([option, value]);
    }
    test.any_stdout().run();
    let page = fs::read_to_string(&path).unwrap();
    (folder, path, page)
}

fn count(page: &str, what: &str) -> usize {
    page.matches(what).count()
}

#[test]
fn the_page_has_every_plot_and_every_wrong_document() {
    let (_folder, _, page) = report(&[("--answers", "scored.jsonl"), ("--baseline", "keyword")]);
    for label in [
        "Figures with their intervals",
        "Precision against coverage",
        "Precision against documents left alone",
        "Share of right tags against score",
        "F1 of each tag",
    ] {
        assert!(page.contains(label), "{label}");
    }
    assert_eq!(count(&page, "<svg "), 6);
    // Eleven metrics of two systems, four groups of one.
    assert_eq!(count(&page, "class=\"whisker\""), 11 * 2 + 5);
    assert_eq!(count(&page, "<article class=\"case\">"), 2);
    assert_eq!(count(&page, "<details>"), 2 + 1);
    assert!(
        page.contains("<span class=\"chip missed\" title=\"missed\">web (3)"),
        "{page}"
    );
    assert!(page.contains("lib (2)<b>0.90</b>"), "{page}");
    assert!(page.contains("Micro F1 is "), "{page}");
    // A long text is cut.
    assert!(count(&page, "Fine words.") < 400, "{page}");
}

#[test]
fn without_scores_the_plots_of_scores_are_left_out() {
    let (_folder, _, page) = report(&[("--answers", "plain.jsonl")]);
    assert_eq!(count(&page, "<svg "), 3);
    assert!(!page.contains("Micro F1 is "), "{page}");
}

#[test]
fn the_page_stands_alone_and_nothing_in_it_runs() {
    let (_folder, _, page) = report(&[("--answers", "scored.jsonl"), ("--baseline", "keyword")]);
    for forbidden in [
        "<script", "<img", "<link", "<iframe", "http://", "https://", "@import", "url(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(
        page.contains("&lt;script&gt;console.error('ran')"),
        "{page}"
    );
    assert!(page.contains("default-src 'none'"), "{page}");
    assert!(page.contains("prefers-color-scheme: dark"), "{page}");
    assert!(page.contains("width=device-width"), "{page}");
}

/// Where Chromium is; where it is not installed, a test that needs it is skipped aloud.
fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let mut paths = folders
        .iter()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    let found = paths.find(|path| path.is_file());
    if found.is_none() {
        // Not by a macro: what these say is kept back where a test passes.
        let _ = writeln!(io::stderr(), "SKIPPED: no Chromium to open the report with");
    }
    found
}

/// What the browser makes of the page, and what it says on its console.
fn open(browser: &Path, page: &Path, home: &Path, args: &[&str]) -> (String, String) {
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ])
        .arg(format!(
            "--user-data-dir={}",
            home.join("profile").display()
        ))
        .args(args)
        .arg(format!("file://{}", page.display()))
        .env("HOME", home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = said
        .lines()
        .filter(|line| line.contains(":CONSOLE"))
        .collect();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    (dom, console.join("\n"))
}

#[test]
fn a_browser_shows_the_page_without_complaint() {
    let Some(browser) = chromium() else { return };
    let (folder, path, _) = report(&[("--answers", "scored.jsonl"), ("--baseline", "keyword")]);
    let (dom, console) = open(&browser, &path, folder.path(), &["--dump-dom"]);
    assert_eq!(console, "");
    assert_eq!(count(&dom, "<svg "), 6, "{dom}");
    assert_eq!(count(&dom, "<article"), 2, "{dom}");

    // A page that does complain is heard.
    let bad = folder.path().join("bad.html");
    fs::write(&bad, "<script>console.error('heard')</script>").unwrap();
    let (_, console) = open(&browser, &bad, folder.path(), &["--dump-dom"]);
    assert!(console.contains("heard"), "{console}");
}

/// On a phone nothing is wider than the screen.
#[test]
fn the_page_fits_a_narrow_screen() {
    let Some(browser) = chromium() else { return };
    let (folder, path, page) = report(&[("--answers", "scored.jsonl"), ("--baseline", "keyword")]);
    // The page itself runs no script, so a copy without its policy measures it.
    let policy = page.find("<meta http-equiv").unwrap();
    let end = policy + page[policy..].find('>').unwrap() + 1;
    let copy = format!("{}{}", &page[..policy], &page[end..]);
    fs::write(&path, copy).unwrap();
    let frame = folder.path().join("frame.html");
    let script = "<iframe id=f src=report.html style='width:360px;height:800px'></iframe><script>
        f.onload = () => {
            const root = f.contentDocument.documentElement;
            document.title = root.scrollWidth + ' of ' + root.clientWidth;
        };</script>";
    fs::write(&frame, script).unwrap();
    let args = [
        "--dump-dom",
        "--allow-file-access-from-files",
        "--virtual-time-budget=5000",
    ];
    let (dom, _) = open(&browser, &frame, folder.path(), &args);
    let title = dom
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    let (wide, screen) = title.unwrap().split_once(" of ").unwrap();
    assert_eq!(wide, screen);
}
