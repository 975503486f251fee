//! Downloading, against a hub in the test: what works, and every way in which it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use minitag::models::{Cache, FetchError, Hub, HubFile, Pulled, Puller};
use tempfile::TempDir;

use crate::models::server::{Answer, Request, Server};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Large enough for more than one read.
pub(crate) fn content() -> Vec<u8> {
    let byte = |n: u32| (n * 31 + n / 251).to_le_bytes()[0];
    (0..300_000).map(byte).collect()
}

/// The SHA-256 of [`content`], from `sha256sum`.
pub(crate) const SHA256: &str = "84651a6efc7acd687cd804fa2f7ef24f84e8290d6dfc12c181a526af7d144083";

/// The answer that describes the file, as the hub gives it: with a redirection.
pub(crate) fn facts(etag: &str, size: usize, location: &str) -> Answer {
    Answer::status(302)
        .header("x-repo-commit", &COMMIT)
        .header("x-linked-etag", &format!("\"{etag}\""))
        .header("x-linked-size", &size)
        .header("location", &location)
}

/// The content from where it was asked for.
pub(crate) fn part(request: &Request, content: &[u8]) -> Answer {
    let from = request.from();
    if from == 0 {
        return Answer::status(200).body(content);
    }
    let (last, all) = (content.len() - 1, content.len());
    Answer::status(206)
        .header("content-range", &format!("bytes {from}-{last}/{all}"))
        .body(&content[from..])
}

/// A hub that has one file, and answers requests for its content as told.
fn hub(mut answer: impl FnMut(&Request, &[Request]) -> Answer + Send + 'static) -> Server {
    Server::start(move |request, before| match request.path.as_str() {
        "/o/r/resolve/main/a.gguf" => facts(SHA256, content().len(), "/content"),
        "/content" => answer(request, before),
        _ => Answer::status(404),
    })
}

struct Pull {
    folder: TempDir,
    result: Result<Pulled, FetchError>,
    told: Vec<(u64, u64)>,
}

impl Pull {
    fn blob(&self, etag: &str) -> PathBuf {
        self.folder.path().join("models--o--r/blobs").join(etag)
    }

    fn partial(&self) -> PathBuf {
        self.blob(&format!("{SHA256}.incomplete"))
    }

    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

fn file() -> HubFile {
    HubFile::parse("o/r:a.gguf").unwrap()
}

fn pull_into(folder: TempDir, server: &Server, known: Option<&str>) -> Pull {
    let hub = Hub::new(&server.address, Some("secret".to_owned())).unwrap();
    let cache = Cache::new(folder.path().to_owned());
    let puller = Puller::new(hub, cache).pause(Duration::from_millis(1));
    let mut told = Vec::new();
    let result = puller.pull(&file(), known, &mut |done, all| told.push((done, all)));
    Pull {
        folder,
        result,
        told,
    }
}

fn pull(server: &Server) -> Pull {
    pull_into(tempfile::tempdir().unwrap(), server, None)
}

/// How many requests there were for the content.
fn asked(server: &Server) -> usize {
    let requests = server.requests();
    requests.iter().filter(|r| r.path == "/content").count()
}

#[track_caller]
fn assert_whole(pull: &Pull) {
    let pulled = pull.result.as_ref().unwrap();
    assert!(fs::read(&pulled.path).unwrap() == content());
    assert!(pulled.verified);
    assert!(!pull.partial().exists());
    let all = content().len() as u64;
    assert_eq!(pull.told.last(), Some(&(all, all)));
}

#[test]
fn a_file_comes_into_the_place_where_other_programs_look_for_it() {
    let server = hub(|request, _| part(request, &content()));
    let done = pull(&server);
    assert_whole(&done);
    let path = &done.result.as_ref().unwrap().path;
    let repository = done.folder.path().join("models--o--r");
    assert_eq!(
        *path,
        repository.join("snapshots").join(COMMIT).join("a.gguf")
    );
    let target = Path::new("../../blobs").join(SHA256);
    assert_eq!(fs::read_link(path).unwrap(), target);
    assert_eq!(
        fs::read_to_string(repository.join("refs/main")).unwrap(),
        COMMIT
    );
    let cache = Cache::new(done.folder.path().to_owned());
    assert_eq!(cache.find(&file()).as_ref(), Some(path));
    // The second time there is nothing to bring.
    let again = pull_into(done.folder, &server, Some(SHA256));
    assert!(again.result.unwrap().was_here);
    assert_eq!(asked(&server), 1);
}

#[test]
fn what_was_cut_goes_on_from_there() {
    let server = hub(|request, before| {
        let answer = part(request, &content());
        match before.len() {
            0..4 => answer.cut_after(70_000),
            _ => answer,
        }
    });
    let done = pull(&server);
    assert_whole(&done);
    let from: Vec<usize> = server.requests().iter().map(Request::from).collect();
    // A request for the facts, then each content request begins where the last ended.
    assert_eq!(from.first(), Some(&0));
    assert!(from.contains(&70_000), "{from:?}");
    assert!(from.is_sorted(), "{from:?}");
}

#[test]
fn what_another_run_left_goes_on_from_there() {
    let server = hub(|request, _| part(request, &content()));
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("models--o--r/blobs");
    fs::create_dir_all(&blobs).unwrap();
    let partial = blobs.join(format!("{SHA256}.incomplete"));
    fs::write(partial, &content()[..123_456]).unwrap();
    assert_whole(&pull_into(folder, &server, None));
    assert!(server.requests().iter().any(|r| r.from() == 123_456));
}

#[test]
fn a_server_that_cannot_resume_sends_it_anew() {
    let server = hub(|_, before| {
        let answer = Answer::status(200).body(&content());
        if before.len() < 3 {
            answer.cut_after(50_000)
        } else {
            answer
        }
    });
    assert_whole(&pull(&server));
}

#[test]
fn a_range_that_is_refused_begins_anew() {
    let server = hub(|request, _| match request.from() {
        0 => part(request, &content()),
        _ => Answer::status(416),
    });
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("models--o--r/blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(format!("{SHA256}.incomplete")), "other").unwrap();
    assert_whole(&pull_into(folder, &server, None));
}

#[test]
fn a_connection_that_is_always_lost_keeps_what_came() {
    let server = hub(|request, _| match request.from() {
        0 => part(request, &content()).cut_after(1000),
        _ => part(request, &content()).cut_after(0),
    });
    let cut = pull(&server);
    let host = server.address.strip_prefix("http://").unwrap();
    assert_eq!(
        cut.error(),
        format!("the connection to `{host}` was lost after 1000 of 300000 bytes")
    );
    assert_eq!(fs::read(cut.partial()).unwrap(), &content()[..1000]);
}

#[test]
fn a_wrong_checksum_leaves_nothing_behind() {
    let server = hub(|_, _| {
        let mut content = content();
        content[99] ^= 1;
        Answer::status(200).body(&content)
    });
    let damaged = pull(&server);
    let expected = "what was downloaded is damaged: its checksum is ";
    assert!(damaged.error().starts_with(expected), "{}", damaged.error());
    assert!(damaged.error().ends_with(&format!(", not {SHA256}")));
    assert!(!damaged.partial().exists());
    assert!(!damaged.blob(SHA256).exists());
}

#[test]
fn a_file_that_the_registry_knows_otherwise_is_not_brought() {
    let server = hub(|request, _| part(request, &content()));
    let known = "0".repeat(64);
    let changed = pull_into(tempfile::tempdir().unwrap(), &server, Some(&known));
    assert_eq!(
        changed.error(),
        format!(
            "the hub has another file than the registry knows: \
             its checksum is {SHA256}, not {known}"
        )
    );
    assert_eq!(asked(&server), 0);
}

#[test]
fn statuses_are_said_in_words() {
    for (status, message) in [
        (401, "`HOST` does not give out `o/r:a.gguf` (HTTP 401)"),
        (403, "`HOST` does not give out `o/r:a.gguf` (HTTP 403)"),
        (404, "there is no `o/r:a.gguf` on `HOST` (HTTP 404)"),
        (416, "`HOST` answers with HTTP 416"),
        (429, "`HOST` has had too many requests (HTTP 429)"),
        (500, "`HOST` answers with HTTP 500"),
        (503, "`HOST` answers with HTTP 503"),
    ] {
        let first = Server::start(move |_, _| Answer::status(status));
        let later = hub(move |_, _| Answer::status(status));
        for server in [first, later] {
            let host = server.address.strip_prefix("http://").unwrap().to_owned();
            let refused = pull(&server);
            assert_eq!(refused.error(), message.replace("HOST", &host));
            // Only what may be gone in a moment is tried again.
            let passing = status == 429 || status >= 500;
            let tries = server.requests().len();
            assert_eq!(tries >= 5, passing, "{status}: {tries} requests");
        }
    }
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    for status in [429, 500, 502, 503] {
        let server = hub(move |request, before| match before.len() {
            0..4 => Answer::status(status).header("retry-after", &0),
            _ => part(request, &content()),
        });
        assert_whole(&pull(&server));
    }
}

#[test]
fn nobody_is_made_to_wait_for_an_hour() {
    let server = hub(|_, _| Answer::status(429).header("retry-after", &3600));
    let refused = pull(&server);
    let Err(FetchError::TooMany { wait, .. }) = refused.result else {
        panic!("{}", refused.error());
    };
    assert_eq!(wait, Some(Duration::from_hours(1)));
    assert_eq!(asked(&server), 1);
}

/// The token is for the hub, not for whoever it sends us to.
#[test]
fn another_host_never_sees_the_token() {
    let other = Server::start(|request, _| part(request, &content()));
    let location = format!("{}/content?signature=1", other.address);
    let server = Server::start(move |_, _| facts(SHA256, content().len(), &location));
    assert_whole(&pull(&server));
    let token = |r: &Request| r.headers.get("authorization").cloned();
    assert!(
        server
            .requests()
            .iter()
            .all(|r| token(r).as_deref() == Some("Bearer secret"))
    );
    assert!(!other.requests().is_empty());
    assert!(other.requests().iter().all(|r| token(r).is_none()));
}

/// A repository that was renamed: the hub redirects to itself before it describes the file.
#[test]
fn a_redirection_within_the_hub_is_followed() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/o/r/resolve/main/a.gguf" => Answer::status(307).header("location", "/new/r/a.gguf"),
        "/new/r/a.gguf" => facts(SHA256, content().len(), "/content"),
        _ => part(request, &content()),
    });
    assert_whole(&pull(&server));
    let circle = Server::start(|r, _| Answer::status(302).header("location", &r.path.clone()));
    let lost = pull(&circle).error();
    assert!(lost.ends_with("which is not followed"), "{lost}");
}

#[test]
fn a_web_page_is_no_model() {
    let page = || {
        Answer::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .body(b"<!DOCTYPE html><title>Log in</title>")
    };
    let first = Server::start(move |_, _| page());
    let later = hub(move |_, _| page());
    for server in [first, later] {
        let host = server.address.strip_prefix("http://").unwrap().to_owned();
        let refused = pull(&server);
        assert_eq!(
            refused.error(),
            format!("`{host}` does not answer as the Hugging Face hub does: it sends a web page")
        );
        assert!(fs::read(refused.partial()).unwrap_or_default().is_empty());
    }
}

#[test]
fn an_answer_that_is_not_the_hubs_is_named() {
    let facts = |commit: &'static str, etag: &'static str| {
        Answer::status(200)
            .header("x-repo-commit", &commit)
            .header("etag", &etag)
            .header("content-length", &5)
    };
    for (answer, what) in [
        (Answer::status(200), "it names no commit"),
        (
            Answer::status(200).header("x-repo-commit", &COMMIT),
            "it names no etag",
        ),
        (
            facts(COMMIT, "\"../../x\""),
            "its commit or etag is no checksum",
        ),
        (facts("..", "\"aa\""), "its commit or etag is no checksum"),
        (facts(COMMIT, "\"\""), "its commit or etag is no checksum"),
    ] {
        let server = Server::start(move |_, _| answer.clone());
        let error = pull(&server).error();
        assert!(error.ends_with(what), "{error}");
    }
}

#[test]
fn another_part_than_was_asked_for_is_refused() {
    let server = hub(|request, _| {
        let answer = Answer::status(206).header("content-range", "bytes 7-9/300000");
        match request.from() {
            0 => part(request, &content()).cut_after(50),
            _ => answer.body(b"abc"),
        }
    });
    let error = pull(&server).error();
    assert!(
        error.ends_with("it sends another part than was asked for"),
        "{error}"
    );
}

#[test]
fn more_than_was_announced_is_refused() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "HEAD" => facts(SHA256, 1000, "/content"),
        _ => part(request, &content()),
    });
    let error = pull(&server).error();
    assert!(
        error.ends_with("it sends more than it announced"),
        "{error}"
    );
}

#[test]
fn the_disk_is_looked_at_first() {
    let server = Server::start(|_, _| facts(SHA256, 1 << 60, "/content"));
    let full = pull(&server);
    let Err(FetchError::NoSpace { needed, .. }) = full.result else {
        panic!("{}", full.error());
    };
    assert_eq!(needed, 1 << 60);
    assert_eq!(asked(&server), 0);
}

/// Small files, and those of some mirrors, have an etag that is no SHA-256.
#[test]
fn without_a_checksum_of_the_hub_the_registrys_counts() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "HEAD" => facts("0123abcd", content().len(), "/content"),
        _ => part(request, &content()),
    });
    let done = pull(&server);
    assert!(!done.result.as_ref().unwrap().verified);
    assert!(done.blob("0123abcd").exists());
    let known = pull_into(tempfile::tempdir().unwrap(), &server, Some(SHA256));
    assert!(known.result.as_ref().unwrap().verified);
    let other = pull_into(tempfile::tempdir().unwrap(), &server, Some(&"0".repeat(64)));
    assert!(matches!(other.result, Err(FetchError::Damaged { .. })));
}

#[test]
fn two_at_a_time_do_not_mix() {
    let server = hub(|request, _| part(request, &content()));
    let folder = tempfile::tempdir().unwrap();
    let locks = folder.path().join(".locks/models--o--r");
    fs::create_dir_all(&locks).unwrap();
    let lock = fs::File::create(locks.join(format!("{SHA256}.lock"))).unwrap();
    lock.lock().unwrap();
    let busy = pull_into(folder, &server, None);
    assert!(matches!(busy.result, Err(FetchError::Busy(_))));
    drop(lock);
    assert_whole(&pull_into(busy.folder, &server, None));
}

#[test]
fn nobody_there_is_said_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hub = Hub::new(&format!("http://{address}"), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let puller = Puller::new(hub, Cache::new(folder.path().to_owned()));
    let error = puller.pull(&file(), None, &mut |_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot reach `{address}`"));
}
