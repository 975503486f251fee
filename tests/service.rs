//! `minitag serve`: every way to ask it, and what clients do that they should not.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Test, program};

/// How long is waited for what has to happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// So many questions take the built-in model several seconds.
const LONG: usize = 20_000;

/// A service that runs.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    child: Child,
    pub(crate) address: String,
    said: Receiver<String>,
}

impl Server {
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::at("127.0.0.1:0", args)
    }

    pub(crate) fn at(listen: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token.txt"), "0123456789abcdef\n").unwrap();
        let mut command = program(folder.path());
        command
            .args(["serve", "--listen", listen, "-m", "nano"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, said) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut server = Self {
            folder,
            child,
            address: String::new(),
            said,
        };
        let line = server.hear("listening on ");
        let address = line.rsplit("://").next().unwrap();
        address.clone_into(&mut server.address);
        server
    }

    /// Waits for a line on stderr.
    #[track_caller]
    fn hear(&self, what: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.said.recv_timeout(left).unwrap();
            if line.contains(what) {
                return line;
            }
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes, and reads the reply.
    fn send(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        Reply::read(stream)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).as_bytes())
    }

    fn ask(&self, body: &Value) -> Reply {
        self.send(self.request(&body.to_string(), "").as_bytes())
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        let request = self.request(body, "");
        self.send(request.replacen("/v1/systemone", path, 1).as_bytes())
    }

    /// A request as it goes over the line.
    fn request(&self, body: &str, headers: &str) -> String {
        let (address, length) = (&self.address, body.len());
        format!(
            "POST /v1/systemone HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
    }

    /// Waits until so many requests wait or are in work.
    #[track_caller]
    fn wait_until_waiting(&self, count: usize) {
        let end = Instant::now() + PATIENCE;
        while self.get("/health").json()["waiting"] != count {
            assert!(Instant::now() < end, "not {count} requests wait");
            sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }

    /// Waits for its end.
    fn end(mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it does not end");
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// A reply, head and body.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    fn read(mut stream: impl Read) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    fn json(&self) -> Value {
        assert!(
            self.head.contains("content-type: application/json"),
            "{self:?}"
        );
        serde_json::from_str(&self.body).unwrap()
    }

    /// The word for programs.
    fn error(&self) -> String {
        let word = self.json()["detail"]["error_type"].clone();
        word.as_str().unwrap().to_owned()
    }
}

fn noul() -> Value {
    json!({"state": "A refund, please.", "questions": {"q": {"type": "noul", "instructions": "Is it?"}}})
}

/// A request with so many questions.
fn long(count: usize) -> Value {
    let question = |n: usize| {
        (
            n.to_string(),
            json!({"type": "noul", "instructions": "Is it?"}),
        )
    };
    let questions: serde_json::Map<String, Value> = (0..count).map(question).collect();
    json!({"state": "A refund for the game and the database, please. ".repeat(40), "questions": questions})
}

#[test]
fn every_place_answers() {
    let server = Server::new(&[]);
    let health = server.get("/health");
    let expected = json!({"status": "ok", "model": "minitag-nano.gguf", "waiting": 0});
    assert_eq!((health.status, health.json()), (200, expected));
    let models = server.get("/v1/models").json();
    let names: Vec<&Value> = models["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["name"])
        .collect();
    assert_eq!(names, ["jev-latest", "minitag-nano.gguf", "nano"]);
    let mut request = noul();
    for model in ["jev-latest", "nano"] {
        request["model"] = model.into();
        let answer = server.ask(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["model"], "minitag-nano.gguf");
        assert_eq!(answer.json()["answers"]["q"]["type"], "noul");
    }
    request["model"] = "other".into();
    let other = server.ask(&request);
    assert_eq!((other.status, other.error().as_str()), (404, "not_found"));
    let metrics = server.get("/metrics");
    let counted = "minitag_replies_total{status=\"404\"} 1\n";
    assert!(metrics.body.contains(counted), "{metrics:?}");
    assert!(metrics.body.contains("minitag_questions_total 2\n"));
    let nothing = server.get("/v1/what");
    assert_eq!(
        (nothing.status, nothing.error().as_str()),
        (404, "not_found")
    );
    let wrong = server.get("/v1/systemone");
    assert_eq!(
        (wrong.status, wrong.error().as_str()),
        (405, "method_not_allowed")
    );
    assert!(wrong.head.contains("allow: post"));
    server.signal("-INT");
    assert_eq!(server.end().code(), Some(0));
}

/// The same answers, whichever way is asked.
#[test]
fn it_answers_as_the_command_line_does() {
    let questions = json!({
        "urgent": {"type": "noul", "criteria": {"true": "urgent, today"}},
        "team": {"type": "choice", "criteria": {"support": "bugs", "billing": "refunds, payments"}},
        "anger": {"type": "score", "criteria": ["calm", "annoyed", "furious"]},
        "about": {"type": "multi_label", "labels": ["database", "game", "search"], "max": 2},
    });
    let texts = [
        "I want my refund today!",
        "# Loam\n\nAn embedded database.\n",
    ];
    let records: Vec<String> = (0..)
        .zip(texts)
        .map(|(id, text)| json!({"id": id, "text": text}).to_string())
        .collect();
    let decided = Test::new()
        .file("q.json", questions.to_string())
        .file("in.jsonl", records.join("\n"))
        .args(["decide", "q.json", "in.jsonl", "-q", "-m", "nano"])
        .any_stdout()
        .run();
    let server = Server::new(&[]);
    for (text, line) in texts.into_iter().zip(decided.stdout.lines()) {
        let expected: Value = serde_json::from_str(line).unwrap();
        for _ in 0..2 {
            let answer = server.ask(&json!({"state": text, "questions": questions}));
            assert_eq!(answer.json()["answers"], expected["answers"]);
        }
    }
}

#[test]
fn what_is_no_request_gets_an_error_and_harms_nobody() {
    let server = Server::new(&["--max-body", "2KiB"]);
    for (body, place) in [
        ("{\"state\":", json!(["body"])),
        ("{}", json!(["body", "state"])),
        (
            r#"{"state":"a","questions":{"q":{"type":"boolean"}}}"#,
            json!(["body", "questions", "q", "type"]),
        ),
        (
            r#"{"state":" ","questions":{"q":{"type":"noul","instructions":"?"}}}"#,
            json!(["body", "state"]),
        ),
        (
            r#"{"state":"a","questions":{"q":{"type":"score","criteria":["x","x"]}}}"#,
            json!(["body", "questions", "q", "score", "criteria"]),
        ),
    ] {
        let reply = server.send(server.request(body, "").as_bytes());
        assert_eq!(reply.status, 422, "{reply:?}");
        assert_eq!(reply.json()["detail"][0]["loc"], place, "{reply:?}");
    }
    let large = "x".repeat(100_000);
    let reply = server.send(server.request(&large, "").as_bytes());
    assert_eq!(
        (reply.status, reply.error().as_str()),
        (413, "request_too_large")
    );
    let chunks = format!(
        "POST /v1/systemone HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    assert_eq!(server.send(chunks.as_bytes()).status, 413);
    let broken = chunks.replacen(&format!("{:x}", large.len()), "zz", 1);
    let reply = server.send(broken.as_bytes());
    assert_eq!(
        (reply.status, reply.error().as_str()),
        (400, "api_usage_error")
    );
    for (coding, status) in [("gzip", 415), ("zstd", 400), ("identity", 422)] {
        let packed = server.request("{}", &format!("Content-Encoding: {coding}\r\n"));
        assert_eq!(server.send(packed.as_bytes()).status, status, "{coding}");
    }
    for nonsense in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(nonsense.as_bytes()).unwrap();
        // A reply or none: it is closed.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    // Gone in the middle of the head, of the body, and before the reply.
    let request = server.request(&noul().to_string(), "");
    for length in [9, request.len() - 9, request.len()] {
        let mut stream = server.connect();
        stream.write_all(&request.as_bytes()[..length]).unwrap();
    }
    assert_eq!(server.ask(&noul()).status, 200);
}

#[test]
fn slow_clients_cost_nobody_else() {
    let server = Server::new(&[]);
    let request = server.request(&noul().to_string(), "");
    let half = |length: usize| {
        let mut stream = server.connect();
        stream.write_all(&request.as_bytes()[..length]).unwrap();
        stream
    };
    // As many as there may be connections, but one.
    let slow: Vec<TcpStream> = (0..255)
        .map(|place| half([0, 20, request.len() - 1][place % 3]))
        .collect();
    for _ in 0..5 {
        assert_eq!(server.ask(&noul()).status, 200);
    }
    // They are slow, and no less welcome.
    for (place, mut stream) in slow.into_iter().enumerate().take(6) {
        let begun = [0, 20, request.len() - 1][place % 3];
        stream.write_all(&request.as_bytes()[begun..]).unwrap();
        assert_eq!(Reply::read(stream).status, 200);
    }
}

#[test]
fn what_has_no_place_in_the_queue_is_sent_away() {
    let server = Server::new(&["--queue", "1"]);
    let request = server.request(&long(LONG).to_string(), "");
    let mut clients = Vec::new();
    for waiting in 1..=2 {
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        clients.push(stream);
        server.wait_until_waiting(waiting);
    }
    let busy = server.ask(&noul());
    assert_eq!(
        (busy.status, busy.error().as_str()),
        (503, "overloaded_error")
    );
    assert!(busy.head.contains("retry-after: 1"), "{busy:?}");
    // What nobody waits for is not computed.
    drop(clients);
    server.wait_until_waiting(0);
    assert_eq!(server.ask(&noul()).status, 200);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let server = Server::new(&["--timeout", "1"]);
    let late = server.ask(&long(LONG));
    assert_eq!((late.status, late.error().as_str()), (504, "timeout"));
    server.wait_until_waiting(0);
    assert_eq!(server.ask(&noul()).status, 200);
}

#[test]
fn what_is_in_work_is_finished_before_it_ends() {
    let server = Server::new(&[]);
    let mut stream = server.connect();
    stream
        .write_all(server.request(&long(4_000).to_string(), "").as_bytes())
        .unwrap();
    server.wait_until_waiting(1);
    server.signal("-TERM");
    let reply = Reply::read(stream);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["answers"].as_object().unwrap().len(), 4_000);
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn whoever_insists_ends_it_at_once() {
    let server = Server::new(&[]);
    let mut stream = server.connect();
    stream
        .write_all(server.request(&long(LONG).to_string(), "").as_bytes())
        .unwrap();
    server.wait_until_waiting(1);
    server.signal("-TERM");
    // Two signals of one kind at once are one.
    sleep(Duration::from_millis(200));
    server.signal("-TERM");
    assert_eq!(server.end().code(), Some(130));
}

/// The process that a process started.
#[cfg(target_os = "linux")]
fn child_of(parent: u32) -> u32 {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let parent: u32 = stat
            .rsplit(')')
            .next()?
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()?;
        Some((id, parent))
    });
    let mut children = processes.filter(|&(_, of)| of == parent);
    children.next().unwrap().0
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_costs_what_was_in_work_alone() {
    let server = Server::new(&[]);
    let mut lost = server.connect();
    lost.write_all(server.request(&long(LONG).to_string(), "").as_bytes())
        .unwrap();
    server.wait_until_waiting(1);
    signal("-ABRT", child_of(server.child.id()));
    assert_eq!(lost.read_to_end(&mut Vec::new()).unwrap_or(0), 0);
    // Who comes before the next process listens has to wait, and no more.
    assert_eq!(server.ask(&noul()).status, 200);
    server.hear("was ended by SIGABRT, and the requests in it are lost; a fresh one goes on");
    server.signal("-TERM");
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn other_machines_need_a_token_and_web_pages_do_not_get_in() {
    Test::new()
        .args(["serve", "--listen", "0.0.0.0:0", "-m", "nano"])
        .stderr(
            "error: `--listen 0.0.0.0:0` can be reached from other machines\n\
             hint: `--token-file FILE` lets in only who has the token in it; `127.0.0.1` is this \
             machine alone\n",
        )
        .status(2)
        .run();
    let server = Server::new(&["--token-file", "token.txt"]);
    let ask = |headers: &str| server.send(server.request(&noul().to_string(), headers).as_bytes());
    for (headers, status) in [
        ("", 401),
        ("Authorization: Bearer 0123456789abcdeg\r\n", 401),
        ("Authorization: Basic 0123456789abcdef\r\n", 401),
        ("Authorization: Bearer 0123456789abcdef\r\n", 200),
        (
            "Authorization: bearer 0123456789abcdef\r\nHost: example.org\r\n",
            200,
        ),
    ] {
        let reply = ask(headers);
        assert_eq!(reply.status, status, "{headers}");
        if status == 401 {
            assert_eq!(reply.error(), "authentication_error");
        }
    }
    assert_eq!(server.get("/metrics").status, 401);
    assert_eq!(server.get("/health").status, 200);
    let server = Server::new(&[]);
    for (headers, status) in [
        ("Origin: http://localhost:3000\r\n", 200),
        ("Origin: https://example.org\r\n", 403),
        ("Origin: null\r\n", 403),
    ] {
        let request = server.request(&noul().to_string(), headers);
        assert_eq!(server.send(request.as_bytes()).status, status, "{headers}");
    }
    let renamed = "GET /v1/models HTTP/1.1\r\nHost: example.org\r\n\r\n";
    assert_eq!(server.send(renamed.as_bytes()).status, 403);
}

#[test]
fn a_unix_socket_is_there_as_long_as_it_is_served() {
    use std::os::unix::net::UnixStream;

    let server = Server::at("./here.sock", &[]);
    let path = server.folder.path().join("here.sock");
    let ask = || {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        Reply::read(stream).status
    };
    assert_eq!(ask(), 200);
    let second = program(server.folder.path())
        .args(["serve", "--listen", "./here.sock", "-m", "nano"])
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(
        said,
        "error: cannot listen on `./here.sock`: another process listens there\n"
    );
    assert_eq!(ask(), 200);
    server.signal("-TERM");
    wait_until_gone(&path);
    assert_eq!(server.end().code(), Some(0));
}

#[track_caller]
fn wait_until_gone(path: &Path) {
    let end = Instant::now() + PATIENCE;
    while path.exists() {
        assert!(Instant::now() < end, "it is still there");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |args: &[&str], message: &str| {
        let test = Test::new().args(["serve", "-m", "nano"]).args(args);
        test.stderr(message).status(2).run();
    };
    refused(
        &["--queue", "0"],
        "error: `--queue 0` is not possible; it must be at least 1\n",
    );
    refused(
        &["--listen", "8787"],
        "error: `--listen 8787` is no address with a port\n\
         hint: such as `127.0.0.1:8787`, or the path of a Unix socket, such as `./minitag.sock`\n",
    );
    let server = Server::new(&[]);
    let output = program(server.folder.path())
        .args(["serve", "-m", "nano", "--listen", &server.address])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let begin = format!("error: cannot listen on `{}`: ", server.address);
    assert!(said.starts_with(&begin), "{said}");
    assert_eq!(output.status.code(), Some(2));
}
