//! The page in a browser: what is ticked there is what is put in.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::review::browser::Browser;
use crate::review::{Folder, TAGGED};

const HOSTILE: &str =
    "</script><script>document.title='x'</script><!--<img src=x onerror=document.title='y'>";

#[test]
fn what_is_ticked_and_saved_is_put_in() {
    let folder = Folder::new();
    folder.run("review tagged.jsonl --texts texts.jsonl -o review.html", 0);
    let Some(mut browser) = Browser::start(folder.0.path()) else {
        return;
    };
    browser.open(&folder.path("review.html"));
    assert_eq!(browser.text("progress"), "0 of 3 reviewed");
    assert_eq!(browser.text("name"), "8");
    assert_eq!(browser.text("tags"), "1web app25 %2ai50 %");
    // Another tag in the place of one that was given.
    browser.press(&["1", "/", "d", "b", "Enter", "Escape"]);
    assert_eq!(browser.text("tags"), "1web app25 %2ai50 %3=db");
    browser.press(&["Enter"]);
    assert_eq!(browser.text("name"), "7");
    assert_eq!(browser.text("text"), "LoamAn embedded database.");
    assert_eq!(
        browser.text("alike"),
        "One more document reads like this one."
    );
    assert_eq!(browser.text("tags"), "1ai50 %2=db30 %");
    // With the mouse: the likely one instead of the given one.
    for tag in [0, 1] {
        browser.value(&format!(
            "document.querySelectorAll('#tags input')[{tag}].click()"
        ));
    }
    assert_eq!(browser.text("progress"), "2 of 3 reviewed");
    // Looked at, and taken back.
    browser.press(&["ArrowRight", "Enter", "ArrowLeft", "ArrowRight", "u"]);
    assert_eq!(browser.text("name"), "-9");
    assert_eq!(browser.text("progress"), "2 of 3 reviewed");
    // It is all there when the page is opened again.
    browser.open(&folder.path("review.html"));
    assert_eq!(browser.text("progress"), "2 of 3 reviewed");
    assert_eq!(browser.text("name"), "-9");
    browser.press(&["s"]);
    let saved = browser.downloaded(&folder.path("reviewed.jsonl"));
    assert_eq!(
        saved,
        "{\"id\":\"8\",\"tags\":[17,12345678901234567890123],\"reviewed\":true}\n\
         {\"id\":7,\"tags\":[12345678901234567890123],\"reviewed\":true}\n"
    );
    assert_eq!(browser.complaints(), [&Value::Null; 0]);
    let said = folder.run("review tagged.jsonl --apply reviewed.jsonl", 0);
    assert_eq!(
        said,
        "note: 2 corrected, 0 left as they were, 1 reviewed before, 3 not reviewed: `tagged.jsonl`\n"
    );
    let mut expected: Vec<&str> = TAGGED.lines().collect();
    expected[0] = r#"{"id":7,"tags":[12345678901234567890123],"names":["=db"],"reviewed":true,"n":1.50,"title":"a  b"}"#;
    expected[1] = r#"{"id":"8","tags":[17,12345678901234567890123],"reviewed":true}"#;
    assert_eq!(folder.read("tagged.jsonl"), expected.join("\n") + "\n");
}

#[test]
fn nothing_in_documents_and_lists_is_run_and_hundreds_of_both_are_shown() {
    let folder = Folder::new();
    let tags: Vec<Value> = (0..500)
        .map(|n| json!({"id": n, "name": format!("{HOSTILE}{n}"), "description": HOSTILE}))
        .collect();
    let (mut texts, mut tagged) = (String::new(), String::new());
    for n in 0..500 {
        let id = format!("{HOSTILE}{n}");
        let letters: String = n.to_string().bytes().map(|b| char::from(b + 49)).collect();
        let text = format!("{HOSTILE} {letters} is a tool. {HOSTILE}");
        writeln!(texts, "{}", json!({"id": id, "text": text})).unwrap();
        writeln!(tagged, "{}", json!({"id": id, "tags": [n], "review": true})).unwrap();
    }
    folder.write("tags.json", Value::from(tags).to_string());
    folder.write("texts.jsonl", texts);
    folder.write("tagged.jsonl", tagged);
    let args = "review tagged.jsonl --texts texts.jsonl -o review.html --limit 500";
    assert!(
        folder
            .run(args, 0)
            .starts_with("note: 500 of 500 documents")
    );
    let Some(mut browser) = Browser::start(folder.0.path()) else {
        return;
    };
    browser.open(&folder.path("review.html"));
    assert_eq!(browser.text("name"), format!("{HOSTILE}0"));
    let boxes = "document.querySelectorAll('input[type=checkbox]').length";
    assert_eq!(browser.value(boxes), 2);
    browser.press(&["/"]);
    assert_eq!(browser.value(boxes), 502);
    browser.press(&["4", "9", "9", "Enter", "Escape", "Enter"]);
    assert_eq!(browser.text("progress"), "1 of 500 reviewed");
    browser.value("document.getElementById('overview').open = true");
    browser.value("new Promise((done) => setTimeout(done, 50))");
    assert_eq!(
        browser.value("document.querySelectorAll('#list li').length"),
        500
    );
    let title = "tagged.jsonl to review - minitag";
    assert_eq!(
        browser.value("document.title"),
        title.strip_suffix(" - minitag").unwrap()
    );
    assert_eq!(browser.value("document.images.length"), 0);
    assert_eq!(browser.complaints(), [&Value::Null; 0]);
}
