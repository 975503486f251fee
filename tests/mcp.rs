//! `minitag mcp`: the protocol over pipes, line by line, as a client writes and reads it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Test, program};

const TAGS: &str =
    r#"[{"id":7,"name":"database"},{"id":"g","name":"game"},{"id":9,"name":"search"}]"#;

const DOCUMENT: &str = "# Loam\n\nAn embedded database. It is fast.\n\nA game is in it.\n";

/// A server, and what was heard of it.
struct Client {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Notifications, and answers that nobody waited for.
    heard: Vec<Value>,
    id: u64,
}

/// A folder with a list and a document.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tags.json"), TAGS).unwrap();
    fs::write(folder.path().join("a.md"), DOCUMENT).unwrap();
    folder
}

impl Client {
    /// A server that has not been greeted yet.
    fn unheard(args: &[&str]) -> Self {
        let folder = folder();
        let mut command = program(folder.path());
        command
            .args(["mcp", "-m", "nano", "-q", "--no-prefix-cache"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            folder,
            child,
            input,
            output,
            heard: Vec::new(),
            id: 0,
        }
    }

    /// A server in a session.
    fn new(args: &[&str]) -> Self {
        let mut client = Self::unheard(args);
        let greeting = client.request(
            "initialize",
            &json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            }),
        );
        assert_eq!(greeting["result"]["serverInfo"]["name"], "minitag");
        assert_eq!(greeting["result"]["protocolVersion"], "2025-06-18");
        let capabilities = greeting["result"]["capabilities"].as_object().unwrap();
        let names: Vec<&String> = capabilities.keys().collect();
        assert_eq!(names, ["resources", "tools"]);
        client.line(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        client
    }

    fn line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// Sends a request; its id.
    fn send(&mut self, method: &str, params: &Value) -> u64 {
        self.id += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params});
        self.line(&request.to_string());
        self.id
    }

    /// The next message.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// The answer to a request.
    fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.next();
            if message["id"] == id {
                return message;
            }
            self.heard.push(message);
        }
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// Calls a tool; its result.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.request("tools/call", &params);
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// The JSON that a tool answers, which is also there as data.
    #[track_caller]
    fn json(&mut self, tool: &str, arguments: &Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        let data: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(result["structuredContent"], data);
        text
    }

    /// What a tool says of a call that cannot be answered.
    #[track_caller]
    fn words(&mut self, tool: &str, arguments: &Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Calls a tool on many documents that takes long, and waits until it is at work.
    fn begin_long(&mut self) -> u64 {
        let documents: Vec<Value> = (0..5000).map(|_| json!({"text": DOCUMENT})).collect();
        let id = self.send(
            "tools/call",
            &json!({
                "name": "tag_many",
                "arguments": {"documents": documents},
                "_meta": {"progressToken": "long"},
            }),
        );
        assert_eq!(self.next()["params"]["progressToken"], "long");
        id
    }

    /// Leaves; the server ends by itself, and has said nothing that is not of the protocol.
    #[track_caller]
    fn leave(mut self) -> Vec<Value> {
        drop(self.input.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let rest = rest.lines().map(|line| serde_json::from_str(line).unwrap());
        self.heard.extend(rest);
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(0));
        self.heard
    }
}

/// What another command prints in a folder.
fn printed(folder: &Path, args: &str) -> String {
    let mut command = program(folder);
    let output = command.args(args.split(' ')).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_says_what_it_can() {
    let mut client = Client::new(&["--tags", "tags.json"]);
    let tools = client.request("tools/list", &json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let names: Vec<&Value> = tools.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(
        names,
        [
            "tag_document",
            "tag_many",
            "explain",
            "decide",
            "check_tags"
        ]
    );
    let resources = client.request("resources/list", &json!({}));
    let resource = &resources["result"]["resources"][0];
    assert_eq!(resource["name"], "tags.json");
    assert_eq!(resource["uri"], "minitag:///tags/tags.json");
    let read = |uri: &str| json!({"uri": uri});
    let list = client.request("resources/read", &read("minitag:///tags/tags.json"));
    assert_eq!(list["result"]["contents"][0]["text"], TAGS);
    let none = client.request("resources/read", &read("file:///etc/passwd"));
    let message = "there is no tag list at `file:///etc/passwd`";
    assert_eq!(none["error"]["message"], message);
    assert_eq!(client.leave(), [Value::Null; 0]);
}

#[test]
fn answers_are_those_of_the_command_line() {
    let mut client = Client::new(&["--tags", "tags.json"]);
    let path = client.folder.path().to_owned();
    let of = "a.md --tags tags.json -m nano -q --no-prefix-cache";
    let classified = printed(&path, &format!("classify {of} --scores=all --names"));
    let asked = json!({"path": "a.md", "scores": "all", "names": true});
    assert_eq!(client.json("tag_document", &asked) + "\n", classified);
    let asked = json!({"text": DOCUMENT, "id": "a.md", "scores": "all", "names": true});
    assert_eq!(client.json("tag_document", &asked) + "\n", classified);
    let plain = printed(&path, &format!("classify {of} --max-tags 1"));
    let asked = json!({"documents": [{"path": "a.md"}], "tags": "tags.json", "max_tags": 1});
    let many = format!(
        r#"{{"answers":[{}],"tagged":1,"failed":0}}"#,
        plain.trim_end()
    );
    assert_eq!(client.json("tag_many", &asked), many);
    let explained = printed(&path, &format!("explain {of} --json"));
    let asked = json!({"path": "a.md", "tags": serde_json::from_str::<Value>(TAGS).unwrap()});
    assert_eq!(client.json("explain", &asked) + "\n", explained);
    let explained = printed(&path, &format!("explain {of} --json --tag 9 --pieces 2"));
    let asked = json!({"path": "a.md", "explained": [9], "pieces": 2});
    assert_eq!(client.json("explain", &asked) + "\n", explained);
    let checked = printed(&path, "tags check tags.json --json");
    assert_eq!(client.json("check_tags", &json!({})) + "\n", checked);
    client.leave();
}

/// Questions and lists share one model, and disturb each other in nothing.
#[test]
fn questions_are_answered_as_on_the_command_line() {
    let mut client = Client::new(&["--tags", "tags.json"]);
    let path = client.folder.path().to_owned();
    let questions = json!({
        "about": {"type": "multi_label", "labels": ["game", "database"], "max": 1},
        "kind": {"type": "choice", "criteria": {"manual": null, "tale": "a story"}},
        "new": {"type": "noul", "instructions": "Is it new?"},
        "speed": {"type": "score", "criteria": ["slow", "usual", "fast"]},
    });
    fs::write(path.join("q.json"), questions.to_string()).unwrap();
    let record = json!({"id": "b", "text": DOCUMENT}).to_string();
    fs::write(path.join("b.jsonl"), record).unwrap();
    let expected = printed(&path, "decide q.json b.jsonl -m nano -q --no-prefix-cache");
    let tagging = json!({"path": "a.md", "scores": "all"});
    let tagged = client.json("tag_document", &tagging);
    for _ in 0..2 {
        let asked = json!({"text": DOCUMENT, "id": "b", "questions": questions});
        assert_eq!(client.json("decide", &asked) + "\n", expected);
        assert_eq!(client.json("tag_document", &tagging), tagged);
    }
    let wrong = json!({"text": DOCUMENT, "questions": {"new": {"type": "maybe"}}});
    let words = client.words("decide", &wrong);
    assert!(words.starts_with("cannot use `questions`: "), "{words}");
    let empty = json!({"text": " ", "questions": questions});
    let words = client.words("decide", &empty);
    assert!(
        words.starts_with("cannot answer `about` of `-`: "),
        "{words}"
    );
    client.leave();
}

#[test]
fn a_document_that_fails_stops_no_other() {
    let mut client = Client::new(&[]);
    let documents = json!([
        {"text": DOCUMENT, "id": "first"},
        {"text": " "},
        {"path": "missing.md"},
        {"text": "a", "path": "a.md", "id": "two"},
        {"text": "A game."},
    ]);
    let id = client.send(
        "tools/call",
        &json!({
            "name": "tag_many",
            "arguments": {"documents": documents, "tags": "game,", "min_tags": 1},
            "_meta": {"progressToken": 5},
        }),
    );
    let answer = client.answer(id);
    let many = &answer["result"]["structuredContent"];
    assert_eq!([&many["tagged"], &many["failed"]], [2, 3]);
    let answers = many["answers"].as_array().unwrap();
    assert_eq!(answers[0], json!({"id": "first", "tags": ["game"]}));
    let empty = json!({"kind": "empty", "message": "the document is empty"});
    assert_eq!(answers[1], json!({"id": "2", "line": 2, "error": empty}));
    assert_eq!(answers[2]["error"]["kind"], "unreadable");
    assert_eq!(answers[3]["error"]["kind"], "no_text");
    assert_eq!(answers[4], json!({"id": "5", "tags": ["game"]}));
    let told = client.leave();
    let progress = |(done, message): (usize, &Value)| {
        assert_eq!(message["method"], "notifications/progress");
        let params = json!({"progressToken": 5, "progress": done + 1, "total": 5});
        let number = |name: &str| message["params"][name].as_f64();
        assert_eq!(number("progress"), params["progress"].as_f64());
        assert_eq!(number("total"), params["total"].as_f64());
    };
    assert_eq!(told.len(), 5);
    told.iter().enumerate().for_each(progress);
}

#[test]
fn what_is_wrong_is_said_and_ends_nothing() {
    let mut client = Client::new(&[]);
    let mut said = |tool: &str, arguments: Value, words: &str| {
        assert_eq!(client.words(tool, &arguments), words);
    };
    said(
        "tag_document",
        json!({"text": "a"}),
        "there is no tag list\nhint: `tags` is a list such as `[\"ai\",\"web\"]`, or a file with one",
    );
    said(
        "tag_document",
        json!({"text": "a", "tags": "none.json"}),
        "cannot read `none.json`: No such file or directory (os error 2)",
    );
    said(
        "tag_document",
        json!({"text": "a", "tags": "/dev/stdin"}),
        "cannot read `/dev/stdin`: it is not a file",
    );
    said(
        "tag_document",
        json!({"path": "-", "tags": "tags.json"}),
        "cannot use `-`: it cannot be read: No such file or directory (os error 2)",
    );
    said(
        "check_tags",
        json!({"tags": ["a", "a"]}),
        "the tag list cannot be used: entry 2: the id `\"a\"` stands already at entry 1",
    );
    said(
        "check_tags",
        json!({"tags": 7}),
        "`tags` is neither a list of tags nor the name of one",
    );
    said(
        "tag_document",
        json!({"text": " ", "tags": "tags.json"}),
        "cannot tag `-`: the document is empty",
    );
    said(
        "tag_document",
        json!({"text": "a", "tags": "tags.json", "max_tags": 0}),
        "`max_tags 0` leaves nothing to decide; it must be at least 1",
    );
    said(
        "tag_document",
        json!({"text": "a", "tags": "tags.json", "min_tags": 4, "max_tags": 9}),
        "`min_tags 4` is more than the list has: 3 tags",
    );
    said(
        "explain",
        json!({"text": "a", "tags": "tags.json", "explained": ["database"]}),
        "`database` is not the id of a tag on the list\nhint: the id of `database` is 7",
    );
    said(
        "explain",
        json!({"text": "a", "tags": "tags.json", "pieces": 0}),
        "`pieces` is 0; it must be at least 1",
    );
    let nothing = client.request("tools/call", &json!({"name": "tag", "arguments": {}}));
    assert_eq!(nothing["error"]["message"], "there is no tool `tag`");
    // Neither JSON nor a request.
    client.line("{");
    client.line("[]");
    let unknown = client.request("tools/eat", &json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    let asked = json!({"text": DOCUMENT, "tags": "tags.json", "max_tags": 1});
    assert_eq!(
        client.json("tag_document", &asked),
        r#"{"id":"-","tags":[7]}"#
    );
    client.leave();
}

#[test]
fn lists_take_turns() {
    let mut client = Client::new(&[]);
    let long = json!({"text": DOCUMENT, "tags": "tags.json", "min_tags": 3, "scores": "all"});
    let short = json!({"text": DOCUMENT, "tags": ["game", "music"], "scores": "all"});
    let first = [&long, &short].map(|asked| client.json("tag_document", asked));
    assert_ne!(first[0], first[1]);
    let again = [&long, &short].map(|asked| client.json("tag_document", asked));
    assert_eq!(again, first);
    // A file that was changed is another list.
    fs::write(client.folder.path().join("tags.json"), "game\nmusic\n").unwrap();
    let asked = json!({"text": DOCUMENT, "tags": "tags.json", "scores": "all"});
    assert_eq!(client.json("tag_document", &asked), first[1]);
    client.leave();
}

#[test]
fn a_long_number_is_not_rounded() {
    let mut client = Client::new(&["--min-tags", "1"]);
    let list = r#"[{"id":123456789012345678901234567890,"name":"game"}]"#;
    fs::write(client.folder.path().join("long.json"), list).unwrap();
    let asked = json!({"text": "A game.", "tags": "long.json"});
    let result = client.call("tag_document", &asked);
    let text = r#"{"id":"-","tags":[123456789012345678901234567890]}"#;
    assert_eq!(result["content"][0]["text"], text);
    assert_eq!(result["structuredContent"], Value::Null);
    client.leave();
}

#[test]
fn what_the_budget_left_out_is_said() {
    let mut client = Client::new(&["--budget", "8", "--tags", "tags.json"]);
    let result = client.call("tag_document", &json!({"path": "a.md"}));
    let note = result["content"][1]["text"].as_str().unwrap();
    assert!(note.contains("the budget left out"), "{note}");
    client.leave();
}

#[test]
fn a_cancelled_call_has_no_answer_and_makes_room() {
    let mut client = Client::new(&["--tags", "tags.json"]);
    let id = client.begin_long();
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
    client.line(&cancel.to_string());
    let asked = json!({"text": DOCUMENT, "max_tags": 1});
    assert_eq!(
        client.json("tag_document", &asked),
        r#"{"id":"-","tags":[7]}"#
    );
    let heard = client.leave();
    assert!(heard.iter().all(|message| message["id"] != id));
    assert!(heard.len() < 4000, "it went on to the end");
}

#[test]
fn a_client_that_leaves_in_the_middle_leaves_nothing_behind() {
    let mut client = Client::new(&["--tags", "tags.json"]);
    client.begin_long();
    drop(client.output);
    drop(client.input.take());
    let output = client.child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
    // One that never says anything.
    assert_eq!(Client::unheard(&[]).leave(), [Value::Null; 0]);
}

#[test]
fn who_speaks_something_else_is_told_so() {
    let heard = |stdin: &str| {
        let test = Test::new().args(["mcp", "-m", "nano", "-q"]).stdin(stdin);
        test.any_stdout()
    };
    heard("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
        .stderr(
            "error: the client does not speak MCP: it began with something else than \
             `initialize`\n",
        )
        .status(2)
        .run();
    let answer = heard("{\"a\":1}\n").run().stdout;
    let error: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(error["error"]["code"], -32600);
    // No JSON at all is nothing to answer.
    assert_eq!(heard("GET / HTTP/1.1\r\n\r\n").run().stdout, "");
}

#[test]
fn lists_are_looked_at_before_there_are_calls() {
    let refused = |args: &[&str], stderr: &str| {
        let test = Test::new()
            .file("a/tags.json", TAGS)
            .file("b/tags.json", TAGS)
            .file("bad.json", "[]");
        let test = test.args(["mcp", "-m", "nano", "-q"]).args(args);
        test.stderr(stderr).status(2).run();
    };
    refused(
        &["--tags", "a/tags.json", "b/tags.json"],
        "error: two tag lists are called `tags.json`\n",
    );
    refused(
        &["--tags", "bad.json"],
        "error: the tag list `bad.json` cannot be used: the tag list is empty; it needs at least one tag\n",
    );
    refused(
        &["--permutations", "0"],
        "error: `--permutations 0` is not possible; it must be from 1 to 16\n",
    );
}
