//! `minitag models list|path|remove|pull` as a user runs them.

use std::fs;

use crate::support::{DIGITS, Test};

/// Where `model` lies in the cache of a run.
const CACHED: &str = ".cache/huggingface/hub/models--o--r/snapshots/c1/tiny.gguf";

fn models(args: &[&str]) -> Test {
    Test::new().args(["models"]).args(args)
}

/// With a model in the cache that no registry knows.
fn with_cached(args: &[&str]) -> Test {
    models(args).file(CACHED, fs::read(DIGITS).unwrap())
}

#[test]
fn the_list_tells_what_is_known_and_what_is_here() {
    let output = with_cached(&["list"]).any_stdout().run();
    let lines: Vec<&str> = output.stdout.lines().collect();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let head = ["NAME", "HERE", "SIZE", "MEMORY", "RUNS", "WHAT"];
    assert_eq!(words(lines[0]), head);
    assert_eq!(words(lines[1])[..4], ["minicpm3-4b", "no", "2.3", "GiB"]);
    let line = |name: &str| *lines.iter().find(|l| l.starts_with(name)).unwrap();
    assert!(line("minicpm-1b ").contains("no GGUF"));
    assert!(line("nano").contains("built in"));
    assert_eq!(words(line("o/r:tiny.gguf"))[1], "yes");
}

/// What takes more than there is does not run, and of what is not known nothing is said.
#[test]
fn the_list_says_what_runs_here() {
    let shape = "shape={layers=9,heads=1,kv-heads=1,key-length=64,value-length=64,embedding=64,\
                 feed-forward=64,vocabulary=1000,tied=true}";
    let registry = format!(
        "[[model]]\nname='small'\nrepository='x/y'\nfile='a.gguf'\nsize=1000000\n{shape}\n\
         [[model]]\nname='large'\nrepository='x/y'\nfile='b.gguf'\nsize={}\n{shape}\n\
         [[model]]\nname='unknown'\nrepository='x/y'\nfile='c.gguf'\n{shape}\n",
        1_u64 << 60
    );
    let list = with_cached(&["list", "--format", "json"]).file("minitag/registry.toml", registry);
    let list: serde_json::Value = serde_json::from_str(&list.any_stdout().run().stdout).unwrap();
    let row = |name: &str| {
        let mut rows = list["models"].as_array().unwrap().iter();
        rows.find(|row| row["name"] == name).unwrap().clone()
    };
    for (name, runs) in [
        ("small", Some(true)),
        ("large", Some(false)),
        ("unknown", None),
        ("nano", Some(true)),
        ("o/r:tiny.gguf", Some(true)),
    ] {
        assert_eq!(row(name)["runs"].as_bool(), runs, "{name}");
        assert_eq!(row(name)["memory"].is_u64(), runs.is_some(), "{name}");
    }
}

/// Before it is downloaded, by the shape that the registry knows; a file that is here has its own.
#[test]
fn a_model_is_planned_before_it_is_here() {
    let registry = "[[model]]\nname='mine'\nrepository='x/y'\nfile='a.gguf'\nsize=2000000\n\
                    shape={layers=3,heads=4,kv-heads=2,key-length=32,value-length=16,\
                    embedding=64,feed-forward=160,vocabulary=1536,tied=true}\n\
                    [[model]]\nname='other'\nrepository='x/y'\nfile='b.gguf'\nsize=5\n";
    let plan = |name: &str| {
        models(&["plan", name, "--format", "json", "-c", "1024"])
            .file("minitag/registry.toml", registry)
    };
    let planned = plan("mine").any_stdout();
    let planned = planned.stderr(
        "note: the model is not on this machine: this is an estimate, by what the registry \
         knows of it, and with as many tokens as the tag list has bytes\n",
    );
    let planned: serde_json::Value = serde_json::from_str(&planned.run().stdout).unwrap();
    assert_eq!(planned["estimate"], true);
    assert_eq!(planned["model"], "a.gguf");
    assert_eq!(planned["weights"], 2_000_000);
    // Of so small a model in 32 bits.
    assert_eq!(planned["cache_per_token"], 3 * 2 * (32 + 16) * 4);
    assert_eq!(planned["context"], 1024);
    plan("other")
        .stderr(
            "error: the model `other` is not on this machine\n\
             hint: `minitag models pull other` downloads it\n",
        )
        .status(3)
        .run();
}

#[test]
fn the_users_own_registry_is_added() {
    let registry = format!(
        "[[model]]\nname = 'mine'\npath = '{DIGITS}'\nlicence = 'MIT'\n\
         [[model]]\nname = 'hub'\nrepository = 'o/r'\nfile = 'tiny.gguf'\n"
    );
    let with = |args: &[&str]| with_cached(args).file("minitag/registry.toml", &registry);
    let list = with(&["list"]).any_stdout().run().stdout;
    assert!(
        list.lines()
            .any(|l| l.starts_with("mine ") && l.contains(" yes ")),
        "{list}"
    );
    // Known by a name now, and not listed twice.
    assert!(!list.contains("o/r:tiny.gguf"), "{list}");
    with(&["path", "mine"]).stdout(format!("{DIGITS}\n")).run();
    let test = with(&["path", "hub"]);
    let path = test.path(CACHED);
    test.stdout(format!("{}\n", path.display())).run();
    Test::new()
        .file("minitag/registry.toml", &registry)
        .file("tag", "ai\n")
        .file("cat.md", "cat\n")
        .args([
            "classify",
            "cat.md",
            "--tags",
            "tag",
            "--min-tags=1",
            "-m",
            "mine",
        ])
        .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n")
        .run();
}

/// A model without a chat template is spoken to as its registry says.
#[test]
fn the_registry_says_how_a_model_is_spoken_to() {
    let mut model = fs::read(DIGITS).unwrap();
    let key = b"tokenizer.chat_template";
    let at = model.windows(key.len()).position(|w| w == key).unwrap();
    model[at] = b'T';
    let registry = "[[model]]\nname = 'mine'\npath = 'm.gguf'\nscaffold = 'minicpm'\n";
    for (name, status) in [("m.gguf", 0), ("mine", 3)] {
        let output = Test::new()
            .file("m.gguf", &model)
            .file("minitag/registry.toml", registry)
            .file("tag", "ai\n")
            .file("cat.md", "cat\n")
            .args(["prompt", "cat.md", "--tags", "tag", "-m", name])
            .any_stdout()
            .any_stderr()
            .status(status)
            .run();
        assert_eq!(
            output.stderr.contains("<用户>"),
            status == 3,
            "{}",
            output.stderr
        );
    }
}

/// A file that is known to be another one is not said to be here.
#[test]
fn a_file_that_is_not_the_registrys_is_listed_as_another() {
    let output = models(&["list"])
        .file("m.gguf", fs::read(DIGITS).unwrap())
        .file(
            "minitag/registry.toml",
            "[[model]]\nname = 'mine'\npath = 'm.gguf'\nsize = 1\n",
        )
        .any_stdout()
        .run();
    let mut lines = output.stdout.lines();
    let line = lines.find(|line| line.starts_with("mine ")).unwrap();
    assert!(line.contains(" other file "), "{line}");
}

#[test]
fn a_registry_with_a_fault_is_named() {
    let test = models(&["list"]).file("minitag/registry.toml", "[[model]]\nname = 'a b'\n");
    let path = test.path("minitag/registry.toml");
    test.stderr(format!(
        "error: the registry `{}` cannot be used: `a b` is no name: \
         letters, digits, `.`, `_` and `-` make one\n",
        path.display()
    ))
    .status(3)
    .run();
}

#[test]
fn a_file_of_the_cache_is_taken_by_its_name() {
    let test = with_cached(&["path", "o/r:tiny.gguf"]);
    let path = test.path(CACHED);
    test.stdout(format!("{}\n", path.display())).run();
    Test::new()
        .file(CACHED, fs::read(DIGITS).unwrap())
        .file("tag", "ai\n")
        .file("cat.md", "cat\n")
        .args(["classify", "cat.md", "--tags", "tag", "--min-tags=1"])
        .args(["-m", "o/r:tiny.gguf"])
        .stdout("{\"id\":\"cat.md\",\"tags\":[\"ai\"]}\n")
        .run();
}

#[test]
fn a_model_that_is_not_here_comes_with_the_command_that_gets_it() {
    for (name, file) in [
        (
            "minicpm3-4b",
            "openbmb/MiniCPM3-4B-GGUF minicpm3-4b-q4_k_m.gguf",
        ),
        ("o/r:a.gguf", "o/r a.gguf"),
    ] {
        let command = if cfg!(feature = "download") {
            format!("minitag models pull {name}")
        } else {
            format!("hf download {file}")
        };
        let stderr = format!(
            "error: the model `{name}` is not on this machine\n\
             hint: `{command}` downloads it\n"
        );
        models(&["path", name]).stderr(&stderr).status(3).run();
        Test::new()
            .file("tag", "ai\n")
            .file("cat.md", "cat\n")
            .args(["classify", "cat.md", "--tags", "tag", "-m", name])
            .stderr(&stderr)
            .status(3)
            .run();
    }
}

#[test]
fn a_model_without_a_gguf_file_comes_with_the_way_to_one() {
    models(&["path", "minicpm-1b"])
        .stderr(
            "error: the model `minicpm-1b` is published without a GGUF file\n\
             hint: llama.cpp's `convert_hf_to_gguf.py` makes one of `openbmb/MiniCPM-1B-sft-bf16`; \
             give its path instead of the name\n",
        )
        .status(3)
        .run();
}

#[test]
fn a_name_that_nobody_knows_is_named() {
    models(&["path", "gpt"])
        .stderr(
            "error: there is neither a file nor a known model `gpt`\n\
             hint: `minitag models list` shows all names\n",
        )
        .status(3)
        .run();
}

#[test]
fn what_is_removed_is_gone() {
    let test = with_cached(&["remove", "o/r:tiny.gguf"]);
    let repository = test.path(".cache/huggingface/hub/models--o--r");
    assert!(repository.exists());
    let size = minitag::layout::size(fs::metadata(DIGITS).unwrap().len());
    test.stderr(format!(
        "note: `o/r:tiny.gguf` is deleted; {size} are free again\n"
    ))
    .run();
    models(&["remove", "o/r:tiny.gguf"])
        .stderr(
            "error: `o/r:tiny.gguf` is not in the Hugging Face cache\n\
             hint: `minitag models list` shows what is\n",
        )
        .status(2)
        .run();
}

#[test]
fn nothing_else_is_deleted() {
    for (name, what) in [
        ("my.gguf", "is a file of your own"),
        ("nano", "is a part of the program"),
        ("minicpm-1b", "has no file in the Hugging Face cache"),
    ] {
        models(&["remove", name])
            .file("my.gguf", "x")
            .stderr(format!(
                "error: `{name}` {what}, which is not deleted here\n"
            ))
            .status(2)
            .run();
    }
}

#[cfg(not(feature = "download"))]
#[test]
fn without_network_code_another_program_is_named() {
    models(&["pull", "minicpm3-4b"])
        .stderr(
            "error: this program was built without network code\n\
             hint: `hf download openbmb/MiniCPM3-4B-GGUF minicpm3-4b-q4_k_m.gguf` downloads it\n",
        )
        .status(2)
        .run();
}

#[cfg(feature = "download")]
mod pulling {
    use sha2::{Digest, Sha256};

    use crate::models::pull::{SHA256, content, facts, part};
    use crate::models::server::{Answer, Request, Server};
    use crate::models::split::{name, parts};
    use crate::support::Test;

    fn pull(server: &Server, name: &str) -> Test {
        Test::new()
            .args(["models", "pull", name])
            .env("HF_ENDPOINT", &server.address)
    }

    fn error(stderr: &str, server: &Server) -> String {
        stderr.replace("HOST", server.address.strip_prefix("http://").unwrap())
    }

    /// A hub that has a real model.
    fn hub() -> Server {
        let model = std::fs::read(crate::support::DIGITS).unwrap();
        Server::start(move |request: &Request, _| match request.method.as_str() {
            "HEAD" => facts(DIGITS_SHA256, model.len(), "/content"),
            _ => part(request, &model),
        })
    }

    /// Of `tests/fixtures/tiny-digits.gguf`, from `sha256sum`.
    const DIGITS_SHA256: &str = "e36b740d29388fed021179ef08e5a5d330309df41b0cce5973836ddfd7887955";

    #[test]
    fn what_is_pulled_is_found_by_its_name() {
        let server = hub();
        let registry = format!(
            "[[model]]\nname='mine'\nrepository='o/r'\nfile='t.gguf'\nsha256='{DIGITS_SHA256}'\n"
        );
        for name in ["o/r:t.gguf", "mine"] {
            let test = pull(&server, name).file("minitag/registry.toml", &registry);
            let cache = test.path("elsewhere");
            let path = cache
                .join("models--o--r/snapshots/0123456789abcdef0123456789abcdef01234567/t.gguf");
            test.env("HF_HUB_CACHE", cache.to_str().unwrap())
                .stdout(format!("{}\n", path.display()))
                .run();
        }
    }

    /// Whichever part is named.
    #[test]
    fn all_parts_of_a_model_are_pulled() {
        let content = |path: &str| {
            let all = parts();
            let part = (1..=3).find(|&n| path.ends_with(&name(n)));
            part.map(|n| all[n - 1].clone())
        };
        let server = Server::start(move |request: &Request, _| {
            let Some(content) = content(&request.path) else {
                return Answer::status(404);
            };
            match request.method.as_str() {
                "HEAD" => {
                    let bytes: [u8; 32] = Sha256::digest(&content).into();
                    let etag: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
                    facts(&etag.concat(), content.len(), &request.path)
                }
                _ => part(request, &content),
            }
        });
        for number in [1, 3] {
            let test = pull(&server, &format!("o/r:{}", name(number)));
            let snapshot = test.path(".cache/huggingface/hub/models--o--r/snapshots");
            let snapshot = snapshot.join("0123456789abcdef0123456789abcdef01234567");
            let first = snapshot.join(name(1));
            test.stdout(format!("{}\n", first.display()))
                .run_then(|| assert!((1..=3).all(|n| snapshot.join(name(n)).is_file())));
        }
    }

    #[test]
    fn the_token_of_the_environment_is_shown() {
        let server = hub();
        let test = pull(&server, "o/r:t.gguf").env("HF_TOKEN", "hf_secret");
        test.any_stdout().run();
        let first = &server.requests()[0];
        assert_eq!(first.headers["authorization"], "Bearer hf_secret");
        assert!(first.headers["user-agent"].starts_with("minitag/"));
        let test = pull(&server, "o/r:t.gguf").file("hf/token", "hf_other\n");
        let home = test.path("hf");
        test.env("HF_HOME", home.to_str().unwrap())
            .any_stdout()
            .run();
        let requests = server.requests();
        let last = requests.last().unwrap();
        assert_eq!(last.headers["authorization"], "Bearer hf_other");
    }

    #[test]
    fn a_proxy_is_used() {
        let proxy = hub();
        Test::new()
            .args(["models", "pull", "o/r:t.gguf"])
            .env("HF_ENDPOINT", "http://hub.invalid")
            .env("HTTP_PROXY", &proxy.address)
            .any_stdout()
            .run();
        let first = &proxy.requests()[0];
        assert_eq!(
            (first.method.as_str(), first.path.as_str()),
            ("CONNECT", "hub.invalid:80")
        );
    }

    /// A certificate that nobody knows is trusted if its authority is named, and not otherwise.
    #[test]
    fn an_authority_of_ones_own_is_trusted() {
        let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hub-ca.pem");
        let model = std::fs::read(crate::support::DIGITS).unwrap();
        let server = Server::start_tls(move |request: &Request, _| match request.method.as_str() {
            "HEAD" => facts(DIGITS_SHA256, model.len(), "/content"),
            _ => part(request, &model),
        });
        let unknown = pull(&server, "o/r:t.gguf").any_stderr().status(3).run();
        let host = server.address.strip_prefix("https://").unwrap();
        let error = format!("error: cannot reach `{host}`: ");
        assert!(unknown.stderr.starts_with(&error), "{}", unknown.stderr);
        assert!(server.requests().is_empty());
        let known = pull(&server, "o/r:t.gguf").env("SSL_CERT_FILE", authority);
        let path = known.any_stdout().run().stdout;
        assert!(path.ends_with("/t.gguf\n"), "{path}");
        for (content, problem) in [
            (None, "No such file or directory (os error 2)"),
            (Some("none"), "it holds no certificate in PEM form"),
        ] {
            let test = pull(&server, "o/r:t.gguf").env("SSL_CERT_FILE", "ca.pem");
            let test = match content {
                Some(content) => test.file("ca.pem", content),
                None => test,
            };
            test.stderr(format!(
                "error: cannot read certificates from `ca.pem`: {problem}\n\
                 hint: `SSL_CERT_FILE` names it\n"
            ))
            .status(3)
            .run();
        }
    }

    /// The address as it stands in a browser.
    #[test]
    fn an_address_of_the_hub_is_pulled() {
        let server = hub();
        let address = "https://huggingface.co/o/r/blob/v1/sub/t.gguf?download=true";
        let path = pull(&server, address).any_stdout().run().stdout;
        assert!(path.ends_with("/sub/t.gguf\n"), "{path}");
        let asked = &server.requests()[0].path;
        assert_eq!(asked, "/o/r/resolve/v1/sub/t.gguf");
    }

    #[test]
    fn whoever_wants_no_network_gets_none() {
        let server = hub();
        pull(&server, "o/r:t.gguf")
            .env("HF_HUB_OFFLINE", "1")
            .stderr(
                "error: `HF_HUB_OFFLINE` is set, so nothing is downloaded\n\
                 hint: unset it, or copy the file into the cache from another machine\n",
            )
            .status(3)
            .run();
        assert!(server.requests().is_empty());
    }

    #[test]
    fn what_goes_wrong_comes_with_a_hint() {
        let kept = "what was downloaded is kept; the same command resumes";
        for (answer, message) in [
            (
                Answer::status(401),
                "`HOST` does not give out `o/r:t.gguf` (HTTP 401)\n\
                 hint: it may not exist, or not be public; `HF_TOKEN` shows who you are"
                    .to_owned(),
            ),
            (
                Answer::status(404),
                "there is no `o/r:t.gguf` on `HOST` (HTTP 404)\n\
                 hint: are owner, repository and file spelled as on the hub?"
                    .to_owned(),
            ),
            (
                Answer::status(429).header("retry-after", &3600),
                format!(
                    "`HOST` has had too many requests (HTTP 429)\n\
                     hint: it asks to wait 3600 seconds; {kept}"
                ),
            ),
            (
                Answer::status(503).header("retry-after", &0),
                format!(
                    "`HOST` answers with HTTP 503\n\
                     hint: try again later; {kept}"
                ),
            ),
            (
                Answer::status(200).header("content-type", "text/html"),
                "`HOST` does not answer as the Hugging Face hub does: it sends a web page\n\
                 hint: a proxy or a log-in page may stand between; `HF_ENDPOINT` names the hub"
                    .to_owned(),
            ),
        ] {
            let server = Server::start(move |_, _| answer.clone());
            let stderr = error(&format!("error: {message}\n"), &server);
            pull(&server, "o/r:t.gguf").stderr(stderr).status(3).run();
        }
    }

    #[test]
    fn a_file_that_is_no_model_is_said_to_be_none() {
        let server = Server::start(|request: &Request, _| match request.method.as_str() {
            "HEAD" => facts(SHA256, content().len(), "/content"),
            _ => part(request, &content()),
        });
        let output = pull(&server, "o/r:t.gguf").any_stderr().status(3).run();
        let expected = "error: `o/r:t.gguf` is here, but cannot be used: it is not a GGUF file";
        assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    }

    #[test]
    fn what_is_not_on_the_hub_is_not_asked_for() {
        let hint = "hint: `minitag models list` shows the names; \
                    or give `owner/repository:file.gguf`\n";
        for (name, what) in [
            ("nano", "is a part of the program"),
            ("x.gguf", "is a file, not a model of the hub"),
        ] {
            let server = hub();
            pull(&server, name)
                .stderr(format!("error: `{name}` {what}\n{hint}"))
                .status(2)
                .run();
            assert!(server.requests().is_empty());
        }
    }
}
