//! Chromium, driven by its DevTools protocol through a pipe.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::skip_without;

/// What it is called on different systems.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Reads messages from 3, writes them to 4; a sandbox cannot be had in containers. Ends by
/// itself, so that no test waits for ever.
const START: &str = r#"exec timeout 120 "$0" --headless --no-sandbox --disable-gpu --no-first-run \
    --remote-debugging-pipe --user-data-dir="$1" 3<&0 4>&1 >/dev/null 2>/dev/null"#;

/// A browser with one page.
pub(super) struct Browser {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    messages: u64,
    /// What happened meanwhile.
    events: Vec<Value>,
}

impl Browser {
    /// Starts it; downloads go to `folder`. `None` if there is none, which is said.
    pub(super) fn start(folder: &Path) -> Option<Self> {
        let has = |name: &&str| Command::new(name).arg("--version").output().is_ok();
        let Some(name) = NAMES.into_iter().find(has) else {
            skip_without("the page in a browser", "no Chromium");
            return None;
        };
        let mut process = Command::new("sh")
            .args(["-c", START, name])
            .arg(folder.join("profile"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut browser = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            session: None,
            messages: 0,
            events: Vec::new(),
        };
        let allow = json!({"behavior": "allow", "downloadPath": folder, "eventsEnabled": true});
        browser.call("Browser.setDownloadBehavior", &allow);
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Opens a file and waits for it.
    pub(super) fn open(&mut self, path: &Path) {
        let url = format!("file://{}", path.display());
        self.call("Page.navigate", &json!({"url": url}));
        while self.value("document.readyState") != "complete" {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What an expression is on the page.
    #[track_caller]
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let call = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut result = self.call("Runtime.evaluate", &call);
        assert_eq!(result["exceptionDetails"], Value::Null, "{expression}");
        result["result"]["value"].take()
    }

    /// What an element says.
    #[track_caller]
    pub(super) fn text(&mut self, id: &str) -> String {
        let text = self.value(&format!("document.getElementById('{id}').textContent"));
        text.as_str().unwrap().to_owned()
    }

    /// Presses keys, one after the other.
    pub(super) fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let text = match *key {
                "Enter" => "\r",
                key if key.chars().count() == 1 => key,
                _ => "",
            };
            let down = json!({"type": "keyDown", "key": key, "text": text});
            self.call("Input.dispatchKeyEvent", &down);
            let up = json!({"type": "keyUp", "key": key});
            self.call("Input.dispatchKeyEvent", &up);
        }
    }

    /// Waits for a download, and reads it.
    pub(super) fn downloaded(&mut self, path: &Path) -> String {
        let is_whole = |event: &Value| {
            event["method"] == "Browser.downloadProgress" && event["params"]["state"] == "completed"
        };
        while !self.events.iter().any(is_whole) {
            let event = self.message();
            self.events.push(event);
        }
        fs::read_to_string(path).unwrap()
    }

    /// What went wrong on the page, or was said on its console.
    pub(super) fn complaints(&self) -> Vec<&Value> {
        const KINDS: [&str; 3] = [
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
        ];
        let is_one = |event: &&Value| KINDS.iter().any(|kind| event["method"] == *kind);
        self.events.iter().filter(is_one).collect()
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.messages += 1;
        let mut call = json!({"id": self.messages, "method": method, "params": params});
        if let Some(session) = self
            .session
            .as_ref()
            .filter(|_| !method.starts_with("Browser."))
        {
            call["sessionId"] = json!(session);
        }
        self.input
            .write_all(format!("{call}\0").as_bytes())
            .unwrap();
        self.input.flush().unwrap();
        loop {
            let mut message = self.message();
            if message["id"] == self.messages {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn message(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Both ends of the pipe may be gone.
        let _ = self
            .input
            .write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.input.flush();
        let _ = self.process.wait();
    }
}
