//! The Hugging Face hub, or a mirror of it, over HTTP: the only file with network code.
//!
//! The `hf-hub` crate is used for the names in the cache ([`crate::models::Cache`]), but its
//! download is not. Its 0.5 appends whatever comes, be it the part that was asked for or the
//! whole file; it compares no checksum, nor does its 1.0; it does not know `HF_TOKEN`,
//! `HF_HUB_CACHE` or `HF_HUB_OFFLINE`; and it shows the token to the host that the hub
//! redirects to. So the hub's routes are asked here with `ureq`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use crate::models::cache::{folder_from, home};
use crate::models::fetch_error::FetchError;
use crate::models::hub_file::HubFile;

/// Where the hub is, unless `HF_ENDPOINT` says otherwise.
const ENDPOINT: &str = "https://huggingface.co";

/// A server that says nothing for so long is taken to be gone.
const SILENCE: Duration = Duration::from_mins(1);

/// Names a file of the certificates that servers are trusted by, as for OpenSSL.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// Redirections of one request.
const REDIRECTS: usize = 10;

/// What the hub says of a file before it is downloaded.
#[derive(Debug)]
pub(super) struct Facts {
    /// The commit that the revision stands for.
    pub(super) commit: String,
    /// The name of its content: a SHA-256 for large files.
    pub(super) etag: String,
    /// Its bytes.
    pub(super) size: u64,
}

/// A file's content on its way.
pub(super) enum Content {
    /// From the byte asked for, or from the first one.
    Body {
        /// Where it begins.
        from: u64,
        /// The bytes; an error, or an end too early, is a lost connection.
        body: Box<dyn Read>,
        /// Who sends it.
        host: String,
    },
    /// The file does not go so far.
    NoSuchRange,
}

/// The hub, as the environment describes it.
#[derive(Debug)]
pub struct Hub {
    endpoint: Uri,
    token: Option<String>,
    agent: Agent,
}

impl Hub {
    /// The hub of `HF_ENDPOINT`, with the token of `HF_TOKEN` or of `hf auth login`.
    /// Proxies are those of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. A server
    /// is trusted by the certificates in `SSL_CERT_FILE` alone if there is one.
    ///
    /// # Errors
    /// [`FetchError`] where the environment forbids it or makes no sense.
    pub fn from_env() -> Result<Self, FetchError> {
        if text_from("HF_HUB_OFFLINE").is_some_and(|value| is_true(&value)) {
            return Err(FetchError::Offline);
        }
        let endpoint = text_from("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        let hub = Self::new(&endpoint, token())?;
        Ok(match folder_from(CERTIFICATES) {
            Some(file) => Self {
                agent: agent(certificates(&file)?),
                ..hub
            },
            None => hub,
        })
    }

    /// A hub at an address.
    ///
    /// # Errors
    /// [`FetchError::Address`] where it is none.
    pub fn new(endpoint: &str, token: Option<String>) -> Result<Self, FetchError> {
        let address: Option<Uri> = endpoint.trim_end_matches('/').parse().ok();
        let address = address.filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
        });
        Ok(Self {
            endpoint: address.ok_or_else(|| FetchError::Address(endpoint.to_owned()))?,
            token,
            agent: agent(RootCerts::WebPki),
        })
    }

    /// Asks for a file without its content.
    pub(super) fn facts(&self, file: &HubFile) -> Result<Facts, FetchError> {
        let (answer, asked) = self.ask(file, None)?;
        let status = answer.status();
        if !(status.is_success() || status.is_redirection()) {
            return Err(self.refused(file, &asked, &answer));
        }
        let wrong = |what| not_the_hub(&asked, what);
        let commit = header(&answer, "x-repo-commit").ok_or_else(|| {
            wrong(if is_page(&answer) {
                "it sends a web page"
            } else {
                "it names no commit"
            })
        })?;
        let etag = header(&answer, "x-linked-etag").or(header(&answer, "etag"));
        let etag = etag.ok_or_else(|| wrong("it names no etag"))?;
        let etag = etag.trim_start_matches("W/").trim_matches('"');
        // Both become names of files.
        let is_name = |text: &str| {
            (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !is_name(commit) || !is_name(etag) {
            return Err(wrong("its commit or etag is no checksum"));
        }
        let size = header(&answer, "x-linked-size").or(header(&answer, "content-length"));
        let size = size.and_then(|size| size.parse().ok());
        Ok(Facts {
            commit: commit.to_owned(),
            etag: etag.to_owned(),
            size: size.ok_or_else(|| wrong("it names no size"))?,
        })
    }

    /// Asks for a file's content from a byte on.
    pub(super) fn content(&self, file: &HubFile, from: u64) -> Result<Content, FetchError> {
        let (answer, asked) = self.ask(file, Some(from))?;
        let status = answer.status();
        let wrong = |what| not_the_hub(&asked, what);
        let from = match status {
            _ if status.is_success() && is_page(&answer) => {
                return Err(wrong("it sends a web page"));
            }
            StatusCode::PARTIAL_CONTENT => {
                let range = header(&answer, "content-range").unwrap_or_default();
                if !range.starts_with(&format!("bytes {from}-")) {
                    return Err(wrong("it sends another part than was asked for"));
                }
                from
            }
            // It cannot resume, or there was nothing to resume.
            StatusCode::OK => 0,
            StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => return Ok(Content::NoSuchRange),
            _ => return Err(self.refused(file, &asked, &answer)),
        };
        Ok(Content::Body {
            from,
            body: Box::new(answer.into_body().into_reader()),
            host: host(&asked),
        })
    }

    /// Sends a request and follows redirections: for the content to their end, else up to
    /// the answer that describes the file. The token is for the hub alone.
    fn ask(
        &self,
        file: &HubFile,
        content_from: Option<u64>,
    ) -> Result<(Response<Body>, Uri), FetchError> {
        let mut asked = self.address(file)?;
        for _ in 0..=REDIRECTS {
            let mut request = match content_from {
                None => self.agent.head(&asked),
                Some(_) => self.agent.get(&asked),
            };
            if let Some(from) = content_from.filter(|&from| from > 0) {
                request = request.header("range", format!("bytes={from}-"));
            }
            if let Some(token) = self.token.as_ref().filter(|_| self.is_hub(&asked)) {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let answer = request.call().map_err(|source| FetchError::Unreachable {
                host: host(&asked),
                source: Box::new(source),
            })?;
            let location = header(&answer, "location").filter(|_| answer.status().is_redirection());
            let Some(location) = location else {
                return Ok((answer, asked));
            };
            let next = follow(&asked, location)?;
            let described = answer.headers().contains_key("x-linked-etag");
            if content_from.is_none() && (described || !self.is_hub(&next)) {
                return Ok((answer, asked));
            }
            asked = next;
        }
        Err(FetchError::Redirect {
            host: host(&asked),
            to: asked.to_string(),
        })
    }

    fn address(&self, file: &HubFile) -> Result<Uri, FetchError> {
        let endpoint = self.endpoint.to_string();
        let endpoint = endpoint.trim_end_matches('/');
        let (repository, name) = (&file.repository, escape(&file.file));
        let revision = escape(file.revision()).replace('/', "%2F");
        let text = format!("{endpoint}/{repository}/resolve/{revision}/{name}");
        text.parse().map_err(|_| FetchError::Address(text))
    }

    fn is_hub(&self, address: &Uri) -> bool {
        let same_scheme = address.scheme() == self.endpoint.scheme();
        same_scheme && address.authority() == self.endpoint.authority()
    }

    /// What a status that is no success means.
    fn refused(&self, file: &HubFile, asked: &Uri, answer: &Response<Body>) -> FetchError {
        let (host, file) = (host(asked), file.to_string());
        // A date is possible there as well, but the hub sends seconds.
        let wait = header(answer, "retry-after").and_then(|text| text.trim().parse().ok());
        let wait = wait.map(Duration::from_secs);
        match answer.status().as_u16() {
            status @ (401 | 403) => FetchError::Denied {
                host,
                file,
                status,
                token: self.token.is_some(),
            },
            404 => FetchError::NotFound { host, file },
            429 => FetchError::TooMany { host, wait },
            status => FetchError::Status { host, status, wait },
        }
    }
}

/// What sends requests, to servers that these certificates vouch for.
fn agent(roots: RootCerts) -> Agent {
    // Redirections are followed where the token can be kept back.
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .user_agent(concat!("minitag/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// The certificates of a PEM file.
fn certificates(file: &Path) -> Result<RootCerts, FetchError> {
    let wrong = |source| FetchError::Certificates {
        path: file.to_owned(),
        source,
    };
    let text = fs::read(file).map_err(wrong)?;
    let items = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = items.collect();
    if certificates.is_empty() {
        return Err(wrong(io::Error::other(
            "it holds no certificate in PEM form",
        )));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// Where a redirection leads; never from https to http.
fn follow(asked: &Uri, location: &str) -> Result<Uri, FetchError> {
    let scheme = asked.scheme_str().unwrap_or("https");
    let text = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{}{location}", host(asked))
    } else {
        location.to_owned()
    };
    let next: Option<Uri> = text.parse().ok();
    let is_safe = |next: &Uri| match next.scheme_str() {
        Some("https") => true,
        Some("http") => scheme == "http",
        _ => false,
    };
    next.filter(is_safe).ok_or_else(|| FetchError::Redirect {
        host: host(asked),
        to: location.to_owned(),
    })
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

/// Whether it is for people to read: the log-in of a hotel, the error of a proxy.
fn is_page(answer: &Response<Body>) -> bool {
    header(answer, "content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

fn not_the_hub(asked: &Uri, what: &'static str) -> FetchError {
    let host = host(asked);
    FetchError::NotTheHub { host, what }
}

/// The token of `HF_TOKEN`, else the one that `hf auth login` has left.
fn token() -> Option<String> {
    text_from("HF_TOKEN").or_else(|| {
        let path = folder_from("HF_TOKEN_PATH");
        let text = fs::read_to_string(path.or_else(|| Some(home()?.join("token")))?).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    })
}

/// An environment variable; an empty one is none.
fn text_from(variable: &str) -> Option<String> {
    let text = std::env::var(variable).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// As Hugging Face's programs read a switch.
fn is_true(value: &str) -> bool {
    ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str())
}

/// Host and port, without a user's name and password.
fn host(address: &Uri) -> String {
    let authority = address
        .authority()
        .map_or("", |authority| authority.as_str());
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    host.to_owned()
}

/// A path as an address spells it.
fn escape(path: &str) -> String {
    let spell = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(spell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_address() {
        let file = HubFile::parse("o/r:sub/a b.gguf").unwrap();
        let address = |endpoint: &str, file: &HubFile| {
            let hub = Hub::new(endpoint, None).unwrap();
            hub.address(file).unwrap().to_string()
        };
        assert_eq!(
            address("https://huggingface.co", &file),
            "https://huggingface.co/o/r/resolve/main/sub/a%20b.gguf"
        );
        assert_eq!(
            address("http://mirror:8080/hf/", &file.at("refs/pr/1")),
            "http://mirror:8080/hf/o/r/resolve/refs%2Fpr%2F1/sub/a%20b.gguf"
        );
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        for bad in ["huggingface.co", "ftp://x", "/x", "https://"] {
            let error = Hub::new(bad, None).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{bad}` is not")), "{error}");
        }
    }

    #[test]
    fn a_redirection_never_leaves_https() {
        let asked: Uri = "https://huggingface.co/a".parse().unwrap();
        for (location, expected) in [
            ("/b", "https://huggingface.co/b"),
            ("//cdn.example/b", "https://cdn.example/b"),
            ("https://cdn.example/b", "https://cdn.example/b"),
        ] {
            assert_eq!(follow(&asked, location).unwrap(), expected);
        }
        for location in ["http://cdn.example/b", "file:///etc/passwd", "b"] {
            assert_eq!(
                follow(&asked, location).unwrap_err().to_string(),
                format!("`huggingface.co` redirects to `{location}`, which is not followed")
            );
        }
    }
}
